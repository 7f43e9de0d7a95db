/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_cookie.c - cookies that a request brings and a response sets
 * (configuration manual 7.3.6).
 */
#include "expr/converter.h"
#include "expr/give.h"
#include "expr/request.h"
#include "http/cookie.h"

struct cookie_walk {
	const struct http_message *message;
	struct slice name;	/* empty: every cookie */
	const struct http_header *header; /* that `list` is of; NULL: before the first */
	struct slice list;	/* of a Cookie header, what is left */
};

static bool cookie_next_any(struct cookie_walk *walk, struct http_cookie *ret)
{
	bool response = walk->message->response;

	while (response || walk->header == NULL || !http_cookie_next(&walk->list, ret)) {
		walk->header = http_find(walk->message, response ? HTTP_SET_COOKIE : HTTP_COOKIE,
					 walk->header);
		if (walk->header == NULL)
			return false;
		walk->list = walk->header->value;
		if (response && http_set_cookie_read(walk->header->value, ret))
			return true;
	}
	return true;
}

static bool cookie_next(struct cookie_walk *walk, struct slice *ret_value)
{
	struct http_cookie cookie;

	while (cookie_next_any(walk, &cookie)) {
		if (walk->name.len != 0 && !slice_equal(cookie.name, walk->name))
			continue;
		*ret_value = cookie.value;
		return true;
	}
	return false;
}

static struct cookie_walk cookie_walk_of(const struct http_message *message,
					 const struct expr_args *args)
{
	return (struct cookie_walk){
		.message = message,
		.name = args->at[0].given ? args->at[0].text : (struct slice){ NULL, 0 },
	};
}

/* A cursor's index is that of the header plus two, or 1 for none; its offset that of the list. */
static void cookie_save(const struct cookie_walk *walk, struct expr_cursor *cursor)
{
	cursor->index = 1;
	if (walk->header == NULL)
		return;
	cursor->index = (uint32_t)(walk->header - walk->message->headers) + 2;
	cursor->offset = (uint32_t)(walk->header->value.len - walk->list.len);
}

static void cookie_restore(struct cookie_walk *walk, const struct expr_cursor *cursor)
{
	if (cursor->index < 2)
		return;
	walk->header = &walk->message->headers[cursor->index - 2];
	walk->list = slice_skip(walk->header->value, cursor->offset);
}

/* The last of a name, which is what a fetch gives that asks once. */
static bool cookie_last(struct cookie_walk walk, struct expr_cursor *cursor,
			struct slice *ret_value)
{
	unsigned count = 0;

	cookie_save(&walk, cursor);
	while (cookie_next(&walk, ret_value))
		count++;
	cursor->more = count > 1;
	return count > 0;
}

/*
 * All, one a call. Those of a name: the last, then the others from the first
 * on. Without a name: from the first to the last.
 */
static bool cookie_step(struct cookie_walk walk, struct expr_cursor *cursor,
			struct slice *ret_value)
{
	bool named = walk.name.len != 0;
	struct slice next;

	if (named && cursor->index == 0)
		return cookie_last(walk, cursor, ret_value);
	cookie_restore(&walk, cursor);
	if (!cookie_next(&walk, ret_value))
		return false;
	cookie_save(&walk, cursor);
	cursor->more = cookie_next(&walk, &next) && (!named || cookie_next(&walk, &next));
	return true;
}

static enum expr_got cookie_get(struct expr_context *context, const struct expr_args *args,
				struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	const struct http_message *message;
	struct slice value;
	enum expr_got got = find(context, &message);

	if (got != EXPR_GOT)
		return got;
	if (!cookie_step(cookie_walk_of(message, args), &ret->cursor, &value))
		return EXPR_NONE;
	return expr_give_text(ret, value);
}

static enum expr_got cookie_get_number(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	enum expr_got got = cookie_get(context, args, ret, find);

	if (got != EXPR_GOT)
		return got;
	return expr_cast(ret, EXPR_INT, context->memory) ? EXPR_GOT : expr_give_int(ret, 0);
}

static enum expr_got cookie_get_count(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	const struct http_message *message;
	struct cookie_walk walk;
	struct slice value;
	int64_t count = 0;
	enum expr_got got = find(context, &message);

	if (got != EXPR_GOT)
		return got;
	walk = cookie_walk_of(message, args);
	while (cookie_next(&walk, &value))
		count++;
	return expr_give_int(ret, count);
}

/* All headers that hold cookies, with a byte behind each. */
static size_t cookie_bytes(const struct http_message *message)
{
	enum http_header_id id = message->response ? HTTP_SET_COOKIE : HTTP_COOKIE;
	const struct http_header *header = NULL;
	size_t size = 0;

	while ((header = http_find(message, id, header)) != NULL)
		size += header->value.len + 1;
	return size;
}

/* Each name once for every cookie that has it, in their order. */
static enum expr_got cookie_get_names(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	struct slice delimiter = args->at[0].given && args->at[0].text.len > 0 ? args->at[0].text
									       : SLICE(",");
	const struct http_message *message;
	struct cookie_walk walk = { 0 };
	struct http_cookie cookie;
	enum expr_got got = find(context, &message);
	struct out out;

	if (got != EXPR_GOT)
		return got;
	walk.message = message;
	if (!converter_room(context, cookie_bytes(message), &out))
		return EXPR_NONE;
	while (cookie_next_any(&walk, &cookie)) {
		if (out.len != 0)
			out_char(&out, *delimiter.at);
		out_put(&out, cookie.name);
	}
	return converter_take(context, &out, EXPR_STRING, ret) ? EXPR_GOT : EXPR_NONE;
}

#define COOKIE_GET(name, get, find)                                                                \
	static enum expr_got name(struct expr_context *context, const struct expr_args *args,      \
				  struct expr_sample *ret)                                         \
	{                                                                                          \
		return get(context, args, ret, find);                                              \
	}

COOKIE_GET(cookie_here, cookie_get, expr_message)
COOKIE_GET(cookie_req, cookie_get, expr_request)
COOKIE_GET(cookie_res, cookie_get, expr_response)
COOKIE_GET(cookie_req_number, cookie_get_number, expr_request)
COOKIE_GET(cookie_res_number, cookie_get_number, expr_response)
COOKIE_GET(cookie_req_names, cookie_get_names, expr_request)
COOKIE_GET(cookie_res_names, cookie_get_names, expr_response)
COOKIE_GET(cookie_req_count, cookie_get_count, expr_request)
COOKIE_GET(cookie_res_count, cookie_get_count, expr_response)

#define COOKIE(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }
#define COOKIE_NAMES(row_name, row_summary, row_example)                                           \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example,                 \
		 .since = "0.3" },                                                                 \
	.type = EXPR_STRING, .args = { { EXPR_ARG_STRING, true, "delim" } }
#define COOKIE_ARGS .args = { { EXPR_ARG_STRING, true, "name" } }

const struct expr_fetch expr_fetches_cookie[] = {
	{
		COOKIE("req.cook",
		       "The value of a cookie of the request: the last of that name, in ACLs any; "
		       "without a name the first cookie.",
		       "acl beta req.cook(channel) beta"),
		.type = EXPR_STRING,
		.need = EXPR_HAVE_REQUEST,
		COOKIE_ARGS,
		.method = "str",
		.get = cookie_req,
	},
	{
		COOKIE("cook", "Old form of 'req.cook'.", "acl beta cook(channel) beta"),
		.stands_for = "req.cook",
	},
	{
		COOKIE("req.cook_cnt", "How many cookies of a name the request has, or in all.",
		       "http-request deny if { req.cook_cnt gt 50 }"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_REQUEST,
		COOKIE_ARGS,
		.get = cookie_req_count,
	},
	{
		COOKIE("cook_cnt", "Old form of 'req.cook_cnt'.",
		       "http-request deny if { cook_cnt gt 50 }"),
		.stands_for = "req.cook_cnt",
	},
	{
		COOKIE("req.cook_val", "The value of a cookie of the request as a number.",
		       "acl veteran req.cook_val(visits) gt 100"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_REQUEST,
		COOKIE_ARGS,
		.get = cookie_req_number,
	},
	{
		COOKIE("cook_val", "Old form of 'req.cook_val'.",
		       "acl veteran cook_val(visits) gt 100"),
		.stands_for = "req.cook_val",
	},
	{
		COOKIE("cookie",
		       "The value of a cookie of the request, or in rules for responses of one "
		       "that "
		       "it sets.",
		       "http-request set-header X-Session %[cookie(SID)]"),
		.type = EXPR_STRING,
		COOKIE_ARGS,
		.get = cookie_here,
	},
	{
		COOKIE("res.cook",
		       "The value of a cookie that the response sets: the last of that name, in "
		       "ACLs any; without a name the first one.",
		       "http-response set-var(txn.sid) res.cook(SID)"),
		.type = EXPR_STRING,
		.need = EXPR_HAVE_RESPONSE,
		COOKIE_ARGS,
		.method = "str",
		.get = cookie_res,
	},
	{
		COOKIE("scook", "Old form of 'res.cook'.",
		       "http-response set-var(txn.sid) scook(SID)"),
		.stands_for = "res.cook",
	},
	{
		COOKIE("res.cook_cnt", "How many cookies of a name the response sets, or in all.",
		       "http-response set-header X-Cookies %[res.cook_cnt]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_RESPONSE,
		COOKIE_ARGS,
		.get = cookie_res_count,
	},
	{
		COOKIE("scook_cnt", "Old form of 'res.cook_cnt'.",
		       "http-response set-header X-Cookies %[scook_cnt]"),
		.stands_for = "res.cook_cnt",
	},
	{
		COOKIE("res.cook_val", "The value of a cookie that the response sets as a number.",
		       "http-response set-var(txn.visits) res.cook_val(visits)"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_RESPONSE,
		COOKIE_ARGS,
		.get = cookie_res_number,
	},
	{
		COOKIE("scook_val", "Old form of 'res.cook_val'.",
		       "http-response set-var(txn.visits) scook_val(visits)"),
		.stands_for = "res.cook_val",
	},
	{
		COOKIE_NAMES("req.cook_names",
			     "The names of the request's cookies, with a comma or another byte "
			     "between them.",
			     "http-request set-header X-Cookies %[req.cook_names(;)]"),
		.need = EXPR_HAVE_REQUEST,
		.get = cookie_req_names,
	},
	{
		COOKIE_NAMES("res.cook_names",
			     "The names of the cookies that the response sets, with a comma or "
			     "another byte between them.",
			     "http-response set-header X-Cookies %[res.cook_names]"),
		.need = EXPR_HAVE_RESPONSE,
		.get = cookie_res_names,
	},
	{.doc = {.name = NULL}},
};
