/* SPDX-License-Identifier: Apache-2.0 */
/* expr/request.c - see request.h. */
#include "expr/request.h"

static enum expr_got request_read(struct expr_context *context, struct http_message *message)
{
	struct slice bytes = context->request_bytes;
	const char *why;
	size_t at;

	switch (http_request_parse(bytes.at, bytes.len, bytes.len + 1, (struct http_leniency){ 0 },
				   message, &why, &at)) {
	case HTTP_PARSE_DONE:
		context->request = message;
		return EXPR_GOT;
	case HTTP_PARSE_MORE:
		return context->bytes_end ? EXPR_NONE : EXPR_LATER;
	default:
		return EXPR_NONE;
	}
}

enum expr_got expr_request(struct expr_context *context, const struct http_message **ret_request)
{
	enum expr_got got = EXPR_GOT;

	if (context->request == NULL) {
		struct bump_mark mark = bump_mark(context->memory);
		struct http_message *message = bump_alloc(context->memory, sizeof(*message));
		struct http_header *headers =
			bump_alloc(context->memory, HTTP_HEADERS_PRESET * sizeof(*headers));

		if (message == NULL || headers == NULL)
			return EXPR_NONE;
		*message = (struct http_message){ .headers = headers,
						  .header_max = HTTP_HEADERS_PRESET };
		got = request_read(context, message);
		if (got != EXPR_GOT)
			bump_reset(context->memory, mark);
	}
	*ret_request = context->request;
	return got;
}

enum expr_got expr_response(struct expr_context *context, const struct http_message **ret_response)
{
	*ret_response = context->response;
	return context->response != NULL ? EXPR_GOT : EXPR_NONE;
}

enum expr_got expr_message(struct expr_context *context, const struct http_message **ret_message)
{
	return context->response != NULL ? expr_response(context, ret_message)
					 : expr_request(context, ret_message);
}
