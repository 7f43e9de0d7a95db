/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/proxy/fuzz_persist.c - persistence cookies of any request and response: what is sent
 * on is still a message, and servers see no cookie that is not for them.
 *
 * The first byte chooses the mode; a line feed ends the values for Cookie headers, after which come
 * those for Set-Cookie headers, each up to a '\001'.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bump.h"
#include "base/macros.h"
#include "base/out.h"
#include "http/cookie.h"
#include "http/message.h"
#include "proxy/persist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum persist_found find(void *context, struct slice name)
{
	if (slice_is(name, "sd"))
		return PERSIST_DOWN;
	return slice_is(name, "sa") ? PERSIST_VALID : PERSIST_NONE;
}

static struct http_cookie_conf conf_of(uint8_t choice)
{
	static const enum http_cookie_mode modes[] = { HTTP_COOKIE_INSERT, HTTP_COOKIE_REWRITE,
						       HTTP_COOKIE_PREFIX, HTTP_COOKIE_PASSIVE };

	return (struct http_cookie_conf){
		.name = "S", .mode = modes[choice & 3], .indirect = choice & 4,
		.preserve = choice & 8, .nocache = choice & 16,
		.maxidle_s = choice & 32 ? 1000 : 0, .maxlife_s = choice & 64 ? 500 : 0,
	};
}

/* "NAME: value" lines of what stands between '\001's. */
static void put_headers(struct out *out, const char *name, struct slice values)
{
	while (values.len != 0) {
		const char *end = memchr(values.at, 1, values.len);
		size_t len = end != NULL ? (size_t)(end - values.at) : values.len;

		out_text(out, name);
		out_bytes(out, values.at, len);
		out_text(out, "\r\n");
		values = slice_skip(values, len + 1);
	}
	out_text(out, "\r\n");
}

static bool parse(struct http_message *message, struct slice text)
{
	const char *why;
	size_t at;

	if (slice_is((struct slice){ text.at, 5 }, "HTTP/"))
		return http_response_parse(text.at, text.len, text.len, (struct http_leniency){ false },
					   HTTP_GET, message, &why, &at) == HTTP_PARSE_DONE;
	return http_request_parse(text.at, text.len, text.len, (struct http_leniency){ false },
				  message, &why, &at) == HTTP_PARSE_DONE;
}

/* What is written parses again. */
static void check_written(const struct http_message *message)
{
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct http_message again = { .headers = headers, .header_max = HTTP_HEADERS_PRESET };
	struct out out = { .size = http_message_size(message) };

	out.bytes = malloc(out.size + 1);
	ASSERT(out.bytes != NULL);
	http_message_write(message, &out);
	ASSERT(!out.cut && parse(&again, out_slice(&out)));
	ASSERT(again.header_count == message->header_count);
	free(out.bytes);
}

static void check_hidden(const struct http_message *request)
{
	const struct http_header *header = NULL;

	while ((header = http_find(request, HTTP_COOKIE, header)) != NULL) {
		struct slice list = header->value;
		struct http_cookie cookie;

		while (http_cookie_next(&list, &cookie))
			ASSERT(!slice_is(cookie.name, "S"));
	}
}

static void one_way(struct http_message *request, const struct http_cookie_conf *conf,
		    struct bump *memory, struct persist_answer *answer)
{
	const struct persist_names names = { find, NULL };

	if (!persist_cookie_read(request, conf, &names, false, 1795436513, memory, &answer->found,
				 &answer->dates))
		return;
	if (conf->mode == HTTP_COOKIE_INSERT && conf->indirect)
		check_hidden(request);
	check_written(request);
}

static void and_back(struct http_message *response, const struct http_cookie_conf *conf,
		     struct bump *memory, const struct persist_answer *answer)
{
	enum persist_done done;

	if (persist_cookie_write(response, conf, answer, memory, &done))
		check_written(response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char request_text[1 << 16], response_text[1 << 16];
	struct out request_out = { request_text, 0, sizeof(request_text), false };
	struct out response_out = { response_text, 0, sizeof(response_text), false };
	struct http_header headers[2][HTTP_HEADERS_PRESET];
	struct http_message request = { .headers = headers[0], .header_max = HTTP_HEADERS_PRESET };
	struct http_message response = { .headers = headers[1], .header_max = HTTP_HEADERS_PRESET };
	struct bump_pool pool = { 0 };
	struct bump memory = { .pool = &pool };
	struct persist_answer answer = { .server = "sa", .wall_s = 1795436513, .cacheable = true };
	struct slice rest = { (const char *)data, size };

	if (size == 0 || size > 4096)
		return 0;
	struct http_cookie_conf conf = conf_of(*data);
	rest = slice_skip(rest, 1);
	const char *line = rest.len != 0 ? memchr(rest.at, '\n', rest.len) : NULL;
	size_t first = line != NULL ? (size_t)(line - rest.at) : rest.len;
	out_text(&request_out, "GET / HTTP/1.1\r\nHost: h\r\n");
	put_headers(&request_out, "Cookie: ", (struct slice){ rest.at, first });
	out_text(&response_out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
	put_headers(&response_out, "Set-Cookie: ", slice_skip(rest, first + 1));
	if (parse(&request, out_slice(&request_out)))
		one_way(&request, &conf, &memory, &answer);
	if (parse(&response, out_slice(&response_out)))
		and_back(&response, &conf, &memory, &answer);
	bump_free(&memory);
	bump_pool_free(&pool);
	return 0;
}
