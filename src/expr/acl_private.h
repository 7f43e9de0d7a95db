/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl_private.h - what conditions need of ACLs; for this room only.
 */
#pragma once

#include "base/doc.h"
#include "expr/acl.h"
#include "expr/expr.h"
#include "expr/pattern.h"

struct expr_map_form;

struct acl_file { /* -f */
	struct acl_file *next;
	const struct expr_map_form *form;
};

/* One `acl` line: any of its patterns makes it true. */
struct acl_test {
	struct acl_test *next;
	const struct expr *expr;
	unsigned need;				/* of the expression */
	enum expr_method method;
	bool keeps;				/* what it takes of the memory must stay */
	struct expr_patterns *patterns;		/* NULL: none but those of files */
	struct acl_file *files;
};

struct acl {
	struct acl *next;
	const char *name; /* NULL: anonymous */
	struct acl_test *tests, **tests_end;
};

/* Reads the test written in words[at] up to `end`; NULL after a report. */
struct acl_test *acl_read_test(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			       unsigned end);

/* The ACL called `name` in the scope, or a predefined one; NULL after a report. */
struct acl *acl_lookup(struct conf_parse *parse, struct acl_scope *scope, const char *name,
		       struct diag_span span);

/* The words between `{` and `}`: words[at] up to `end`. NULL after a report. */
struct acl *acl_read_anonymous(struct conf_parse *parse, struct acl_scope *scope,
			       const struct conf_line *line, unsigned at, unsigned end);

/* Warns of tests that need what `place` has not; they are false there. */
void acl_check_place(struct conf_parse *parse, const struct acl *acl,
		     const struct expr_place *place, struct diag_span span);

/* `have`: enum expr_have bits; tests that need more are false. */
enum acl_result acl_eval(const struct acl *acl, unsigned have, struct expr_context *context);

/* The ACLs that every section knows (manual 7.4), as the test that defines each. */
struct acl_predefined {
	struct doc doc;
	const char *test;
};

extern const struct acl_predefined acl_predefined[]; /* ends in .doc.name NULL */
