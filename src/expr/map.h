/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/map.h - files of patterns (`-f` of ACLs) and of patterns with values
 * (the converters map, map_beg, ...; configuration manual 7.3.1).
 *
 * A file is read once for each way it is used, and is known by its name, by
 * which rules change it at run time (set-map, add-acl, ...). Only a file that
 * a rule may change has its lock taken by readers.
 */
#pragma once

#include <stdbool.h>

#include "conf/keyword.h"
#include "expr/pattern.h"

struct expr_map;	/* a file */
struct expr_map_form;	/* its lines under one matching method */

/* --- while the file is read --- */

/*
 * The file's lines, kept in parse->maps; `values`: each is a key and a value.
 * NULL after a report, at `span` or in the file.
 */
const struct expr_map_form *expr_map_load(struct conf_parse *parse, const char *name,
					  struct diag_span span, enum expr_method method,
					  bool values, const struct expr_pattern_flags *flags);

/*
 * What a rule changes. As in HAProxy the file need not be used by any ACL or
 * map; changes are then without effect.
 */
struct expr_map *expr_map_find(struct conf_parse *parse, const char *name);

/* --- at run time, any thread; `sample` has the method's type --- */

bool expr_map_has(const struct expr_map_form *form, const struct expr_sample *sample,
		  struct expr_context *context);

/*
 * The value beside what matches; `expand`: with \0 to \9 replaced by the groups
 * of the regular expression. It may be in context->memory. False: none, or no memory.
 */
bool expr_map_value(const struct expr_map_form *form, const struct expr_sample *sample,
		    struct expr_context *context, bool expand, struct slice *ret);

/* The pattern that matches, as it stands in the file. False: none, or no memory. */
bool expr_map_key(const struct expr_map_form *form, const struct expr_sample *sample,
		  struct expr_context *context, struct slice *ret);

/*
 * Changes every form of the file. -EINVAL: the key cannot be a pattern of it (it
 * may have been added to other forms), -ENOMEM; expr_map_delete: -ENOENT.
 */
/* add-acl: nothing if it is there */
int expr_map_add(struct expr_map *map, struct slice key);
int expr_map_set(struct expr_map *map, struct slice key, struct slice value);
int expr_map_delete(struct expr_map *map, struct slice key);
void expr_map_clear(struct expr_map *map);
