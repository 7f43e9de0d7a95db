/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl.h - ACLs and conditions (configuration manual, chapter 7), compiled
 * when the file is read, evaluated without allocation.
 *
 * A fetch is a row (name, type, where it may be used, function); this release
 * has those of layer 4 and the constants; samples, converters and log-format
 * come beside them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/keyword.h"
#include "net/address.h"

/* What fetches can see of a session; fields not known yet are zero. */
struct expr_context {
	const struct net_endpoint *src, *dst;
};

struct acl;           /* all lines of one `acl` name */
struct acl_scope;     /* the names of one section, with the one it inherits from */
struct acl_condition; /* what follows `if` or `unless` */

struct acl_scope *acl_scope_new(struct arena *arena, const struct acl_scope *parent);

/* `acl NAME CRITERION [flags] VALUES...`: words[at] is NAME. Reports its errors. */
void acl_parse(struct conf_parse *parse, struct acl_scope *scope, const struct conf_line *line,
	       unsigned at);

/*
 * `if|unless COND...`: words[at] is `if` or `unless`. NULL after a report.
 * Names are looked up when the line is read, as HAProxy does.
 */
struct acl_condition *acl_condition_parse(struct conf_parse *parse, struct acl_scope *scope,
					  const struct conf_line *line, unsigned at);

/* True when the rule applies; `unless` is taken care of. A NULL condition is true. */
bool acl_condition_true(const struct acl_condition *condition, const struct expr_context *context);
