/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/reference.c - the manual of haproxy.cfg, printed from its rows. */
#include "lb/algo.h"
#include "proxy/conf.h"
#include "proxy/reading.h"

static void reference_algorithms(FILE *out)
{
	fputs("\n## Algorithms of `balance`\n\n", out);
	for (const struct lb_algo *const *algo = lb_algos; *algo != NULL; algo++)
		fprintf(out, "- **`%s`** %s\n  Example: `%s`. Since %s.\n", (*algo)->doc.name,
			(*algo)->doc.summary, (*algo)->doc.example, (*algo)->doc.since);
}

static void reference_action(const struct rule_action *action, FILE *out)
{
	const char *before = " In: ";

	fprintf(out, "- **`%s%s`** %s", action->doc.name, action->parens ? "(...)" : "",
		action->doc.summary);
	for (enum rule_list list = 0; list < RULE_LISTS; list++) {
		if ((action->lists & 1U << list) == 0)
			continue;
		fprintf(out, "%s`%s`", before, rule_list_name(list));
		before = ", ";
	}
	fprintf(out, ".\n  Example: `%s`. Since %s.\n", action->doc.example, action->doc.since);
}

void proxy_conf_print_reference(FILE *out)
{
	conf_grammar_print(&proxy_grammar, out);
	conf_options_print("Options of `bind`", proxy_bind_options, out);
	conf_options_print("Options of `unix-bind`", proxy_unix_bind_options, out);
	conf_options_print("Options of `server` and `default-server`", proxy_server_options, out);
	reference_algorithms(out);
	fputs("\n## Actions of rules\n\n", out);
	for (const struct rule_action *const *table = rule_actions; *table != NULL; table++)
		for (const struct rule_action *action = *table; action->doc.name != NULL; action++)
			reference_action(action, out);
	expr_language_print(&proxy_language, out);
}
