/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/http_errorfile.c - see http_errorfile.h. */
#include "proxy/http_errorfile.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/out.h"
#include "http/message.h"

struct slice http_errorfile_bytes(struct arena *arena, const char *path, size_t limit,
				  const char **ret_why)
{
	struct slice none = {NULL, 0};
	FILE *file = fopen(path, "re");
	char *bytes = arena_zalloc(arena, limit + 2);
	size_t len;

	if (file == NULL) {
		*ret_why = "cannot be opened";
		return none;
	}
	len = fread(bytes, 1, limit + 1, file);
	if (ferror(file))
		*ret_why = "cannot be read";
	else if (len > limit)
		*ret_why = "too large";
	else
		none = (struct slice){bytes, len};
	fclose(file);
	return none;
}

/* The next line without its end; false when there is no end of line. */
static bool errorfile_next_line(struct slice *text, struct slice *ret_line)
{
	const char *end = memchr(text->at, '\n', text->len);

	if (end == NULL)
		return false;
	*ret_line = (struct slice){text->at, (size_t)(end - text->at)};
	*text = slice_skip(*text, ret_line->len + 1);
	if (ret_line->len != 0 && ret_line->at[ret_line->len - 1] == '\r')
		ret_line->len--;
	return true;
}

static bool errorfile_is_connection(struct slice line)
{
	const char *colon = line.len != 0 ? memchr(line.at, ':', line.len) : NULL;
	struct slice name = {line.at, colon != NULL ? (size_t)(colon - line.at) : 0};

	return slice_is_nocase(name, "connection") || slice_is_nocase(name, "keep-alive");
}

/* The head with CRLF, its empty line included; moves *text to the body. */
static bool errorfile_copy_head(struct slice *text, struct out *out)
{
	struct slice line;

	do {
		if (!errorfile_next_line(text, &line))
			return false;
		if (errorfile_is_connection(line))
			continue;
		out_put(out, line);
		out_text(out, "\r\n");
	} while (line.len != 0);
	return true;
}

static bool errorfile_check(struct slice head, struct slice body, const char **ret_why)
{
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct http_message message = {.headers = headers, .header_max = ARRAY_LEN(headers)};
	size_t at;

	if (http_response_parse(head.at, head.len, head.len, (struct http_leniency){false},
				HTTP_GET, &message, ret_why, &at) != HTTP_PARSE_DONE) {
		*ret_why = "no complete HTTP response";
		return false;
	}
	if (message.body == HTTP_BODY_CHUNKED)
		*ret_why = "a chunked body is not allowed";
	else if (message.body == HTTP_BODY_LENGTH && message.body_length != body.len)
		*ret_why = "the body is not as long as Content-Length says";
	else if (message.body == HTTP_BODY_NONE && body.len != 0)
		*ret_why = "a message of this status has no body";
	else
		return true;
	return false;
}

bool http_errorfile_read(struct arena *arena, struct slice text, struct slice *ret_reply,
			 const char **ret_why)
{
	struct out out = {.size = 2 * text.len + 1};
	struct slice body = text;

	if (text.len == 0) {
		*ret_reply = SLICE("");
		return true;
	}
	out.bytes = arena_zalloc(arena, out.size);
	if (!errorfile_copy_head(&body, &out)) {
		*ret_why = "its head does not end";
		return false;
	}
	if (!errorfile_check(out_slice(&out), body, ret_why))
		return false;
	out_put(&out, body);
	*ret_reply = out_slice(&out);
	return true;
}

bool http_errorfile_load(struct arena *arena, const char *path, size_t limit,
			 struct slice *ret_reply, const char **ret_why)
{
	struct slice text = http_errorfile_bytes(arena, path, limit, ret_why);

	return text.at != NULL && http_errorfile_read(arena, text, ret_reply, ret_why);
}

struct slice http_errorfile_redirect(struct arena *arena, unsigned status, const char *url)
{
	return slice_of(arena_printf(arena,
				     "HTTP/1.1 %u %s\r\ncache-control: no-cache\r\n"
				     "content-length: 0\r\nlocation: %s\r\n\r\n",
				     status, http_reason(status), url));
}
