/* SPDX-License-Identifier: Apache-2.0 */
/* diag/log_message.c - reads others' syslog messages; see log_message.h. */
#include "diag/log_message.h"

#include <string.h>

enum {
	PRIORITY_DIGITS = 3,	/* RFC 5424, 6.2.1 */
	LEGACY_DATE = 15,	/* "Oct 11 22:14:15" */
	LENGTH_DIGITS = 9,
};

/* What is left to be read. */
struct reader {
	const char *at, *end;
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static struct slice rest_of(const struct reader *reader)
{
	return (struct slice){ reader->at, (size_t)(reader->end - reader->at) };
}

/*
 * A form in which '0' stands for a digit, 's' for a digit or
 * a space, other signs for themselves.
 */
static bool skip_form(struct reader *reader, const char *form)
{
	const char *at = reader->at;

	for (; *form != '\0'; form++, at++) {
		if (at == reader->end)
			return false;
		if (*form == '0' ? !is_digit(*at)
				 : *form == 's' ? !is_digit(*at) && *at != ' ' : *at != *form)
			return false;
	}
	reader->at = at;
	return true;
}

/* "<34>"; no digits are 0. */
static bool read_priority(struct reader *reader, struct log_message *ret)
{
	const char *at = reader->at;
	unsigned priority = 0;

	if (at == reader->end || *at++ != '<')
		return false;
	for (unsigned i = 0; i < PRIORITY_DIGITS && at < reader->end && is_digit(*at); i++)
		priority = priority * 10 + (unsigned)(*at++ - '0');
	if (at == reader->end || *at++ != '>')
		return false;
	reader->at = at;
	ret->has_priority = true;
	ret->facility = priority / 8;
	ret->level = (enum log_level)(priority % 8);
	return true;
}

/*
 * Bytes up to the next space, which is passed over. False:
 * there is no space, or nothing before it.
 */
static bool read_word(struct reader *reader, struct slice *ret)
{
	const char *space = memchr(reader->at, ' ', (size_t)(reader->end - reader->at));

	if (space == NULL || space == reader->at)
		return false;
	*ret = (struct slice){ reader->at, (size_t)(space - reader->at) };
	reader->at = space + 1;
	return true;
}

/* ---- RFC 3164 ---- */

static bool read_month(struct reader *reader)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (reader->end - reader->at < LEGACY_DATE)
		return false;
	for (unsigned i = 0; i < 12; i++)
		if (memcmp(reader->at, months + (size_t)3 * i, 3) == 0) {
			reader->at += 3;
			return true;
		}
	return false;
}

/* "su[123]: " and "su: "; anything else is text already. */
static void read_tag(struct reader *reader, struct log_message *ret)
{
	struct reader after = *reader;
	struct slice word;
	const char *bracket;

	if (!read_word(&after, &word) || word.len < 2 || word.at[word.len - 1] != ':')
		return;
	word.len--;
	bracket = memchr(word.at, '[', word.len);
	ret->tag = word;
	if (bracket != NULL && bracket != word.at && word.at[word.len - 1] == ']') {
		ret->tag.len = (size_t)(bracket - word.at);
		ret->pid = (struct slice){ bracket + 1, word.len - ret->tag.len - 2 };
	}
	*reader = after;
}

static bool read_legacy(struct reader *reader, struct log_message *ret)
{
	struct reader at = *reader;

	if (!read_month(&at) || !skip_form(&at, " s0 00:00:00 ") || !read_word(&at, &ret->host))
		return false;
	ret->date = (struct slice){ reader->at, LEGACY_DATE };
	ret->date_kind = LOG_DATE_LEGACY;
	read_tag(&at, ret);
	*reader = at;
	ret->format = LOG_FORMAT_RFC3164;
	return true;
}

/* ---- RFC 5424 ---- */

/* A word of the header; "-" is none. */
static bool read_field(struct reader *reader, struct slice *ret)
{
	if (!read_word(reader, ret))
		return false;
	if (ret->len == 1 && ret->at[0] == '-')
		ret->len = 0;
	return true;
}

/* RFC 3339 with a zone, as 6.2.3 wants it. */
static bool is_iso(struct slice date)
{
	struct reader at = { date.at, date.at + date.len };

	if (!skip_form(&at, "0000-00-00T00:00:00"))
		return false;
	if (at.at < at.end && *at.at == '.') {
		at.at++;
		if (at.at == at.end || !is_digit(*at.at))
			return false;
		while (at.at < at.end && is_digit(*at.at))
			at.at++;
	}
	if (at.end - at.at == 1)
		return *at.at == 'Z';
	return at.at < at.end && (*at.at == '+' || *at.at == '-') &&
	       (at.at++, skip_form(&at, "00:00")) && at.at == at.end;
}

/* The bytes of one "[...]", in whose values a backslash hides the next byte; 0: it has no end. */
static size_t element_len(const char *at, const char *end)
{
	const char *byte = at + 1;
	bool quoted = false;

	for (; byte < end; byte++) {
		if (quoted && *byte == '\\')
			byte++;
		else if (*byte == '"')
			quoted = !quoted;
		else if (!quoted && *byte == ']')
			return (size_t)(byte + 1 - at);
	}
	return 0;
}

/* "-" or elements, then the end or a space. */
static bool read_structured(struct reader *reader, struct slice *ret)
{
	const char *at = reader->at;

	if (at < reader->end && *at == '-') {
		at++;
	} else {
		while (at < reader->end && *at == '[') {
			size_t len = element_len(at, reader->end);

			if (len == 0)
				return false;
			at += len;
		}
		if (at == reader->at)
			return false;
		*ret = (struct slice){ reader->at, (size_t)(at - reader->at) };
	}
	if (at < reader->end && *at++ != ' ')
		return false;
	reader->at = at;
	return true;
}

static bool read_rfc5424(struct reader *reader, struct log_message *ret)
{
	struct reader at = *reader;

	if (!skip_form(&at, "1 ") || !read_field(&at, &ret->date) ||
	    (ret->date.len != 0 && !is_iso(ret->date)) || !read_field(&at, &ret->host) ||
	    !read_field(&at, &ret->tag) || !read_field(&at, &ret->pid) ||
	    !read_field(&at, &ret->id) || !read_structured(&at, &ret->structured))
		return false;
	ret->date_kind = ret->date.len != 0 ? LOG_DATE_ISO : LOG_DATE_NONE;
	*reader = at;
	ret->format = LOG_FORMAT_RFC5424;
	return true;
}

/* ---- messages and frames ---- */

static struct slice without_newlines(struct slice bytes)
{
	while (bytes.len != 0 && bytes.at[bytes.len - 1] == '\n')
		bytes.len--;
	return bytes;
}

void log_message_take(struct slice bytes, struct log_message *ret)
{
	*ret = (struct log_message){
		.format = LOG_FORMAT_RAW,
		.level = LOG_LEVEL_EMERG,
		.text = without_newlines(bytes),
	};
}

void log_message_read(struct slice bytes, struct log_message *ret)
{
	struct reader reader;
	struct log_message plain;

	log_message_take(bytes, ret);
	reader = (struct reader){ ret->text.at, ret->text.at + ret->text.len };
	if (ret->text.len == 0 || !read_priority(&reader, ret))
		return;
	plain = *ret;
	if (!read_rfc5424(&reader, ret)) {
		*ret = plain;
		if (!read_legacy(&reader, ret)) {
			*ret = plain;
			ret->format = LOG_FORMAT_PRIORITY;
		}
	}
	ret->text = rest_of(&reader);
}

static enum log_frame frame_by_newline(struct slice bytes, size_t max, struct slice *ret_message,
				       size_t *ret_taken)
{
	const char *newline = memchr(bytes.at, '\n', bytes.len);
	size_t len = newline == NULL ? bytes.len : (size_t)(newline - bytes.at);

	if (len > max)
		return LOG_FRAME_BAD;
	if (newline == NULL)
		return LOG_FRAME_MORE;
	*ret_taken = len + 1;
	if (len != 0 && bytes.at[len - 1] == '\r')
		len--;
	*ret_message = (struct slice){ bytes.at, len };
	return LOG_FRAME_MESSAGE;
}

static enum log_frame frame_by_count(struct slice bytes, size_t max, struct slice *ret_message,
				     size_t *ret_taken)
{
	size_t length = 0, at = 0;

	for (; at < bytes.len && is_digit(bytes.at[at]); at++) {
		if (at == LENGTH_DIGITS)
			return LOG_FRAME_BAD;
		length = length * 10 + (size_t)(bytes.at[at] - '0');
	}
	if (bytes.at[0] == '0' || length > max)
		return LOG_FRAME_BAD;
	if (at == bytes.len)
		return LOG_FRAME_MORE;
	if (bytes.at[at++] != ' ')
		return LOG_FRAME_BAD;
	if (bytes.len - at < length)
		return LOG_FRAME_MORE;
	*ret_message = (struct slice){ bytes.at + at, length };
	*ret_taken = at + length;
	return LOG_FRAME_MESSAGE;
}

enum log_frame log_frame_next(struct slice bytes, bool by_newline, size_t max,
			      struct slice *ret_message, size_t *ret_taken)
{
	if (bytes.len == 0)
		return LOG_FRAME_MORE;
	if (by_newline || bytes.at[0] == '<')
		return frame_by_newline(bytes, max, ret_message, ret_taken);
	if (is_digit(bytes.at[0]))
		return frame_by_count(bytes, max, ret_message, ret_taken);
	return LOG_FRAME_BAD;
}
