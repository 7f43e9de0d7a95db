/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/line_clf.c - the lines of `option httplog clf` and
 * `option tcplog clf`; dates and captures.
 */
#include "analyse/line_private.h"

/* The words that follow the request. */
enum clf_field {
	CLF_STATUS,
	CLF_BYTES,
	CLF_EMPTY_1,
	CLF_EMPTY_2,
	CLF_PORT,
	CLF_MS,
	CLF_FRONTEND,
	CLF_BACKEND,
	CLF_SERVER,
	CLF_REQUEST,	/* mode tcp: the handshake */
	CLF_QUEUE,
	CLF_CONNECT,
	CLF_RESPONSE,	/* mode tcp: the session's whole length */
	CLF_TOTAL,	/* mode tcp: bytes from the client */
	CLF_TERMINATION,
	CLF_LOAD,	/* ac fc bc sc rc sq bq */
	CLF_RETRIES = CLF_LOAD + 4,
	CLF_SERVER_QUEUE,
	CLF_BACKEND_QUEUE,
	CLF_FIELDS,
};

/* A word, or text in quotes, which are not part of it. */
static struct slice clf_word(struct slice *rest)
{
	const char *end;

	if (rest->len == 0 || rest->at[0] != '"')
		return line_field(rest);

	struct slice text = slice_skip(*rest, 1);
	end = text.len != 0 ? memchr(text.at, '"', text.len) : NULL;
	if (end != NULL)
		text.len = (size_t)(end - text.at);
	*rest = slice_skip(*rest, text.len + 3);
	return text;
}

static bool clf_number(struct slice word, int64_t *ret)
{
	return line_numbers(word, ret, 1);
}

/* The names stand apart in these lines and together in a server's. */
static void clf_join(struct slice backend, struct slice server, struct analyse_line *line)
{
	size_t first = backend.len < LINE_JOINED / 2 ? backend.len : LINE_JOINED / 2 - 1;
	size_t second = server.len < LINE_JOINED / 2 ? server.len : LINE_JOINED / 2;

	if (first != 0)
		memcpy(line->joined, backend.at, first);
	line->joined[first] = '/';
	if (second != 0)
		memcpy(line->joined + first + 1, server.at, second);
	line->server = (struct slice){ line->joined, first + 1 + second };
}

static void clf_times(const int64_t *numbers, struct analyse_line *line)
{
	line->queue = line_milliseconds(numbers[CLF_QUEUE]);
	line->connect = line_milliseconds(numbers[CLF_CONNECT]);
	if (line->kind == LINE_TCP) {
		line->request = line->response = -1;
		line->total = line_milliseconds(numbers[CLF_RESPONSE]);
		return;
	}
	line->request = line_milliseconds(numbers[CLF_REQUEST]);
	line->response = line_milliseconds(numbers[CLF_RESPONSE]);
	line->total = line_milliseconds(numbers[CLF_TOTAL]);
	line->status = numbers[CLF_STATUS] < 0 ? -1 : (int32_t)(numbers[CLF_STATUS] % 1000);
}

static bool clf_is_text(unsigned field)
{
	return (field >= CLF_EMPTY_1 && field <= CLF_EMPTY_2) ||
	       (field >= CLF_FRONTEND && field <= CLF_SERVER) || field == CLF_TERMINATION;
}

void line_read_clf(struct slice rest, struct analyse_line *line)
{
	struct slice quoted = rest, request, words[CLF_FIELDS];
	int64_t numbers[CLF_FIELDS] = { 0 };

	line->kind = LINE_BROKEN;
	if (rest.len == 0 || rest.at[0] != '"')
		return;
	request = clf_word(&rest);
	quoted.len = request.len + 2 < quoted.len ? request.len + 2 : quoted.len;
	for (unsigned i = 0; i < CLF_FIELDS; i++) {
		words[i] = clf_word(&rest);
		if (!clf_is_text(i) && !clf_number(words[i], &numbers[i]))
			return;
	}
	if (words[CLF_TERMINATION].len != sizeof(line->termination))
		return;
	memcpy(line->termination, words[CLF_TERMINATION].at, sizeof(line->termination));
	line->kind = slice_is(request, "TCP ") ? LINE_TCP : LINE_HTTP;
	line->frontend = words[CLF_FRONTEND];
	line_cut_tilde(&line->frontend);
	clf_join(words[CLF_BACKEND], words[CLF_SERVER], line);
	clf_times(numbers, line);
	line->bytes = numbers[CLF_BYTES] < 0 ? 0 : (uint64_t)numbers[CLF_BYTES];
	line->retries = line_count(numbers[CLF_RETRIES]);
	line->server_queue = line_count(numbers[CLF_SERVER_QUEUE]);
	line->backend_queue = line_count(numbers[CLF_BACKEND_QUEUE]);
	if (line->kind == LINE_HTTP)
		line_read_request(request, quoted, line);
}

/* ---- dates ---- */

static int two_digits(const char *at)
{
	return 10 * (at[0] - '0') + (at[1] - '0');
}

static int month_of(const char *at)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; i < 12; i++)
		if (strncasecmp(at, names + 3 * i, 3) == 0)
			return i + 1;
	return 1;
}

/*
 * Days since 1970 of the Gregorian calendar; a year begins in
 * March, so that the leap day ends one.
 */
static int64_t days_of(int64_t year, int month, int day)
{
	if (month <= 2)
		year--;
	int64_t era_days = 365 * year + year / 4 - year / 100 + year / 400;
	int year_days = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era_days + year_days - 719468;
}

int64_t analyse_line_seconds(const struct analyse_line *line)
{
	const char *at = line->date.at;

	if (line->date.len == 0)
		return 0;
	int64_t days = days_of(100 * two_digits(at + 7) + two_digits(at + 9), month_of(at + 3),
			       two_digits(at));
	return 86400 * days + 3600 * two_digits(at + 12) + 60 * two_digits(at + 15) +
	       two_digits(at + 18);
}

uint32_t analyse_line_day_ms(const struct analyse_line *line)
{
	const char *at = line->date.at;
	int ms = 0;

	if (line->date.len == 0)
		return 0;
	if (!line->clf)
		for (unsigned i = 21; i < 24; i++)
			ms = 10 * ms + (at[i] >= '0' && at[i] <= '9' ? at[i] - '0' : 0);
	return (uint32_t)(3600000 * two_digits(at + 12) + 60000 * two_digits(at + 15) +
			  1000 * two_digits(at + 18) + ms);
}

/* ---- captures ---- */

struct slice analyse_line_capture(const struct analyse_line *line, unsigned block, unsigned field)
{
	struct slice rest = line->captures;
	const char *brace;

	do {
		brace = rest.len != 0 ? memchr(rest.at, '{', rest.len) : NULL;
		if (brace == NULL)
			return (struct slice){ NULL, 0 };
		rest = slice_skip(rest, (size_t)(brace + 1 - rest.at));
	} while (--block > 0);

	const char *at = rest.at, *end = rest.at + rest.len;
	for (const char *begin = at; at < end; at++) {
		if (*at != '|' && *at != '}')
			continue;
		if (--field == 0)
			return (struct slice){ begin, (size_t)(at - begin) };
		if (*at == '}')
			break;
		begin = at + 1;
	}
	return (struct slice){ NULL, 0 };
}
