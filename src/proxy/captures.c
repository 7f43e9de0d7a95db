/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/captures.c - see captures.h. Everything is copied to the memory of the
 * transaction, since the messages are gone when the log line is written.
 */
#include "proxy/captures.h"

#include "http/cookie.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

enum { LOGURILEN_PRESET = 1024 }; /* tune.http.logurilen */

static const struct http_conf *http_of(const struct txn *txn)
{
	return &txn->stream->listener->frontend->section->http;
}

static struct slice cut(struct slice text, size_t len)
{
	if (text.len > len)
		text.len = len;
	return text;
}

/* Room for every slot; all are empty. At NULL: there is none, or no memory. */
static struct slice *captures_new(struct txn *txn, unsigned count)
{
	struct slice *captures = count == 0 ? NULL
					    : bump_alloc(&txn->memory, count * sizeof(*captures));

	for (unsigned i = 0; captures != NULL && i < count; i++)
		captures[i] = SLICE("");
	return captures;
}

static void captures_prepare(struct txn *txn)
{
	if (txn->request_captures == NULL)
		txn->request_captures = captures_new(txn, http_of(txn)->request_captures);
	if (txn->response_captures == NULL)
		txn->response_captures = captures_new(txn, http_of(txn)->response_captures);
}

static void keep(struct txn *txn, const struct http_capture *capture, struct slice value)
{
	struct slice *captures = capture->response ? txn->response_captures : txn->request_captures;
	struct slice copy = bump_copy(&txn->memory, cut(value, capture->length));

	if (copy.at != NULL)
		captures[capture->index] = copy;
}

bool capture_set(struct txn *txn, bool response, unsigned index, struct slice value)
{
	captures_prepare(txn);
	if ((response ? txn->response_captures : txn->request_captures) == NULL)
		return false;
	for (const struct http_capture *capture = http_of(txn)->captures; capture != NULL;
	     capture = capture->next) {
		if (capture->response != response || capture->index != index)
			continue;
		keep(txn, capture, value);
		return true;
	}
	return false;
}

/* The last occurrence of the header counts. */
static void capture_headers(struct txn *txn, const struct http_message *message, bool response)
{
	const struct http_capture *capture = http_of(txn)->captures;

	if ((response ? txn->response_captures : txn->request_captures) == NULL)
		return;
	for (; capture != NULL; capture = capture->next) {
		const struct http_header *last = NULL, *header = NULL;

		if (capture->response != response || capture->header == NULL)
			continue;
		while ((header = http_find_name(message, slice_of(capture->header), header)) != NULL)
			last = header;
		if (last != NULL)
			keep(txn, capture, last->value);
	}
}

/* "ASP" is the beginning of a cookie's name, "id=" all of it. */
static bool cookie_wanted(const struct http_conf *http, const struct http_cookie *cookie)
{
	struct slice wanted = slice_of(http->capture_cookie);

	return cookie->whole.len >= wanted.len &&
	       memcmp(cookie->whole.at, wanted.at, wanted.len) == 0;
}

static void capture_client_cookie(struct txn *txn)
{
	const struct http_conf *http = http_of(txn);
	struct http_header *header = NULL;
	struct http_cookie cookie;

	while ((header = http_find(&txn->request, HTTP_COOKIE, header)) != NULL) {
		struct slice list = header->value;

		while (http_cookie_next(&list, &cookie)) {
			if (!cookie_wanted(http, &cookie))
				continue;
			txn->client_cookie = bump_copy(&txn->memory,
						       cut(cookie.whole, http->capture_cookie_len));
			return;
		}
	}
}

static void capture_server_cookie(struct txn *txn)
{
	const struct http_conf *http = http_of(txn);
	struct http_header *header = NULL;
	struct http_cookie cookie;

	while ((header = http_find(&txn->response, HTTP_SET_COOKIE, header)) != NULL) {
		if (!http_set_cookie_read(header->value, &cookie) || !cookie_wanted(http, &cookie))
			continue;
		txn->server_cookie = bump_copy(&txn->memory,
					       cut(cookie.whole, http->capture_cookie_len));
		return;
	}
}

/* "GET /x HTTP/1.1" as it was received, for the log and for capture.req.uri. */
static void capture_request_line(struct txn *txn)
{
	const struct http_message *request = &txn->request;
	size_t limit = (size_t)txn->stream->worker->proxy->conf->global.logurilen;
	size_t size = request->method.len + 1 + request->target.len + 9;
	struct out line = { .bytes = bump_alloc(&txn->memory, size), .size = size };
	size_t uri = request->method.len + 1;

	if (line.bytes == NULL)
		return;
	out_put(&line, request->method);
	out_char(&line, ' ');
	out_put(&line, request->target);
	if (request->len != 0) /* as it was received */
		out_bytes(&line, request->target.at + request->target.len, 9);
	else
		out_text(&line, request->minor == 0 ? " HTTP/1.0" : " HTTP/1.1");
	/* HAProxy keeps a byte less than its default says, and just as many as are asked for. */
	txn->request_line = cut(out_slice(&line), limit == LOGURILEN_PRESET ? limit - 1 : limit);
	txn->uri = cut(slice_skip(txn->request_line, uri), request->target.len);
}

static bool keeps_request_line(const struct txn *txn)
{
	const struct stream *stream = txn->stream;

	return stream->listener->frontend->section->log.count != 0 ||
	       stream->worker->proxy->conf->keeps_request_lines;
}

void capture_request(struct txn *txn)
{
	if (keeps_request_line(txn))
		capture_request_line(txn);
	captures_prepare(txn);
	capture_headers(txn, &txn->request, false);
	if (http_of(txn)->capture_cookie != NULL)
		capture_client_cookie(txn);
}

void capture_response(struct txn *txn)
{
	capture_headers(txn, &txn->response, true);
	if (http_of(txn)->capture_cookie != NULL)
		capture_server_cookie(txn);
}

struct slice txn_unique_id(struct txn *txn)
{
	const struct format *format = http_of(txn)->unique_id;
	struct expr_context context;

	if (txn->unique_id.at != NULL || format == NULL ||
	    (txn->stream->http && txn->head_at.us == 0))
		return txn->unique_id;
	txn_context(txn, &context);
	txn->unique_id = format_text(format, &context);
	return txn->unique_id;
}
