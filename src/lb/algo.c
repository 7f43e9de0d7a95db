/* SPDX-License-Identifier: Apache-2.0 */
/* lb/algo.c - the table of balance algorithms. */
#include "lb/algo.h"

#include <string.h>

const struct lb_algo *const lb_algos[] = {
#define LB_ALGO(name) &lb_##name,
#include "lb/algos.def"
#undef LB_ALGO
	NULL,
};

const struct lb_algo *lb_algo_find(const char *name)
{
	for (const struct lb_algo *const *row = lb_algos; *row != NULL; row++) {
		size_t len = strlen((*row)->doc.name);

		if (strncmp((*row)->doc.name, name, len) != 0)
			continue;
		if (name[len] == '\0' || ((*row)->parens && name[len] == '('))
			return *row;
	}
	return NULL;
}
