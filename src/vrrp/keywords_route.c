/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_route.c - the lines of virtual_routes and static_routes, which
 * are those of `ip route add`.
 */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keywords_encap.h"
#include "vrrp/keywords_kernel.h"
#include "vrrp/keywords_route.h"

enum { ROUTE_SCOPE_UNIVERSE = 0 };

/* --- where to --- */

static void route_read_to(struct vrrp_parse *parse, struct route_draft *draft,
			  const struct conf_word *word)
{
	struct nl_route *route = &draft->conf->route;

	if (!iproute_network(parse, &draft->words, word, &route->destination,
			     &route->destination_len, &draft->any))
		return;
	draft->destination = word;
	draft->conf->text = word->text;
}

static void route_parse_to(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	route_read_to(parse, draft, iproute_word(parse, &draft->words, node, 1));
}

static void route_parse_type(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct vrrp_keyword *row = vrrp_keyword_find(node->line.words[0].text, VRRP_ROUTE);

	draft_route(object)->type = (uint8_t)row->offset;
	route_parse_to(parse, object, node);
}

static void route_parse_from(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	struct nl_route *route = draft_route(object);
	bool any;

	draft->six = &node->line.words[0];
	iproute_network(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			&route->from, &route->from_len, &any);
}

static void route_parse_src(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	iproute_ip(parse, &draft->words, iproute_word(parse, &draft->words, node, 1), 0,
		   &draft_route(object)->source);
}

static void route_parse_dev(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	iproute_interface(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			  &draft->conf->dev);
}

static void route_parse_vrf(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	iproute_interface(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			  &draft->conf->vrf);
}

static void route_parse_family(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	draft->forced = strcmp(node->line.words[0].text, "inet6") == 0 ? AF_INET6 : AF_INET;
	draft->words.took = 1;
}

static void route_parse_onlink(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	draft_route(object)->hop.onlink = true;
	draft->words.took = 1;
}

static void route_parse_encap(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	draft->words.took =
		vrrp_encap_read(parse, &draft->words, node, &draft_route(object)->hop.encap);
}

/* --- numbers --- */

static void route_parse_table(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	iproute_name(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
		     NL_NAMES_TABLE, "routing table", &draft_route(object)->table);
}

static void route_parse_tos(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	uint32_t value;

	if (iproute_name(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			 NL_NAMES_DSFIELD, "DS field", &value))
		draft_route(object)->tos = (uint8_t)value;
}

static void route_parse_protocol(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	uint32_t value;

	if (iproute_name(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			 NL_NAMES_PROTOCOL, "routing protocol", &value))
		draft_route(object)->protocol = (uint8_t)value;
}

static void route_parse_scope(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	uint32_t value;

	if (iproute_name(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			 NL_NAMES_SCOPE, "scope", &value))
		draft_route(object)->scope = (int)value;
}

static void route_parse_metric_number(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	uint64_t value;

	if (iproute_number(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			   UINT32_MAX, &value))
		draft_route(object)->priority = (uint32_t)value;
}

static void route_parse_realms(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	iproute_realms(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
		       &draft_route(object)->realms);
}

static void route_parse_expires(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	uint64_t value;

	draft->six = &node->line.words[0];
	if (iproute_number(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			   UINT32_MAX, &value))
		draft_route(object)->expires_s = (uint32_t)value;
}

static void route_parse_place(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	const char *word = node->line.words[0].text;

	draft_route(object)->place = strcmp(word, "append") == 0 ? NL_ROUTE_APPEND :
				     strcmp(word, "add") == 0	 ? NL_ROUTE_ADD :
								   NL_ROUTE_PREPEND;
	draft->words.took = 1;
}

static void route_parse_track_group(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	draft->conf->track_group = vrrp_track_group_named(
		parse, iproute_word(parse, &draft->words, node, 1));
}

/* --- words that stand for numbers --- */

static void route_parse_preference(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	static const struct conf_choice choices[] = {
		{ "medium", 0, "" }, { "high", 1, "" }, { "low", 3, "" }, { NULL, 0, NULL },
	};
	struct route_draft *draft = object;
	struct nl_route *route = draft_route(object);
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);
	int value = 0;

	draft->six = &node->line.words[0];
	if (word == NULL)
		return;
	draft->words.failed = !conf_read_choice(&parse->common, word, choices, "preference",
						&value);
	route->has_preference = true;
	route->preference = (uint8_t)value;
}

static void route_parse_ttl_propagate(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	static const struct conf_choice choices[] = {
		{ "enabled", 1, "" }, { "disabled", 0, "" }, { NULL, 0, NULL },
	};
	struct route_draft *draft = object;
	struct nl_route *route = draft_route(object);
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);
	int value = 0;

	if (word == NULL)
		return;
	draft->words.failed = !conf_read_choice(&parse->common, word, choices, "value", &value);
	route->has_ttl_propagate = true;
	route->ttl_propagate = value != 0;
}

/* --- the whole line --- */

static bool route_mixes(const struct ip *ip, uint8_t family)
{
	return ip->family != 0 && ip->family != family;
}

static bool route_mixes_hops(const struct nl_route *route)
{
	for (unsigned i = 0; i < route->hop_count; i++)
		if (route_mixes(&route->hops[i].via, route->family))
			return true;
	return route_mixes(&route->hop.via, route->family);
}

/* A route to somewhere says by which way. */
static void route_check_ways(struct vrrp_parse *parse, struct route_draft *draft)
{
	const struct nl_route *route = &draft->conf->route;
	bool one = route->hop.via.family != 0 || draft->conf->dev != NULL;

	if (one && route->hop_count != 0)
		iproute_bad(parse, &draft->words, draft->destination,
			    "a route has one way, by 'via' and 'dev', or 'nexthop's");
	else if (!one && route->hop_count == 0 && route->type == NL_ROUTE_UNICAST)
		iproute_bad(parse, &draft->words, draft->destination,
			    "a route needs 'via', 'dev' or 'nexthop'");
	for (unsigned i = 0; i < route->hop_count && !draft->words.failed; i++)
		if (route->hops[i].via.family == 0 && draft->conf->hop_devs[i] == NULL)
			iproute_bad(parse, &draft->words, draft->destination,
				    "a nexthop needs 'via' or 'dev'");
}

/* What only the whole line tells; false after a report. */
static bool route_finish(struct vrrp_parse *parse, struct route_draft *draft)
{
	struct nl_route *route = &draft->conf->route;

	if (draft->words.failed)
		return false;
	if (draft->destination == NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_missing, draft->first->span,
			    "a route needs a destination");
		return false;
	}
	if (draft->any && draft->forced != 0)
		route->destination.family = (uint8_t)draft->forced;
	else if (draft->any && (draft->six != NULL || route->hop.via.family == AF_INET6))
		route->destination.family = AF_INET6;
	route->family = route->destination.family;
	if (route->scope == NL_SCOPE_UNSET && route->type == NL_ROUTE_UNICAST)
		route->scope = ROUTE_SCOPE_UNIVERSE; /* as Keepalived; `ip route` would say link */
	route_finish_or(parse, draft);
	if ((draft->forced != 0 && draft->forced != route->family) || route_mixes_hops(route) ||
	    route_mixes(&route->source, route->family) || route_mixes(&route->from, route->family))
		iproute_bad(parse, &draft->words, draft->destination,
			    "IPv4 and IPv6 do not go together in a route");
	else if (draft->six != NULL && route->family != AF_INET6)
		iproute_bad(parse, &draft->words, draft->six, "'%s' is for IPv6 only",
			    draft->six->text);
	else
		route_check_ways(parse, draft);
	return !draft->words.failed;
}

struct vrrp_route_conf *vrrp_route_read(struct vrrp_parse *parse, const struct conf_line *line,
					unsigned where)
{
	struct vrrp_route_conf *conf = arena_zalloc(parse->common.arena, sizeof(*conf));
	struct route_draft draft = { .conf = conf, .first = &line->words[0] };
	unsigned at = 0, took = 1;

	conf->span = line->words[0].span;
	conf->route = (struct nl_route){
		.type = NL_ROUTE_UNICAST, .protocol = NL_PROTOCOL_KEEPALIVED,
		.scope = NL_SCOPE_UNSET, .table = NL_TABLE_MAIN,
	};
	for (; at < line->count && took != 0; at += took) {
		if (draft.destination == NULL &&
		    vrrp_keyword_find(line->words[at].text, where) == NULL) {
			route_read_to(parse, &draft, &line->words[at]);
			took = draft.words.failed ? 0 : 1;
		} else {
			took = iproute_option(parse, where, &draft.words, line, at);
		}
	}
	conf->no_track = draft.no_track;
	return route_finish(parse, &draft) ? conf : NULL;
}

/* --- rows --- */

#define ROUTE(word, summary, example) .doc = { word, summary, example, "0.3" }, .where = VRRP_ROUTE
#define ROUTE_ROW(word, summary, example, function)                                                \
	{ ROUTE(word, summary, example), .type = VRRP_PARSE, .parse = function }
#define ROUTE_TYPE(word, summary, kind)                                                            \
	{ ROUTE(word, summary, word " 10.9.0.0/16"), .type = VRRP_PARSE, .offset = kind,           \
	  .parse = route_parse_type }
#define ROUTE_METRIC(word, summary, example, metric, most)                                         \
	{ ROUTE(word, summary, example), .type = VRRP_UNSIGNED, .offset = metric, .max = most,     \
	  .parse = route_parse_metric }
#define ROUTE_TIME(word, summary, example, metric)                                                 \
	{ ROUTE(word, summary, example), .type = VRRP_PARSE, .offset = metric,                     \
	  .parse = route_parse_time }

const struct vrrp_keyword vrrp_keywords_route[] = {
	ROUTE_ROW("to", "The destination; the word may be left out.", "to 10.9.0.0/16",
		  route_parse_to),
	ROUTE_TYPE("unicast", "A route to the destination, the usual one.", NL_ROUTE_UNICAST),
	ROUTE_TYPE("local", "The destination is this machine.", NL_ROUTE_LOCAL),
	ROUTE_TYPE("broadcast", "The destination is a broadcast address.", NL_ROUTE_BROADCAST),
	ROUTE_TYPE("anycast", "The destination is an anycast address.", NL_ROUTE_ANYCAST),
	ROUTE_TYPE("multicast", "The destination is a multicast address.", NL_ROUTE_MULTICAST),
	ROUTE_TYPE("blackhole", "Packets are dropped without a word.", NL_ROUTE_BLACKHOLE),
	ROUTE_TYPE("unreachable", "The sender hears that the host is unreachable.",
		   NL_ROUTE_UNREACHABLE),
	ROUTE_TYPE("prohibit", "The sender hears that it is forbidden.", NL_ROUTE_PROHIBIT),
	ROUTE_TYPE("throw", "The lookup goes on with the next rule.", NL_ROUTE_THROW),
	ROUTE_TYPE("nat", "A route of the kernel's former address translation.", NL_ROUTE_NAT),
	ROUTE_TYPE("xresolve", "A route that a resolver outside the kernel answers.",
		   NL_ROUTE_XRESOLVE),
	ROUTE_ROW("from", "The network that packets come from; IPv6.", "from 2001:db8:5::/64",
		  route_parse_from),
	ROUTE_ROW("src", "The source address that this machine's packets get.", "src 10.1.1.1",
		  route_parse_src),
	ROUTE_ROW("via", "The gateway: [inet|inet6] ADDRESS.", "via 10.1.1.5", route_parse_via),
	{ ROUTE("gw", "An old form of via.", "gw 10.1.1.5"), .type = VRRP_PARSE,
	  .parse = route_parse_via, .modern = "via" },
	ROUTE_ROW("or", "A second gateway, in an old form.", "or 10.1.1.6", route_parse_or),
	ROUTE_ROW("dev", "The interface.", "dev eth0", route_parse_dev),
	ROUTE_ROW("oif", "The same as dev.", "oif eth0", route_parse_dev),
	ROUTE_ROW("vrf", "The VRF whose table the route is in.", "vrf eth0", route_parse_vrf),
	ROUTE_ROW("onlink", "The gateway is on the link, whatever the addresses say.", "onlink",
		  route_parse_onlink),
	ROUTE_ROW("inet", "The route is of IPv4.", "inet", route_parse_family),
	ROUTE_ROW("inet6", "The route is of IPv6.", "inet6", route_parse_family),
	ROUTE_ROW("nexthop", "One of several ways: via, dev, weight, onlink, realms, encap.",
		  "nexthop via 10.1.1.5 weight 2", route_parse_nexthop),
	ROUTE_ROW("encap", "A header around each packet: mpls, ip, ip6 or ila and their options.",
		  "encap ip id 5 dst 10.2.2.2", route_parse_encap),
	ROUTE_ROW("table", "The routing table, by number or name.", "table 100",
		  route_parse_table),
	ROUTE_ROW("tos", "The type of service that packets must have.", "tos 0x10",
		  route_parse_tos),
	ROUTE_ROW("dsfield", "The same as tos.", "dsfield 0x10", route_parse_tos),
	ROUTE_ROW("protocol", "Who made the route, by number or name.", "protocol static",
		  route_parse_protocol),
	ROUTE_ROW("scope", "How far the destination is.", "scope link", route_parse_scope),
	ROUTE_ROW("metric", "The lowest of several to a destination is used.", "metric 7",
		  route_parse_metric_number),
	ROUTE_ROW("priority", "The same as metric.", "priority 7", route_parse_metric_number),
	ROUTE_ROW("preference", "The same as metric.", "preference 7", route_parse_metric_number),
	ROUTE_ROW("realms", "Realms of source and destination.", "realms 5/7",
		  route_parse_realms),
	ROUTE_ROW("expires", "Seconds until the kernel removes it; IPv6.", "expires 60",
		  route_parse_expires),
	ROUTE_ROW("pref", "The router's preference: low, medium or high; IPv6.", "pref high",
		  route_parse_preference),
	ROUTE_ROW("ttl-propagate", "Whether MPLS takes the TTL from the packet.",
		  "ttl-propagate enabled", route_parse_ttl_propagate),
	ROUTE_METRIC("mtu", "The path's MTU; `lock` keeps it.", "mtu lock 1400", NL_METRIC_MTU,
		     UINT32_MAX),
	ROUTE_METRIC("advmss", "The segment size that TCP announces.", "advmss 1360",
		     NL_METRIC_ADVMSS, UINT32_MAX),
	ROUTE_METRIC("hoplimit", "The hop limit of this machine's packets.", "hoplimit 64",
		     NL_METRIC_HOPLIMIT, 255),
	ROUTE_METRIC("reordering", "How far TCP expects segments out of order.", "reordering 5",
		     NL_METRIC_REORDERING, UINT32_MAX),
	ROUTE_METRIC("window", "The largest window that TCP announces.", "window 65536",
		     NL_METRIC_WINDOW, UINT32_MAX),
	ROUTE_METRIC("cwnd", "The clamp of TCP's congestion window; it must be locked.",
		     "cwnd lock 20", NL_METRIC_CWND, UINT32_MAX),
	ROUTE_METRIC("ssthresh", "TCP's slow start threshold.", "ssthresh 20", NL_METRIC_SSTHRESH,
		     UINT32_MAX),
	ROUTE_METRIC("initcwnd", "TCP's first congestion window.", "initcwnd 10",
		     NL_METRIC_INITCWND, UINT32_MAX),
	ROUTE_METRIC("initrwnd", "TCP's first receive window.", "initrwnd 10",
		     NL_METRIC_INITRWND, UINT32_MAX),
	ROUTE_METRIC("quickack", "1: TCP acknowledges at once.", "quickack 1",
		     NL_METRIC_QUICKACK, 1),
	ROUTE_METRIC("fastopen_no_cookie", "1: TCP Fast Open goes without a cookie.",
		     "fastopen_no_cookie 1", NL_METRIC_FASTOPEN_NO_COOKIE, 1),
	ROUTE_TIME("rtt", "TCP's first round trip, in ms unless it says s.", "rtt 300ms",
		   NL_METRIC_RTT),
	ROUTE_TIME("rttvar", "The variance of it.", "rttvar 100ms", NL_METRIC_RTTVAR),
	ROUTE_TIME("rto_min", "TCP's least time before a retransmission.", "rto_min 50ms",
		   NL_METRIC_RTO_MIN),
	ROUTE_ROW("features", "ecn: congestion is notified explicitly.", "features ecn",
		  route_parse_features),
	ROUTE_ROW("congctl", "TCP's congestion control.", "congctl reno",
		  route_parse_congestion),
	ROUTE_ROW("append", "Behind routes to the same destination.", "append",
		  route_parse_place),
	ROUTE_ROW("prepend", "Before routes to the same destination.", "prepend",
		  route_parse_place),
	ROUTE_ROW("add", "Only where there is no route to the same destination.", "add",
		  route_parse_place),
	{ ROUTE("no_track", "A route that others remove stays removed.", "no_track"),
	  .type = VRRP_FLAG, .offset = offsetof(struct route_draft, no_track) },
	{ .doc = { "track_group", "The instances that go to FAULT when it cannot be put back.",
		   "track_group GROUP1", "0.3" },
	  .where = VRRP_STATIC_ROUTE, .type = VRRP_PARSE, .parse = route_parse_track_group },
	VRRP_KEYWORDS_END,
};
