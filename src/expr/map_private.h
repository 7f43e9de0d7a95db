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
};

struct expr_map {
	struct expr_map *next;
	const char *name;
	bool changes;			/* a rule may change it; set while the file is read */
	pthread_rwlock_t lock;
	struct expr_map_form *forms;	/* complete before there are threads */
};
