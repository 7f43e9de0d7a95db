/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_script.c - vrrp_script. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

/* The words joined by spaces: what `script killall -0 haproxy` means without its quotes. */
static struct conf_word script_join(struct vrrp_parse *parse, const struct conf_line *line)
{
	struct conf_word joined = line->words[1];

	for (unsigned i = 2; i < line->count; i++)
		joined.text = arena_printf(parse->common.arena, "%s %s", joined.text,
					   line->words[i].text);
	joined.span.len = line->words[line->count - 1].span.column +
			  line->words[line->count - 1].span.len - joined.span.column;
	return joined;
}

static void script_parse_script(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_script_conf *script = object;
	struct conf_word *words;

	if (!vrrp_need(parse, node, 1, "script \"COMMAND ARGUMENT ...\"") ||
	    !vrrp_closed(parse, node))
		return;
	words = arena_zalloc(parse->common.arena, 3 * sizeof(*words));
	words[0] = node->escaped.words[0];
	words[1] = node->escaped.words[1];
	if (node->escaped.count > 2) {
		words[1] = script_join(parse, &node->escaped);
		vrrp_report(parse, DIAG_WARNING, &diag_old_form, words[1].span,
			    "a command with arguments stands in quotes: script \"%s\"",
			    words[1].text);
	}
	vrrp_command_add(parse, &script->command, &(struct conf_line){ words, 2 }, 1);
}

static void script_parse_user(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_script_conf *script = object;
	struct vrrp_pending_command *pending;

	if (!vrrp_need(parse, node, 1, "user USER [GROUP]"))
		return;
	pending = vrrp_command_pending(parse, &script->command);
	pending->user = &node->line.words[1];
	pending->group = node->line.count > 2 ? &node->line.words[2] : NULL;
	vrrp_warn_rest(parse, &node->line, 3);
}

static void script_parse_weight(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_script_conf *script = object;

	if (vrrp_need(parse, node, 1, "weight -253..253 [reverse]"))
		vrrp_read_weight_within(parse, &node->line, 1, 253, &script->weight,
					&script->weight_reverse);
}

#define SCRIPT(field) offsetof(struct vrrp_script_conf, field)
#define MAX_SECONDS (INT64_C(1000000) * 1000000)

const struct vrrp_keyword vrrp_keywords_script[] = {
	{
		.doc = { "script", "The command to run; exit status 0 is success.",
			 "script \"killall -0 haproxy\"", "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_PARSE, .parse = script_parse_script,
	},
	{
		.doc = { "interval", "Seconds from one run to the next.", "interval 2", "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_SECONDS, .offset = SCRIPT(interval_us),
		.preset = "1", .min = 10000, .max = MAX_SECONDS,
	},
	{
		.doc = { "timeout", "Seconds after which a run has failed and is ended.",
			 "timeout 3", "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_SECONDS, .offset = SCRIPT(timeout_us),
		.preset = "interval", .min = 10000, .max = MAX_SECONDS,
	},
	{
		.doc = { "weight",
			 "What the script adds to the priority: a positive weight while it "
			 "succeeds, a negative one while it fails; with 0 a failure is FAULT.",
			 "weight -20", "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_PARSE, .preset = "0", .min = -253, .max = 253,
		.parse = script_parse_weight,
	},
	{
		.doc = { "rise", "Successes in a row that count as a change.", "rise 2", "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_UNSIGNED, .offset = SCRIPT(rise),
		.preset = "1", .min = 1, .max = 2147483647,
	},
	{
		.doc = { "fall", "Failures in a row that count as a change.", "fall 3", "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_UNSIGNED, .offset = SCRIPT(fall),
		.preset = "1", .min = 1, .max = 2147483647,
	},
	{
		.doc = { "user", "The user, and group, this script runs as.", "user root", "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_PARSE, .preset = "script_user",
		.parse = script_parse_user,
	},
	{
		.doc = { "init_fail", "Taken as failed until it has succeeded.", "init_fail",
			 "0.1" },
		.where = VRRP_SCRIPT, .type = VRRP_FLAG, .offset = SCRIPT(init_fail),
		.preset = "off",
	},
	VRRP_KEYWORDS_END,
};
