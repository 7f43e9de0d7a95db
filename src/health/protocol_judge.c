/* SPDX-License-Identifier: Apache-2.0 */
/* health/protocol_judge.c - what servers of known protocols answer; see protocol.h. Pure. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "health/protocol.h"

void health_answer_put(struct health_answer *answer, struct slice text)
{
	size_t len = 0;

	while (len < text.len && len < sizeof(answer->text) - 1 && text.at[len] != '\0') {
		char c = text.at[len];

		answer->text[len++] = (unsigned char)c < ' ' || c == 127 ? ' ' : c;
	}
	answer->text[len] = '\0';
}

static enum health_judgement judge_say(struct health_answer *ret, enum health_code code, int number,
				       struct slice text)
{
	ret->code = code;
	ret->number = number;
	if (text.at != NULL) /* else that of an earlier step stays */
		health_answer_put(ret, text);
	return health_code_is_good(code) ? HEALTH_PASSED : HEALTH_FAILED;
}

static uint8_t byte_at(struct slice bytes, size_t at)
{
	return (uint8_t)bytes.at[at];
}

/* The first line without its end. */
static struct slice first_line(struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i] == '\r' || bytes.at[i] == '\n')
			return (struct slice){ bytes.at, i };
	return bytes;
}

static bool has_line(struct slice bytes)
{
	return memchr(bytes.at, '\n', bytes.len) != NULL;
}

/* ---- redis ---- */

enum health_judgement health_judge_redis(struct slice bytes, bool complete,
					 struct health_answer *ret)
{
	if (memmem(bytes.at, bytes.len, "+PONG\r\n", 7) != NULL)
		return judge_say(ret, HEALTH_L7OK, 0, SLICE("Redis server is ok"));
	if (!complete && !has_line(bytes))
		return HEALTH_WAITS;
	return judge_say(ret, HEALTH_L7STS, 0, first_line(bytes));
}

/* ---- smtp ---- */

static int smtp_code(struct slice line)
{
	if (line.len < 3 || !isdigit((unsigned char)line.at[0]) ||
	    !isdigit((unsigned char)line.at[1]) || !isdigit((unsigned char)line.at[2]))
		return -1;
	return (line.at[0] - '0') * 100 + (line.at[1] - '0') * 10 + line.at[2] - '0';
}

/* The last line of a reply: those before it have a '-' behind the code (RFC 5321, 4.2.1). */
static bool smtp_last_line(struct slice bytes, bool complete, struct slice *ret)
{
	while (has_line(bytes)) {
		const char *end = memchr(bytes.at, '\n', bytes.len);

		*ret = first_line(bytes);
		if (ret->len <= 3 || ret->at[3] != '-')
			return true;
		bytes = slice_skip(bytes, (size_t)(end + 1 - bytes.at));
	}
	if (bytes.len != 0)
		*ret = bytes;
	return complete;
}

enum health_judgement health_judge_smtp(struct slice bytes, bool complete, struct health_answer *ret)
{
	struct slice line = bytes, text;
	int code;

	if (!smtp_last_line(bytes, complete, &line))
		return HEALTH_WAITS;
	code = smtp_code(line);
	if (code < 0 || (line.len > 3 && line.at[3] != ' ' && line.at[3] != '-'))
		return judge_say(ret, HEALTH_L7RSP, 0, line);
	text = slice_skip(line, 4);
	return judge_say(ret, code / 100 == 2 ? HEALTH_L7OK : HEALTH_L7STS, code, text);
}

/* ---- pgsql ---- */

/* ErrorResponse: fields of a type and a text; the severity comes first. */
static struct slice pgsql_error(struct slice bytes)
{
	return slice_skip(bytes, 6);
}

/* AuthenticationRequest of a kind that is known: ok, passwords, GSS, SSPI, SASL. */
static bool pgsql_asks(struct slice bytes)
{
	return byte_at(bytes, 5) == 0 && byte_at(bytes, 6) == 0 && byte_at(bytes, 7) == 0 &&
	       byte_at(bytes, 8) <= 12;
}

enum health_judgement health_judge_pgsql(struct slice bytes, bool complete,
					 struct health_answer *ret)
{
	char type = bytes.len != 0 ? bytes.at[0] : '\0';

	if (type == 'E' && (bytes.len > 6 || complete))
		return judge_say(ret, HEALTH_L7RSP, 0, pgsql_error(bytes));
	if (type == 'R' && bytes.len >= 9 && pgsql_asks(bytes))
		return judge_say(ret, HEALTH_L7OK, 0, SLICE("PostgreSQL server is ok"));
	if ((type == 'E' || (type == 'R' && bytes.len < 9)) && !complete)
		return HEALTH_WAITS;
	return judge_say(ret, HEALTH_L7STS, 0, SLICE("PostgreSQL unknown error"));
}

/* ---- mysql ---- */

enum { MYSQL_HEAD = 4, MYSQL_GREETING = 10, MYSQL_ERROR = 0xff };

enum health_judgement health_judge_mysql(struct slice bytes, bool complete,
					 struct health_answer *ret)
{
	size_t len;

	if (bytes.len <= MYSQL_HEAD && !complete)
		return HEALTH_WAITS;
	len = bytes.len < 3 ? 0
			    : byte_at(bytes, 0) + ((size_t)byte_at(bytes, 1) << 8) +
				      ((size_t)byte_at(bytes, 2) << 16);
	if (bytes.len < MYSQL_HEAD + len && !complete)
		return HEALTH_WAITS;
	if (len == 0 || bytes.len < MYSQL_HEAD + len)
		return judge_say(ret, HEALTH_L7RSP, 0, SLICE("MySQL handshake ends early"));
	bytes = (struct slice){ bytes.at + MYSQL_HEAD, len };
	if (byte_at(bytes, 0) == MYSQL_GREETING) /* the version of the server */
		return judge_say(ret, HEALTH_L7OK, 0, slice_skip(bytes, 1));
	if (byte_at(bytes, 0) != MYSQL_ERROR)
		return judge_say(ret, HEALTH_L7OK, 0, (struct slice){ NULL, 0 });
	if (len < 3)
		return judge_say(ret, HEALTH_L7STS, 0, SLICE(""));
	return judge_say(ret, HEALTH_L7STS, byte_at(bytes, 1) | byte_at(bytes, 2) << 8,
			 slice_skip(bytes, 3));
}

/* ---- ldap ---- */

/* A BER length at bytes[0]: short, or long of up to four bytes. Takes it off. */
static bool ber_length(struct slice *bytes, size_t *ret)
{
	unsigned count;

	if (bytes->len == 0)
		return false;
	*ret = byte_at(*bytes, 0);
	*bytes = slice_skip(*bytes, 1);
	if (*ret < 0x80)
		return true;
	count = *ret & 0x7f;
	if (count == 0 || count > 4 || bytes->len < count)
		return false;
	for (*ret = 0; count-- > 0; *bytes = slice_skip(*bytes, 1))
		*ret = *ret << 8 | byte_at(*bytes, 0);
	return true;
}

static bool ber_tag(struct slice *bytes, uint8_t tag, size_t *ret_len)
{
	if (bytes->len == 0 || byte_at(*bytes, 0) != tag)
		return false;
	*bytes = slice_skip(*bytes, 1);
	return ber_length(bytes, ret_len);
}

/* LDAPMessage { 1, bindResponse { resultCode, ... } } */
static bool ldap_result(struct slice bytes, int *ret)
{
	size_t len;

	if (!ber_tag(&bytes, 0x30, &len) || !ber_tag(&bytes, 0x02, &len) || len != 1 ||
	    bytes.len < 1 || byte_at(bytes, 0) != 1)
		return false;
	bytes = slice_skip(bytes, 1);
	if (!ber_tag(&bytes, 0x61, &len) || !ber_tag(&bytes, 0x0a, &len) || len != 1 ||
	    bytes.len < 1)
		return false;
	*ret = byte_at(bytes, 0);
	return true;
}

/* Whether all of the message is there. */
static bool ldap_is_whole(struct slice bytes)
{
	size_t len;

	return ber_tag(&bytes, 0x30, &len) && bytes.len >= len;
}

enum health_judgement health_judge_ldap(struct slice bytes, bool complete, struct health_answer *ret)
{
	int result;

	if (bytes.len != 0 && byte_at(bytes, 0) == 0x30 && !complete && bytes.len < 1024 &&
	    !ldap_is_whole(bytes))
		return HEALTH_WAITS;
	if (!ldap_result(bytes, &result))
		return judge_say(ret, HEALTH_L7RSP, 0, SLICE("Not LDAPv3 protocol"));
	if (result == 0)
		return judge_say(ret, HEALTH_L7OK, 0, SLICE("Success"));
	return judge_say(ret, HEALTH_L7STS, result,
			 SLICE("See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9"));
}

/* ---- ssl-hello-chk ---- */

enum health_judgement health_judge_ssl_hello(struct slice bytes, bool complete,
					     struct health_answer *ret)
{
	bool is_record = bytes.len != 0 && (bytes.at[0] == 0x15 || bytes.at[0] == 0x16);

	if (bytes.len < 5 && !complete)
		return HEALTH_WAITS;
	return judge_say(ret, is_record && bytes.len >= 5 ? HEALTH_L6OK : HEALTH_L6RSP, 0, SLICE(""));
}
