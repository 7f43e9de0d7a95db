/* SPDX-License-Identifier: Apache-2.0 */
/* nl/rule.c - see rule.h. */
#include "nl/rule.h"

#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { RULE_MESSAGE = 1024 };

NL_SAME(NL_RULE_TABLE, FR_ACT_TO_TBL);
NL_SAME(NL_RULE_GOTO, FR_ACT_GOTO);
NL_SAME(NL_RULE_NOP, FR_ACT_NOP);
NL_SAME(NL_RULE_BLACKHOLE, FR_ACT_BLACKHOLE);
NL_SAME(NL_RULE_UNREACHABLE, FR_ACT_UNREACHABLE);
NL_SAME(NL_RULE_PROHIBIT, FR_ACT_PROHIBIT);

static void rule_put_network(struct nlmsghdr *message, uint16_t type, const struct ip *ip,
			     uint8_t len)
{
	if (ip->family != 0 && len != 0)
		mnl_attr_put(message, type, ip_len(ip), ip->bytes);
}

static void rule_put_ports(struct nlmsghdr *message, uint16_t type,
			   const struct nl_rule_range *range)
{
	struct fib_rule_port_range ports = { (uint16_t)range->first, (uint16_t)range->last };

	if (range->given)
		mnl_attr_put(message, type, sizeof(ports), &ports);
}

static void rule_put_u32(struct nlmsghdr *message, uint16_t type, bool given, uint32_t value)
{
	if (given)
		mnl_attr_put_u32(message, type, value);
}

static void rule_put_match(struct nlmsghdr *message, const struct nl_rule *rule)
{
	struct fib_rule_uid_range uids = { rule->uids.first, rule->uids.last };

	rule_put_network(message, FRA_SRC, &rule->from, rule->from_len);
	rule_put_network(message, FRA_DST, &rule->to, rule->to_len);
	if (rule->iif[0] != '\0')
		mnl_attr_put_strz(message, FRA_IIFNAME, rule->iif);
	if (rule->oif[0] != '\0')
		mnl_attr_put_strz(message, FRA_OIFNAME, rule->oif);
	rule_put_u32(message, FRA_FWMARK, rule->has_mark, rule->mark);
	rule_put_u32(message, FRA_FWMASK, rule->has_mask, rule->mask);
	if (rule->tunnel != 0)
		mnl_attr_put_u64(message, FRA_TUN_ID, htobe64(rule->tunnel));
	if (rule->uids.given)
		mnl_attr_put(message, FRA_UID_RANGE, sizeof(uids), &uids);
	if (rule->ip_protocol != 0)
		mnl_attr_put_u8(message, FRA_IP_PROTO, rule->ip_protocol);
	rule_put_ports(message, FRA_SPORT_RANGE, &rule->source_ports);
	rule_put_ports(message, FRA_DPORT_RANGE, &rule->destination_ports);
}

static void rule_put_action(struct nlmsghdr *message, const struct nl_rule *rule)
{
	rule_put_u32(message, FRA_TABLE, rule->table != 0, rule->table);
	rule_put_u32(message, FRA_GOTO, rule->action == NL_RULE_GOTO, rule->target);
	if (rule->l3mdev)
		mnl_attr_put_u8(message, FRA_L3MDEV, 1);
	rule_put_u32(message, FRA_FLOW, rule->realms != 0, rule->realms);
	rule_put_u32(message, FRA_SUPPRESS_PREFIXLEN, rule->has_suppress_len, rule->suppress_len);
	rule_put_u32(message, FRA_SUPPRESS_IFGROUP, rule->has_suppress_group,
		     rule->suppress_group);
}

static struct nlmsghdr *rule_message(char *buffer, int type, const struct nl_rule *rule)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct fib_rule_hdr *body;

	message->nlmsg_type = (uint16_t)type;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	*body = (struct fib_rule_hdr){
		.family = rule->family,
		.dst_len = rule->to_len,
		.src_len = rule->from_len,
		.tos = rule->tos,
		.table = rule->table < 256 ? (uint8_t)rule->table : RT_TABLE_UNSPEC,
		.action = rule->action,
		.flags = rule->invert ? FIB_RULE_INVERT : 0,
	};
	mnl_attr_put_u32(message, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(message, FRA_PROTOCOL, rule->protocol);
	rule_put_match(message, rule);
	rule_put_action(message, rule);
	return message;
}

int nl_rule_set(struct nl_socket *nl, const struct nl_rule *rule)
{
	char buffer[RULE_MESSAGE];
	struct nlmsghdr *message = rule_message(buffer, RTM_NEWRULE, rule);
	int error;

	message->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	error = nl_request(nl, message);
	return error == -EEXIST ? 0 : error;
}

int nl_rule_remove(struct nl_socket *nl, const struct nl_rule *rule)
{
	char buffer[RULE_MESSAGE];
	int error = nl_request(nl, rule_message(buffer, RTM_DELRULE, rule));

	return error == -ENOENT || error == -ENODEV ? 0 : error;
}

/* --- what the kernel tells --- */

static void rule_read_ip(const struct nlattr *attribute, uint8_t family, struct ip *ret)
{
	struct ip ip = { .family = family };

	if (mnl_attr_get_payload_len(attribute) != ip_len(&ip))
		return;
	memcpy(ip.bytes, mnl_attr_get_payload(attribute), ip_len(&ip));
	*ret = ip;
}

static void rule_read_attribute(const struct nlattr *attribute, struct nl_rule *ret)
{
	uint32_t number = mnl_attr_get_payload_len(attribute) == sizeof(number) ?
				  mnl_attr_get_u32(attribute) : 0;

	switch (mnl_attr_get_type(attribute)) {
	case FRA_SRC: rule_read_ip(attribute, ret->family, &ret->from); break;
	case FRA_DST: rule_read_ip(attribute, ret->family, &ret->to); break;
	case FRA_PRIORITY: ret->priority = number; break;
	case FRA_TABLE: ret->table = number; break;
	default: break;
	}
}

bool nl_rule_read(const struct nlmsghdr *message, struct nl_rule *ret)
{
	const struct fib_rule_hdr *body = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*body) ||
	    (body->family != AF_INET && body->family != AF_INET6))
		return false;
	*ret = (struct nl_rule){
		.family = body->family, .action = body->action, .tos = body->tos,
		.table = body->table, .from_len = body->src_len, .to_len = body->dst_len,
	};
	mnl_attr_for_each(attribute, message, sizeof(*body))
		rule_read_attribute(attribute, ret);
	return true;
}

/* The kernel gives back the address as it was asked for, host bits and all. */
static bool rule_same_network(const struct ip *a, uint8_t a_len, const struct ip *b, uint8_t b_len)
{
	return a_len == b_len && (a_len == 0 || ip_equal(a, b));
}

bool nl_rule_is(const struct nl_rule *told, const struct nl_rule *rule)
{
	return told->family == rule->family && told->priority == rule->priority &&
	       told->action == rule->action && told->table == rule->table &&
	       rule_same_network(&told->from, told->from_len, &rule->from, rule->from_len) &&
	       rule_same_network(&told->to, told->to_len, &rule->to, rule->to_len);
}
