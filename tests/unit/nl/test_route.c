/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and rules of both families, beside what `ip` shows of them. */
#include "namespace.h"

#include <net/if.h>

#include "nl/monitor.h"
#include "nl/names.h"

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text, &ip));
	return ip;
}

static struct nl_route route(const char *to, uint8_t len)
{
	struct ip destination = ip(to);

	return (struct nl_route){
		.family = destination.family, .type = NL_ROUTE_UNICAST,
		.protocol = NL_PROTOCOL_KEEPALIVED, .scope = NL_SCOPE_UNSET,
		.destination = destination, .destination_len = len, .table = NL_TABLE_MAIN,
	};
}

/* Added, shown, added again, removed, gone, removed again. */
static void comes_and_goes(struct lab *lab, const struct nl_route *route, const char *shown)
{
	const char *show = "ip route show table all; ip -6 route show table all";

	assert_int_equal(nl_route_set(lab->nl, route), 0);
	lab_shows(show, shown);
	assert_int_equal(nl_route_set(lab->nl, route), 0);
	assert_int_equal(nl_route_remove(lab->nl, route), 0);
	lab_hides(show, shown);
	assert_int_equal(nl_route_remove(lab->nl, route), 0);
}

static void set_metric(struct nl_route *r, enum nl_metric metric, uint32_t value)
{
	r->metric[metric] = value;
	r->metrics |= 1u << metric;
}

static void plain_routes(void **state)
{
	struct nl_route r = route("10.20.0.0", 16);

	r.hop.via = ip("10.1.1.5");
	comes_and_goes(*state, &r, "10.20.0.0/16 via 10.1.1.5 dev d0 proto keepalived");
	r.table = 1000;
	r.priority = 7;
	r.tos = 4;
	r.source = ip("10.1.1.1");
	comes_and_goes(*state, &r, "10.20.0.0/16 tos 0x04 via 10.1.1.5 dev d0 table 1000 proto "
		       "keepalived src 10.1.1.1 metric 7");
	r = route("10.20.0.0", 16);
	r.hop.ifindex = if_nametoindex("d0");
	comes_and_goes(*state, &r, "10.20.0.0/16 dev d0 proto keepalived scope link");
	r.hop.ifindex = 0;
	r.type = NL_ROUTE_BLACKHOLE;
	comes_and_goes(*state, &r, "blackhole 10.20.0.0/16 proto keepalived");
	r = route("0.0.0.0", 0);
	r.table = 5;
	r.hop.via = ip("10.1.2.5");
	r.hop.ifindex = if_nametoindex("d0");
	r.hop.onlink = true;
	comes_and_goes(*state, &r, "default via 10.1.2.5 dev d0 table 5 proto keepalived onlink");
}

static void ipv6_routes(void **state)
{
	struct nl_route r = route("2001:db8:7::", 64);

	r.hop.via = ip("2001:db8:1::5");
	comes_and_goes(*state, &r, "2001:db8:7::/64 via 2001:db8:1::5 dev d0 proto keepalived metric "
		       "1024 pref medium");
	r.has_preference = true;
	r.preference = 1;
	comes_and_goes(*state, &r, "2001:db8:7::/64 via 2001:db8:1::5 dev d0 proto keepalived metric "
		       "1024 pref high");
	r.expires_s = 60;
	comes_and_goes(*state, &r, "2001:db8:7::/64 via 2001:db8:1::5 dev d0 proto keepalived metric "
		       "1024 expires ");
	r = route("10.30.0.0", 16);
	r.hop.via = ip("fe80::5");
	r.hop.ifindex = if_nametoindex("d0");
	comes_and_goes(*state, &r, "10.30.0.0/16 via inet6 fe80::5 dev d0 proto keepalived");
}

static void metrics(void **state)
{
	struct nl_route r = route("10.20.0.0", 16);

	r.hop.via = ip("10.1.1.5");
	set_metric(&r, NL_METRIC_MTU, 1400);
	r.locked = 1u << NL_METRIC_MTU;
	set_metric(&r, NL_METRIC_ADVMSS, 1000);
	set_metric(&r, NL_METRIC_RTT, 8 * 300);
	set_metric(&r, NL_METRIC_FEATURES, 1);
	set_metric(&r, NL_METRIC_CONGESTION, 0);
	strcpy(r.congestion, "reno");
	comes_and_goes(*state, &r, "10.20.0.0/16 via 10.1.1.5 dev d0 proto keepalived mtu lock 1400 "
		       "rtt 300ms advmss 1000 features ecn congctl reno");
}

static void several_hops(void **state)
{
	struct nl_route r = route("10.20.0.0", 16);
	struct nl_hop hops[] = {
		{ .ifindex = if_nametoindex("d0"), .via = ip("10.1.1.5"), .weight = 2 },
		{ .ifindex = if_nametoindex("d0"), .via = ip("10.1.1.6"), .weight = 256 },
	};

	r.hops = hops;
	r.hop_count = 2;
	comes_and_goes(*state, &r, "10.20.0.0/16 proto keepalived nexthop via 10.1.1.5 dev d0 weight "
		       "2 nexthop via 10.1.1.6 dev d0 weight 256");
}

static void encapsulation(void **state)
{
	struct nl_route r = route("10.20.0.0", 16);

	r.hop.ifindex = if_nametoindex("d0");
	r.hop.encap = (struct nl_encap){
		.kind = NL_ENCAP_IP, .id = 5, .destination = ip("10.2.2.2"),
		.source = ip("10.1.1.1"), .ttl = 7, .tos = 4,
	};
	comes_and_goes(*state, &r, "10.20.0.0/16 encap ip id 5 src 10.1.1.1 dst 10.2.2.2 ttl 7 tos 4 "
		       "dev d0 proto keepalived scope link");
	r.hop.encap = (struct nl_encap){
		.kind = NL_ENCAP_IP6, .id = 5, .destination = ip("2001::1"),
		.source = ip("2001::2"), .ttl = 7, .tos = 4,
	};
	comes_and_goes(*state, &r, "10.20.0.0/16 encap ip6 id 5 src 2001::2 dst 2001::1 hoplimit 7 tc "
		       "4 dev d0 proto keepalived scope link");
}

struct heard {
	const struct nl_route *route;
	const struct nl_rule *rule;
	unsigned routes, rules;
};

static void hear(const struct nl_event *event, void *context)
{
	struct heard *heard = context;

	heard->routes += event->change == NL_ROUTE_GONE && heard->route != NULL &&
			 nl_route_is(&event->route, heard->route);
	heard->rules += event->change == NL_RULE_GONE && heard->rule != NULL &&
			nl_rule_is(&event->rule, heard->rule);
}

static void a_monitor_tells_of_deletions(void **state)
{
	struct lab *lab = *state;
	struct nl_route r = route("10.20.5.0", 16), other = route("10.20.5.0", 16);
	struct heard heard = { .route = &r };

	r.hop.via = ip("10.1.1.5");
	r.destination = ip("10.20.0.0");
	assert_int_equal(nl_route_set(lab->nl, &r), 0);
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &heard), 0);
	heard.routes = 0; /* those of the tests before */
	lab_output("ip route del 10.20.0.0/16");
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &heard), 0);
	assert_int_equal(heard.routes, 1);
	other.hop.via = ip("10.1.1.6");
	other.destination = ip("10.20.0.0");
	assert_int_equal(nl_route_set(lab->nl, &other), 0);
	lab_output("ip route del 10.20.0.0/16");
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &heard), 0);
	assert_int_equal(heard.routes, 1);
	r = route("2001:db8:7::", 64);
	r.hop.via = ip("2001:db8:1::5");
	assert_int_equal(nl_route_set(lab->nl, &r), 0);
	lab_output("ip -6 route del 2001:db8:7::/64");
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &heard), 0);
	assert_int_equal(heard.routes, 2);
}

/* --- rules --- */

static struct nl_rule rule(const char *from, uint8_t len)
{
	struct ip source = ip(from);

	return (struct nl_rule){
		.family = source.family, .action = NL_RULE_TABLE, .table = 100,
		.protocol = NL_PROTOCOL_KEEPALIVED, .from = source, .from_len = len, .priority = 50,
	};
}

static void rule_comes_and_goes(struct lab *lab, const struct nl_rule *rule, const char *shown)
{
	const char *show = "ip rule; ip -6 rule";
	struct heard heard = { .rule = rule };

	assert_int_equal(nl_rule_set(lab->nl, rule), 0);
	lab_shows(show, shown);
	assert_int_equal(nl_rule_set(lab->nl, rule), 0);
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &heard), 0);
	assert_int_equal(heard.rules, 0);
	assert_int_equal(nl_rule_remove(lab->nl, rule), 0);
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &heard), 0);
	assert_int_equal(heard.rules, 1);
	lab_hides(show, shown);
	assert_int_equal(nl_rule_remove(lab->nl, rule), 0);
}

static void rules(void **state)
{
	struct nl_rule r = rule("10.9.0.0", 16);

	rule_comes_and_goes(*state, &r, "50: from 10.9.0.0/16 lookup 100 proto keepalived");
	r.to = ip("10.8.0.0");
	r.to_len = 16;
	r.tos = 4;
	r.has_mark = r.has_mask = true;
	r.mark = 3;
	r.mask = 7;
	strcpy(r.iif, "d0");
	strcpy(r.oif, "d1");
	r.uids = (struct nl_rule_range){ true, 5, 7 };
	r.ip_protocol = 17;
	r.source_ports = (struct nl_rule_range){ true, 10, 20 };
	r.destination_ports = (struct nl_rule_range){ true, 20, 30 };
	r.invert = true;
	r.realms = 5 << 16 | 7;
	r.has_suppress_len = true;
	r.suppress_len = 5;
	rule_comes_and_goes(*state, &r, "50: not from 10.9.0.0/16 to 10.8.0.0/16 tos 0x04 fwmark "
		       "0x3/0x7 iif d0 oif d1 uidrange 5-7 ipproto udp sport 10-20 dport 20-30 "
		       "lookup 100 suppress_prefixlength 5 realms 5/7 proto keepalived");
	r = rule("2001:db8::", 32);
	r.action = NL_RULE_BLACKHOLE;
	r.table = 0;
	rule_comes_and_goes(*state, &r, "50: from 2001:db8::/32 blackhole proto keepalived");
	r.action = NL_RULE_GOTO;
	r.target = 32766;
	rule_comes_and_goes(*state, &r, "50: from 2001:db8::/32 goto 32766 proto keepalived");
	r = rule("0.0.0.0", 0);
	r.table = 0;
	r.l3mdev = true;
	rule_comes_and_goes(*state, &r, "50: from all lookup [l3mdev-table] proto keepalived");
}

static void names(void **state)
{
	uint32_t n = 7;

	assert_true(nl_name_find(NL_NAMES_TABLE, "main", NULL, &n));
	assert_int_equal(n, 254);
	assert_true(nl_name_find(NL_NAMES_TABLE, "0x100", NULL, &n));
	assert_int_equal(n, 256);
	assert_true(nl_name_find(NL_NAMES_DSFIELD, "CS1", NULL, &n));
	assert_int_equal(n, 0x20);
	assert_true(nl_name_find(NL_NAMES_PROTOCOL, "bird", NULL, &n));
	assert_int_equal(n, 12);
	assert_false(nl_name_find(NL_NAMES_PROTOCOL, "256", NULL, &n));
	assert_false(nl_name_find(NL_NAMES_SCOPE, "everywhere", NULL, &n));
	assert_false(nl_name_find(NL_NAMES_TABLE, "5x", NULL, &n));
	assert_false(nl_name_find(NL_NAMES_TABLE, "-5", NULL, &n));
	assert_false(nl_name_find(NL_NAMES_TABLE, "", NULL, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_routes),
		cmocka_unit_test(ipv6_routes),
		cmocka_unit_test(metrics),
		cmocka_unit_test(several_hops),
		cmocka_unit_test(encapsulation),
		cmocka_unit_test(a_monitor_tells_of_deletions),
		cmocka_unit_test(rules),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, lab_open, lab_close);
}
