/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/keyword_list.c - `-dK`: the words of haproxy.cfg, class by class, for programs that compare. */
#include <string.h>

#include "lb/algo.h"
#include "proxy/reading.h"

static void list_keywords(unsigned where, FILE *out)
{
	for (const struct conf_keyword *const *table = proxy_keyword_tables; *table != NULL; table++)
		for (const struct conf_keyword *row = *table; row->doc.name != NULL; row++)
			if (row->type != CONF_NOT_YET && (row->where & where) != 0)
				fprintf(out, "\t%s\n", row->doc.name);
}

static void list_options(const char *before, const struct conf_keyword *rows, FILE *out)
{
	for (const struct conf_keyword *row = rows; row->doc.name != NULL; row++)
		if (row->type != CONF_NOT_YET)
			fprintf(out, "\t%s %s\n", before, row->doc.name);
}

static void list_actions(FILE *out)
{
	for (enum rule_list list = 0; list < RULE_LISTS; list++)
		for (const struct rule_action *const *table = rule_actions; *table != NULL; table++)
			for (const struct rule_action *row = *table; row->doc.name != NULL; row++)
				if ((row->lists & 1U << list) != 0)
					fprintf(out, "\t%s %s%s\n", rule_list_name(list),
						row->doc.name, row->parens ? "*" : "");
}

/* Sections that are proxies share theirs, as HAProxy lists them: below "listen". */
static void list_sections(FILE *out)
{
	unsigned proxies = CONF_DFLB;

	for (const struct conf_section *const *section = proxy_sections; *section != NULL; section++) {
		unsigned where = (*section)->where;

		if (where == 0 || ((where & proxies) != 0 && where != CONF_LISTEN))
			continue;
		fprintf(out, "%s\n", (*section)->doc.name);
		list_keywords(where == CONF_LISTEN ? proxies : where, out);
		if (where != CONF_LISTEN)
			continue;
		for (const struct lb_algo *const *algo = lb_algos; *algo != NULL; algo++)
			fprintf(out, "\tbalance %s\n", (*algo)->doc.name);
		list_options("bind <addr>", proxy_bind_options, out);
		list_options("server <name> <addr>", proxy_server_options, out);
		list_actions(out);
	}
}

bool proxy_conf_list(const char *class, FILE *out)
{
	if (strcmp(class, "acl") == 0)
		expr_language_list(&proxy_language, EXPR_LIST_ACLS, out);
	else if (strcmp(class, "smp") == 0)
		expr_language_list(&proxy_language, EXPR_LIST_FETCHES, out);
	else if (strcmp(class, "cnv") == 0)
		expr_language_list(&proxy_language, EXPR_LIST_CONVERTERS, out);
	else if (strcmp(class, "cfg") == 0)
		list_sections(out);
	else if (strcmp(class, "svc") == 0)
		fputs("prometheus-exporter\n", out);
	else
		return strcmp(class, "flt") == 0; /* there are no filters */
	return true;
}
