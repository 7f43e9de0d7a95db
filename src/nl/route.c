/* SPDX-License-Identifier: Apache-2.0 */
/* nl/route.c - see route.h. */
#include "nl/route.h"

#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/lwtunnel.h>
#include <linux/ila.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

enum {
	ROUTE_MESSAGE = 16384, /* NL_ROUTE_HOPS with every option take less than half of it */
	ROUTE_DEFAULT6 = 1024, /* the kernel's metric of IPv6 where none is asked for */
	MPLS_LABEL_SHIFT = 12,
	MPLS_BOTTOM = 1 << 8,
};

NL_SAME(NL_ROUTE_UNICAST, RTN_UNICAST);
NL_SAME(NL_ROUTE_XRESOLVE, RTN_XRESOLVE);
NL_SAME(NL_METRIC_MTU, RTAX_MTU);
NL_SAME(NL_METRIC_FASTOPEN_NO_COOKIE, RTAX_FASTOPEN_NO_COOKIE);
NL_SAME(NL_ENCAP_MPLS, LWTUNNEL_ENCAP_MPLS);
NL_SAME(NL_ENCAP_IP, LWTUNNEL_ENCAP_IP);
NL_SAME(NL_ENCAP_ILA, LWTUNNEL_ENCAP_ILA);
NL_SAME(NL_ENCAP_IP6, LWTUNNEL_ENCAP_IP6);
NL_SAME(LWTUNNEL_IP_ID, LWTUNNEL_IP6_ID);
NL_SAME(LWTUNNEL_IP_DST, LWTUNNEL_IP6_DST);
NL_SAME(LWTUNNEL_IP_SRC, LWTUNNEL_IP6_SRC);
NL_SAME(LWTUNNEL_IP_TTL, LWTUNNEL_IP6_HOPLIMIT);
NL_SAME(LWTUNNEL_IP_TOS, LWTUNNEL_IP6_TC);
NL_SAME(LWTUNNEL_IP_FLAGS, LWTUNNEL_IP6_FLAGS);

static void route_put_ip(struct nlmsghdr *message, uint16_t type, const struct ip *ip)
{
	if (ip->family != 0)
		mnl_attr_put(message, type, ip_len(ip), ip->bytes);
}

/* --- encapsulation --- */

static void route_put_labels(struct nlmsghdr *message, const struct nl_encap *encap)
{
	uint32_t stack[NL_ENCAP_LABELS];

	for (unsigned i = 0; i < encap->label_count; i++)
		stack[i] = htobe32(encap->labels[i] << MPLS_LABEL_SHIFT |
				   (i + 1 == encap->label_count ? MPLS_BOTTOM : 0));
	mnl_attr_put(message, MPLS_IPTUNNEL_DST, encap->label_count * sizeof(*stack), stack);
	if (encap->ttl != 0)
		mnl_attr_put_u8(message, MPLS_IPTUNNEL_TTL, encap->ttl);
}

/* Of either family: both count their attributes alike. */
static void route_put_tunnel(struct nlmsghdr *message, const struct nl_encap *encap)
{
	if (encap->id != 0)
		mnl_attr_put_u64(message, LWTUNNEL_IP_ID, htobe64(encap->id));
	route_put_ip(message, LWTUNNEL_IP_DST, &encap->destination);
	route_put_ip(message, LWTUNNEL_IP_SRC, &encap->source);
	if (encap->ttl != 0)
		mnl_attr_put_u8(message, LWTUNNEL_IP_TTL, encap->ttl);
	if (encap->tos != 0)
		mnl_attr_put_u8(message, LWTUNNEL_IP_TOS, encap->tos);
	if (encap->flags != 0)
		mnl_attr_put_u16(message, LWTUNNEL_IP_FLAGS, encap->flags);
}

static void route_put_encap(struct nlmsghdr *message, const struct nl_encap *encap)
{
	struct nlattr *nest;

	if (encap->kind == NL_ENCAP_NONE)
		return;
	nest = mnl_attr_nest_start(message, RTA_ENCAP);
	switch (encap->kind) {
	case NL_ENCAP_MPLS: route_put_labels(message, encap); break;
	case NL_ENCAP_ILA: mnl_attr_put_u64(message, ILA_ATTR_LOCATOR, htobe64(encap->id)); break;
	default: route_put_tunnel(message, encap);
	}
	mnl_attr_nest_end(message, nest);
	mnl_attr_put_u16(message, RTA_ENCAP_TYPE, (uint16_t)encap->kind);
}

/* --- hops --- */

static void route_put_via(struct nlmsghdr *message, uint8_t family, const struct ip *via)
{
	uint8_t other[sizeof(struct rtvia) + sizeof(via->bytes)];
	struct rtvia head = { .rtvia_family = via->family };

	if (via->family == 0 || via->family == family) {
		route_put_ip(message, RTA_GATEWAY, via);
		return;
	}
	memcpy(other, &head, sizeof(head));
	memcpy(other + sizeof(head), via->bytes, ip_len(via));
	mnl_attr_put(message, RTA_VIA, sizeof(head) + ip_len(via), other);
}

static void route_put_hops(struct nlmsghdr *message, const struct nl_route *route)
{
	struct nlattr *nest = mnl_attr_nest_start(message, RTA_MULTIPATH);

	for (unsigned i = 0; i < route->hop_count; i++) {
		const struct nl_hop *hop = &route->hops[i];
		struct rtnexthop *head = mnl_nlmsg_get_payload_tail(message);

		*head = (struct rtnexthop){
			.rtnh_flags = hop->onlink ? RTNH_F_ONLINK : 0,
			.rtnh_hops = (uint8_t)(hop->weight == 0 ? 0 : hop->weight - 1),
			.rtnh_ifindex = (int)hop->ifindex,
		};
		message->nlmsg_len += NLMSG_ALIGN(sizeof(*head));
		route_put_via(message, route->family, &hop->via);
		if (hop->realms != 0)
			mnl_attr_put_u32(message, RTA_FLOW, hop->realms);
		route_put_encap(message, &hop->encap);
		head->rtnh_len = (unsigned short)((char *)mnl_nlmsg_get_payload_tail(message) -
						  (char *)head);
	}
	mnl_attr_nest_end(message, nest);
}

/* --- the message --- */

static void route_put_metrics(struct nlmsghdr *message, const struct nl_route *route)
{
	struct nlattr *nest;

	if (route->metrics == 0)
		return;
	nest = mnl_attr_nest_start(message, RTA_METRICS);
	if (route->locked != 0)
		mnl_attr_put_u32(message, RTAX_LOCK, route->locked);
	for (uint16_t metric = NL_METRIC_MTU; metric < NL_METRICS; metric++) {
		if ((route->metrics & 1u << metric) == 0)
			continue;
		if (metric == NL_METRIC_CONGESTION)
			mnl_attr_put_strz(message, metric, route->congestion);
		else
			mnl_attr_put_u32(message, metric, route->metric[metric]);
	}
	mnl_attr_nest_end(message, nest);
}

static uint8_t route_scope(const struct nl_route *route)
{
	if (route->scope != NL_SCOPE_UNSET)
		return (uint8_t)route->scope;
	switch (route->type) {
	case NL_ROUTE_LOCAL:
	case NL_ROUTE_NAT: return RT_SCOPE_HOST;
	case NL_ROUTE_BROADCAST:
	case NL_ROUTE_MULTICAST:
	case NL_ROUTE_ANYCAST: return RT_SCOPE_LINK;
	case NL_ROUTE_UNICAST:
		return route->hop.via.family == 0 && route->hop_count == 0 &&
				       route->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	default: return RT_SCOPE_UNIVERSE;
	}
}

static void route_put_selector(struct nlmsghdr *message, const struct nl_route *route)
{
	struct rtmsg *body = mnl_nlmsg_put_extra_header(message, sizeof(*body));

	*body = (struct rtmsg){
		.rtm_family = route->family,
		.rtm_dst_len = route->destination_len,
		.rtm_src_len = route->from_len,
		.rtm_tos = route->tos,
		.rtm_table = route->table < 256 ? (uint8_t)route->table : RT_TABLE_UNSPEC,
		.rtm_protocol = route->protocol,
		.rtm_scope = route_scope(route),
		.rtm_type = route->type,
		.rtm_flags = route->hop.onlink ? RTNH_F_ONLINK : 0,
	};
	route_put_ip(message, RTA_DST, &route->destination);
	route_put_ip(message, RTA_SRC, &route->from);
	if (route->table >= 256)
		mnl_attr_put_u32(message, RTA_TABLE, route->table);
	if (route->priority != 0)
		mnl_attr_put_u32(message, RTA_PRIORITY, route->priority);
}

static struct nlmsghdr *route_message(char *buffer, int type, const struct nl_route *route)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	ASSERT(route->hop_count <= NL_ROUTE_HOPS);
	message->nlmsg_type = (uint16_t)type;
	route_put_selector(message, route);
	route_put_ip(message, RTA_PREFSRC, &route->source);
	if (route->realms != 0)
		mnl_attr_put_u32(message, RTA_FLOW, route->realms);
	if (route->hop.ifindex != 0)
		mnl_attr_put_u32(message, RTA_OIF, route->hop.ifindex);
	route_put_via(message, route->family, &route->hop.via);
	route_put_encap(message, &route->hop.encap);
	route_put_metrics(message, route);
	if (route->has_preference)
		mnl_attr_put_u8(message, RTA_PREF, route->preference);
	if (route->expires_s != 0)
		mnl_attr_put_u32(message, RTA_EXPIRES, route->expires_s);
	if (route->has_ttl_propagate)
		mnl_attr_put_u8(message, RTA_TTL_PROPAGATE, route->ttl_propagate);
	if (route->hop_count != 0)
		route_put_hops(message, route);
	return message;
}

int nl_route_set(struct nl_socket *nl, const struct nl_route *route)
{
	static const uint16_t places[] = {
		[NL_ROUTE_PREPEND] = 0,
		[NL_ROUTE_APPEND] = NLM_F_APPEND,
		[NL_ROUTE_ADD] = NLM_F_EXCL,
	};
	char buffer[ROUTE_MESSAGE];
	struct nlmsghdr *message = route_message(buffer, RTM_NEWROUTE, route);
	int error;

	message->nlmsg_flags = NLM_F_CREATE | places[route->place];
	error = nl_request(nl, message);
	return error == -EEXIST ? 0 : error;
}

int nl_route_remove(struct nl_socket *nl, const struct nl_route *route)
{
	char buffer[ROUTE_MESSAGE];
	int error = nl_request(nl, route_message(buffer, RTM_DELROUTE, route));

	return error == -ESRCH || error == -ENODEV || error == -ENOENT ? 0 : error;
}

/* --- what the kernel tells --- */

static void route_read_ip(const struct nlattr *attribute, uint8_t family, struct ip *ret)
{
	struct ip ip = { .family = family };

	if (mnl_attr_get_payload_len(attribute) != ip_len(&ip))
		return;
	memcpy(ip.bytes, mnl_attr_get_payload(attribute), ip_len(&ip));
	*ret = ip;
}

static void route_read_attribute(const struct nlattr *attribute, struct nl_route *ret)
{
	uint32_t number = mnl_attr_get_payload_len(attribute) == sizeof(number) ?
				  mnl_attr_get_u32(attribute) : 0;

	switch (mnl_attr_get_type(attribute)) {
	case RTA_DST: route_read_ip(attribute, ret->family, &ret->destination); break;
	case RTA_SRC: route_read_ip(attribute, ret->family, &ret->from); break;
	case RTA_PREFSRC: route_read_ip(attribute, ret->family, &ret->source); break;
	case RTA_GATEWAY: route_read_ip(attribute, ret->family, &ret->hop.via); break;
	case RTA_TABLE: ret->table = number; break;
	case RTA_PRIORITY: ret->priority = number; break;
	case RTA_OIF: ret->hop.ifindex = number; break;
	default: break;
	}
}

bool nl_route_read(const struct nlmsghdr *message, struct nl_route *ret)
{
	const struct rtmsg *body = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*body) ||
	    (body->rtm_family != AF_INET && body->rtm_family != AF_INET6) ||
	    (body->rtm_flags & RTM_F_CLONED) != 0)
		return false;
	*ret = (struct nl_route){
		.family = body->rtm_family, .type = body->rtm_type, .tos = body->rtm_tos,
		.protocol = body->rtm_protocol, .scope = body->rtm_scope, .table = body->rtm_table,
		.destination_len = body->rtm_dst_len, .from_len = body->rtm_src_len,
	};
	mnl_attr_for_each(attribute, message, sizeof(*body))
		route_read_attribute(attribute, ret);
	return true;
}

/* The network that the kernel keeps of an address and its length. */
static bool route_same_net(const struct ip *a, const struct ip *b, uint8_t len)
{
	unsigned bytes = len / 8, bits = len % 8;

	if (len == 0) /* "any" is told without an address */
		return true;
	if (memcmp(a->bytes, b->bytes, bytes) != 0)
		return false;
	return bits == 0 || (a->bytes[bytes] ^ b->bytes[bytes]) >> (8 - bits) == 0;
}

static uint32_t route_priority(const struct nl_route *route)
{
	return route->priority == 0 && route->family == AF_INET6 ? ROUTE_DEFAULT6 :
								   route->priority;
}

bool nl_route_is(const struct nl_route *told, const struct nl_route *route)
{
	const struct nl_hop *hop = &route->hop;

	if (told->family != route->family || told->type != route->type ||
	    told->table != route->table || told->destination_len != route->destination_len ||
	    told->from_len != route->from_len ||
	    (told->family == AF_INET && told->tos != route->tos) ||
	    route_priority(told) != route_priority(route) ||
	    !route_same_net(&told->destination, &route->destination, route->destination_len) ||
	    !route_same_net(&told->from, &route->from, route->from_len))
		return false;
	if (route->hop_count != 0)
		return true;
	return (hop->ifindex == 0 || told->hop.ifindex == hop->ifindex) &&
	       (hop->via.family != route->family || ip_equal(&told->hop.via, &hop->via));
}
