/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_txn.c - what is kept of a request and its response after their
 * bytes are gone: captures, the unique id (configuration manual 7.3.6).
 */
#include "expr/give.h"
#include "proxy/captures.h"
#include "proxy/fetches.h"

static struct txn *txn_of(const struct expr_context *context)
{
	const struct stream *stream = context_stream(context);

	return stream == NULL ? NULL : stream->txn;
}

static bool txn_check_index(struct conf_parse *parse, struct expr_args *args,
			    struct diag_span span)
{
	if (args->at[0].integer >= 0)
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_number, args->at[0].span, NULL,
		 "captures are numbered from 0");
	return false;
}

/* A header that was not there leaves its capture empty. */
static enum expr_got txn_give_capture(struct expr_sample *ret, const struct slice *captures,
				      unsigned count, int64_t index)
{
	if (captures == NULL || index >= count || captures[index].len == 0)
		return EXPR_NONE;
	return expr_give_text(ret, captures[index]);
}

static enum expr_got txn_get_req_hdr(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct txn *txn = txn_of(context);

	if (txn == NULL)
		return EXPR_NONE;
	return txn_give_capture(ret, txn->request_captures,
				txn->stream->listener->frontend->section->http.request_captures,
				args->at[0].integer);
}

static enum expr_got txn_get_res_hdr(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct txn *txn = txn_of(context);

	if (txn == NULL)
		return EXPR_NONE;
	return txn_give_capture(ret, txn->response_captures,
				txn->stream->listener->frontend->section->http.response_captures,
				args->at[0].integer);
}

static enum expr_got txn_get_req_method(struct expr_context *context,
					const struct expr_args *args, struct expr_sample *ret)
{
	const struct txn *txn = txn_of(context);
	const char *end;

	if (txn == NULL || txn->request_line.len == 0)
		return EXPR_NONE;
	end = memchr(txn->request_line.at, ' ', txn->request_line.len);
	if (end == NULL)
		return EXPR_NONE;
	return expr_give_text(ret, (struct slice){ txn->request_line.at,
						   (size_t)(end - txn->request_line.at) });
}

/* "http://host/path" without what stands before the path; nothing of "*" and of CONNECT. */
static struct slice txn_path(struct slice uri)
{
	const char *at = uri.at;

	if (*at != '/') {
		at = memmem(uri.at, uri.len, "://", 3);
		uri = slice_skip(uri, at != NULL ? (size_t)(at + 3 - uri.at) : uri.len);
		at = uri.len > 0 ? memchr(uri.at, '/', uri.len) : NULL;
	}
	return slice_skip(uri, at != NULL ? (size_t)(at - uri.at) : uri.len);
}

static enum expr_got txn_get_req_uri(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct txn *txn = txn_of(context);
	struct slice path;

	if (txn == NULL || txn->uri.len == 0)
		return EXPR_NONE;
	path = txn_path(txn->uri);
	return path.len == 0 ? EXPR_NONE : expr_give_text(ret, path);
}

static enum expr_got txn_give_version(struct expr_sample *ret, const struct http_message *message)
{
	return expr_give_text(ret, message->minor == 0 ? SLICE("HTTP/1.0") : SLICE("HTTP/1.1"));
}

static enum expr_got txn_get_req_ver(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct txn *txn = txn_of(context);

	if (txn == NULL || txn->head_at.us == 0)
		return EXPR_NONE;
	return txn_give_version(ret, &txn->request);
}

static enum expr_got txn_get_res_ver(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct txn *txn = txn_of(context);

	if (txn == NULL || txn->response_at.us == 0)
		return EXPR_NONE;
	return txn_give_version(ret, &txn->response);
}

static enum expr_got txn_get_unique_id(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	struct txn *txn = txn_of(context);
	struct slice id;

	if (txn == NULL)
		return EXPR_NONE;
	id = txn_unique_id(txn);
	return id.at == NULL ? EXPR_NONE : expr_give_text(ret, id);
}

static enum expr_got txn_get_first_req(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	return stream == NULL ? EXPR_NONE : expr_give_bool(ret, stream->first);
}

#define TXN(row_name, row_summary, row_example)                                                    \
	.doc = {.name = row_name, .summary = row_summary, .example = row_example, .since = "0.2"}, \
	.need = EXPR_HAVE_STREAM
#define TXN_INDEX_ARG .args = { { EXPR_ARG_INT, false, "idx" } }, .check = txn_check_index

const struct expr_fetch proxy_fetches_txn[] = {
	{
		TXN("capture.req.hdr",
		    "The header that the 'capture request header' or 'declare capture' line of "
		    "that "
		    "number, from 0, has kept.",
		    "http-response set-header X-Agent %[capture.req.hdr(0)]"),
		.type = EXPR_STRING,
		TXN_INDEX_ARG,
		.get = txn_get_req_hdr,
	},
	{
		TXN("capture.req.method",
		    "The method of the request, also when its bytes are gone.",
		    "http-response set-header X-Method %[capture.req.method]"),
		.type = EXPR_STRING,
		.get = txn_get_req_method,
	},
	{
		TXN("capture.req.uri",
		    "The path and query of the request, also when its bytes are gone.",
		    "http-response set-header X-Path %[capture.req.uri]"),
		.type = EXPR_STRING,
		.get = txn_get_req_uri,
	},
	{
		TXN("capture.req.ver",
		    "HTTP/1.0 or HTTP/1.1 as the request says, also when its bytes are gone.",
		    "http-response set-header X-Version %[capture.req.ver]"),
		.type = EXPR_STRING,
		.get = txn_get_req_ver,
	},
	{
		TXN("capture.res.hdr",
		    "The header that the 'capture response header' or 'declare capture' line of "
		    "that "
		    "number, from 0, has kept.",
		    "http-after-response set-header X-Server %[capture.res.hdr(0)]"),
		.type = EXPR_STRING,
		TXN_INDEX_ARG,
		.get = txn_get_res_hdr,
	},
	{
		TXN("capture.res.ver",
		    "HTTP/1.0 or HTTP/1.1 as the response says, also when its bytes are gone.",
		    "http-after-response set-header X-Version %[capture.res.ver]"),
		.type = EXPR_STRING,
		.get = txn_get_res_ver,
	},
	{
		TXN("http_first_req", "Whether the request is the first one of its connection.",
		    "http-request set-header X-First yes if { http_first_req }"),
		.type = EXPR_BOOL,
		.get = txn_get_first_req,
	},
	{
		TXN("unique-id", "The id that 'unique-id-format' makes for the request.",
		    "http-request set-header X-Request-ID %[unique-id]"),
		.type = EXPR_STRING,
		.get = txn_get_unique_id,
	},
	{.doc = {.name = NULL}},
};
