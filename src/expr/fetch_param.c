/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_param.c - the request's body, and the parameters of a query or a
 * form (configuration manual 7.3.6). Nothing is decoded.
 */
#include "expr/give.h"
#include "expr/request.h"

/* `delimiter` parts parameters too, besides '&' and ';'; 0: none. */
static size_t param_end(struct slice list, char delimiter, bool form)
{
	size_t at = 0;

	while (at < list.len && list.at[at] != '&' && (form || list.at[at] != ';') &&
	       (form || list.at[at] != delimiter))
		at++;
	return at;
}

/*
 * The next parameter of that name (empty: any) from *offset on, which moves
 * behind it. What has no '=' is none.
 */
static bool param_next(struct slice list, char delimiter, bool form, struct slice name,
		       uint32_t *offset, struct slice *ret_value)
{
	while (*offset < list.len) {
		struct slice left = slice_skip(list, *offset);
		const char *equals;

		left.len = param_end(left, delimiter, form);
		*offset += (uint32_t)left.len + 1;
		equals = left.len > 0 ? memchr(left.at, '=', left.len) : NULL;
		if (equals == NULL)
			continue;
		*ret_value = slice_skip(left, (size_t)(equals - left.at) + 1);
		left.len = (size_t)(equals - left.at);
		if (name.len == 0 || slice_equal(left, name))
			return true;
	}
	return false;
}

static enum expr_got param_give(struct slice list, char delimiter, bool form,
				const struct expr_args *args, struct expr_sample *ret)
{
	struct slice name = args->at[0].given ? args->at[0].text : (struct slice){ NULL, 0 };
	struct slice value, next;
	uint32_t offset = ret->cursor.offset, ahead;

	if (!param_next(list, delimiter, form, name, &offset, &value))
		return EXPR_NONE;
	ahead = offset;
	ret->cursor.offset = offset;
	ret->cursor.more = param_next(list, delimiter, form, name, &ahead, &next);
	return expr_give_text(ret, value);
}

static enum expr_got param_get_url(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	const struct http_message *request;
	char delimiter = args->at[1].given && args->at[1].text.len > 0 ? *args->at[1].text.at : '?';
	const char *start;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	if (request->path.len == 0)
		return EXPR_NONE;
	start = memchr(request->path.at, delimiter, request->path.len);
	if (start == NULL)
		return EXPR_NONE;
	return param_give(slice_skip(request->path, (size_t)(start + 1 - request->path.at)),
			  delimiter, false, args, ret);
}

static enum expr_got param_get_url_number(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	enum expr_got got = param_get_url(context, args, ret);

	if (got != EXPR_GOT)
		return got;
	return expr_cast(ret, EXPR_INT, context->memory) ? EXPR_GOT : expr_give_int(ret, 0);
}

static enum expr_got param_get_body_param(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	return param_give(context->body, '&', true, args, ret);
}

static enum expr_got param_get_body(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	return expr_give_bytes(ret, context->body);
}

static enum expr_got param_get_body_len(struct expr_context *context,
					const struct expr_args *args, struct expr_sample *ret)
{
	return expr_give_int(ret, (int64_t)context->body.len);
}

static int64_t param_announced(const struct http_message *message, size_t there)
{
	return message->body == HTTP_BODY_LENGTH && message->body_length > there
		       ? (int64_t)message->body_length
		       : (int64_t)there;
}

static enum expr_got param_get_body_size(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	const struct http_message *request;
	enum expr_got got = expr_request(context, &request);

	return got == EXPR_GOT ? expr_give_int(ret, param_announced(request, context->body.len))
			       : got;
}

static enum expr_got param_get_response_body(struct expr_context *context,
					     const struct expr_args *args, struct expr_sample *ret)
{
	return expr_give_bytes(ret, context->response_body);
}

static enum expr_got param_get_response_len(struct expr_context *context,
					    const struct expr_args *args, struct expr_sample *ret)
{
	return expr_give_int(ret, (int64_t)context->response_body.len);
}

static enum expr_got param_get_response_size(struct expr_context *context,
					     const struct expr_args *args, struct expr_sample *ret)
{
	const struct http_message *response;
	enum expr_got got = expr_response(context, &response);

	return got == EXPR_GOT ? expr_give_int(ret, param_announced(response,
								    context->response_body.len))
			       : got;
}

#define PARAM(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }
#define PARAM_ARGS .args = { { EXPR_ARG_STRING, true, "name" }, { EXPR_ARG_STRING, true, "delim" } }

const struct expr_fetch expr_fetches_param[] = {
	{
		PARAM("req.body", "What is there of the request's body.",
		      "http-request deny if { req.body -m sub <script }"),
		.type = EXPR_BINARY, .need = EXPR_HAVE_REQUEST_BODY, .get = param_get_body,
	},
	{
		PARAM("req.body_len", "How many bytes of the request's body are there.",
		      "http-request deny if { req.body_len gt 8000 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST_BODY, .get = param_get_body_len,
	},
	{
		PARAM("req.body_param",
		      "The value of a parameter of a form in the request's body, as it was sent.",
		      "http-request set-var(txn.user) req.body_param(user)"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST_BODY,
		.args = { { EXPR_ARG_STRING, true, "name" } }, .get = param_get_body_param,
	},
	{
		PARAM("req.body_size",
		      "The length of the request's body as announced; in chunks, what is there.",
		      "http-request deny if { req.body_size gt 1000000 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, .get = param_get_body_size,
	},
	{
		PARAM("res.body",
		      "What is there of the response's body; 'http-response wait-for-body' waits for it.",
		      "http-response deny if { res.body -m sub secret }"),
		.type = EXPR_BINARY, .need = EXPR_HAVE_RESPONSE_BODY,
		.get = param_get_response_body,
	},
	{
		PARAM("res.body_len", "How many bytes of the response's body are there.",
		      "http-response set-header X-Length %[res.body_len]"),
		.type = EXPR_INT, .need = EXPR_HAVE_RESPONSE_BODY, .get = param_get_response_len,
	},
	{
		PARAM("res.body_size",
		      "The length of the response's body as announced; else what is there.",
		      "http-response set-header X-Large yes if { res.body_size gt 1000000 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_RESPONSE, .get = param_get_response_size,
	},
	{
		PARAM("url_param",
		      "The value of a parameter of the URL as it was sent: the first of that name, "
		      "or the first of all; another byte may take the place of the question mark.",
		      "acl debugging url_param(debug) -m found"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, PARAM_ARGS, .method = "str",
		.get = param_get_url,
	},
	{
		PARAM("urlp", "Short form of 'url_param'.", "acl debugging urlp(debug) 1"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, PARAM_ARGS, .method = "str",
		.get = param_get_url,
	},
	{
		PARAM("urlp_val", "The value of a parameter of the URL as a number.",
		      "acl far urlp_val(page) gt 100"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, PARAM_ARGS,
		.get = param_get_url_number,
	},
	{ .doc = { .name = NULL } },
};
