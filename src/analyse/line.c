/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/line.c - see line.h: the finding of a line and
 * HAProxy's own forms; line_clf.c has the others.
 */
#include "analyse/line_private.h"

#include <stddef.h>

enum { DATE_LEN = 24, CLF_DATE_LEN = 26, FRACTION_AT = 20 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct slice line_field(struct slice *rest)
{
	const char *space = rest->len != 0 ? memchr(rest->at, ' ', rest->len) : NULL;
	struct slice field = { rest->at, space != NULL ? (size_t)(space - rest->at) : rest->len };

	*rest = slice_skip(*rest, field.len + 1);
	return field;
}

bool line_numbers(struct slice field, int64_t *ret, unsigned count)
{
	const char *at = field.at, *end = field.at + field.len;

	for (unsigned i = 0; i < count; i++) {
		bool negative = false;
		int64_t value = 0;

		if (i != 0 && (at == end || *at++ != '/'))
			return false;
		if (at < end && (*at == '-' || *at == '+'))
			negative = *at++ == '-';
		if (at == end || !is_digit(*at))
			return false;
		for (; at < end && is_digit(*at); at++)
			if (value < INT64_MAX / 16)
				value = 10 * value + (*at - '0');
		ret[i] = negative ? -value : value;
	}
	return at == end;
}

int32_t line_milliseconds(int64_t value)
{
	if (value < 0)
		return -1;
	return value < INT32_MAX ? (int32_t)value : INT32_MAX;
}

uint32_t line_count(int64_t value)
{
	if (value < 0)
		return 0;
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static unsigned slashes(struct slice field)
{
	unsigned count = 0;

	for (size_t i = 0; i < field.len; i++)
		count += field.at[i] == '/';
	return count;
}

static bool read_place(struct slice *rest, struct analyse_line *line)
{
	line->server = line_field(rest);
	return line->server.len != 0 && memchr(line->server.at, '/', line->server.len) != NULL;
}

static bool read_bytes(struct slice *rest, struct analyse_line *line)
{
	int64_t bytes;

	if (!line_numbers(line_field(rest), &bytes, 1))
		return false;
	line->bytes = bytes < 0 ? 0 : (uint64_t)bytes;
	return true;
}

static bool read_termination(struct slice *rest, struct analyse_line *line, size_t len)
{
	struct slice field = line_field(rest);

	if (field.len != len)
		return false;
	memcpy(line->termination, "----", 4);
	memcpy(line->termination, field.at, len);
	return true;
}

/* "ac/fc/bc/sc/rc sq/bq" */
static bool read_load(struct slice *rest, struct analyse_line *line)
{
	int64_t connections[5], queues[2];

	if (!line_numbers(line_field(rest), connections, 5) ||
	    !line_numbers(line_field(rest), queues, 2))
		return false;
	line->retries = line_count(connections[4]);
	line->server_queue = line_count(queues[0]);
	line->backend_queue = line_count(queues[1]);
	return true;
}

void line_read_request(struct slice request, struct slice quoted, struct analyse_line *line)
{
	const char *space = request.len != 0 ? memchr(request.at, ' ', request.len) : NULL;

	if (space == NULL) {
		line->url = quoted;
		return;
	}
	request = slice_skip(request, (size_t)(space - request.at) + 1);
	line->url = line_field(&request);
}

/* Captured headers hold no brace of their own: the log escapes them. */
static void read_captures(struct slice *rest, struct analyse_line *line)
{
	const char *begin = rest->at, *close;

	while (rest->len != 0 && rest->at[0] == '{' &&
	       (close = memchr(rest->at, '}', rest->len)) != NULL) {
		line->captures = (struct slice){ begin, (size_t)(close + 1 - begin) };
		*rest = slice_skip(*rest, (size_t)(close + 1 - rest->at));
		if (rest->len != 0 && rest->at[0] == ' ')
			*rest = slice_skip(*rest, 1);
	}
}

/* What follows the request (option httpslog, a log-format's own words) is not looked at. */
static bool read_quoted_request(struct slice rest, struct analyse_line *line)
{
	const char *end;

	while (rest.len != 0 && rest.at[0] == ' ') /* where nothing was captured */
		rest = slice_skip(rest, 1);
	read_captures(&rest, line);
	if (rest.len == 0 || rest.at[0] != '"')
		return false;

	struct slice request = slice_skip(rest, 1);
	end = request.len != 0 ? memchr(request.at, '"', request.len) : NULL;
	if (end != NULL) {
		request.len = (size_t)(end - request.at);
		rest.len = request.len + 2;
	}
	line_read_request(request, rest, line);
	return true;
}

static bool read_http(struct slice rest, const int64_t *times, struct analyse_line *line)
{
	int64_t status;

	line->kind = LINE_HTTP;
	line->request = line_milliseconds(times[0]);
	line->queue = line_milliseconds(times[1]);
	line->connect = line_milliseconds(times[2]);
	line->response = line_milliseconds(times[3]);
	line->total = line_milliseconds(times[4]);
	if (!line_numbers(line_field(&rest), &status, 1) || !read_bytes(&rest, line))
		return false;
	line->status = status < 0 ? -1 : (int32_t)(status % 1000);
	line_field(&rest); /* captured cookies */
	line_field(&rest);
	return read_termination(&rest, line, 4) && read_load(&rest, line) &&
	       read_quoted_request(rest, line);
}

static bool read_tcp(struct slice rest, const int64_t *times, struct analyse_line *line)
{
	line->kind = LINE_TCP;
	line->queue = line_milliseconds(times[0]);
	line->connect = line_milliseconds(times[1]);
	line->total = line_milliseconds(times[2]);
	line->response = line->request = -1;
	return read_bytes(&rest, line) && read_termination(&rest, line, 2) &&
	       read_load(&rest, line);
}

/* "frontend backend/server timers ...", or "frontend/bind: why". */
static void read_usual(struct slice rest, struct analyse_line *line)
{
	int64_t times[5];
	bool whole = false;

	line->frontend = line_field(&rest);
	if (line->frontend.len > 1 && line->frontend.at[line->frontend.len - 1] == ':') {
		line->frontend.len--;
		line->reason = rest;
		line->kind = LINE_REFUSED;
		return;
	}
	line_cut_tilde(&line->frontend);
	if (read_place(&rest, line)) {
		struct slice field = line_field(&rest);
		unsigned last = slashes(field);

		if (last == 4 && line_numbers(field, times, 5))
			whole = read_http(rest, times, line);
		else if (last == 2 && line_numbers(field, times, 3))
			whole = read_tcp(rest, times, line);
	}
	if (!whole)
		line->kind = LINE_BROKEN;
}

void line_cut_tilde(struct slice *name)
{
	if (name->len > 1 && name->at[name->len - 1] == '~')
		name->len--;
}

/* "[06/Feb/2009:12:12:51.443] " at the start of `text`: the length of the date, or 0. */
static size_t date_at(struct slice text)
{
	static const char form[] = "[00/aaa/0000:00:00:00";

	if (text.len < 3 + CLF_DATE_LEN)
		return 0;
	for (unsigned i = 0; i < sizeof(form) - 1; i++) {
		if (form[i] == '0' ? !is_digit(text.at[i])
				   : form[i] != 'a' && text.at[i] != form[i])
			return 0;
	}
	if (text.at[1 + FRACTION_AT] == '.' && text.at[1 + DATE_LEN] == ']')
		return DATE_LEN;
	if (text.at[1 + FRACTION_AT] == ' ' && text.at[1 + CLF_DATE_LEN] == ']')
		return CLF_DATE_LEN;
	return 0;
}

/* The word that ends before `end`, which is moved before it and a space. */
static struct slice word_before(const char *begin, const char **end)
{
	const char *last = *end, *at = last;

	while (at > begin && at[-1] != ' ')
		at--;
	*end = at > begin ? at - 1 : at;
	return (struct slice){ at, (size_t)(last - at) };
}

/*
 * The address before the date, without the mark of UTF-8 that
 * RFC 5424, 6.4 puts before a message.
 */
static struct slice source_before(const char *begin, const char *end, bool clf)
{
	struct slice word = word_before(begin, &end);
	const char *colon;

	if (clf) {
		word_before(begin, &end);
		word = word_before(begin, &end);
	}
	if (word.len > 3 && memcmp(word.at, "\xef\xbb\xbf", 3) == 0)
		word = slice_skip(word, 3);
	colon = !clf && word.len != 0 ? memrchr(word.at, ':', word.len) : NULL;
	if (colon != NULL)
		word.len = (size_t)(colon - word.at);
	return word;
}

void analyse_line_parse(struct slice text, unsigned skip, struct analyse_line *ret)
{
	struct slice rest = text;
	const char *bracket;
	size_t len = 0;

	memset(ret, 0, offsetof(struct analyse_line, joined));
	while (skip-- > 0)
		line_field(&rest);
	text = rest;
	while (rest.len != 0 && (bracket = memchr(rest.at, '[', rest.len)) != NULL) {
		rest = slice_skip(rest, (size_t)(bracket - rest.at));
		len = date_at(rest);
		if (len != 0 && bracket > text.at)
			break;
		len = 0;
		rest = slice_skip(rest, 1);
	}
	if (len == 0)
		return;
	ret->clf = len == CLF_DATE_LEN;
	ret->date = (struct slice){ rest.at + 1, len };
	ret->source = source_before(text.at, rest.at - 1, ret->clf);
	rest = slice_skip(rest, len + 3);
	if (ret->clf)
		line_read_clf(rest, ret);
	else
		read_usual(rest, ret);
}
