/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests from anybody; the first byte chooses strictness. Beyond not
 * crashing: more bytes never change a finished head, no beginning of it is
 * refused, and what we send on is understood by a strict parser as we
 * understood it - before and after the edits of a proxy.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bump.h"
#include "base/out.h"
#include "http/basic_auth.h"
#include "http/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 4096, TABLE = 40 };

struct parsed {
	struct http_message message;
	struct http_header headers[2 * TABLE]; /* the next party's is larger: we may add some */
	const char *why;
	size_t at;
};

static enum http_parse parse(const char *bytes, size_t len, bool unsafe, struct parsed *ret)
{
	ret->message.headers = ret->headers;
	ret->why = NULL;
	return http_request_parse(bytes, len, LIMIT, (struct http_leniency){ .unsafe = unsafe },
				  &ret->message, &ret->why, &ret->at);
}

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void must_equal(struct slice a, struct slice b)
{
	must(slice_equal(a, b));
}

/* Writes the head and reads it as the next party will. */
static void send_on(const struct http_message *message, bool unsafe)
{
	static struct parsed again = { .message.header_max = 2 * TABLE };
	static char bytes[LIMIT * 2];
	struct out out = { .bytes = bytes, .size = sizeof(bytes) };
	const struct http_message *other = &again.message;

	http_message_write(message, &out);
	must(!out.cut && out.len <= http_message_size(message));
	if (out.len > LIMIT)
		return;
	must(parse(bytes, out.len, unsafe, &again) == HTTP_PARSE_DONE && other->len == out.len);
	must_equal(other->method, message->method);
	must_equal(other->path, message->path);
	must_equal(other->authority, message->authority);
	must(other->minor == message->minor && other->form == message->form);
	must(other->body == message->body && other->upgrade == message->upgrade);
	must(other->body != HTTP_BODY_LENGTH || other->body_length == message->body_length);
	must(other->header_count >= message->header_count);
	for (unsigned i = 0; i < message->header_count; i++) {
		must_equal(other->headers[i].name, message->headers[i].name);
		must_equal(other->headers[i].value, message->headers[i].value);
		must(other->headers[i].id == message->headers[i].id);
	}
}

static void edit(struct http_message *message, bool unsafe)
{
	static struct bump_pool pool;
	static struct http_credentials credentials;
	struct bump memory = { .pool = &pool };
	const struct http_header *header = http_find(message, HTTP_AUTHORIZATION, NULL);
	struct slice query = http_query(message);

	if (header != NULL)
		http_basic_auth_decode(header->value, &credentials);
	if (message->header_count > 1) { /* values of the sender wander about */
		http_header_set(message, message->headers[0].name, message->headers[1].value);
		http_header_change(message, &message->headers[1], query);
		http_header_remove(message, &message->headers[message->header_count / 2]);
	}
	if (message->header_count > 0)
		http_header_add(message, SLICE("X-Copy"), message->headers[0].value);
	http_set_path(message, &memory, query.at != NULL ? query : SLICE("/"));
	/* '#' may be in a method: rules may send it, but only leniency reads it. */
	http_set_query(message, &memory, unsafe ? message->method : SLICE("a=b c"));
	http_message_set_connection(message, query.at != NULL, message->minor);
	http_header_remove_all(message, SLICE("close")); /* a header that Connection then names */
	http_header_remove_all(message, SLICE("content-length"));
	http_header_remove_all(message, SLICE("host"));
	/* No room is left for it when the table is full. */
	if (http_header_set(message, SLICE("Host"),
			    message->form == HTTP_TARGET_AUTHORITY ? message->authority
								   : SLICE("h")))
		send_on(message, unsafe);
	bump_free(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct parsed parsed = { .message.header_max = TABLE };
	static struct parsed part = { .message.header_max = TABLE };
	const char *bytes = (const char *)data + 1;
	struct http_message *message = &parsed.message;
	enum http_parse result, shorter;
	bool unsafe = size > 0 && data[0] == '!';

	if (size-- == 0)
		return 0;
	result = parse(bytes, size, unsafe, &parsed);
	shorter = parse(bytes, size / 2, unsafe, &part);
	must(shorter == HTTP_PARSE_MORE || shorter == result);
	must(result == HTTP_PARSE_MORE || result == HTTP_PARSE_DONE || parsed.why != NULL);
	must(result == HTTP_PARSE_MORE || parsed.at <= size || result == HTTP_PARSE_DONE);
	if (result != HTTP_PARSE_DONE)
		return 0;
	must(message->len <= size && message->len <= LIMIT && message->header_count < TABLE);
	must(parse(bytes, message->len, unsafe, &part) == HTTP_PARSE_DONE);
	must(part.message.len == message->len);
	must(unsafe || parse(bytes, message->len - 1, unsafe, &part) == HTTP_PARSE_MORE);
	send_on(message, unsafe);
	edit(message, unsafe);
	return 0;
}
