/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses from any server; the first byte chooses the request's method and
 * strictness. What we send on is understood as we understood it, and a
 * message whose end could be doubted never lets the connection live on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "http/cookie.h"
#include "http/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 4096, TABLE = 40 };

struct parsed {
	struct http_message message;
	struct http_header headers[2 * TABLE]; /* the next party's is larger: we may add some */
	const char *why;
	size_t at;
};

static enum http_method asked(uint8_t choice)
{
	static const enum http_method methods[] = { HTTP_GET, HTTP_HEAD, HTTP_CONNECT };

	return methods[choice % 8 % 3];
}

static enum http_parse parse(const char *bytes, size_t len, uint8_t choice, struct parsed *ret)
{
	ret->message.headers = ret->headers;
	ret->why = NULL;
	return http_response_parse(bytes, len, LIMIT,
				   (struct http_leniency){ .unsafe = (choice & 8) != 0 },
				   asked(choice), &ret->message, &ret->why, &ret->at);
}

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void send_on(const struct http_message *message, uint8_t choice)
{
	static struct parsed again = { .message.header_max = 2 * TABLE };
	static char bytes[LIMIT * 2];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };
	const struct http_message *other = &again.message;

	http_message_write(message, &out);
	must(!out.cut && out.len <= http_message_size(message));
	if (out.len > LIMIT)
		return;
	must(parse(bytes, out.len, choice, &again) == HTTP_PARSE_DONE && other->len == out.len);
	must(other->status == message->status);
	/* A length of nothing, or none: to HEAD there is no difference. */
	must(other->body == message->body ||
	     (!http_message_has_body(other) && !http_message_has_body(message)));
	must(slice_equal(other->reason, message->reason));
	must(other->body != HTTP_BODY_LENGTH || other->body_length == message->body_length);
	/* HTTP/1.0 has no upgrades; set_connection takes its headers off. */
	must(message->minor == 0 || other->upgrade == message->upgrade);
}

static void edit(struct http_message *message, uint8_t choice)
{
	struct http_cookie cookie;
	const struct http_header *header = http_find(message, HTTP_SET_COOKIE, NULL);

	if (header != NULL)
		http_set_cookie_read(header->value, &cookie);
	if (message->header_count > 1)
		http_header_set(message, message->headers[0].name, message->headers[1].value);
	/* To CONNECT the status alone says whether a tunnel follows: who changes it has to know. */
	if (asked(choice) != HTTP_CONNECT)
		http_set_status(message, choice % 2 == 0 ? 204 : 404,
				(struct slice){ NULL, 0 });
	http_header_remove_all(message, SLICE("transfer-encoding"));
	http_message_set_connection(message, message->keep_alive, 1);
	http_header_remove_all(message, SLICE("close")); /* a header that Connection then names */
	if (message->status == 101 && !message->upgrade)
		return; /* a rule took it off, so nobody will switch */
	/* What ends with the connection has to say so, which is the engine's to see to. */
	send_on(message, choice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct parsed parsed = { .message.header_max = TABLE };
	static struct parsed part = { .message.header_max = TABLE };
	const char *bytes = (const char *)data + 1;
	struct http_message *message = &parsed.message;
	enum http_parse result, shorter;

	if (size-- == 0)
		return 0;
	result = parse(bytes, size, data[0], &parsed);
	shorter = parse(bytes, size / 2, data[0], &part);
	must(shorter == HTTP_PARSE_MORE || shorter == result);
	must(result == HTTP_PARSE_MORE || result == HTTP_PARSE_DONE || parsed.why != NULL);
	if (result != HTTP_PARSE_DONE)
		return 0;
	must(message->len <= size && message->header_count < TABLE);
	must(!message->keep_alive ||
	     (message->body != HTTP_BODY_CLOSE && message->body != HTTP_BODY_TUNNEL));
	send_on(message, data[0]);
	edit(message, data[0]);
	return 0;
}
