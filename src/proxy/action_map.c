/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/action_map.c - set-map, del-map, add-acl, del-acl: traffic changes
 * the files of maps and ACLs as they are in memory.
 */
#include "base/arena.h"
#include "expr/map.h"
#include "proxy/action.h"

struct map_args {
	struct expr_map *map;
	struct format *key, *value; /* value: set-map only */
};

static unsigned map_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			 const struct conf_line *line, unsigned at)
{
	struct map_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	struct slice name = action_inside(&line->words[at]);

	if (!action_need(parse, rule, line, at, 1, "<key format>"))
		return 0;
	args->map = expr_map_find(parse, arena_strndup(parse->arena, name.at, name.len));
	args->key = action_format(parse, section, rule, &line->words[at + 1]);
	return args->map != NULL && args->key != NULL ? at + 2 : 0;
}

static unsigned map_read_set(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	struct map_args *args;

	if (!action_need(parse, rule, line, at, 2, "<key format> <value format>") ||
	    map_read(parse, section, rule, line, at) == 0)
		return 0;
	args = rule->args;
	args->value = action_format(parse, section, rule, &line->words[at + 2]);
	return args->value != NULL ? at + 3 : 0;
}

/* A key that is no pattern of the file is passed over, as in HAProxy. */
static enum rule_verdict map_add(const struct rule *rule, struct rule_run *run)
{
	const struct map_args *args = rule->args;
	struct slice key = format_text(args->key, run->context);

	if (key.at != NULL)
		expr_map_add(args->map, key);
	return RULE_NEXT;
}

static enum rule_verdict map_delete(const struct rule *rule, struct rule_run *run)
{
	const struct map_args *args = rule->args;
	struct slice key = format_text(args->key, run->context);

	if (key.at != NULL)
		expr_map_delete(args->map, key);
	return RULE_NEXT;
}

static enum rule_verdict map_set(const struct rule *rule, struct rule_run *run)
{
	const struct map_args *args = rule->args;
	struct slice key = format_text(args->key, run->context);
	struct slice value = format_text(args->value, run->context);

	if (key.at != NULL && value.at != NULL)
		expr_map_set(args->map, key, value);
	return RULE_NEXT;
}

const struct rule_action rule_actions_map[] = {
	{ ACTION_DOC("add-acl", "Add a pattern to a file of ACLs in memory.",
		     "http-request add-acl(/dev/null) %[src]"),
	  .lists = IN_REQUEST | IN_RESPONSE, .parens = true, .parse = map_read, .run = map_add },
	{ ACTION_DOC("del-acl", "Remove a pattern from a file of ACLs in memory.",
		     "http-request del-acl(/dev/null) %[src]"),
	  .lists = IN_REQUEST | IN_RESPONSE, .parens = true, .parse = map_read,
	  .run = map_delete },
	{ ACTION_DOC("set-map", "Set the value of a key in a map in memory.",
		     "http-request set-map(/dev/null) %[src] %[req.hdr(x-color)]"),
	  .lists = IN_REQUEST | IN_RESPONSE, .parens = true, .parse = map_read_set,
	  .run = map_set },
	{ ACTION_DOC("del-map", "Remove a key from a map in memory.",
		     "http-request del-map(/dev/null) %[src]"),
	  .lists = IN_REQUEST | IN_RESPONSE, .parens = true, .parse = map_read,
	  .run = map_delete },
	{ .doc = { .name = NULL } },
};
