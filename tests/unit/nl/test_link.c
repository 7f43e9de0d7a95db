/* SPDX-License-Identifier: Apache-2.0 */
/* Links over another one, beside what `ip` shows of them. */
#include "namespace.h"

#include <errno.h>
#include <net/if.h>

#include "nl/link.h"

static const uint8_t mac[6] = { 0, 0, 0x5e, 0, 1, 51 };

static void keep(const struct nl_link *link, void *context)
{
	struct nl_link *wanted = context;

	if (strcmp(link->name, wanted->name) == 0)
		*wanted = *link;
}

static struct nl_link find(struct lab *lab, const char *name)
{
	struct nl_link link = { 0 };

	snprintf(link.name, sizeof(link.name), "%s", name);
	assert_int_equal(nl_link_dump(lab->nl, keep, &link), 0);
	return link;
}

static void a_macvlan_comes_and_goes(void **state)
{
	struct lab *lab = *state;
	struct nl_link_request request = {
		.kind = NL_LINK_MACVLAN_PRIVATE, .name = "vrrp.51", .alias = "relevo VI_1",
		.base = if_nametoindex("d0"), .mac = mac,
	};
	struct nl_link link;

	assert_int_equal(nl_link_make(lab->nl, &request), 0);
	assert_int_equal(nl_link_make(lab->nl, &request), -EEXIST);
	link = find(lab, "vrrp.51");
	assert_false(link.up);
	assert_int_equal(nl_link_set_up(lab->nl, link.ifindex), 0);
	lab_shows("ip -d link show vrrp.51", "vrrp.51@d0: <BROADCAST,MULTICAST,UP,LOWER_UP>");
	lab_shows("ip -d link show vrrp.51", "link/ether 00:00:5e:00:01:33");
	lab_shows("ip -d link show vrrp.51", "macvlan mode private");
	lab_shows("ip -d link show vrrp.51", "addrgenmode none");
	lab_hides("ip address show vrrp.51", "inet6");
	link = find(lab, "vrrp.51");
	assert_true(link.up && link.has_mac);
	assert_int_equal(link.kind, NL_LINK_MACVLAN_PRIVATE);
	assert_int_equal(link.base, if_nametoindex("d0"));
	assert_string_equal(link.alias, "relevo VI_1");
	assert_memory_equal(link.mac, mac, 6);
	assert_int_equal(nl_link_remove(lab->nl, link.ifindex), 0);
	assert_int_equal(nl_link_remove(lab->nl, link.ifindex), 0);
	assert_int_equal(if_nametoindex("vrrp.51"), 0);
}

static void settings_of_ipv4(void **state)
{
	static const char *const files[NL_INETS] = {
		[NL_INET_ACCEPT_LOCAL] = "accept_local",
		[NL_INET_ARP_FILTER] = "arp_filter",
		[NL_INET_ARP_IGNORE] = "arp_ignore",
		[NL_INET_PROMOTE_SECONDARIES] = "promote_secondaries",
		[NL_INET_RP_FILTER] = "rp_filter",
	};
	struct lab *lab = *state;
	char command[80];

	for (unsigned i = 0; i < NL_INETS; i++) {
		uint32_t before = find(lab, "d1").inet[i];

		assert_int_equal(nl_link_set_inet(lab->nl, if_nametoindex("d1"), i, !before), 0);
		assert_int_equal(find(lab, "d1").inet[i], !before);
		snprintf(command, sizeof(command), "cat /proc/sys/net/ipv4/conf/d1/%s", files[i]);
		lab_shows(command, before ? "0" : "1");
	}
	assert_true(find(lab, "d1").has_inet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_macvlan_comes_and_goes),
		cmocka_unit_test(settings_of_ipv4),
	};

	return cmocka_run_group_tests(tests, lab_open, lab_close);
}
