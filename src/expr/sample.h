/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/sample.h - one typed value of an expression (configuration manual 7).
 *
 * Text and bytes are borrowed: of the message, of the configuration, or of
 * the context's memory. A sample never owns anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "http/message.h"

struct bump;
struct out;

enum expr_type {
	EXPR_BOOL,
	EXPR_INT,	/* 64 bits, signed */
	EXPR_ADDRESS,	/* IPv4 or IPv6, without a port */
	EXPR_STRING,	/* text */
	EXPR_BINARY,
	EXPR_METHOD,	/* of HTTP: an id, or text for one that is not known */
	EXPR_ANY,	/* rows only: whatever comes, e.g. var() */
	EXPR_SAME,	/* converter rows only: gives the type it takes */
};

struct expr_address {
	uint8_t family;		/* 4 or 6 */
	uint8_t ip[16];		/* network order; IPv4: the first four */
};

/* Where a fetch of several values (all `req.hdr(x)`) goes on; zero: at the first. */
struct expr_cursor {
	uint32_t index;		/* the fetch's own */
	uint32_t offset;
	bool more;		/* set by the fetch: another value may follow */
};

struct expr_sample {
	enum expr_type type;	/* never ANY or SAME */
	union {
		bool boolean;
		int64_t integer;
		struct expr_address address;
		struct slice text;	/* STRING, BINARY */
		struct {
			enum http_method id;
			struct slice name;
		} method;
	} value;
	bool may_change;	/* bytes that have not come may bring another value (req.len): a test
				 * that does not match it is ACL_LATER, and none that does */
	struct expr_cursor cursor;
};

/* for messages: "string", "integer", "binary value" */
const char *expr_type_name(enum expr_type type);

/* Whether a value of one type can become another (manual 7.1, the table of casts); known when
 * the file is read. */
bool expr_type_converts(enum expr_type from, enum expr_type to);

/*
 * Casts in place; may use `memory`. False: this value cannot (an empty string
 * is no number, IPv6 neither), or no memory.
 */
bool expr_cast(struct expr_sample *sample, enum expr_type to, struct bump *memory);

/* The sample as text, appended: "1", "10.0.0.1"; bytes up to their first NUL, as HAProxy does. */
void expr_sample_write(const struct expr_sample *sample, struct out *out);
