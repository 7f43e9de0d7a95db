/* SPDX-License-Identifier: Apache-2.0 */
/* admin/row.c - see row.h: what needs no running proxy. */
#include "admin/row.h"

#include <stdlib.h>
#include <string.h>

#include "proxy/conf.h"

void stats_row_init(struct stats_row *row, enum stats_kind kind)
{
	memset(row, 0, sizeof(*row));
	memset(&row->n, 0xff, sizeof(row->n)); /* STATS_NONE everywhere */
	row->kind = kind;
	row->tone = STATS_PLAIN;
	row->n.zero = 0;
	row->n.type = kind;
	row->n.process = 1;
	row->n.service_id = 0;
}

void stats_rows_free(struct stats_rows *rows)
{
	if (rows->readers != NULL)
		atomic_fetch_sub(rows->readers, 1);
	free(rows->rows);
	*rows = (struct stats_rows){ .rows = NULL };
}

bool stats_in_scope(const struct stats_filter *filter, const struct section *section)
{
	const struct stats_scope *scope = filter->conf->scopes;

	if (filter->name[0] != '\0' && strstr(section->name, filter->name) == NULL)
		return false;
	if (scope == NULL)
		return true;
	for (; scope != NULL; scope = scope->next)
		if (strcmp(scope->proxy, section->name) == 0 ||
		    (strcmp(scope->proxy, ".") == 0 && section == filter->self))
			return true;
	return false;
}
