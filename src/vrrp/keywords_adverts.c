/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_adverts.c - words of vrrp_instance about its advertisements,
 * and those of global_defs that set the same for every instance.
 *
 * A word of global_defs is read by the instance's row of the same name into
 * parse->presets, so that both have one check.
 */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

static bool adverts_is_multicast(const struct ip *ip)
{
	return ip->family == AF_INET6 ? ip->bytes[0] == 0xff :
					IN_MULTICAST(ntohl(ip_v4(ip).s_addr));
}

/* A group of adverts; that of IPv6 must not leave the link. */
static bool adverts_read_group(struct vrrp_parse *parse, const struct conf_word *word, int family,
			       struct ip *ret)
{
	struct ip group;

	if (!vrrp_read_ip(parse, word, family, &group))
		return false;
	if (!adverts_is_multicast(&group))
		vrrp_report(parse, DIAG_ERROR, &diag_bad_address, word->span,
			    "'%s' is not a multicast address", word->text);
	else if (group.family == AF_INET6 && (group.bytes[1] & 0xf) != 2)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_address, word->span,
			    "'%s' is not a multicast address of one link (ffX2::)", word->text);
	else
		*ret = group;
	return true;
}

static void adverts_parse_group(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	if (vrrp_need(parse, node, 1, "mcast_dst_ip 224.0.0.18") &&
	    adverts_read_group(parse, &node->line.words[1], 0, &draft->conf.group))
		vrrp_warn_rest(parse, &node->line, 2);
}

static void adverts_parse_ttl(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;
	int64_t ttl;

	if (!vrrp_need(parse, node, 1, "unicast_ttl 64") ||
	    !conf_read_int(&parse->common, &node->line.words[1], 1, 255, &ttl))
		return;
	draft->conf.unicast_ttl = (uint8_t)ttl;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void adverts_parse_checksum(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	static const struct conf_choice modes[] = {
		{ "never", VRRP_CHECKSUM_NEVER_OLD, "An old checksum is not taken." },
		{ NULL, 0, NULL },
	};
	struct vrrp_draft *draft = object;
	int mode = VRRP_CHECKSUM_OLD;

	if (node->line.count > 1 &&
	    !conf_read_choice(&parse->common, &node->line.words[1], modes, "mode", &mode))
		return;
	draft->conf.unicast_checksum = mode;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void adverts_parse_accept(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->conf.no_accept = strcmp(node->line.words[0].text, "no_accept") == 0;
	vrrp_warn_rest(parse, &node->line, 1);
}

static void adverts_parse_vrf(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	if (!vrrp_need(parse, node, 1, "vrf eth1") ||
	    !vrrp_read_interface(parse, &node->line.words[1], draft->conf.vrf))
		return;
	if (strcmp(draft->conf.vrf, "lo") == 0)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, node->line.words[1].span,
			    "the loopback interface is no VRF");
	vrrp_warn_rest(parse, &node->line, 2);
}

/* `timer_expired_backup [PRIORITY]`: the highest of the others, says how late is too late. */
static void adverts_parse_late(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	int64_t priority;

	if (node->line.count > 1)
		conf_read_int(&parse->common, &node->line.words[1], 1, 254, &priority);
	vrrp_warn_rest(parse, &node->line, 2);
}

/* `[all] SECONDS`, in global_defs or an instance. */
static void adverts_parse_extra(struct vrrp_parse *parse, struct vrrp_garp_conf *garp,
				const struct vrrp_node *node)
{
	bool all = node->line.count > 1 && strcmp(node->line.words[1].text, "all") == 0;

	if (!vrrp_need(parse, node, 1 + all, "garp_extra_if [all] 100") ||
	    !vrrp_read_seconds(parse, &node->line.words[1 + all], 0, INT64_C(86400000000),
			       &garp->extra_if_us))
		return;
	garp->extra_if_all = all;
	vrrp_warn_rest(parse, &node->line, 2 + all);
}

static void adverts_parse_instance_extra(struct vrrp_parse *parse, void *object,
					 const struct vrrp_node *node)
{
	adverts_parse_extra(parse, &((struct vrrp_draft *)object)->conf.garp, node);
}

static void adverts_parse_global_extra(struct vrrp_parse *parse, void *object,
				       const struct vrrp_node *node)
{
	adverts_parse_extra(parse, &((struct vrrp_conf *)object)->garp, node);
}

/* --- rows --- */

#define INSTANCE(field) offsetof(struct vrrp_instance_conf, field)
#define ADVERTS(word, summary, example)                                                            \
	.doc = { word, summary, example, "0.3" }, .where = VRRP_INSTANCE
#define ADVERTS_FLAG(word, summary, field, tell)                                                   \
	{ ADVERTS(word, summary, word), .type = VRRP_FLAG, .offset = INSTANCE(field),              \
	  .preset = "off", .said = tell }
#define ADVERTS_PARSE(word, summary, example, function, tell)                                      \
	{ ADVERTS(word, summary, example), .type = VRRP_PARSE, .parse = function, .said = tell }

const struct vrrp_keyword vrrp_keywords_adverts[] = {
	{ ADVERTS("version", "The VRRP version; IPv6 has version 3 only.", "version 3"),
	  .type = VRRP_UNSIGNED, .offset = INSTANCE(version), .preset = "2", .min = 2, .max = 3,
	  .said = VRRP_SAID_VERSION },
	{ ADVERTS("native_ipv6", "Adverts over IPv6; the addresses say it too.", "native_ipv6"),
	  .type = VRRP_IGNORED, .why = "the addresses say which family adverts have",
	  .said = VRRP_SAID_NATIVE_IPV6 },
	ADVERTS_PARSE("mcast_dst_ip", "The multicast group of this instance's adverts.",
		      "mcast_dst_ip 224.0.0.19", adverts_parse_group, VRRP_SAID_GROUP),
	{ ADVERTS("track_src_ip", "FAULT while the machine does not have the source address.",
		  "track_src_ip"),
	  .type = VRRP_FLAG, .offset = INSTANCE(track_source), .preset = "off" },
	{ ADVERTS("unicast_fault_no_peer",
		  "FAULT, and not multicast, when unicast was meant and there is no peer.",
		  "unicast_fault_no_peer"),
	  .type = VRRP_FLAG, .offset = INSTANCE(unicast_fault_no_peer), .preset = "off" },
	ADVERTS_PARSE("unicast_ttl", "The TTL, or hop limit, of unicast adverts.",
		      "unicast_ttl 64", adverts_parse_ttl, VRRP_SAID_UNICAST_TTL),
	ADVERTS_FLAG("check_unicast_src", "Takes unicast adverts from the peers only.",
		     check_unicast_source, VRRP_SAID_CHECK_SOURCE),
	ADVERTS_PARSE("old_unicast_checksum",
		      "Sends the checksum of Keepalived before 1.3.7 in version 3; never: takes "
		      "none such.",
		      "old_unicast_checksum never", adverts_parse_checksum,
		      VRRP_SAID_OLD_CHECKSUM),
	ADVERTS_FLAG("v3_checksum_as_v2",
		     "The checksum of version 3 over IPv4 leaves the pseudo-header out.",
		     v3_checksum_as_v2, VRRP_SAID_CHECKSUM),
	{ ADVERTS("down_timer_adverts",
		  "After how many missed adverts the master counts as down.",
		  "down_timer_adverts 3"),
	  .type = VRRP_UNSIGNED, .offset = INSTANCE(down_timer_adverts), .preset = "3", .min = 1,
	  .max = 100 },
	ADVERTS_FLAG("lower_prio_no_advert", "A master does not answer a worse one at once.",
		     lower_prio_no_advert, VRRP_SAID_LOWER_PRIO),
	ADVERTS_FLAG("higher_prio_send_advert",
		     "A master sends one more advert before it yields to a better one.",
		     higher_prio_send_advert, VRRP_SAID_HIGHER_PRIO),
	ADVERTS_FLAG("owner_ignore_adverts", "With priority 255 no advert is believed.",
		     owner_ignore_adverts, VRRP_SAID_OWNER),
	{ ADVERTS("timer_expired_backup", "Accepted.", "timer_expired_backup 200"),
	  .type = VRRP_IGNORED, .parse = adverts_parse_late,
	  .why = "a master that was late always yields first" },
	{ ADVERTS("thread_timer_expired", "Old form of timer_expired_backup.",
		  "thread_timer_expired 200"),
	  .type = VRRP_PARSE, .modern = "timer_expired_backup" },
	{ ADVERTS("strict_mode", "Refuses what the standard does not allow.", "strict_mode on"),
	  .type = VRRP_FLAG, .offset = INSTANCE(strict), .preset = "vrrp_strict",
	  .said = VRRP_SAID_STRICT },
	ADVERTS_PARSE("accept", "The addresses take packets, also with a priority below 255.",
		      "accept", adverts_parse_accept, VRRP_SAID_ACCEPT),
	{ ADVERTS("no_accept",
		  "The addresses take no packets unless the priority is 255: they only route.",
		  "no_accept"),
	  .type = VRRP_PARSE, .parse = adverts_parse_accept, .said = VRRP_SAID_ACCEPT },
	ADVERTS_FLAG("skip_check_adv_addr",
		     "The addresses of a master's adverts are compared once, not each time.",
		     skip_check_addresses, VRRP_SAID_SKIP_CHECK),
	{ ADVERTS("kernel_rx_buf_size", "Bytes that the socket of adverts may hold.",
		  "kernel_rx_buf_size 65536"),
	  .type = VRRP_UNSIGNED, .offset = INSTANCE(receive_buffer), .preset = "0",
	  .max = 2147483647 },
	{ ADVERTS("no_virtual_ipaddress", "The instance has no address, and is meant to.",
		  "no_virtual_ipaddress"),
	  .type = VRRP_PARSE, .parse = adverts_parse_late, .said = VRRP_SAID_NO_ADDRESS },
	{ ADVERTS("vrf", "The VRF that the adverts of an instance without interface go by.",
		  "vrf blue"),
	  .type = VRRP_PARSE, .parse = adverts_parse_vrf, .said = VRRP_SAID_VRF },
	{ ADVERTS("garp_extra_if", "As vrrp_garp_extra_if, for this instance.",
		  "garp_extra_if all 100"),
	  .type = VRRP_PARSE, .parse = adverts_parse_instance_extra },
	{ ADVERTS("vmac_garp_intvl", "Old form of garp_extra_if.", "vmac_garp_intvl 100"),
	  .type = VRRP_PARSE, .modern = "garp_extra_if" },
	{ ADVERTS("lvs_sync_daemon_interface", "Accepted; it is about virtual servers.",
		  "lvs_sync_daemon_interface eth0"),
	  .type = VRRP_IGNORED, .checked = VRRP_STRING,
	  .why = "there are no virtual servers whose connections could be synchronized" },
	{ ADVERTS("debug", "Accepted; Keepalived documents it as doing nothing.", "debug 2"),
	  .type = VRRP_IGNORED, .checked = VRRP_UNSIGNED, .max = 4,
	  .why = "it has none in Keepalived" },
	{ .doc = { "min_ttl", "The least TTL, or hop limit, that this peer's adverts have.",
		   "min_ttl 250", "0.3" },
	  .where = VRRP_PEER, .type = VRRP_BYTE, .offset = offsetof(struct vrrp_peer_conf, min_ttl),
	  .preset = "0", .max = 255 },
	{ .doc = { "max_ttl", "The greatest TTL, or hop limit, that this peer's adverts have.",
		   "max_ttl 255", "0.3" },
	  .where = VRRP_PEER, .type = VRRP_BYTE, .offset = offsetof(struct vrrp_peer_conf, max_ttl),
	  .preset = "255", .max = 255 },
	VRRP_KEYWORDS_END,
};

/* --- global_defs --- */

static void presets_parse(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const char *word = node->line.words[0].text;
	struct vrrp_node named = *node;
	const char *name = strcmp(word, "vrrp_strict") == 0 ? "strict_mode" :
			   strcmp(word, "v3_checksum_as_v2") == 0 ? word :
								    word + strlen("vrrp_");

	named.line.words = arena_zalloc(parse->common.arena,
					(node->line.count + 1) * sizeof(*named.line.words));
	memcpy(named.line.words, node->line.words,
	       (node->line.count + 1) * sizeof(*named.line.words));
	named.line.words[0].text = name;
	vrrp_parse_statement(parse, VRRP_INSTANCE, &parse->presets, &named);
}

static void presets_parse_group(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_conf *conf = object;
	bool six = strcmp(node->line.words[0].text, "vrrp_mcast_group6") == 0;

	if (vrrp_need(parse, node, 1, six ? "vrrp_mcast_group6 ff02::12" :
					    "vrrp_mcast_group4 224.0.0.18") &&
	    adverts_read_group(parse, &node->line.words[1], six ? AF_INET6 : AF_INET,
			       six ? &conf->mcast_group6 : &conf->mcast_group4))
		vrrp_warn_rest(parse, &node->line, 2);
}

#define PRESET(word, summary, example)                                                             \
	{ .doc = { word, summary, example, "0.3" }, .where = VRRP_GLOBAL, .type = VRRP_PARSE,      \
	  .parse = presets_parse }

const struct vrrp_keyword vrrp_keywords_presets[] = {
	PRESET("vrrp_version", "The VRRP version of instances that do not say.", "vrrp_version 3"),
	PRESET("vrrp_down_timer_adverts", "down_timer_adverts of instances that do not say.",
	       "vrrp_down_timer_adverts 3"),
	PRESET("vrrp_lower_prio_no_advert", "lower_prio_no_advert of instances that do not say.",
	       "vrrp_lower_prio_no_advert on"),
	PRESET("vrrp_higher_prio_send_advert",
	       "higher_prio_send_advert of instances that do not say.",
	       "vrrp_higher_prio_send_advert on"),
	PRESET("vrrp_owner_ignore_adverts", "owner_ignore_adverts of instances that do not say.",
	       "vrrp_owner_ignore_adverts on"),
	PRESET("vrrp_check_unicast_src", "check_unicast_src of instances that do not say.",
	       "vrrp_check_unicast_src"),
	PRESET("vrrp_skip_check_adv_addr", "skip_check_adv_addr of instances that do not say.",
	       "vrrp_skip_check_adv_addr"),
	PRESET("v3_checksum_as_v2", "The same for instances that do not say.", "v3_checksum_as_v2"),
	PRESET("vrrp_strict", "strict_mode of instances that do not say.", "vrrp_strict"),
	{ .doc = { "vrrp_mcast_group4", "The multicast group of IPv4 adverts.",
		   "vrrp_mcast_group4 224.0.0.18", "0.1" },
	  .where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "224.0.0.18",
	  .parse = presets_parse_group },
	{ .doc = { "vrrp_mcast_group6", "The multicast group of IPv6 adverts.",
		   "vrrp_mcast_group6 ff02::12", "0.3" },
	  .where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "ff02::12",
	  .parse = presets_parse_group },
	{ .doc = { "vrrp_garp_extra_if",
		   "Seconds between gratuitous ARP packets on interfaces of addresses that are "
		   "not the instance's: on VMACs, or on all.",
		   "vrrp_garp_extra_if all 100", "0.3" },
	  .where = VRRP_GLOBAL, .type = VRRP_PARSE, .parse = adverts_parse_global_extra },
	{ .doc = { "vrrp_vmac_garp_intvl", "Old form of vrrp_garp_extra_if.",
		   "vrrp_vmac_garp_intvl 100", "0.3" },
	  .where = VRRP_GLOBAL, .type = VRRP_PARSE, .modern = "vrrp_garp_extra_if" },
	VRRP_KEYWORDS_END,
};
