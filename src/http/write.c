/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/write.c - a head put together again. Lines that still stand one behind
 * the other in the receive buffer, as they are to be written, are copied in
 * one piece: whether they were edited shows in where their slices point.
 */
#include "base/out.h"
#include "http/message.h"

enum {
	FRAMING_ROOM =
		64, /* for the header that says how long the body is, if a rule took it off */
};

static void rebase(struct slice *slice, uintptr_t from, size_t len, const char *to)
{
	uintptr_t at = (uintptr_t)slice->at;

	if (slice->at != NULL && at >= from && at - from <= len && slice->len <= len - (at - from))
		slice->at = to + (at - from);
}

void http_message_rebase(struct http_message *message, const char *from, size_t len, const char *to)
{
	uintptr_t base = (uintptr_t)from;

	rebase(&message->method, base, len, to);
	rebase(&message->target, base, len, to);
	rebase(&message->authority, base, len, to);
	rebase(&message->path, base, len, to);
	rebase(&message->reason, base, len, to);
	for (unsigned i = 0; i < message->header_count; i++) {
		rebase(&message->headers[i].name, base, len, to);
		rebase(&message->headers[i].value, base, len, to);
	}
}

size_t http_message_size(const struct http_message *message)
{
	size_t size = message->method.len + message->target.len + message->authority.len +
		      message->path.len + message->reason.len + strlen("HTTP/1.1 999  \r\n\r\n") +
		      FRAMING_ROOM;

	for (unsigned i = 0; i < message->header_count; i++)
		size += message->headers[i].name.len + message->headers[i].value.len + 4;
	return size;
}

/* As the target stands, unless Host was changed: then with the new authority. */
static void write_target(const struct http_message *message, struct out *out)
{
	uintptr_t authority = (uintptr_t)message->authority.at,
		  target = (uintptr_t)message->target.at;

	if (message->form != HTTP_TARGET_ABSOLUTE || authority - target < message->target.len) {
		out_put(out, message->target);
		return;
	}
	for (size_t i = 0; i < message->target.len && message->target.at[i] != ':'; i++)
		out_char(out, message->target.at[i]);
	out_text(out, "://");
	out_put(out, message->authority);
	out_put(out, message->path);
}

static void write_first_line(const struct http_message *message, struct out *out)
{
	if (message->response) {
		out_text(out, "HTTP/1.1 ");
		out_padded(out, message->status, 3);
		out_char(out, ' ');
		out_put(out, message->reason);
		out_text(out, "\r\n");
		return;
	}
	out_put(out, message->method);
	out_char(out, ' ');
	write_target(message, out);
	/* Who speaks 1.0 could not read what a 1.1 server may answer. */
	out_text(out, message->minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
}

static const char *end_of(struct slice slice)
{
	return slice.at + slice.len;
}

/* "name: value" in one place. */
static bool is_line(const struct http_header *header)
{
	const char *colon = end_of(header->name);

	return (uintptr_t)header->value.at == (uintptr_t)colon + 2 && colon[0] == ':' &&
	       colon[1] == ' ';
}

/* `next` stands on the line behind `header`, which is a line. */
static bool is_followed_by(const struct http_header *header, const struct http_header *next)
{
	const char *end = end_of(header->value);

	return (uintptr_t)next->name.at == (uintptr_t)end + 2 && end[0] == '\r' && end[1] == '\n' &&
	       is_line(next);
}

static void write_header(const struct http_header *header, struct out *out)
{
	out_put(out, header->name);
	out_text(out, ": ");
	out_put(out, header->value);
	out_text(out, "\r\n");
}

static void write_headers(const struct http_message *message, struct out *out)
{
	const struct http_header *at = message->headers, *end = at + message->header_count, *last;

	for (; at < end; at = last + 1) {
		last = at;
		if (!is_line(at)) {
			write_header(at, out);
			continue;
		}
		while (last + 1 < end && is_followed_by(last, last + 1))
			last++;
		out_bytes(out, at->name.at, (size_t)(end_of(last->value) - at->name.at));
		out_text(out, "\r\n");
	}
}

/* The body is sent as it was understood, whatever rules took off. */
static void write_framing(const struct http_message *message, struct out *out)
{
	if (message->body == HTTP_BODY_LENGTH &&
	    http_find(message, HTTP_CONTENT_LENGTH, NULL) == NULL) {
		out_text(out, "Content-Length: ");
		out_number(out, message->body_length);
		out_text(out, "\r\n");
	}
	if (message->body == HTTP_BODY_CHUNKED &&
	    http_find(message, HTTP_TRANSFER_ENCODING, NULL) == NULL)
		out_text(out, "Transfer-Encoding: chunked\r\n");
}

void http_message_write(const struct http_message *message, struct out *out)
{
	write_first_line(message, out);
	write_headers(message, out);
	write_framing(message, out);
	out_text(out, "\r\n");
}
