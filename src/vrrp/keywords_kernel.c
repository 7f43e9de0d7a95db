/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_kernel.c - see keywords_kernel.h: the blocks, and track_group. */
#include "vrrp/keywords_kernel.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/route_conf.h"

/* Appends to a list whose items have `next`. */
#define KERNEL_APPEND(list, item)                                                                  \
	do {                                                                                       \
		__typeof__(list) *tail_ = &(list);                                                 \
		while (*tail_ != NULL)                                                             \
			tail_ = &(*tail_)->next;                                                   \
		*tail_ = (item);                                                                   \
	} while (0)

/* --- addresses --- */

/* The kernel would refuse the second one. */
static bool kernel_same_address(const struct vrrp_address_conf *a,
				const struct vrrp_address_conf *b)
{
	return ip_equal(&a->ip, &b->ip) && a->prefix == b->prefix &&
	       strcmp(a->dev == NULL ? "" : a->dev, b->dev == NULL ? "" : b->dev) == 0;
}

static bool kernel_has_address(struct vrrp_parse *parse, const struct vrrp_address_conf *list,
			       const struct vrrp_address_conf *address)
{
	char text[IP_TEXT];

	for (; list != NULL; list = list->next)
		if (kernel_same_address(list, address)) {
			vrrp_report(parse, DIAG_WARNING, &diag_duplicate, address->span,
				    "%s is given twice; this line is not read",
				    ip_text(&address->ip, text));
			return true;
		}
	return false;
}

static void kernel_parse_address(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_instance_conf *conf = &((struct vrrp_draft *)object)->conf;
	struct vrrp_address_conf *address =
		vrrp_address_read(parse, &node->line, VRRP_ADDRESS | VRRP_VIRTUAL_ADDRESS);

	if (address == NULL || kernel_has_address(parse, conf->addresses, address))
		return;
	KERNEL_APPEND(conf->addresses, address);
	conf->address_count++;
}

static void kernel_parse_excluded(struct vrrp_parse *parse, void *object,
				  const struct vrrp_node *node)
{
	struct vrrp_instance_conf *conf = &((struct vrrp_draft *)object)->conf;
	struct vrrp_address_conf *address =
		vrrp_address_read(parse, &node->line, VRRP_ADDRESS | VRRP_VIRTUAL_ADDRESS);

	if (address != NULL && !kernel_has_address(parse, conf->addresses, address) &&
	    !kernel_has_address(parse, conf->excluded, address))
		KERNEL_APPEND(conf->excluded, address);
}

static void kernel_parse_static_address(struct vrrp_parse *parse, void *object,
					const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	struct vrrp_address_conf *address =
		vrrp_address_read(parse, &node->line, VRRP_ADDRESS | VRRP_STATIC_ADDRESS);

	if (address != NULL && !kernel_has_address(parse, conf->static_addresses, address))
		KERNEL_APPEND(conf->static_addresses, address);
}

/* --- routes and rules --- */

static void kernel_parse_route(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	struct vrrp_instance_conf *conf = &((struct vrrp_draft *)object)->conf;
	struct vrrp_route_conf *route = vrrp_route_read(parse, &node->line, VRRP_ROUTE);

	if (route != NULL)
		KERNEL_APPEND(conf->routes, route);
}

static void kernel_parse_static_route(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	struct vrrp_route_conf *route =
		vrrp_route_read(parse, &node->line, VRRP_ROUTE | VRRP_STATIC_ROUTE);

	if (route != NULL)
		KERNEL_APPEND(conf->static_routes, route);
}

static void kernel_parse_rule(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_instance_conf *conf = &((struct vrrp_draft *)object)->conf;
	struct vrrp_rule_conf *rule = vrrp_rule_read(parse, &node->line, VRRP_RULE);

	if (rule != NULL)
		KERNEL_APPEND(conf->rules, rule);
}

static void kernel_parse_static_rule(struct vrrp_parse *parse, void *object,
				     const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	struct vrrp_rule_conf *rule =
		vrrp_rule_read(parse, &node->line, VRRP_RULE | VRRP_STATIC_RULE);

	if (rule != NULL)
		KERNEL_APPEND(conf->static_rules, rule);
}

/* --- track groups --- */

const char *vrrp_track_group_named(struct vrrp_parse *parse, const struct conf_word *word)
{
	if (word == NULL)
		return NULL;
	for (const struct vrrp_track_group_conf *group = parse->conf->track_groups; group != NULL;
	     group = group->next)
		if (strcmp(group->name, word->text) == 0)
			return group->name;
	vrrp_report(parse, DIAG_ERROR, &diag_unknown_name, word->span,
		    "there is no track_group '%s' above", word->text);
	return NULL;
}

static void kernel_parse_member(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_track_group_conf *group = object;

	for (unsigned i = 0; i < node->line.count; i++)
		*ARENA_APPEND(parse->common.arena, group->names, group->name_count) =
			&node->line.words[i];
}

static void kernel_parse_track_group(struct vrrp_parse *parse, void *object,
				     const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	struct vrrp_track_group_conf *group;

	if (!vrrp_need(parse, node, 1, "track_group NAME {"))
		return;
	for (group = conf->track_groups; group != NULL; group = group->next)
		if (strcmp(group->name, node->line.words[1].text) == 0) {
			vrrp_report(parse, DIAG_ERROR, &diag_duplicate, node->line.words[1].span,
				    "there is a track_group '%s' already", group->name);
			return;
		}
	vrrp_warn_rest(parse, &node->line, 2);
	group = arena_zalloc(parse->common.arena, sizeof(*group));
	group->name = node->line.words[1].text;
	group->span = node->line.words[1].span;
	vrrp_parse_block(parse, VRRP_TRACK_GROUP, group, node);
	KERNEL_APPEND(conf->track_groups, group);
}

static struct vrrp_draft *kernel_find_instance(const struct vrrp_parse *parse, const char *name)
{
	for (struct vrrp_draft *draft = parse->drafts; draft != NULL; draft = draft->next)
		if (strcmp(draft->conf.name, name) == 0)
			return draft;
	return NULL;
}

static void kernel_finish_group(struct vrrp_parse *parse, struct vrrp_track_group_conf *group)
{
	if (group->name_count == 0)
		vrrp_report(parse, DIAG_WARNING, &diag_missing, group->span,
			    "track_group '%s' has no instance", group->name);
	for (unsigned i = 0; i < group->name_count; i++) {
		struct vrrp_draft *draft = kernel_find_instance(parse, group->names[i]->text);

		if (draft != NULL)
			*ARENA_APPEND(parse->common.arena, group->members, group->member_count) =
				&draft->conf;
		else
			vrrp_report(parse, DIAG_WARNING, &diag_unknown_name, group->names[i]->span,
				    "there is no vrrp_instance '%s': it is not counted",
				    group->names[i]->text);
	}
}

/* Static addresses need an interface that this machine has. */
static void kernel_finish_address(struct vrrp_parse *parse, struct vrrp_address_conf *address)
{
	struct conf_word word = { .text = "eth0", .span = address->span };
	char name[IF_NAMESIZE];

	if (address->dev != NULL)
		return;
	if (parse->conf->default_interface != NULL)
		word.text = parse->conf->default_interface;
	if (vrrp_read_interface(parse, &word, name))
		address->dev = word.text;
}

void vrrp_kernel_finish(struct vrrp_parse *parse)
{
	for (struct vrrp_address_conf *a = parse->conf->static_addresses; a != NULL; a = a->next)
		kernel_finish_address(parse, a);
	for (struct vrrp_track_group_conf *g = parse->conf->track_groups; g != NULL; g = g->next)
		kernel_finish_group(parse, g);
}

/* --- rows --- */

#define KERNEL_LIST(place, word, summary, since, function)                                         \
	{ .doc = { word, summary, word " {", since }, .where = place, .type = VRRP_LIST,           \
	  .block = true, .parse = function }

const struct vrrp_keyword vrrp_keywords_kernel[] = {
	KERNEL_LIST(VRRP_INSTANCE, "virtual_ipaddress",
		    "The addresses that the master holds, one a line.", "0.1",
		    kernel_parse_address),
	KERNEL_LIST(VRRP_INSTANCE, "virtual_ipaddress_excluded",
		    "Addresses that the master holds and does not tell the others, of either "
		    "family.", "0.3", kernel_parse_excluded),
	KERNEL_LIST(VRRP_INSTANCE, "virtual_routes",
		    "Routes that the master has, one a line, as after `ip route add`.", "0.3",
		    kernel_parse_route),
	KERNEL_LIST(VRRP_INSTANCE, "virtual_rules",
		    "Routing rules that the master has, one a line, as after `ip rule add`.",
		    "0.3", kernel_parse_rule),
	{
		.doc = { "promote_secondaries",
			 "The kernel keeps the other addresses of a network when one goes.",
			 "promote_secondaries", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_FLAG, .preset = "off",
		.offset = offsetof(struct vrrp_instance_conf, promote_secondaries),
	},
	KERNEL_LIST(VRRP_TOP, "static_ipaddress",
		    "Addresses that this machine has while relevo runs, one a line.", "0.3",
		    kernel_parse_static_address),
	KERNEL_LIST(VRRP_TOP, "static_routes",
		    "Routes that this machine has while relevo runs, one a line.", "0.3",
		    kernel_parse_static_route),
	KERNEL_LIST(VRRP_TOP, "static_rules",
		    "Routing rules that this machine has while relevo runs, one a line.", "0.3",
		    kernel_parse_static_rule),
	{
		.doc = { "track_group",
			 "Instances that go to FAULT when a static address, route or rule of the "
			 "group cannot be put back.",
			 "track_group GROUP1 {", "0.3" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true,
		.parse = kernel_parse_track_group,
	},
	KERNEL_LIST(VRRP_TRACK_GROUP, "group", "The instances of the group.", "0.3",
		    kernel_parse_member),
	VRRP_KEYWORDS_END,
};
