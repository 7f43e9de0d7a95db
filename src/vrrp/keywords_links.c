/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_links.c - garp_group, interface_up_down_delays and linkbeat. */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "nl/beat.h"
#include "vrrp/keyword.h"

/* The settings of an interface, made when there are none. */
static struct vrrp_interface_conf *links_interface(struct vrrp_parse *parse, const char *name)
{
	struct vrrp_interface_conf **link = &parse->conf->interfaces;

	for (; *link != NULL; link = &(*link)->next)
		if (strcmp((*link)->name, name) == 0)
			return *link;
	*link = arena_zalloc(parse->common.arena, sizeof(**link));
	strcpy((*link)->name, name);
	return *link;
}

/* --- garp_group --- */

static void links_parse_group(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_garp_group_conf *group = arena_zalloc(parse->common.arena, sizeof(*group)),
				    **tail = &parse->conf->garp_groups;

	vrrp_warn_rest(parse, &node->line, 1);
	vrrp_parse_block(parse, VRRP_GARP_GROUP, group, node);
	if (group->interface_count == 0)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, node->line.words[0].span,
			    "garp_group has no interface");
	if (group->interval_us == 0 && group->na_interval_us == 0)
		vrrp_report(parse, DIAG_WARNING, &diag_missing, node->line.words[0].span,
			    "garp_group has neither garp_interval nor gna_interval");
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = group;
}

static void links_add_member(struct vrrp_parse *parse, struct vrrp_garp_group_conf *group,
			     const struct conf_word *word)
{
	char name[IF_NAMESIZE];

	if (!vrrp_read_interface(parse, word, name))
		return;
	for (const struct vrrp_garp_group_conf *g = parse->conf->garp_groups; g != NULL;
	     g = g->next)
		for (unsigned i = 0; i < g->interface_count; i++)
			if (strcmp(g->interfaces[i], name) == 0) {
				vrrp_report(parse, DIAG_ERROR, &diag_duplicate, word->span,
					    "'%s' is in another garp_group already", name);
				return;
			}
	group->interfaces = arena_grow(parse->common.arena, group->interfaces,
				       group->interface_count, sizeof(*group->interfaces));
	memcpy(group->interfaces[group->interface_count++], name, sizeof(name));
}

/* A word of `interface` or each of `interfaces {`. */
static void links_parse_members(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	unsigned from = strcmp(node->line.words[0].text, "interface") == 0;

	if (from == 1 && !vrrp_need(parse, node, 1, "interface eth0"))
		return;
	for (unsigned i = from; i < node->line.count; i++)
		links_add_member(parse, object, &node->line.words[i]);
}

/* --- delays --- */

/* `NAME DOWN_DELAY [UP_DELAY]` */
static void links_parse_delays(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct conf_line *line = &node->line;
	struct vrrp_interface_conf *interface;
	char name[IF_NAMESIZE];
	uint64_t down, up;

	if (!vrrp_read_interface(parse, &line->words[0], name) ||
	    !vrrp_need(parse, node, 1, "eth0 DOWN_SECONDS [UP_SECONDS]") ||
	    !vrrp_read_seconds(parse, &line->words[1], 0, INT64_C(255000000), &down))
		return;
	up = down;
	if (line->count > 2 &&
	    !vrrp_read_seconds(parse, &line->words[2], 0, INT64_C(255000000), &up))
		return;
	interface = links_interface(parse, name);
	interface->down_delay_us = down;
	interface->up_delay_us = up;
	vrrp_warn_rest(parse, line, 3);
}

/* --- linkbeat --- */

/* `NAME [MII|ETHTOOL|IOCTL]` */
static void links_parse_linkbeat(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	static const struct conf_choice ways[] = {
		{ "MII", NL_BEAT_MII, "MII registers." },
		{ "ETHTOOL", NL_BEAT_ETHTOOL, "What ethtool says." },
		{ "IOCTL", NL_BEAT_FLAGS, "The interface's flags." },
		{ NULL, 0, NULL },
	};
	struct vrrp_interface_conf *interface;
	char name[IF_NAMESIZE];
	int way = NL_BEAT_MII;

	if (!vrrp_read_interface(parse, &node->line.words[0], name) ||
	    (node->line.count > 1 &&
	     !conf_read_choice(&parse->common, &node->line.words[1], ways, "way", &way)))
		return;
	interface = links_interface(parse, name);
	interface->linkbeat = true;
	interface->linkbeat_way = way;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void links_parse_instance_linkbeat(struct vrrp_parse *parse, void *object,
					  const struct vrrp_node *node)
{
	vrrp_report(parse, DIAG_WARNING, &diag_old_form, node->line.words[0].span,
		    "'linkbeat_use_polling' is an old form: name the interface in "
		    "linkbeat_interfaces");
	((struct vrrp_draft *)object)->linkbeat = true;
	vrrp_warn_rest(parse, &node->line, 1);
}

static void links_parse_polling(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	parse->conf->linkbeat_all = true;
	vrrp_warn_rest(parse, &node->line, 1);
}

static void links_poll_tracked(struct vrrp_parse *parse, const struct vrrp_track *tracks)
{
	for (const struct vrrp_track *track = tracks; track != NULL; track = track->next)
		if (track->kind == VRRP_TRACK_INTERFACE)
			links_interface(parse, track->name)->linkbeat = true;
}

/* Keepalived wants this, too: a backup that hears nothing would claim before it gives up. */
static void links_check_delays(struct vrrp_parse *parse, const struct vrrp_instance_conf *conf)
{
	uint64_t limit = (conf->down_timer_adverts - 1) * conf->advert_interval_us;

	for (const struct vrrp_interface_conf *i = parse->conf->interfaces; i != NULL; i = i->next)
		if (strcmp(i->name, conf->interface) == 0 &&
		    (i->down_delay_us > limit || i->up_delay_us > limit))
			vrrp_report(parse, DIAG_WARNING, &diag_conflict, conf->span,
				    "interface_up_down_delays of %s: instance '%s' may claim "
				    "before the delay is over", i->name, conf->name);
}

void vrrp_links_finish(struct vrrp_parse *parse)
{
	bool all = parse->conf->linkbeat_all;

	for (const struct vrrp_draft *draft = parse->drafts; draft != NULL; draft = draft->next) {
		if ((all || draft->linkbeat) && draft->conf.interface[0] != '\0')
			links_interface(parse, draft->conf.interface)->linkbeat = true;
		if (all)
			links_poll_tracked(parse, draft->conf.tracks);
		links_check_delays(parse, &draft->conf);
	}
	for (const struct vrrp_group_conf *g = parse->conf->groups; all && g != NULL; g = g->next)
		links_poll_tracked(parse, g->tracks);
}

#define TOP(word, summary, example)                                                                \
	.doc = { word, summary, example, "0.3" }, .where = VRRP_TOP
#define GROUP(word, summary, example)                                                              \
	.doc = { word, summary, example, "0.3" }, .where = VRRP_GARP_GROUP
#define GROUP_INTERVAL(word, summary, field)                                                       \
	{ GROUP(word, summary, word " 0.1"), .type = VRRP_SECONDS,                                 \
	  .offset = offsetof(struct vrrp_garp_group_conf, field), .max = INT64_C(10000000) }

const struct vrrp_keyword vrrp_keywords_links[] = {
	{ TOP("garp_group", "Interfaces of one switch, and how fast they may announce addresses.",
	      "garp_group {"),
	  .type = VRRP_PARSE, .block = true, .parse = links_parse_group },
	GROUP_INTERVAL("garp_interval", "Seconds between gratuitous ARP packets.", interval_us),
	GROUP_INTERVAL("gna_interval", "Seconds between unsolicited neighbour advertisements.",
		       na_interval_us),
	{ GROUP("interface", "The interface.", "interface eth0"), .type = VRRP_PARSE,
	  .parse = links_parse_members },
	{ GROUP("interfaces", "Several interfaces.", "interfaces {"), .type = VRRP_LIST,
	  .block = true, .parse = links_parse_members },
	{ TOP("interface_up_down_delays",
	      "How long an interface must be down, or up, before it counts.",
	      "interface_up_down_delays {"),
	  .type = VRRP_LIST, .block = true, .parse = links_parse_delays },
	{ TOP("linkbeat_interfaces",
	      "Interfaces whose drivers are asked for the link each second, too: by MII, ETHTOOL "
	      "or IOCTL.", "linkbeat_interfaces {"),
	  .type = VRRP_LIST, .block = true, .parse = links_parse_linkbeat },
	{ TOP("linkbeat_use_polling", "The links of all interfaces are polled.",
	      "linkbeat_use_polling"),
	  .type = VRRP_PARSE, .parse = links_parse_polling },
	{ .doc = { "linkbeat_use_polling", "Old form of linkbeat_interfaces.",
		   "linkbeat_use_polling", "0.3" },
	  .where = VRRP_INSTANCE, .type = VRRP_PARSE, .parse = links_parse_instance_linkbeat },
	VRRP_KEYWORDS_END,
};
