/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/vars.h - variables (configuration manual 2.8, "set-var"): names are
 * numbered when the file is read, so that a lookup compares numbers.
 *
 * proc variables are shared by all threads under a lock; the others belong to
 * a session or a transaction and live in its memory.
 */
#pragma once

#include <stdbool.h>

#include "conf/keyword.h"
#include "expr/context.h"
#include "expr/sample.h"

struct expr_var { /* a name in the file; one for all its uses */
	struct expr_var *next;
	enum expr_scope scope;
	const char *name;	/* with its scope: "txn.host" */
	uint32_t id;
};

struct expr_vars; /* those of one scope that are set */

/*
 * "txn.name" to its number; reports a bad name. The names are kept in
 * `parse->names` and die with the arena.
 */
const struct expr_var *expr_var_read(struct conf_parse *parse, struct slice text,
				     struct diag_span span);

/* Whether expr_var_read would take it. */
bool expr_var_is_name(struct slice text);

/* Values are copied into the scope's memory. False: no memory, or no such scope here. */
bool expr_var_set(struct expr_context *context, const struct expr_var *var,
		  const struct expr_sample *sample);
void expr_var_unset(struct expr_context *context, const struct expr_var *var);
/* False: not set. Text of proc variables is copied to context->memory. */
bool expr_var_get(struct expr_context *context, const struct expr_var *var,
		  struct expr_sample *ret);

/* A set in `memory`, which must outlive it; proc: its own memory, with a lock. NULL: no memory. */
struct expr_vars *expr_vars_new(struct bump *memory);
struct expr_vars *expr_vars_new_shared(void);
void expr_vars_free_shared(struct expr_vars *vars);
