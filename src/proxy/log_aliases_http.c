/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_aliases_http.c - what was asked and answered: parts of the request
 * line, the status, captured headers and cookies in log lines (configuration
 * manual 8.2.3, 8.7 and 8.8).
 */
#include "proxy/log_aliases.h"

#include "proxy/captures.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static const struct txn *txn_of(const struct expr_context *context)
{
	return context_stream(context)->txn;
}

/* The request line as received; false: there was none that could be read. */
static bool request_line(const struct expr_context *context, struct slice *ret)
{
	const struct txn *txn = txn_of(context);

	if (txn == NULL || txn->request_line.at == NULL)
		return false;
	*ret = txn->request_line;
	return true;
}

static void write_request(struct expr_context *context, unsigned flags, struct out *out)
{
	struct slice line = SLICE("<BADREQ>");

	request_line(context, &line);
	out_put(out, line);
}

/* "GET /a?b HTTP/1.1" in its three parts; what is cut off is empty. */
static bool request_parts(const struct expr_context *context, struct slice part[3],
			  struct out *out)
{
	struct slice line;

	if (!request_line(context, &line)) {
		out_text(out, "<BADREQ>");
		return false;
	}
	for (unsigned i = 0; i < 3; i++) {
		const char *space = line.len == 0 ? NULL : memchr(line.at, ' ', line.len);

		part[i] = (struct slice){ line.at, space != NULL ? (size_t)(space - line.at) : line.len };
		line = slice_skip(line, part[i].len + 1);
	}
	return true;
}

static void write_method(struct expr_context *context, unsigned flags, struct out *out)
{
	struct slice part[3];

	if (request_parts(context, part, out))
		out_put(out, part[0]);
}

static void write_uri(struct expr_context *context, unsigned flags, struct out *out)
{
	struct slice part[3];

	if (request_parts(context, part, out))
		out_put(out, part[1]);
}

static void write_version(struct expr_context *context, unsigned flags, struct out *out)
{
	struct slice part[3];

	if (request_parts(context, part, out))
		out_put(out, part[2]);
}

/* Bytes of `uri` before its query. */
static size_t query_at(struct slice uri)
{
	const char *mark = uri.len == 0 ? NULL : memchr(uri.at, '?', uri.len);

	return mark != NULL ? (size_t)(mark - uri.at) : uri.len;
}

static void write_uri_path(struct expr_context *context, unsigned flags, struct out *out)
{
	struct slice part[3];

	if (request_parts(context, part, out))
		out_bytes(out, part[1].at, query_at(part[1]));
}

static void write_query(struct expr_context *context, unsigned flags, struct out *out)
{
	struct slice part[3];

	if (request_parts(context, part, out))
		out_put(out, slice_skip(part[1], query_at(part[1])));
}

/* Without scheme and host: "http://h/x" has the path "/x", "*" has none. */
static void write_path(struct expr_context *context, unsigned flags, struct out *out)
{
	struct slice part[3], uri;
	const char *scheme;

	if (!request_parts(context, part, out))
		return;
	uri = (struct slice){ part[1].at, query_at(part[1]) };
	scheme = uri.len == 0 || uri.at[0] == '/' ? NULL : memmem(uri.at, uri.len, "://", 3);
	if (scheme != NULL)
		uri = slice_skip(uri, (size_t)(scheme + 3 - uri.at));
	while (uri.len != 0 && uri.at[0] != '/')
		uri = slice_skip(uri, 1);
	out_put(out, uri);
}

/* -1: the client went away before it was answered. */
static void write_status(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream *stream = context_stream(context);
	int64_t none = stream->http ? -1 : 0;

	out_signed(out, stream->txn != NULL && stream->txn->status != 0 ? stream->txn->status : none);
}

static void write_id(struct expr_context *context, unsigned flags, struct out *out)
{
	struct txn *txn = context_stream(context)->txn;

	if (txn != NULL)
		out_put(out, txn->unique_id);
}

static void write_client_cookie(struct expr_context *context, unsigned flags, struct out *out)
{
	if (txn_of(context) != NULL)
		out_put(out, txn_of(context)->client_cookie);
}

static void write_server_cookie(struct expr_context *context, unsigned flags, struct out *out)
{
	if (txn_of(context) != NULL)
		out_put(out, txn_of(context)->server_cookie);
}

/* ---- captured headers ---- */

static unsigned header_bytes(unsigned flags)
{
	return FORMAT_HASH_LINE | FORMAT_HASH_HEADER | (flags & FORMAT_ESCAPE ? FORMAT_BACKSLASH : 0);
}

/* "{a|b}"; nothing when no header is captured. */
static void write_headers(const struct slice *captures, unsigned count, unsigned flags,
			  struct out *out)
{
	if (captures == NULL || count == 0)
		return;
	out_text(out, flags & FORMAT_QUOTE ? "\"{" : "{");
	for (unsigned i = 0; i < count; i++) {
		size_t from = out->len + (i != 0);

		if (i != 0)
			out_char(out, '|');
		out_put(out, captures[i]);
		format_encode(out, from < out->len ? from : out->len, header_bytes(flags));
	}
	out_text(out, flags & FORMAT_QUOTE ? "}\"" : "}");
}

/* "a - b", or with quotes "\"a\" \"\" \"b\"". */
static void write_header_list(const struct slice *captures, unsigned count, unsigned flags,
			      struct out *out)
{
	if (captures == NULL)
		return;
	for (unsigned i = 0; i < count; i++) {
		size_t from;

		if (i != 0)
			out_char(out, ' ');
		if (flags & FORMAT_QUOTE)
			out_char(out, '"');
		from = out->len;
		out_put(out, captures[i]);
		format_encode(out, from, header_bytes(flags));
		if (flags & FORMAT_QUOTE)
			out_char(out, '"');
		else if (captures[i].len == 0)
			out_char(out, '-');
	}
}

static unsigned capture_count(const struct expr_context *context, bool response)
{
	const struct http_conf *http = &context_stream(context)->listener->frontend->section->http;

	return response ? http->response_captures : http->request_captures;
}

static void write_request_headers(struct expr_context *context, unsigned flags, struct out *out)
{
	if (txn_of(context) != NULL)
		write_headers(txn_of(context)->request_captures, capture_count(context, false),
			      flags, out);
}

static void write_response_headers(struct expr_context *context, unsigned flags, struct out *out)
{
	if (txn_of(context) != NULL)
		write_headers(txn_of(context)->response_captures, capture_count(context, true),
			      flags, out);
}

static void write_request_header_list(struct expr_context *context, unsigned flags,
				      struct out *out)
{
	if (txn_of(context) != NULL)
		write_header_list(txn_of(context)->request_captures, capture_count(context, false),
				  flags, out);
}

static void write_response_header_list(struct expr_context *context, unsigned flags,
				       struct out *out)
{
	if (txn_of(context) != NULL)
		write_header_list(txn_of(context)->response_captures, capture_count(context, true),
				  flags, out);
}

#define REQUEST(word, what, function)                                                              \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_OUTSIDE, .need = EXPR_HAVE_REQUEST,           \
	  .write = function }
#define COOKIE(word, what, function)                                                               \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_NAME, .need = EXPR_HAVE_REQUEST,              \
	  .write = function }
#define HEADERS(word, what, function)                                                              \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_OWN, .write = function }

const struct format_alias proxy_log_aliases_http[] = {
	COOKIE("CC", "The cookie of 'capture cookie' in the request.", write_client_cookie),
	COOKIE("CS", "The cookie of 'capture cookie' in the response.", write_server_cookie),
	REQUEST("HM", "The request's method.", write_method),
	REQUEST("HP", "The request's target without its query.", write_uri_path),
	REQUEST("HPO", "The request's path alone: no host, no query.", write_path),
	REQUEST("HQ", "The request's query with its '?'.", write_query),
	REQUEST("HU", "The request's target.", write_uri),
	REQUEST("HV", "The request's version.", write_version),
	{ LOG_ALIAS_DOC("ID", "The id of unique-id-format."), .style = FORMAT_NAME, .write = write_id },
	{ LOG_ALIAS_DOC("ST", "The status sent to the client; -1 when there is none."),
	  .style = FORMAT_NUMBER, .write = write_status },
	HEADERS("hr", "Captured request headers: {a|b}.", write_request_headers),
	HEADERS("hrl", "Captured request headers, a word each.", write_request_header_list),
	HEADERS("hs", "Captured response headers: {a|b}.", write_response_headers),
	HEADERS("hsl", "Captured response headers, a word each.", write_response_header_list),
	REQUEST("r", "The request line; <BADREQ> when it could not be read.", write_request),
	{ .doc = { .name = NULL } },
};
