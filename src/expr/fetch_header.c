/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_header.c - headers: their values and counts (configuration manual
 * 7.3.6). Each works on the request, the response, or whichever is looked at.
 */
#include "base/arena.h"
#include "expr/give.h"
#include "expr/header_walk.h"
#include "expr/request.h"

/* The arguments as the check has read them. */
struct header_want {
	struct slice name;
	enum http_header_id id;
	int64_t occurrence;	/* 0: none was asked for */
};

static bool header_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	struct header_want *want = arena_zalloc(parse->arena, sizeof(*want));

	args->own = want;
	want->name = args->at[0].given ? args->at[0].text : SLICE("");
	want->id = http_header_id_of(want->name);
	want->occurrence = args->count > 1 && args->at[1].given ? args->at[1].integer : 0;
	return true;
}

static bool header_check_named(struct conf_parse *parse, struct expr_args *args,
			       struct diag_span span)
{
	if (args->at[1].given && args->at[0].text.len == 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, span, NULL,
			 "an occurrence is of a header that is named");
		return false;
	}
	return header_check(parse, args, span);
}

static struct header_walk header_walk_of(const struct http_message *message,
					 const struct expr_args *args, bool whole)
{
	const struct header_want *want = args->own;

	return (struct header_walk){
		.message = message, .name = want->name, .id = want->id, .whole = whole
	};
}

static enum expr_got header_give(struct expr_context *context, const struct expr_args *args,
				 struct expr_sample *ret, EXPR_MESSAGE_FINDER(find), bool whole)
{
	const struct header_want *want = args->own;
	const struct http_message *message;
	struct header_walk walk;
	struct slice value;
	enum expr_got got = find(context, &message);

	if (got != EXPR_GOT)
		return got;
	walk = header_walk_of(message, args, whole);
	if (want->occurrence != 0 ? !header_walk_at(walk, want->occurrence, &value)
				  : !header_walk_step(walk, &ret->cursor, &value))
		return EXPR_NONE;
	return expr_give_text(ret, value);
}

static enum expr_got header_get(struct expr_context *context, const struct expr_args *args,
				struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	return header_give(context, args, ret, find, false);
}

static enum expr_got header_get_full(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	return header_give(context, args, ret, find, true);
}

static enum expr_got header_give_count(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret, EXPR_MESSAGE_FINDER(find),
				       bool whole)
{
	const struct http_message *message;
	enum expr_got got = find(context, &message);

	if (got != EXPR_GOT)
		return got;
	return expr_give_int(ret, header_walk_count(header_walk_of(message, args, whole)));
}

static enum expr_got header_get_count(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	return header_give_count(context, args, ret, find, false);
}

static enum expr_got header_get_full_count(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret,
					   EXPR_MESSAGE_FINDER(find))
{
	return header_give_count(context, args, ret, find, true);
}

/* An empty value counts as 0, other than in casts. */
static enum expr_got header_get_number(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	enum expr_got got = header_get(context, args, ret, find);

	if (got != EXPR_GOT)
		return got;
	return expr_cast(ret, EXPR_INT, context->memory) ? EXPR_GOT : expr_give_int(ret, 0);
}

/* "10.0.0.1:80" without its port; anything else as it is. */
static struct slice header_without_port(struct slice text)
{
	const char *colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
	size_t len = colon != NULL ? (size_t)(colon - text.at) : text.len;
	struct slice port = slice_skip(text, len + 1);
	unsigned number = 0;

	if (colon == NULL || port.len == 0 || memchr(text.at, '.', len) == NULL)
		return text;
	for (size_t i = 0; i < port.len; i++) {
		if (port.at[i] < '0' || port.at[i] > '9')
			return text;
		number = number * 10 + (unsigned)(port.at[i] - '0');
		if (number > UINT16_MAX)
			return text;
	}
	return (struct slice){ text.at, len };
}

/* Values that are no address are passed over. */
static enum expr_got header_get_address(struct expr_context *context, const struct expr_args *args,
					struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	enum expr_got got;

	while ((got = header_get(context, args, ret, find)) == EXPR_GOT) {
		expr_give_text(ret, header_without_port(ret->value.text));
		if (expr_cast(ret, EXPR_ADDRESS, context->memory))
			return EXPR_GOT;
		if (!ret->cursor.more)
			return EXPR_NONE;
	}
	return got;
}

/* A row's function: one of those above on one of the messages. */
#define HEADER_GET(name, get, find)                                                                \
	static enum expr_got name(struct expr_context *context, const struct expr_args *args,      \
				  struct expr_sample *ret)                                         \
	{                                                                                          \
		return get(context, args, ret, find);                                              \
	}

HEADER_GET(header_req, header_get, expr_request)
HEADER_GET(header_res, header_get, expr_response)
HEADER_GET(header_here, header_get, expr_message)
HEADER_GET(header_req_full, header_get_full, expr_request)
HEADER_GET(header_res_full, header_get_full, expr_response)
HEADER_GET(header_req_count, header_get_count, expr_request)
HEADER_GET(header_res_count, header_get_count, expr_response)
HEADER_GET(header_req_full_count, header_get_full_count, expr_request)
HEADER_GET(header_res_full_count, header_get_full_count, expr_response)
HEADER_GET(header_req_number, header_get_number, expr_request)
HEADER_GET(header_res_number, header_get_number, expr_response)
HEADER_GET(header_req_address, header_get_address, expr_request)
HEADER_GET(header_res_address, header_get_address, expr_response)

#define HEADER(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }
#define HEADER_ARGS                                                                                \
	.args = { { EXPR_ARG_STRING, true, "name" }, { EXPR_ARG_INT, true, "occ" } },              \
	.check = header_check_named
#define HEADER_NAME_ARG .args = { { EXPR_ARG_STRING, true, "name" } }, .check = header_check

const struct expr_fetch expr_fetches_header[] = {
	{
		HEADER("hdr",
		       "A value of a header of the request, or in rules for responses of the "
		       "response; otherwise as 'req.hdr'.",
		       "http-request set-header X-Agent %[hdr(User-Agent)]"),
		.type = EXPR_STRING, HEADER_ARGS, .method = "str", .get = header_here,
	},
	{
		HEADER("req.hdr",
		       "A value of a header of the request, split at commas: the last, the one "
		       "asked for by number, or in ACLs any.",
		       "acl app req.hdr(Host) -i app.example.org"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, HEADER_ARGS, .method = "str",
		.get = header_req,
	},
	{
		HEADER("req.fhdr",
		       "The value of a line of a header of the request, commas included: the last, "
		       "the one asked for by number, or in ACLs any.",
		       "http-request set-var(txn.agent) req.fhdr(User-Agent)"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, HEADER_ARGS, .get = header_req_full,
	},
	{
		HEADER("req.hdr_cnt",
		       "How many values a header of the request has, split at commas, or all have.",
		       "http-request deny if { req.hdr_cnt(Host) gt 1 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, HEADER_NAME_ARG,
		.get = header_req_count,
	},
	{
		HEADER("hdr_cnt", "Old form of 'req.hdr_cnt'.",
		       "http-request deny if { hdr_cnt(Host) gt 1 }"),
		.stands_for = "req.hdr_cnt",
	},
	{
		HEADER("req.fhdr_cnt", "How many lines the request has of a header, or in all.",
		       "http-request deny if { req.fhdr_cnt gt 80 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, HEADER_NAME_ARG,
		.get = header_req_full_count,
	},
	{
		HEADER("req.hdr_ip",
		       "A value of a header of the request as an address; a port behind an IPv4 "
		       "address is dropped.",
		       "acl inside req.hdr_ip(X-Forwarded-For,-1) 10.0.0.0/8"),
		.type = EXPR_ADDRESS, .need = EXPR_HAVE_REQUEST, HEADER_ARGS,
		.get = header_req_address,
	},
	{
		HEADER("hdr_ip", "Old form of 'req.hdr_ip'.",
		       "acl inside hdr_ip(X-Forwarded-For,-1) 10.0.0.0/8"),
		.stands_for = "req.hdr_ip",
	},
	{
		HEADER("req.hdr_val", "A value of a header of the request as a number.",
		       "http-request deny if { req.hdr_val(Content-Length) gt 1000000 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, HEADER_ARGS, .get = header_req_number,
	},
	{
		HEADER("hdr_val", "Old form of 'req.hdr_val'.",
		       "http-request deny if { hdr_val(Content-Length) gt 1000000 }"),
		.stands_for = "req.hdr_val",
	},
	{
		HEADER("res.hdr",
		       "A value of a header of the response, split at commas: the last, the one "
		       "asked for by number, or in ACLs any.",
		       "acl is_html res.hdr(Content-Type) -m beg text/html"),
		.type = EXPR_STRING, .need = EXPR_HAVE_RESPONSE, HEADER_ARGS, .method = "str",
		.get = header_res,
	},
	{
		HEADER("shdr", "Old form of 'res.hdr'.",
		       "acl is_html shdr(Content-Type) -m beg text/html"),
		.stands_for = "res.hdr",
	},
	{
		HEADER("res.fhdr",
		       "The value of a line of a header of the response, commas included: the "
		       "last, the one asked for by number, or in ACLs any.",
		       "http-response set-var(txn.until) res.fhdr(Expires)"),
		.type = EXPR_STRING, .need = EXPR_HAVE_RESPONSE, HEADER_ARGS,
		.get = header_res_full,
	},
	{
		HEADER("res.hdr_cnt",
		       "How many values a header of the response has, split at commas, or all "
		       "have.",
		       "http-response set-header X-Vary %[res.hdr_cnt(Vary)]"),
		.type = EXPR_INT, .need = EXPR_HAVE_RESPONSE, HEADER_NAME_ARG,
		.get = header_res_count,
	},
	{
		HEADER("shdr_cnt", "Old form of 'res.hdr_cnt'.",
		       "http-response set-header X-Vary %[shdr_cnt(Vary)]"),
		.stands_for = "res.hdr_cnt",
	},
	{
		HEADER("res.fhdr_cnt", "How many lines the response has of a header, or in all.",
		       "http-response set-header X-Lines %[res.fhdr_cnt]"),
		.type = EXPR_INT, .need = EXPR_HAVE_RESPONSE, HEADER_NAME_ARG,
		.get = header_res_full_count,
	},
	{
		HEADER("res.hdr_ip", "A value of a header of the response as an address.",
		       "http-response set-var(txn.backend) res.hdr_ip(X-Server)"),
		.type = EXPR_ADDRESS, .need = EXPR_HAVE_RESPONSE, HEADER_ARGS,
		.get = header_res_address,
	},
	{
		HEADER("shdr_ip", "Old form of 'res.hdr_ip'.",
		       "http-response set-var(txn.backend) shdr_ip(X-Server)"),
		.stands_for = "res.hdr_ip",
	},
	{
		HEADER("res.hdr_val", "A value of a header of the response as a number.",
		       "acl stale res.hdr_val(Age) gt 3600"),
		.type = EXPR_INT, .need = EXPR_HAVE_RESPONSE, HEADER_ARGS, .get = header_res_number,
	},
	{
		HEADER("shdr_val", "Old form of 'res.hdr_val'.",
		       "acl stale shdr_val(Age) gt 3600"),
		.stands_for = "res.hdr_val",
	},
	{ .doc = { .name = NULL } },
};
