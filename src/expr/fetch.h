/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch.h - sample fetches: where a value in an expression comes from
 * (configuration manual, chapter 7.3).
 *
 * A fetch is a row: its name, the type of what it yields and the function
 * that yields it. Converters will be rows of the same kind that take a sample
 * and give one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/doc.h"
#include "expr/acl.h"
#include "net/address.h"

enum expr_type {
	EXPR_BOOL,
	EXPR_INT,
	EXPR_ADDRESS,
	EXPR_STRING,
};

/* One value. A string is borrowed and not NUL-ended. */
struct expr_sample {
	enum expr_type type;
	union {
		bool boolean;
		int64_t integer;
		struct net_endpoint address;
		struct {
			const char *text;
			size_t len;
		} string;
	} value;
};

/* One row of the table of fetches. */
struct expr_fetch {
	struct doc doc;
	enum expr_type type;
	/* False when there is no such value here; then nothing matches. */
	bool (*get)(const struct expr_context *context, struct expr_sample *ret_sample);
};

extern const struct expr_fetch expr_fetches[]; /* ends in .doc.name NULL */

/* The row called by the first `len` bytes of `name`, or NULL. */
const struct expr_fetch *expr_fetch_find(const char *name, size_t len);
