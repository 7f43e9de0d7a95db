/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl.h - ACLs and conditions (configuration manual, chapter 7), compiled
 * when the file is read, evaluated without allocation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/keyword.h"
#include "expr/context.h"

struct acl;           /* all lines of one `acl` name */
struct acl_scope;     /* the names of one section, with the one it inherits from */
struct acl_condition; /* what follows `if` or `unless` */

struct acl_scope *acl_scope_new(struct arena *arena, const struct acl_scope *parent);

/* `acl NAME CRITERION[,conv...] [flags] [op] VALUES...`: words[at] is NAME. Reports its errors. */
void acl_parse(struct conf_parse *parse, struct acl_scope *scope, const struct conf_line *line,
	       unsigned at);

/*
 * `if|unless COND...`: words[at] is `if` or `unless`. NULL after a report.
 * Names are looked up when the line is read, as HAProxy does. A test that can
 * never be true at `place` (it needs what is not there) is a warning, and is
 * false. place NULL: not checked.
 */
struct acl_condition *acl_condition_parse(struct conf_parse *parse, struct acl_scope *scope,
					  const struct expr_place *place,
					  const struct conf_line *line, unsigned at);

enum acl_result {
	ACL_FALSE,
	ACL_TRUE,
	ACL_LATER,	/* depends on bytes that have not come (context->bytes_end is false) */
};

/* `unless` is taken care of. A NULL condition is true. */
enum acl_result acl_condition_eval(const struct acl_condition *condition,
				   struct expr_context *context);

static inline bool acl_condition_true(const struct acl_condition *condition,
				      struct expr_context *context)
{
	return condition == NULL || acl_condition_eval(condition, context) == ACL_TRUE;
}
