/* SPDX-License-Identifier: Apache-2.0 */
/* expr/request.h - the messages that fetches of layer 7 look at. */
#pragma once

#include "expr/fetch.h"

/*
 * The request's head. In mode tcp nobody has parsed it: it is then read from
 * the bytes that are there, once in an evaluation, and kept in the context.
 * EXPR_LATER: it is not complete yet; EXPR_NONE: there is none.
 */
enum expr_got expr_request(struct expr_context *context, const struct http_message **ret_request);

/* EXPR_GOT or EXPR_NONE. */
enum expr_got expr_response(struct expr_context *context,
			    const struct http_message **ret_response);

/* The response where one is looked at, else the request: for names that do not say which. */
enum expr_got expr_message(struct expr_context *context, const struct http_message **ret_message);

/* One of the three. */
#define EXPR_MESSAGE_FINDER(finder)                                                                \
	enum expr_got (*finder)(struct expr_context *, const struct http_message **)
