/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_bfd.c - bfd_instance (man keepalived.conf, "BFD CONFIGURATION"). */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

enum {
	BFD_MS_MAX = 4294967,	/* the packet has 32 bits of microseconds */
	BFD_IDLE_MS_MIN = 1000,	/* RFC 5880, 6.8.3 */
	BFD_TTL = 255,
	BFD_HOPLIMIT = 64,
};

/* --- the block --- */

static void bfd_check_addresses(struct vrrp_parse *parse, const struct vrrp_bfd_conf *bfd)
{
	if (bfd->neighbor.family == 0) {
		vrrp_report(parse, DIAG_ERROR, &diag_missing, bfd->span,
			    "bfd_instance '%s' has no neighbor_ip", bfd->name);
		return;
	}
	if (bfd->source.family != 0 && bfd->source.family != bfd->neighbor.family)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_address, bfd->span,
			    "bfd_instance '%s': neighbor_ip and source_ip differ in family",
			    bfd->name);
	if (ip_is_link_local(&bfd->neighbor))
		vrrp_report(parse, DIAG_ERROR, &diag_not_supported, bfd->span,
			    "bfd_instance '%s': a link-local neighbor is not supported yet",
			    bfd->name);
	for (const struct vrrp_bfd_conf *b = parse->conf->bfds; b != NULL; b = b->next)
		if (ip_equal(&b->neighbor, &bfd->neighbor))
			vrrp_report(parse, DIAG_ERROR, &diag_duplicate, bfd->span,
				    "bfd_instance '%s' has this neighbor already", b->name);
}

static void bfd_parse_block(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_bfd_conf **tail = &parse->conf->bfds, *bfd;
	const struct conf_word *name = vrrp_block_name(parse, node, "bfd_instance NAME {");

	if (name == NULL)
		return;
	for (; *tail != NULL; tail = &(*tail)->next)
		if (strcmp((*tail)->name, name->text) == 0)
			vrrp_block_duplicate(parse, name, "bfd_instance", (*tail)->span);
	bfd = arena_zalloc(parse->common.arena, sizeof(*bfd));
	*bfd = (struct vrrp_bfd_conf){
		.name = name->text, .span = name->span, .min_rx_us = 10000, .min_tx_us = 10000,
		.idle_tx_us = 1000000, .multiplier = 5,
	};
	vrrp_parse_block(parse, VRRP_BFD, bfd, node);
	if (bfd->ttl == 0)
		bfd->ttl = bfd->neighbor.family == AF_INET6 ? BFD_HOPLIMIT : BFD_TTL;
	bfd_check_addresses(parse, bfd);
	*tail = bfd;
}

/* --- its words --- */

static void bfd_read_ip(struct vrrp_parse *parse, const struct vrrp_node *node, struct ip *ret)
{
	if (!vrrp_need(parse, node, 1, NULL))
		return;
	if (!ip_parse(node->line.words[1].text, ret))
		vrrp_report(parse, DIAG_ERROR, &diag_bad_address, node->line.words[1].span,
			    "'%s' is not an IP address", node->line.words[1].text);
	vrrp_warn_rest(parse, &node->line, 2);
}

static void bfd_parse_neighbor(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	bfd_read_ip(parse, node, &((struct vrrp_bfd_conf *)object)->neighbor);
}

static void bfd_parse_source(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	bfd_read_ip(parse, node, &((struct vrrp_bfd_conf *)object)->source);
}

static void bfd_read_ms(struct vrrp_parse *parse, const struct vrrp_node *node, unsigned min,
			uint64_t *ret_us)
{
	const struct conf_word *word = &node->line.words[1];
	char *end;
	double ms;

	if (!vrrp_need(parse, node, 1, node->line.words[0].text))
		return;
	ms = strtod(word->text, &end);
	if (end == word->text || *end != '\0' || !(ms >= min && ms <= BFD_MS_MAX)) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_number, word->span,
			    "'%s' is not a number of milliseconds from %u to %u", word->text, min,
			    BFD_MS_MAX);
		return;
	}
	*ret_us = (uint64_t)(ms * 1000 + 0.5);
	vrrp_warn_rest(parse, &node->line, 2);
}

static void bfd_parse_min_rx(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	bfd_read_ms(parse, node, 1, &((struct vrrp_bfd_conf *)object)->min_rx_us);
}

static void bfd_parse_min_tx(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	bfd_read_ms(parse, node, 1, &((struct vrrp_bfd_conf *)object)->min_tx_us);
}

static void bfd_parse_idle_tx(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	bfd_read_ms(parse, node, BFD_IDLE_MS_MIN, &((struct vrrp_bfd_conf *)object)->idle_tx_us);
}

/* -1 is an old word for 255: any number of hops. */
static void bfd_parse_hops(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_bfd_conf *bfd = object;
	int64_t hops;

	if (!vrrp_need(parse, node, 1, "max_hops 1") ||
	    !conf_read_int(&parse->common, &node->line.words[1], -1, 255, &hops))
		return;
	bfd->max_hops = hops < 0 ? 255 : (unsigned)hops;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void bfd_parse_weight(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_bfd_conf *bfd = object;

	if (vrrp_need(parse, node, 1, "weight -253..253 [reverse]"))
		vrrp_read_weight_within(parse, &node->line, 1, 253, &bfd->weight,
					&bfd->weight_reverse);
}

/* --- rows --- */

#define BFD(field) offsetof(struct vrrp_bfd_conf, field)

const struct vrrp_keyword vrrp_keywords_bfd[] = {
	{
		.doc = { "bfd_instance",
			 "A session that notices within milliseconds that a neighbor is gone "
			 "(RFC 5880), for track_bfd.",
			 "bfd_instance router {", "0.3" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true, .parse = bfd_parse_block,
	},
	{
		.doc = { "neighbor_ip", "The address of the other end, of either family.",
			 "neighbor_ip 10.1.1.254", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .parse = bfd_parse_neighbor,
	},
	{
		.doc = { "neighbour_ip", "Another spelling of neighbor_ip.",
			 "neighbour_ip 10.1.1.254", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .parse = bfd_parse_neighbor,
	},
	{
		.doc = { "source_ip", "The address that packets are sent from.",
			 "source_ip 10.1.1.20", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .parse = bfd_parse_source,
		.preset = "as routed",
	},
	{
		.doc = { "min_rx",
			 "Milliseconds between packets that we can take, 1 to 4294967.",
			 "min_rx 50", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .preset = "10",
		.parse = bfd_parse_min_rx,
	},
	{
		.doc = { "min_tx",
			 "Milliseconds between packets that we would send, 1 to 4294967.",
			 "min_tx 50", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .preset = "10",
		.parse = bfd_parse_min_tx,
	},
	{
		.doc = { "idle_tx",
			 "Milliseconds between packets while the session is not up, 1000 to "
			 "4294967.",
			 "idle_tx 1000", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .preset = "1000",
		.parse = bfd_parse_idle_tx,
	},
	{
		.doc = { "multiplier", "Packets that may be missed before the session is down.",
			 "multiplier 5", "0.3" },
		.where = VRRP_BFD, .type = VRRP_UNSIGNED, .offset = BFD(multiplier),
		.preset = "5", .min = 1, .max = 255,
	},
	{
		.doc = { "passive", "Is silent until it hears the neighbor.", "passive", "0.3" },
		.where = VRRP_BFD, .type = VRRP_FLAG, .offset = BFD(passive), .preset = "off",
	},
	{
		.doc = { "ttl", "Of IPv4 packets that are sent, and expected of the neighbor.",
			 "ttl 255", "0.3" },
		.where = VRRP_BFD, .type = VRRP_UNSIGNED, .offset = BFD(ttl), .preset = "255",
		.min = 1, .max = 255,
	},
	{
		.doc = { "hoplimit", "Of IPv6 packets that are sent, and expected of the neighbor.",
			 "hoplimit 255", "0.3" },
		.where = VRRP_BFD, .type = VRRP_UNSIGNED, .offset = BFD(ttl), .preset = "64",
		.min = 1, .max = 255,
	},
	{
		.doc = { "max_hops",
			 "By how much the TTL or hop limit of a packet may be less; 255: by any.",
			 "max_hops 1", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .preset = "0", .min = -1, .max = 255,
		.parse = bfd_parse_hops,
	},
	{
		.doc = { "multihop",
			 "Packets go to UDP port 4784 (RFC 5883), for a neighbor behind routers; "
			 "max_hops says how many.",
			 "multihop", "0.4" },
		.where = VRRP_BFD, .type = VRRP_FLAG, .offset = BFD(multihop), .preset = "off",
	},
	{
		.doc = { "weight",
			 "What it adds to the priority: a positive weight while up, a negative one "
			 "while not; with 0 it is FAULT while it is not up.",
			 "weight -20", "0.3" },
		.where = VRRP_BFD, .type = VRRP_PARSE, .preset = "0", .min = -253, .max = 253,
		.parse = bfd_parse_weight,
	},
	{
		.doc = { "checker", "Only checkers are told: no instance can track it.", "checker",
			 "0.4" },
		.where = VRRP_BFD, .type = VRRP_FLAG, .offset = BFD(tells_checkers),
		.preset = "off",
	},
	{
		.doc = { "vrrp", "Instances are told: also with 'checker', and without either.",
			 "vrrp", "0.3" },
		.where = VRRP_BFD, .type = VRRP_FLAG, .offset = BFD(tells_instances),
		.preset = "off",
	},
	VRRP_KEYWORDS_END,
};
