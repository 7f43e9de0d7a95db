/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_payload.c - bytes that were received and not consumed
 * (configuration manual 7.3.5).
 *
 * What may still come makes a value unsure: EXPR_LATER where it is not there
 * yet, may_change where there is one that may grow.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "expr/give.h"
#include "expr/request.h"

static enum expr_got payload_missing(const struct expr_context *context)
{
	return context->bytes_end ? EXPR_NONE : EXPR_LATER;
}

static enum expr_got payload_give_len(const struct expr_context *context, struct slice bytes,
				      struct expr_sample *ret)
{
	ret->may_change = !context->bytes_end;
	return expr_give_int(ret, (int64_t)bytes.len);
}

static enum expr_got payload_get_req_len(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	return payload_give_len(context, context->request_bytes, ret);
}

static enum expr_got payload_get_res_len(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	return payload_give_len(context, context->response_bytes, ret);
}

/* `len` bytes from `offset`; 0: all there are. */
static enum expr_got payload_cut(const struct expr_context *context, struct slice bytes,
				 uint64_t offset, uint64_t len, struct expr_sample *ret)
{
	if (offset > bytes.len || len > bytes.len - offset)
		return payload_missing(context);
	bytes = slice_skip(bytes, offset);
	if (len != 0)
		bytes.len = len;
	else if (bytes.len == 0)
		return payload_missing(context);
	else
		ret->may_change = !context->bytes_end;
	return expr_give_bytes(ret, bytes);
}

static bool payload_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	for (unsigned i = 0; i < 2; i++) {
		if (args->at[i].integer >= 0)
			continue;
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, args->at[i].span, NULL,
			 "%s cannot be negative", i == 0 ? "an offset" : "a length");
		return false;
	}
	return true;
}

static enum expr_got payload_get_req(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	return payload_cut(context, context->request_bytes, (uint64_t)args->at[0].integer,
			   (uint64_t)args->at[1].integer, ret);
}

static enum expr_got payload_get_res(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	return payload_cut(context, context->response_bytes, (uint64_t)args->at[0].integer,
			   (uint64_t)args->at[1].integer, ret);
}

/* By the place where it stands: response bytes are only there while a response is looked at. */
static struct slice payload_here(const struct expr_context *context)
{
	return context->response_bytes.at != NULL ? context->response_bytes
						  : context->request_bytes;
}

static enum expr_got payload_get_here(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	return payload_cut(context, payload_here(context), (uint64_t)args->at[0].integer,
			   (uint64_t)args->at[1].integer, ret);
}

/* payload_lv(offset1,length[,offset2]) as its check has read it. */
struct payload_lv {
	uint64_t offset;
	unsigned size;		/* of the length, in bytes */
	int64_t start;		/* of the value */
};

enum { PAYLOAD_LV_MAX = 8 };

/* "12", or with a sign: so far from the end of the length. False after a report. */
static bool payload_read_start(struct conf_parse *parse, const struct expr_arg *arg,
			       struct payload_lv *lv)
{
	char *end;
	long long number = strtoll(arg->text.at, &end, 10);

	if (end == arg->text.at || *end != '\0') {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, arg->span, NULL,
			 "'%s' is no offset", arg->text.at);
		return false;
	}
	lv->start = *arg->text.at == '+' || *arg->text.at == '-' ? lv->start + number : number;
	return true;
}

static bool payload_check_lv(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	struct payload_lv *lv = arena_zalloc(parse->arena, sizeof(*lv));

	args->own = lv;
	if (args->at[0].integer < 0 || args->at[0].integer > INT32_MAX) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, args->at[0].span, NULL,
			 "'%s' is no offset", args->at[0].text.at);
		return false;
	}
	if (args->at[1].integer < 1 || args->at[1].integer > PAYLOAD_LV_MAX) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, args->at[1].span, NULL,
			 "a length takes 1 to %d bytes", PAYLOAD_LV_MAX);
		return false;
	}
	lv->offset = (uint64_t)args->at[0].integer;
	lv->size = (unsigned)args->at[1].integer;
	lv->start = (int64_t)(lv->offset + lv->size);
	return !args->at[2].given || payload_read_start(parse, &args->at[2], lv);
}

static enum expr_got payload_cut_lv(const struct expr_context *context, struct slice bytes,
				    const struct payload_lv *lv, struct expr_sample *ret)
{
	uint64_t len = 0;

	if (lv->offset > bytes.len || lv->size > bytes.len - lv->offset)
		return payload_missing(context);
	for (unsigned i = 0; i < lv->size; i++)
		len = len << 8 | (unsigned char)bytes.at[lv->offset + i];
	if (lv->start < 0 || len == 0)
		return EXPR_NONE;
	return payload_cut(context, bytes, (uint64_t)lv->start, len, ret);
}

static enum expr_got payload_get_req_lv(struct expr_context *context,
					const struct expr_args *args, struct expr_sample *ret)
{
	return payload_cut_lv(context, context->request_bytes, args->own, ret);
}

static enum expr_got payload_get_res_lv(struct expr_context *context,
					const struct expr_args *args, struct expr_sample *ret)
{
	return payload_cut_lv(context, context->response_bytes, args->own, ret);
}

static enum expr_got payload_get_here_lv(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	return payload_cut_lv(context, payload_here(context), args->own, ret);
}

static enum expr_got payload_get_wait_end(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	return context->bytes_end ? expr_give_bool(ret, true) : EXPR_LATER;
}

/* True once a whole head is there that parses; nothing once none can come, as in HAProxy. */
static enum expr_got payload_get_proto_http(struct expr_context *context,
					    const struct expr_args *args, struct expr_sample *ret)
{
	const struct http_message *request;
	enum expr_got got = expr_request(context, &request);

	return got == EXPR_GOT ? expr_give_bool(ret, true) : got;
}

#define PAYLOAD_ARGS                                                                               \
	{ { EXPR_ARG_INT, false, "offset" }, { EXPR_ARG_INT, false, "length" } }
#define PAYLOAD_LV_ARGS                                                                            \
	{ { EXPR_ARG_INT, false, "offset1" },                                                      \
	  { EXPR_ARG_INT, false, "length" },                                                       \
	  { EXPR_ARG_STRING, true, "offset2" } }

const struct expr_fetch expr_fetches_payload[] = {
	{
		.doc = {.name = "payload",
			.since = "0.2",
			.summary = "Bytes of the request or of the response, whichever is looked "
				   "at; old form of 'req.payload' and 'res.payload'.",
			.example = "tcp-request content reject if { payload(0,3) -m bin 474554 }"},
		.type = EXPR_BINARY,
		.args = PAYLOAD_ARGS,
		.method = "bin",
		.check = payload_check,
		.get = payload_get_here,
	},
	{
		.doc = {.name = "payload_lv",
			.since = "0.2",
			.summary = "Bytes whose length stands before them; old form of "
				   "'req.payload_lv' and 'res.payload_lv'.",
			.example = "tcp-request content reject if { payload_lv(0,1) -m bin 00 }"},
		.type = EXPR_BINARY,
		.args = PAYLOAD_LV_ARGS,
		.method = "bin",
		.check = payload_check_lv,
		.get = payload_get_here_lv,
	},
	{
		.doc = {.name = "req.len",
			.since = "0.2",
			.summary = "How many bytes of the request are there; more may come.",
			.example = "tcp-request content accept if { req.len gt 0 }"},
		.type = EXPR_INT,
		.need = EXPR_HAVE_REQUEST_BYTES,
		.get = payload_get_req_len,
	},
	{
		.doc = {.name = "req_len",
			.since = "0.2",
			.summary = "Old form of 'req.len'.",
			.example = "tcp-request content accept if { req_len gt 0 }"},
		.stands_for = "req.len",
	},
	{
		.doc = {.name = "req.payload",
			.since = "0.2",
			.summary = "Bytes of the request from an offset on; length 0 takes all.",
			.example = "acl is_ssh req.payload(0,4) -m bin 5353482d"},
		.type = EXPR_BINARY,
		.need = EXPR_HAVE_REQUEST_BYTES,
		.args = PAYLOAD_ARGS,
		.method = "bin",
		.check = payload_check,
		.get = payload_get_req,
	},
	{
		.doc = {.name = "req.payload_lv",
			.since = "0.2",
			.summary = "Bytes of the request whose length stands at an offset before "
				   "them.",
			.example = "acl has_session req.payload_lv(43,1) -m found"},
		.type = EXPR_BINARY,
		.need = EXPR_HAVE_REQUEST_BYTES,
		.args = PAYLOAD_LV_ARGS,
		.method = "bin",
		.check = payload_check_lv,
		.get = payload_get_req_lv,
	},
	{
		.doc = {.name = "req.proto_http",
			.since = "0.2",
			.summary = "Whether the request's bytes are a whole and well-formed HTTP "
				   "request head.",
			.example = "tcp-request content reject if !{ req.proto_http }"},
		.type = EXPR_BOOL,
		.need = EXPR_HAVE_REQUEST_BYTES,
		.get = payload_get_proto_http,
	},
	{
		.doc = {.name = "req_proto_http",
			.since = "0.2",
			.summary = "Old form of 'req.proto_http'.",
			.example = "tcp-request content reject if !{ req_proto_http }"},
		.stands_for = "req.proto_http",
	},
	{
		.doc = {.name = "res.len",
			.since = "0.2",
			.summary = "How many bytes of the response are there; more may come.",
			.example = "tcp-response content accept if { res.len gt 0 }"},
		.type = EXPR_INT,
		.need = EXPR_HAVE_RESPONSE_BYTES,
		.get = payload_get_res_len,
	},
	{
		.doc = {.name = "res.payload",
			.since = "0.2",
			.summary = "Bytes of the response from an offset on; length 0 takes all.",
			.example = "tcp-response content reject if { res.payload(0,1) -m bin 15 }"},
		.type = EXPR_BINARY,
		.need = EXPR_HAVE_RESPONSE_BYTES,
		.args = PAYLOAD_ARGS,
		.method = "bin",
		.check = payload_check,
		.get = payload_get_res,
	},
	{
		.doc = {.name = "res.payload_lv",
			.since = "0.2",
			.summary = "Bytes of the response whose length stands at an offset before "
				   "them.",
			.example =
				"tcp-response content accept if { res.payload_lv(43,1) -m found }"},
		.type = EXPR_BINARY,
		.need = EXPR_HAVE_RESPONSE_BYTES,
		.args = PAYLOAD_LV_ARGS,
		.method = "bin",
		.check = payload_check_lv,
		.get = payload_get_res_lv,
	},
	{
		.doc = {.name = "wait_end",
			.since = "0.2",
			.summary = "True when no more bytes will be waited for; before that there "
				   "is no answer.",
			.example = "tcp-request content accept if { wait_end }"},
		.type = EXPR_BOOL,
		.get = payload_get_wait_end,
	},
	{.doc = {.name = NULL}},
};
