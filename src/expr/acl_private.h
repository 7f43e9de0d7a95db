/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl_private.h - what conditions need of ACLs; for this room only.
 */
#pragma once

#include "expr/acl.h"

struct expr_fetch;
struct expr_patterns;

/* Adds the test written in words[at] up to `end` to `acl`. False after a report. */
bool acl_read_test(struct conf_parse *parse, struct acl *acl, const struct conf_line *line,
		   unsigned at, unsigned end);
/* The patterns are closed here. */
void acl_add_test(struct arena *arena, struct acl *acl, const struct expr_fetch *fetch,
		  struct expr_patterns *patterns);

/* The ACL called `name` in the scope, or a predefined one; NULL after a report. */
struct acl *acl_lookup(struct conf_parse *parse, struct acl_scope *scope, const char *name,
		       struct diag_span span);

/* The words between `{` and `}`: words[at] up to `end`. NULL after a report. */
struct acl *acl_read_anonymous(struct conf_parse *parse, struct acl_scope *scope,
			       const struct conf_line *line, unsigned at, unsigned end);

bool acl_true(const struct acl *acl, const struct expr_context *context);
