/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of both families, beside what `ip` shows of them. */
#include "namespace.h"

#include <net/if.h>

#include "nl/address.h"
#include "nl/monitor.h"

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(text, &ip));
	return ip;
}

static struct nl_address address(const char *text, uint8_t prefix)
{
	return (struct nl_address){
		.ifindex = if_nametoindex("d0"), .ip = ip(text), .prefix = prefix,
	};
}

static void ipv4_with_every_option(void **state)
{
	struct lab *lab = *state;
	struct nl_address a = address("10.2.2.2", 24);

	a.has_broadcast = true;
	a.broadcast = ip_v4(&(struct ip){ .family = AF_INET, .bytes = { 10, 2, 2, 255 } });
	strcpy(a.label, "d0:x");
	a.scope = 253;
	a.flags = NL_ADDRESS_NO_PREFIX_ROUTE;
	a.valid_s = 100;
	assert_int_equal(nl_address_set(lab->nl, &a), 0);
	lab_shows("ip address show d0", "inet 10.2.2.2/24 brd 10.2.2.255 scope link dynamic "
		  "noprefixroute d0:x valid_lft 100sec preferred_lft 100sec");
	lab_hides("ip route", "10.2.2.0");
	assert_int_equal(nl_address_remove(lab->nl, &a), 0);
	assert_int_equal(nl_address_remove(lab->nl, &a), 0);
	lab_hides("ip address show d0", "10.2.2.2");
}

static void peers(void **state)
{
	struct lab *lab = *state;
	struct nl_address a = address("10.2.2.3", 30), b = address("2001:db8:2::1", 128);

	a.peer = ip("10.3.3.1");
	b.peer = ip("2001:db8:3::1");
	assert_int_equal(nl_address_set(lab->nl, &a), 0);
	assert_int_equal(nl_address_set(lab->nl, &b), 0);
	lab_shows("ip address show d0", "inet 10.2.2.3 peer 10.3.3.1/30 scope global d0");
	lab_shows("ip address show d0", "inet6 2001:db8:2::1 peer 2001:db8:3::1/128");
	assert_int_equal(nl_address_remove(lab->nl, &a), 0);
	assert_int_equal(nl_address_remove(lab->nl, &b), 0);
	lab_hides("ip address show d0", "peer");
}

static void ipv6_is_usable_at_once_and_stays_so_when_renewed(void **state)
{
	struct lab *lab = *state;
	struct nl_address a = address("2001:db8::80", 64);

	a.flags = NL_ADDRESS_NODAD;
	a.valid_s = 3;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(nl_address_set(lab->nl, &a), 0);
		lab_shows("ip address show d0", "inet6 2001:db8::80/64 scope global nodad dynamic "
			  "valid_lft 3sec preferred_lft 3sec");
		lab_hides("ip address show d0 to 2001:db8::80", "tentative");
	}
	assert_int_equal(nl_address_remove(lab->nl, &a), 0);
}

static void a_renewal_keeps_the_preferred_lifetime(void **state)
{
	struct lab *lab = *state;
	struct nl_address a = address("2001:db8::81", 128);

	a.flags = NL_ADDRESS_NODAD;
	a.valid_s = 30;
	a.preferred_s = 10;
	assert_int_equal(nl_address_set(lab->nl, &a), 0);
	lab_shows("ip address show d0", "valid_lft 30sec preferred_lft 10sec");
	a.deprecated = true;
	assert_int_equal(nl_address_set(lab->nl, &a), 0);
	lab_shows("ip address show d0", "inet6 2001:db8::81/128 scope global nodad deprecated "
		  "dynamic valid_lft 30sec preferred_lft 0sec");
	assert_int_equal(nl_address_remove(lab->nl, &a), 0);
}

struct seen {
	unsigned v4, v6;
	struct nl_address last;
};

static void see(const struct nl_address *address, void *context)
{
	struct seen *seen = context;

	if (address->ifindex != if_nametoindex("d0"))
		return;
	*(address->ip.family == AF_INET ? &seen->v4 : &seen->v6) += 1;
	if (ip_equal(&address->ip, &(struct ip){ AF_INET, { 10, 9, 9, 9 } }))
		seen->last = *address;
}

static void a_dump_has_both_families(void **state)
{
	struct lab *lab = *state;
	struct seen seen = { 0 };
	struct nl_address a = address("10.9.9.9", 20);

	a.peer = ip("10.9.9.1");
	a.valid_s = 50;
	assert_int_equal(nl_address_set(lab->nl, &a), 0);
	assert_int_equal(nl_address_dump(lab->nl, see, &seen), 0);
	assert_int_equal(seen.v4, 2);
	assert_true(seen.v6 >= 1);
	assert_int_equal(seen.last.prefix, 20);
	assert_int_equal(seen.last.valid_s, 50);
	assert_true(ip_equal(&seen.last.peer, &a.peer));
	assert_int_equal(nl_address_remove(lab->nl, &a), 0);
}

static void hear(const struct nl_event *event, void *context)
{
	unsigned *gone = context;

	if (event->change == NL_ADDRESS_GONE &&
	    event->address.ip.bytes[0] == (event->address.ip.family == AF_INET ? 10 : 0x20))
		*gone += event->address.ip.family == AF_INET ? 1 : 100;
}

static void a_monitor_tells_of_deletions(void **state)
{
	struct lab *lab = *state;
	struct nl_address a = address("10.7.7.7", 32), b = address("2001:db8::7", 128);
	unsigned gone = 0;

	assert_int_equal(nl_address_set(lab->nl, &a), 0);
	assert_int_equal(nl_address_set(lab->nl, &b), 0);
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &gone), 0);
	gone = 0;
	lab_output("ip address del 10.7.7.7/32 dev d0; ip address del 2001:db8::7/128 dev d0");
	assert_int_equal(nl_monitor_read(lab->monitor, hear, &gone), 0);
	assert_int_equal(gone, 101);
}

static void errors_are_told(void **state)
{
	struct lab *lab = *state;
	struct nl_address a = address("10.7.7.7", 32);

	a.ifindex = 9999;
	assert_true(nl_address_set(lab->nl, &a) < 0);
	assert_int_equal(nl_address_remove(lab->nl, &a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_with_every_option),
		cmocka_unit_test(peers),
		cmocka_unit_test(ipv6_is_usable_at_once_and_stays_so_when_renewed),
		cmocka_unit_test(a_renewal_keeps_the_preferred_lifetime),
		cmocka_unit_test(a_dump_has_both_families),
		cmocka_unit_test(a_monitor_tells_of_deletions),
		cmocka_unit_test(errors_are_told),
	};

	return cmocka_run_group_tests(tests, lab_open, lab_close);
}
