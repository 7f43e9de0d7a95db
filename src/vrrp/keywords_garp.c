/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_garp.c - gratuitous ARP: each setting stands in global_defs
 * with the prefix `vrrp_` and in vrrp_instance without it.
 */
#include <stddef.h>

#include "vrrp/keyword.h"

#define MAX_DELAY_US (INT64_C(86400) * 1000000)

const struct vrrp_garp_conf vrrp_garp_builtin = {
	.master_delay_us = 5000000,
	.master_repeat = 5,
	.master_refresh_us = 0,
	.master_refresh_repeat = 1,
	.lower_prio_delay_us = GARP_NO_DELAY, /* as master_delay */
	.lower_prio_repeat = GARP_NO_REPEAT,
	.interval_us = 0,
};

void vrrp_garp_clear(struct vrrp_garp_conf *garp)
{
	*garp = (struct vrrp_garp_conf){
		.master_delay_us = GARP_NO_DELAY,
		.master_repeat = GARP_NO_REPEAT,
		.master_refresh_us = GARP_NO_DELAY,
		.master_refresh_repeat = GARP_NO_REPEAT,
		.lower_prio_delay_us = GARP_NO_DELAY,
		.lower_prio_repeat = GARP_NO_REPEAT,
		.interval_us = GARP_NO_DELAY,
		.na_interval_us = GARP_NO_DELAY,
		.extra_if_us = GARP_NO_DELAY,
	};
}

void vrrp_garp_inherit(struct vrrp_garp_conf *garp, const struct vrrp_garp_conf *defaults)
{
#define INHERIT(field, unset)                                                                      \
	if (garp->field == (unset))                                                                \
		garp->field = defaults->field;
	INHERIT(master_delay_us, GARP_NO_DELAY)
	INHERIT(master_repeat, GARP_NO_REPEAT)
	INHERIT(master_refresh_us, GARP_NO_DELAY)
	INHERIT(master_refresh_repeat, GARP_NO_REPEAT)
	INHERIT(lower_prio_delay_us, GARP_NO_DELAY)
	INHERIT(lower_prio_repeat, GARP_NO_REPEAT)
	INHERIT(interval_us, GARP_NO_DELAY)
	INHERIT(na_interval_us, GARP_NO_DELAY)
	if (garp->extra_if_us == GARP_NO_DELAY) {
		garp->extra_if_us = defaults->extra_if_us;
		garp->extra_if_all = defaults->extra_if_all;
	}
#undef INHERIT
}

/* One burst of one packet, and no second one. */
static void garp_parse_min(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	bool on = true;

	if (node->line.count > 1 && !vrrp_read_bool(parse, &node->line.words[1], &on))
		return;
	vrrp_warn_rest(parse, &node->line, 2);
	if (!on)
		return;
	conf->garp.master_delay_us = 0;
	conf->garp.master_repeat = 1;
	conf->garp.lower_prio_delay_us = 0;
	conf->garp.lower_prio_repeat = 1;
}

#define GARP(field) offsetof(struct vrrp_conf, garp.field)
#define INSTANCE(field) offsetof(struct vrrp_instance_conf, garp.field)

const struct vrrp_keyword vrrp_keywords_garp[] = {
	{
		.doc = { "vrrp_garp_master_delay",
			 "Seconds from becoming MASTER to the second burst of gratuitous ARP; "
			 "0 for no second burst.",
			 "vrrp_garp_master_delay 10", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_SECONDS, .offset = GARP(master_delay_us),
		.preset = "5", .min = 0, .max = MAX_DELAY_US,
	},
	{
		.doc = { "vrrp_garp_master_repeat", "How many gratuitous ARP packets a burst has.",
			 "vrrp_garp_master_repeat 1", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_UNSIGNED, .offset = GARP(master_repeat),
		.preset = "5", .min = 1, .max = 1000,
	},
	{
		.doc = { "vrrp_garp_master_refresh",
			 "Seconds between refreshing bursts while MASTER; 0 for none.",
			 "vrrp_garp_master_refresh 60", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_SECONDS, .offset = GARP(master_refresh_us),
		.preset = "0", .min = 0, .max = MAX_DELAY_US,
	},
	{
		.doc = { "vrrp_garp_master_refresh_repeat",
			 "How many packets a refreshing burst has.",
			 "vrrp_garp_master_refresh_repeat 2", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_UNSIGNED, .offset = GARP(master_refresh_repeat),
		.preset = "1", .min = 1, .max = 1000,
	},
	{
		.doc = { "vrrp_garp_lower_prio_delay",
			 "Seconds to the second burst after a lower priority was heard as MASTER.",
			 "vrrp_garp_lower_prio_delay 10", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_SECONDS, .offset = GARP(lower_prio_delay_us),
		.preset = "vrrp_garp_master_delay", .min = 0, .max = MAX_DELAY_US,
	},
	{
		.doc = { "vrrp_garp_lower_prio_repeat",
			 "How many packets are sent when a lower priority was heard as MASTER.",
			 "vrrp_garp_lower_prio_repeat 1", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_UNSIGNED, .offset = GARP(lower_prio_repeat),
		.preset = "vrrp_garp_master_repeat", .min = 0, .max = 1000,
	},
	{
		.doc = { "vrrp_garp_interval",
			 "Least number of seconds between two gratuitous ARP packets on an "
			 "interface.",
			 "vrrp_garp_interval 0.001", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_SECONDS, .offset = GARP(interval_us),
		.preset = "0", .min = 0, .max = 1000000,
	},
	{
		.doc = { "vrrp_gna_interval",
			 "Least number of seconds between two unsolicited neighbour "
			 "advertisements on an interface.",
			 "vrrp_gna_interval 0.001", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_SECONDS, .offset = GARP(na_interval_us),
		.preset = "0", .min = 0, .max = 1000000,
	},
	{
		.doc = { "vrrp_min_garp",
			 "Sends one gratuitous ARP on becoming MASTER and none later.",
			 "vrrp_min_garp", "0.1" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "off",
		.parse = garp_parse_min,
	},
	{
		.doc = { "garp_master_delay", "As vrrp_garp_master_delay, for this instance.",
			 "garp_master_delay 10", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_SECONDS, .offset = INSTANCE(master_delay_us),
		.preset = "vrrp_garp_master_delay", .min = 0, .max = MAX_DELAY_US,
	},
	{
		.doc = { "garp_master_repeat", "As vrrp_garp_master_repeat, for this instance.",
			 "garp_master_repeat 1", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_UNSIGNED, .offset = INSTANCE(master_repeat),
		.preset = "vrrp_garp_master_repeat", .min = 1, .max = 1000,
	},
	{
		.doc = { "garp_master_refresh", "As vrrp_garp_master_refresh, for this instance.",
			 "garp_master_refresh 60", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_SECONDS, .offset = INSTANCE(master_refresh_us),
		.preset = "vrrp_garp_master_refresh", .min = 0, .max = MAX_DELAY_US,
	},
	{
		.doc = { "garp_master_refresh_repeat",
			 "As vrrp_garp_master_refresh_repeat, for this instance.",
			 "garp_master_refresh_repeat 2", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_UNSIGNED,
		.offset = INSTANCE(master_refresh_repeat),
		.preset = "vrrp_garp_master_refresh_repeat", .min = 1, .max = 1000,
	},
	{
		.doc = { "garp_lower_prio_delay",
			 "As vrrp_garp_lower_prio_delay, for this instance.",
			 "garp_lower_prio_delay 10", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_SECONDS,
		.offset = INSTANCE(lower_prio_delay_us),
		.preset = "vrrp_garp_lower_prio_delay", .min = 0, .max = MAX_DELAY_US,
	},
	{
		.doc = { "garp_lower_prio_repeat",
			 "As vrrp_garp_lower_prio_repeat, for this instance.",
			 "garp_lower_prio_repeat 1", "0.1" },
		.where = VRRP_INSTANCE, .type = VRRP_UNSIGNED,
		.offset = INSTANCE(lower_prio_repeat),
		.preset = "vrrp_garp_lower_prio_repeat", .min = 0, .max = 1000,
	},
	VRRP_KEYWORDS_END,
};
