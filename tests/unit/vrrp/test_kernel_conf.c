/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, routes, rules and links of keepalived.conf as typed, where no kernel here shows them. */
#include "fixture_conf.h"

#include "vrrp/route_conf.h"

static const struct vrrp_instance_conf *read_lines(struct fixture *f, const char *block,
						   const char *lines)
{
	char text[2048];

	snprintf(text, sizeof(text), INSTANCE ADDRESS "%s {\n%s\n}\n}\n", block, lines);
	fixture_fine(f, text);
	return f->conf->instances;
}

static const struct nl_route *read_route(struct fixture *f, const char *line)
{
	return &read_lines(f, "virtual_routes", line)->routes->route;
}

static void encapsulations(void **state)
{
	struct fixture f;
	const struct nl_encap *encap =
		&read_route(&f, "10.9.0.0/16 encap mpls 100/200 via 10.1.1.5")->hop.encap;

	assert_int_equal(encap->kind, NL_ENCAP_MPLS);
	assert_int_equal(encap->label_count, 2);
	assert_int_equal(encap->labels[1], 200);
	fixture_close(&f);
	encap = &read_route(&f, "2001:db8::/64 encap ila 1:2:3:4 dev lo")->hop.encap;
	assert_int_equal(encap->kind, NL_ENCAP_ILA);
	assert_int_equal(encap->id, UINT64_C(0x0001000200030004));
	fixture_close(&f);
	encap = &read_route(&f, "10.9.0.0/16 nexthop encap ip6 id 5 dst 2001::1 tc 4 hoplimit 7 "
				"flags 1 dev lo weight 3")->hops[0].encap;
	assert_int_equal(encap->kind, NL_ENCAP_IP6);
	assert_int_equal(encap->tos, 4);
	assert_int_equal(encap->ttl, 7);
	assert_int_equal(encap->flags, 1);
	assert_int_equal(f.conf->instances->routes->route.hops[0].weight, 3);
	assert_string_equal(f.conf->instances->routes->hop_devs[0], "lo");
	fixture_close(&f);
}

static void families(void **state)
{
	static const struct {
		const char *line;
		int family;
	} rows[] = {
		{ "default dev lo", AF_INET },
		{ "default6 dev lo", AF_INET6 },
		{ "default inet6 dev lo", AF_INET6 },
		{ "default via fe80::1 dev lo", AF_INET6 },
		{ "any dev lo pref high", AF_INET6 },
		{ "blackhole all", AF_INET },
	};
	struct fixture f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct nl_route *route = read_route(&f, rows[i].line);

		assert_int_equal(route->family, rows[i].family);
		assert_int_equal(route->destination_len, 0);
		fixture_close(&f);
	}
}

static void old_forms(void **state)
{
	struct fixture f;
	const struct nl_route *route = read_route(&f, "10.9.0.0/16 gw 10.1.1.5 or 10.1.1.6 oif lo");

	assert_int_equal(route->hop_count, 2);
	assert_int_equal(route->hops[0].via.bytes[3], 5);
	assert_int_equal(route->hops[1].via.bytes[3], 6);
	assert_string_equal(f.conf->instances->routes->hop_devs[1], "lo");
	assert_null(f.conf->instances->routes->dev);
	assert_non_null(strstr(f.said.text, "an old form of 'via'"));
	assert_non_null(strstr(f.said.text, "an old form of 'nexthop'"));
	fixture_close(&f);
}

static void numbers(void **state)
{
	struct fixture f;
	const struct nl_route *route = read_route(&f, "10.9.0.0/16 dev lo table local tos CS1 "
		"protocol bird rtt 3s rttvar 100ms rto_min lock 5 realms 5/0x14 metric 0x10 ttl-propagate "
		"disabled append");

	assert_int_equal(route->table, 255);
	assert_int_equal(route->tos, 0x20);
	assert_int_equal(route->protocol, 12);
	assert_int_equal(route->metric[NL_METRIC_RTT], 8 * 3000);
	assert_int_equal(route->metric[NL_METRIC_RTTVAR], 4 * 100);
	assert_int_equal(route->metric[NL_METRIC_RTO_MIN], 5);
	assert_int_equal(route->locked, 1u << NL_METRIC_RTO_MIN);
	assert_int_equal(route->realms, 5 << 16 | 0x14);
	assert_int_equal(route->priority, 16);
	assert_true(route->has_ttl_propagate && !route->ttl_propagate);
	assert_int_equal(route->place, NL_ROUTE_APPEND);
	fixture_close(&f);
}

/* Keepalived counts down from 16384, static rules and those of instances together. */
static void rules_without_priority(void **state)
{
	struct fixture f;

	fixture_fine(&f, "static_rules {\n from 10.0.0.0/8 table 5\n}\n" INSTANCE ADDRESS
		     "virtual_rules {\n to all l3mdev inet6\n from 10.0.0.0/8 nop priority 7\n"
		     " from 10.0.0.0/8 type prohibit\n}\n}\n");
	assert_int_equal(f.conf->static_rules->rule.priority, 16384);
	assert_int_equal(f.conf->instances->rules->rule.priority, 16383);
	assert_int_equal(f.conf->instances->rules->rule.family, AF_INET6);
	assert_int_equal(f.conf->instances->rules->next->rule.priority, 7);
	assert_int_equal(f.conf->instances->rules->next->next->rule.priority, 16382);
	fixture_close(&f);
}

static void lifetimes(void **state)
{
	static const struct {
		const char *line;
		bool deprecated;
		uint32_t preferred_s;
	} rows[] = {
		{ "2001:db8::1", true, 0 },
		{ "2001:db8::1/64", false, 0 },
		{ "2001:db8::1 preferred_lft forever", false, 0 },
		{ "2001:db8::1/64 preferred_lft 0", true, 0 },
		{ "2001:db8::1 preferred_lft 10", false, 10 },
		{ "10.9.9.9", false, 0 },
	};
	struct fixture f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vrrp_address_conf *address =
			read_lines(&f, "virtual_ipaddress_excluded", rows[i].line)->excluded;

		assert_int_equal(address->deprecated, rows[i].deprecated);
		assert_int_equal(address->preferred_s, rows[i].preferred_s);
		fixture_close(&f);
	}
}

/* The names and MACs that Keepalived 2.2.7 gives in the same places. */
static void vmacs(void **state)
{
	static const uint8_t given[] = { 2, 0, 0x5e, 0, 1, 52 }, standard[] = { 0, 0, 0x5e, 0, 1, 51 },
			     six[] = { 0, 0, 0x5e, 0, 2, 51 };
	const struct vrrp_vmac_conf *vmac;
	struct fixture f;

	fixture_fine(&f, "global_defs {\n vmac_addr_prefix vip\n}\n" INSTANCE ADDRESS
		     "use_vmac\nuse_vmac_addr\nvirtual_ipaddress_excluded {\n 2001:db8::1\n"
		     " 10.1.1.81 dev lo\n}\n}\nvrrp_instance B {\n interface lo\n virtual_router_id 52\n"
		     " virtual_ipaddress {\n 10.1.1.82\n}\n use_vmac b7 02:00:5e:00:01\n}\n");
	vmac = f.conf->instances->vmacs;
	assert_string_equal(vmac->name, "vrrp.51");
	assert_memory_equal(vmac->mac, standard, 6);
	assert_string_equal(vmac->next->name, "vip.51");
	assert_memory_equal(vmac->next->mac, six, 6);
	assert_null(vmac->next->next);
	assert_string_equal(f.conf->instances->addresses->link, "vrrp.51");
	assert_string_equal(f.conf->instances->excluded->link, "vip.51");
	assert_string_equal(f.conf->instances->excluded->next->link, "vrrp.51");
	vmac = f.conf->instances->next->vmacs;
	assert_string_equal(vmac->name, "b7");
	assert_memory_equal(vmac->mac, given, 6);
	fixture_close(&f);
}

static void ipvlans(void **state)
{
	struct fixture f;

	fixture_fine(&f, INSTANCE ADDRESS "use_ipvlan ipvl 10.1.1.9/24 private\n}\n");
	assert_true(f.conf->instances->vmacs->ipvlan);
	assert_string_equal(f.conf->instances->addresses->link, "ipvl");
	assert_int_equal(f.conf->instances->ipvlan_mode, VRRP_IPVLAN_PRIVATE);
	assert_int_equal(f.conf->instances->ipvlan_prefix, 24);
	fixture_close(&f);
	fixture_says(INSTANCE ADDRESS "use_ipvlan ipvl\n}\n", 1, "needs an address");
}

static void track_groups(void **state)
{
	struct fixture f;

	fixture_fine(&f, "track_group G {\n group {\n VI_1\n nobody\n }\n}\n"
		     "static_routes {\n 10.9.0.0/16 dev lo track_group G\n}\n" INSTANCE ADDRESS "}\n");
	assert_int_equal(f.conf->track_groups->member_count, 1);
	assert_ptr_equal(f.conf->track_groups->members[0], f.conf->instances);
	assert_string_equal(f.conf->static_routes->track_group, "G");
	assert_non_null(strstr(f.said.text, "there is no vrrp_instance 'nobody'"));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encapsulations),
		cmocka_unit_test(families),
		cmocka_unit_test(old_forms),
		cmocka_unit_test(numbers),
		cmocka_unit_test(rules_without_priority),
		cmocka_unit_test(lifetimes),
		cmocka_unit_test(vmacs),
		cmocka_unit_test(ipvlans),
		cmocka_unit_test(track_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
