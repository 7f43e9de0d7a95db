/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_peering.c - words of global_defs about other nodes of relevo (docs/peering.md). */
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

static void peering_parse_switch(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	bool on;

	if (!vrrp_need(parse, node, 1, "peering off") ||
	    !vrrp_read_bool(parse, &node->line.words[1], &on))
		return;
	conf->peering.off = !on;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void peering_parse_path(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_peering_conf *peering = &((struct vrrp_conf *)object)->peering;
	struct ip path;

	if (!vrrp_need(parse, node, 1, "heartbeat_path 10.9.9.2") ||
	    !vrrp_read_ip(parse, &node->line.words[1], 0, &path))
		return;
	*ARENA_APPEND(parse->common.arena, peering->paths, peering->path_count) = path;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void peering_parse_witness(struct vrrp_parse *parse, void *object,
				  const struct vrrp_node *node)
{
	static const struct conf_choice kinds[] = {
		{ "icmp", VRRP_WITNESS_ICMP, "It answers an echo request." },
		{ "arp", VRRP_WITNESS_ARP, "It answers an ARP request; IPv4, on the same link." },
		{ "tcp", VRRP_WITNESS_TCP, "It accepts a connection to the port that follows." },
		{ NULL, 0, NULL },
	};
	struct vrrp_witness_conf *witness = &((struct vrrp_conf *)object)->peering.witness;
	const struct conf_line *line = &node->line;
	int kind = VRRP_WITNESS_ICMP;
	int64_t port = 0;

	if (!vrrp_need(parse, node, 1, "witness 10.1.1.1 icmp") ||
	    (line->count > 2 &&
	     !conf_read_choice(&parse->common, &line->words[2], kinds, "witness", &kind)))
		return;
	if (!vrrp_read_ip(parse, &line->words[1], kind == VRRP_WITNESS_ARP ? AF_INET : 0,
			  &witness->ip))
		return;
	if (kind == VRRP_WITNESS_TCP &&
	    (!vrrp_need(parse, node, 3, "witness 10.1.1.1 tcp 22") ||
	     !conf_read_int(&parse->common, &line->words[3], 1, 65535, &port)))
		return;
	*witness = (struct vrrp_witness_conf){ .ip = witness->ip, .port = (uint16_t)port };
	witness->kind = kind;
	vrrp_warn_rest(parse, line, kind == VRRP_WITNESS_TCP ? 4 : 3);
}

static void peering_parse_duplicate(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	static const struct conf_choice choices[] = {
		{ "announce", VRRP_DUPLICATE_ANNOUNCE, "Announces the address again." },
		{ "report", VRRP_DUPLICATE_REPORT, "Says so in the log, and no more." },
		{ "fault", VRRP_DUPLICATE_FAULT, "Gives the addresses up for a while." },
		{ NULL, 0, NULL },
	};
	int choice;

	if (!vrrp_need(parse, node, 1, "duplicate_address announce|report|fault") ||
	    !conf_read_choice(&parse->common, &node->line.words[1], choices, "duplicate_address",
			      &choice))
		return;
	((struct vrrp_conf *)object)->peering.duplicate = choice;
	vrrp_warn_rest(parse, &node->line, 2);
}

const struct vrrp_keyword vrrp_keywords_peering[] = {
	{
		.doc = { "peering", "Whether nodes of relevo say hello to each other beside VRRP.",
			 "peering off", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "on",
		.parse = peering_parse_switch,
	},
	{
		.doc = { "peer_key", "The key of hellos, the same on each node; without it that of "
				     "each instance's authentication.",
			 "peer_key 8b1f3c0a9de2", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_STRING,
		.offset = offsetof(struct vrrp_conf, peering.key),
	},
	{
		.doc = { "heartbeat_path",
			 "An address of the other node on another network: hellos go there, too.",
			 "heartbeat_path 10.9.9.2", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = peering_parse_path,
	},
	{
		.doc = { "witness",
			 "ADDRESS [icmp|arp|tcp PORT]: a third machine that this node must reach "
			 "to become or stay master while it does not hear the other node.",
			 "witness 10.1.1.1 icmp", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = peering_parse_witness,
	},
	{
		.doc = { "duplicate_address",
			 "What a master does when another machine has its address: announce it "
			 "again, only report, or fault when the other stays and is no peer.",
			 "duplicate_address fault", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "announce",
		.parse = peering_parse_duplicate,
	},
	VRRP_KEYWORDS_END,
};
