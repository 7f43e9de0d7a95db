/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_header_list.c - all headers of a message in one value: their
 * names, as text, as SPOE writes them (configuration manual 7.3.6).
 */
#include "expr/give.h"
#include "expr/header_list.h"
#include "expr/request.h"

/* HTTP/2 has no capitals in names, and HAProxy shows those of HTTP/1 in the same way. */
static char *list_put_name(char *out, struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		*out++ = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	return out;
}

static char *list_put(char *out, struct slice bytes)
{
	if (bytes.len != 0)
		memcpy(out, bytes.at, bytes.len);
	return out + bytes.len;
}

/* Room for all names and values, and `more` bytes for each header and at the end. */
static char *list_room(struct expr_context *context, const struct http_message *message,
			 size_t more)
{
	size_t size = more;

	for (unsigned i = 0; i < message->header_count; i++)
		size += message->headers[i].name.len + message->headers[i].value.len + more;
	return bump_alloc(context->memory, size);
}

static enum expr_got list_get_names(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	const struct http_message *message;
	char delimiter = args->at[0].given && args->at[0].text.len > 0 ? *args->at[0].text.at : ',';
	enum expr_got got = find(context, &message);
	char *text, *end;

	if (got != EXPR_GOT)
		return got;
	text = end = list_room(context, message, 1);
	if (text == NULL)
		return EXPR_NONE;
	for (unsigned i = 0; i < message->header_count; i++) {
		if (i > 0)
			*end++ = delimiter;
		end = list_put_name(end, message->headers[i].name);
	}
	return expr_give_text(ret, (struct slice){ text, (size_t)(end - text) });
}

static enum expr_got list_get_all(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	const struct http_message *message;
	enum expr_got got = find(context, &message);
	char *text, *end;

	if (got != EXPR_GOT)
		return got;
	text = end = list_room(context, message, sizeof(": \r\n") - 1);
	if (text == NULL)
		return EXPR_NONE;
	for (unsigned i = 0; i < message->header_count; i++) {
		end = list_put_name(end, message->headers[i].name);
		end = list_put(end, SLICE(": "));
		end = list_put(end, message->headers[i].value);
		end = list_put(end, SLICE("\r\n"));
	}
	end = list_put(end, SLICE("\r\n"));
	return expr_give_text(ret, (struct slice){ text, (size_t)(end - text) });
}

static enum expr_got list_get_binary(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret, EXPR_MESSAGE_FINDER(find))
{
	const struct http_message *message;
	enum expr_got got = find(context, &message);
	char *bytes, *end;

	if (got != EXPR_GOT)
		return got;
	bytes = end = list_room(context, message, 2 * HEADER_LIST_SIZE_MAX);
	if (bytes == NULL)
		return EXPR_NONE;
	for (unsigned i = 0; i < message->header_count; i++) {
		const struct http_header *header = &message->headers[i];

		end = list_put_name(header_list_put_size(end, header->name.len), header->name);
		end = list_put(header_list_put_size(end, header->value.len), header->value);
	}
	*end++ = 0;
	*end++ = 0;
	return expr_give_bytes(ret, (struct slice){ bytes, (size_t)(end - bytes) });
}

#define LIST_GET(name, get, find)                                                                  \
	static enum expr_got name(struct expr_context *context, const struct expr_args *args,      \
				  struct expr_sample *ret)                                         \
	{                                                                                          \
		return get(context, args, ret, find);                                              \
	}

LIST_GET(list_req_names, list_get_names, expr_request)
LIST_GET(list_res_names, list_get_names, expr_response)
LIST_GET(list_req_all, list_get_all, expr_request)
LIST_GET(list_res_all, list_get_all, expr_response)
LIST_GET(list_req_binary, list_get_binary, expr_request)
LIST_GET(list_res_binary, list_get_binary, expr_response)

#define LIST(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }
#define LIST_DELIMITER_ARG .args = { { EXPR_ARG_STRING, true, "delim" } }

const struct expr_fetch expr_fetches_header_list[] = {
	{
		LIST("req.hdr_names",
		       "The names of the request's headers, in small letters, with a comma or "
		       "another byte between them.",
		       "http-request set-var(txn.names) req.hdr_names"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, LIST_DELIMITER_ARG,
		.get = list_req_names,
	},
	{
		LIST("req.hdrs",
		       "The request's headers with the empty line behind them, names in small "
		       "letters.",
		       "http-request set-var(txn.head) req.hdrs"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .get = list_req_all,
	},
	{
		LIST("req.hdrs_bin",
		       "The request's headers as lengths and bytes in the encoding of SPOE.",
		       "http-request set-var(txn.head) req.hdrs_bin"),
		.type = EXPR_BINARY, .need = EXPR_HAVE_REQUEST, .get = list_req_binary,
	},
	{
		LIST("res.hdr_names",
		       "The names of the response's headers, in small letters, with a comma or "
		       "another byte between them.",
		       "http-response set-var(txn.names) res.hdr_names"),
		.type = EXPR_STRING, .need = EXPR_HAVE_RESPONSE, LIST_DELIMITER_ARG,
		.get = list_res_names,
	},
	{
		LIST("res.hdrs",
		       "The response's headers with the empty line behind them, names in small "
		       "letters.",
		       "http-response set-var(txn.head) res.hdrs"),
		.type = EXPR_STRING, .need = EXPR_HAVE_RESPONSE, .get = list_res_all,
	},
	{
		LIST("res.hdrs_bin",
		       "The response's headers as lengths and bytes in the encoding of SPOE.",
		       "http-response set-var(txn.head) res.hdrs_bin"),
		.type = EXPR_BINARY, .need = EXPR_HAVE_RESPONSE, .get = list_res_binary,
	},
	{ .doc = { .name = NULL } },
};
