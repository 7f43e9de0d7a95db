/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/virtual_group.c - virtual_server_group: addresses,
 * ranges and fwmarks of one virtual server.
 */
#include <string.h>

#include "base/arena.h"
#include "vrrp/virtual_server.h"

bool virtual_read_fwmark(struct vrrp_parse *parse, const struct conf_line *line, unsigned at)
{
	int64_t mark;

	if (at >= line->count) {
		vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, line->words[at - 1].span,
			    "'fwmark' needs a number");
		return false;
	}
	return conf_read_int(&parse->common, &line->words[at], 1, UINT32_MAX, &mark);
}

bool virtual_is_group(const struct vrrp_parse *parse, const char *name)
{
	for (const struct vrrp_virtual_group *g = parse->virtual_groups; g != NULL; g = g->next)
		if (strcmp(g->name, name) == 0)
			return true;
	return false;
}

/* `ADDRESS [PORT]`, `fwmark N` or `group NAME` in words[1]. */
/* `A.B.C.D-E`, `A.B.C.D-E.F.G.H`, `ADDRESS/PREFIX` or one address. */
static bool virtual_check_range(struct vrrp_parse *parse, const struct conf_word *word)
{
	char *end = strpbrk(arena_strdup(parse->common.arena, word->text), "-/");
	struct conf_word first = *word, last = *word;
	struct ip from, to;
	int64_t number;

	if (end == NULL)
		return vrrp_read_ip(parse, word, 0, &from);
	first.text = arena_strndup(parse->common.arena, word->text, strcspn(word->text, "-/"));
	last.text = end + 1;
	if (!vrrp_read_ip(parse, &first, 0, &from))
		return false;
	if (*end == '/')
		return conf_read_int(&parse->common, &last, 0, from.family == AF_INET6 ? 128 : 32,
				     &number);
	if (ip_parse(last.text, &to) && to.family == from.family) {
		if (ip_compare(&from, &to) <= 0)
			return true;
	} else if (from.family == AF_INET) {
		if (!conf_read_int(&parse->common, &last, 0, 255, &number))
			return false;
		if (number >= from.bytes[3])
			return true;
	} else {
		return true; /* the last group in hexadecimal */
	}
	vrrp_report(parse, DIAG_ERROR, &diag_bad_address, word->span,
		    "the range '%s' ends before it begins", word->text);
	return false;
}

static bool virtual_check_entry(struct vrrp_parse *parse, const struct conf_line *line)
{
	int64_t port;

	if (strcmp(line->words[0].text, "fwmark") == 0)
		return virtual_read_fwmark(parse, line, 1);
	return virtual_check_range(parse, &line->words[0]) &&
	       (line->count == 1 ||
		conf_read_int(&parse->common, &line->words[1], 1, 65535, &port));
}

void virtual_parse_group(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	const struct conf_word *name = vrrp_block_name(parse, node, "virtual_server_group NAME {");
	struct vrrp_virtual_group *group;

	if (name == NULL)
		return;
	if (node->children == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, name->span,
			    "the group has no address");
	for (const struct vrrp_node *child = node->children; child != NULL; child = child->next)
		if (vrrp_need_block(parse, child, false))
			virtual_check_entry(parse, &child->line);
	if (virtual_is_group(parse, name->text))
		vrrp_report(parse, DIAG_ERROR, &diag_duplicate, name->span,
			    "virtual_server_group '%s' is already defined", name->text);
	group = arena_zalloc(parse->common.arena, sizeof(*group));
	group->name = name->text;
	group->next = parse->virtual_groups;
	parse->virtual_groups = group;
}
