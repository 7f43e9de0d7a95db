/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/edit.c - headers added, changed and removed by rules. What the parser
 * would refuse cannot be put in, and what was understood of the body stays.
 */
#include "http/parser.h"
#include "http/scan.h"

bool http_name_valid(struct slice name)
{
	return name.len != 0 && http_bytes_are(name, HTTP_BYTE_TOKEN);
}

bool http_value_valid(struct slice value)
{
	return value.len == 0 ||
	       http_scan_text(value.at, value.at + value.len) == value.at + value.len;
}

static struct slice without_blanks(struct slice value)
{
	while (value.len != 0 && http_byte_is_blank(value.at[0]))
		value = slice_skip(value, 1);
	while (value.len != 0 && http_byte_is_blank(value.at[value.len - 1]))
		value.len--;
	return value.len != 0 ? value : SLICE("");
}

/* A length is said where the body has it, or where none is sent: to HEAD, with 304. */
static bool admits_length(const struct http_message *message, struct slice value)
{
	uint64_t length;

	if (!http_read_length(value, &length))
		return false;
	if (message->body == HTTP_BODY_LENGTH)
		return length == message->body_length;
	if (message->body != HTTP_BODY_NONE)
		return false;
	return message->response ? message->status >= 200 && message->status != 204 : length == 0;
}

/* The target of CONNECT stays what it is. */
static bool admits_host(const struct http_message *message, struct slice value)
{
	if (message->response)
		return http_value_valid(value);
	return http_host_valid(value) &&
	       (message->form != HTTP_TARGET_AUTHORITY || http_authority_same(message, value));
}

static bool admits(const struct http_message *message, enum http_header_id id, struct slice value)
{
	switch (id) {
	case HTTP_CONTENT_LENGTH:
		return admits_length(message, value);
	case HTTP_TRANSFER_ENCODING:
		return message->body == HTTP_BODY_CHUNKED && slice_is_nocase(value, "chunked");
	case HTTP_HOST:
		return admits_host(message, value);
	default:
		return http_value_valid(value);
	}
}

/* Of these a message has one at most. */
static bool is_single(const struct http_message *message, enum http_header_id id)
{
	return id == HTTP_CONTENT_LENGTH || id == HTTP_TRANSFER_ENCODING ||
	       (id == HTTP_HOST && !message->response);
}

static bool wants_upgrade(const struct http_message *message)
{
	const struct http_header *header = http_find(message, HTTP_UPGRADE, NULL);
	unsigned tokens = 0;

	if (header == NULL || message->minor == 0 ||
	    (!message->response && http_message_has_body(message)))
		return false;
	for (; header != NULL; header = http_find(message, HTTP_UPGRADE, header))
		if (!http_upgrade_passes(header->value))
			return false;
	for (header = NULL; (header = http_find(message, HTTP_CONNECTION, header)) != NULL;)
		tokens |= http_connection_tokens(header->value);
	return (tokens & HTTP_TOKEN_UPGRADE) != 0;
}

static bool wants_continue(const struct http_message *message)
{
	const struct http_header *header = NULL;

	while ((header = http_find(message, HTTP_EXPECT, header)) != NULL)
		if (slice_is_nocase(header->value, "100-continue"))
			return message->minor != 0 && !message->response;
	return false;
}

/* What the message says of itself, after headers of `id` have changed. */
static void changed(struct http_message *message, enum http_header_id id)
{
	const struct http_header *header;

	switch (id) {
	case HTTP_HOST:
		header = http_find(message, HTTP_HOST, NULL);
		if (message->form == HTTP_TARGET_AUTHORITY ||
		    (message->form == HTTP_TARGET_ABSOLUTE && header == NULL))
			break;
		message->authority = header != NULL ? header->value : SLICE("");
		break;
	case HTTP_CONNECTION:
	case HTTP_UPGRADE:
		message->upgrade = wants_upgrade(message);
		break;
	case HTTP_EXPECT:
		message->expects_continue = wants_continue(message);
		break;
	default:
		break;
	}
}

static void put(struct http_message *message, struct http_header *header, struct slice value)
{
	header->value = value;
	if (header->id == HTTP_CONNECTION)
		message->asks_close |= (http_connection_tokens(value) & HTTP_TOKEN_CLOSE) != 0;
	changed(message, header->id);
}

bool http_header_add(struct http_message *message, struct slice name, struct slice value)
{
	struct http_header *header = &message->headers[message->header_count];
	enum http_header_id id = http_header_id_of(name);

	value = without_blanks(value);
	if (message->header_count + 1 >= message->header_max || !http_name_valid(name) ||
	    !admits(message, id, value) ||
	    (is_single(message, id) && http_find(message, id, NULL) != NULL))
		return false;
	header->name = name;
	header->id = id;
	message->ids |= 1U << id;
	message->header_count++;
	put(message, header, value);
	return true;
}

bool http_header_change(struct http_message *message, struct http_header *header,
			struct slice value)
{
	value = without_blanks(value);
	if (!admits(message, header->id, value))
		return false;
	put(message, header, value);
	return true;
}

static void take_off(struct http_message *message, struct http_header *header)
{
	struct http_header *end = message->headers + --message->header_count;

	memmove(header, header + 1, (size_t)(end - header) * sizeof(*header));
}

void http_header_remove(struct http_message *message, struct http_header *header)
{
	enum http_header_id id = header->id;

	take_off(message, header);
	changed(message, id);
}

unsigned http_header_remove_all(struct http_message *message, struct slice name)
{
	struct http_header *header;
	unsigned count = 0;

	for (; (header = http_find_name(message, name, NULL)) != NULL; count++)
		take_off(message, header);
	if (count != 0)
		changed(message, http_header_id_of(name));
	return count;
}

bool http_header_set(struct http_message *message, struct slice name, struct slice value)
{
	struct http_header *header = http_find_name(message, name, NULL), *other;

	if (header == NULL)
		return http_header_add(message, name, value);
	if (!http_header_change(message, header, value))
		return false;
	header->name = name;
	while ((other = http_find_name(message, name, header)) != NULL)
		take_off(message, other);
	changed(message, header->id);
	return true;
}

bool http_set_method(struct http_message *message, struct slice value)
{
	enum http_method id = http_method_of(value);

	/* The forms of CONNECT and of "*" are of no other method (RFC 9112, 3.2). */
	if (!http_name_valid(value) || message->form == HTTP_TARGET_AUTHORITY ||
	    message->form == HTTP_TARGET_ASTERISK || id == HTTP_CONNECT)
		return false;
	message->method = value;
	message->method_id = id;
	return true;
}

static bool has_no_content(unsigned status)
{
	return status < 200 || status == 204 || status == 304;
}

bool http_set_status(struct http_message *message, uint16_t status, struct slice reason)
{
	if (status < 100 || status > 999 || message->body == HTTP_BODY_TUNNEL ||
	    (status < 200) != (message->status < 200) ||
	    (reason.at != NULL && !http_value_valid(reason)))
		return false;
	if (has_no_content(status) && http_message_has_body(message))
		return false;
	if (has_no_content(status) != has_no_content(message->status) &&
	    message->body != HTTP_BODY_CLOSE) {
		http_header_remove_all(message, SLICE("content-length"));
		http_header_remove_all(message, SLICE("transfer-encoding"));
		/* Without a length, what was an answer without content would end with the
		 * connection. */
		message->body = has_no_content(status) ? HTTP_BODY_NONE : HTTP_BODY_LENGTH;
		message->body_length = 0;
	}
	message->status = status;
	message->reason = reason.at != NULL ? reason : slice_of(http_reason(status));
	return true;
}
