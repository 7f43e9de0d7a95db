/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/reply.h - answers of our own as lines describe them: `http-request
 * return`, `deny`, `tarpit` and `http-error`.
 */
#pragma once

#include "base/slice.h"
#include "conf/keyword.h"
#include "expr/context.h"
#include "expr/format.h"

struct bump;
struct http_error_conf;
struct section;
struct txn;

enum reply_kind {
	REPLY_EMPTY,	/* no body */
	REPLY_DEFAULT,	/* what the section says about the status: default-errorfiles */
	REPLY_WHOLE,	/* errorfile: `bytes` is the message */
	REPLY_GROUP,	/* errorfiles: of an http-errors section */
	REPLY_BYTES,	/* string, file: `bytes` is the body */
	REPLY_FORMAT,	/* lf-string, lf-file */
};

struct reply_header {
	struct slice name;
	struct format *value;
};

struct reply_args {
	enum reply_kind kind;
	unsigned status;
	const char *type;		/* content-type; NULL: none */
	struct slice bytes;
	struct format *format;
	const char *group;
	struct diag_span span;		/* of the group's name */
	const struct http_error_conf *errors; /* of the group, after reply_args_resolve */
	struct reply_header *headers;
	size_t header_count;
};

/*
 * Reads words[at..] as far as they describe a reply. ret->status is the
 * preset; the rest of *ret is zero. Without any word but "deny_status" it is
 * `preset_kind`. Returns the index behind, or 0 after a report.
 */
unsigned reply_args_read(struct conf_parse *parse, const struct expr_place *place,
			 const struct conf_line *line, unsigned at, enum reply_kind preset_kind,
			 struct reply_args *ret);

/* When all sections are known. Reports a group that there is not. */
void reply_args_resolve(struct conf_parse *parse, struct reply_args *args);

/*
 * The whole message, in context->memory or for ever; at NULL: no memory. An
 * empty one means to close without an answer.
 */
struct slice reply_build(const struct reply_args *args, struct txn *txn,
			 struct expr_context *context);

struct reply_field {
	struct slice name, value;
};

/* Status line, fields as given, an empty line and the body; at NULL: no memory. */
struct slice reply_message(struct bump *memory, unsigned status, const struct reply_field *fields,
			   size_t count, struct slice body);
