/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/reply.c - see reply.h. */
#include "proxy/reply.h"

#include "base/out.h"
#include "http/message.h"
#include "proxy/http_conf.h"
#include "proxy/txn.h"

static size_t message_size(const char *reason, const struct reply_field *fields, size_t count,
			   struct slice body)
{
	size_t size = sizeof("HTTP/1.1 999 \r\n\r\n") + strlen(reason) + body.len;

	for (size_t i = 0; i < count; i++)
		size += fields[i].name.len + fields[i].value.len + sizeof(": \r\n");
	return size;
}

struct slice reply_message(struct bump *memory, unsigned status, const struct reply_field *fields,
			   size_t count, struct slice body)
{
	const char *reason = http_reason(status);
	struct out out = { 0 };

	/* A decoded CR LF of the client's would begin a header, or a response, of its own. */
	for (size_t i = 0; i < count; i++)
		if (!http_value_valid(fields[i].value))
			return (struct slice){ NULL, 0 };
	out.bytes = bump_room(memory, message_size(reason, fields, count, body), &out.size);
	if (out.bytes == NULL)
		return (struct slice){ NULL, 0 };
	out_text(&out, "HTTP/1.1 ");
	out_number(&out, status);
	out_char(&out, ' ');
	out_text(&out, reason);
	out_text(&out, "\r\n");
	for (size_t i = 0; i < count; i++) {
		out_put(&out, fields[i].name);
		out_text(&out, ": ");
		out_put(&out, fields[i].value);
		out_text(&out, "\r\n");
	}
	out_text(&out, "\r\n");
	out_put(&out, body);
	bump_commit(memory, out.len);
	return out_slice(&out);
}

static bool may_have_body(unsigned status)
{
	return status != 204 && status != 304; /* RFC 9110, 6.4.1 */
}

static struct slice body_of(const struct reply_args *args, struct expr_context *context)
{
	if (!may_have_body(args->status) || args->kind == REPLY_EMPTY)
		return SLICE("");
	if (args->kind == REPLY_BYTES)
		return args->bytes;
	return format_text(args->format, context);
}

static struct slice build_message(const struct reply_args *args, struct expr_context *context)
{
	const struct slice none = { NULL, 0 };
	struct slice body = body_of(args, context);
	struct reply_field *fields =
		bump_alloc(context->memory, (args->header_count + 2) * sizeof(*fields));
	char digits[20];
	struct out number = { digits, 0, sizeof(digits), false };
	size_t count = 0;

	if (body.at == NULL || fields == NULL)
		return none;
	for (; count < args->header_count; count++) {
		fields[count].name = args->headers[count].name;
		fields[count].value = format_text(args->headers[count].value, context);
		if (fields[count].value.at == NULL)
			return none;
	}
	if (may_have_body(args->status)) {
		out_number(&number, body.len);
		fields[count++] = (struct reply_field){ SLICE("content-length"), out_slice(&number) };
	}
	if (body.len != 0 && args->type != NULL)
		fields[count++] = (struct reply_field){ SLICE("content-type"), slice_of(args->type) };
	return reply_message(context->memory, args->status, fields, count, body);
}

struct slice reply_build(const struct reply_args *args, struct txn *txn,
			 struct expr_context *context)
{
	switch (args->kind) {
	case REPLY_WHOLE:
		return args->bytes;
	case REPLY_GROUP:
		for (const struct http_error_conf *error = args->errors; error != NULL;
		     error = error->next)
			if (error->status == args->status && error->reply.at != NULL)
				return error->reply;
		return http_error_reply(txn, args->status);
	case REPLY_DEFAULT:
		return http_error_reply(txn, args->status);
	default:
		return build_message(args, context);
	}
}
