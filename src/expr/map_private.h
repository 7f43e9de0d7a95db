/* SPDX-License-Identifier: Apache-2.0 */
/* expr/map_private.h - the inside of a file of patterns, for map.c and converter_map.c. */
#pragma once

#include <pthread.h>

#include "expr/map.h"

struct expr_map_form {
	struct expr_map_form *next;
	struct expr_map *map;
	enum expr_method method;
	bool values, ignore_case;
	bool bad;			/* what is wrong was reported */
	const struct diag_source *source;
	struct expr_patterns *patterns;
	struct diag_span used;		/* where the configuration first names it so */
	unsigned index;			/* in expr_map_version.sets */
};

/* What is being prepared (map_admin.h), or what was committed last. */
struct expr_map_version {
	struct expr_map_version *next;
	struct arena *arena;
	unsigned number;
	struct expr_patterns *sets[];	/* by form */
};

struct expr_map {
	struct expr_map *next;
	const char *name;
	bool changes;			/* a rule may change it; set while the file is read */
	pthread_rwlock_t lock;
	struct expr_map_form *forms;	/* complete before there are threads */
	unsigned number;		/* from 0, in the order of the files */
	unsigned current, newest;	/* versions */
	uint64_t change_count;		/* of the current version: who walks looks whether it moved */
	struct expr_map_version *prepared, *committed;
};

void expr_map_free_versions(struct expr_map *map);
