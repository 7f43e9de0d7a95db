/* SPDX-License-Identifier: Apache-2.0 */
/* What Keepalived 2.2.7 sent (captures), and what is read of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/garp.h"
#include "vrrp/ndp.h"

enum { ETHERNET = 14 };

static const uint8_t na[GARP_FRAME] = {
	0x33, 0x33, 0x00, 0x00, 0x00, 0x01, 0x6e, 0x34, 0xc8, 0x4a, 0x75, 0x16, 0x86, 0xdd, 0x60,
	0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0xff, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x88, 0x00, 0x4e, 0x98, 0x20, 0x00,
	0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x80, 0x02, 0x01, 0x6e, 0x34, 0xc8, 0x4a, 0x75, 0x16
};

static struct ip ip(const char *text)
{
	struct ip address;

	assert_true(ip_parse(text, &address));
	return address;
}

static void test_arp_as_captured(void **state)
{
	static const uint8_t wanted[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf2, 0xb7, 0x53, 0xdf, 0xf3,
		0x75, 0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,
		0xf2, 0xb7, 0x53, 0xdf, 0xf3, 0x75, 0x0a, 0x01, 0x01, 0x50, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0x0a, 0x01, 0x01, 0x50
	};
	struct garp garp = { ip("10.1.1.80"), { 0xf2, 0xb7, 0x53, 0xdf, 0xf3, 0x75 }, false };
	uint8_t frame[GARP_FRAME];

	assert_int_equal(garp_build(&garp, frame), sizeof(wanted));
	assert_memory_equal(frame, wanted, sizeof(wanted));
}

static void test_na_as_captured(void **state)
{
	struct garp garp = { ip("2001:db8::80"), { 0x6e, 0x34, 0xc8, 0x4a, 0x75, 0x16 }, false };
	uint8_t frame[GARP_FRAME];

	assert_int_equal(garp_build(&garp, frame), sizeof(na));
	assert_memory_equal(frame, na, sizeof(na));
	garp.router = true;
	garp_build(&garp, frame);
	assert_int_equal(frame[ETHERNET + NDP_TYPE + 4], NDP_OVERRIDE | NDP_ROUTER);
	assert_int_equal(frame[56], 0xce); /* the flag is in the checksum: 0x4e98 - 0x8000 */
	assert_int_equal(frame[57], 0x97);
}

/* The bytes of a VMAC are in the frame and in the option (RFC 5798, 7.3, 8.2.2). */
static void test_na_of_vmac(void **state)
{
	struct garp garp = { ip("fe80::80"), { 0x00, 0x00, 0x5e, 0x00, 0x02, 51 }, false };
	uint8_t frame[GARP_FRAME];

	garp_build(&garp, frame);
	assert_memory_equal(frame + 6, garp.mac, 6);
	assert_memory_equal(frame + 80, garp.mac, 6);
}

static void test_parse(void **state)
{
	static const uint8_t mac[] = { 0x6e, 0x34, 0xc8, 0x4a, 0x75, 0x16 }, nobody[6];
	uint8_t longer[NDP_PACKET + 8];
	const uint8_t *bytes = na + ETHERNET;
	struct ip target = ip("2001:db8::80");
	struct ndp ndp;

	assert_true(ndp_parse(bytes, NDP_PACKET, &ndp));
	assert_true(ip_equal(&ndp.target, &target));
	assert_memory_equal(ndp.mac, mac, 6);
	assert_true(ndp_parse(bytes, NDP_OPTION, &ndp));
	assert_memory_equal(ndp.mac, nobody, 6);
	for (size_t len = 0; len < NDP_OPTION; len++)
		assert_false(ndp_parse(bytes, len, &ndp));

	memcpy(longer, bytes, NDP_OPTION); /* a nonce first (RFC 3971) */
	memcpy(longer + NDP_OPTION, (uint8_t[]){ 14, 1, 1, 2, 3, 4, 5, 6 }, 8);
	memcpy(longer + NDP_OPTION + 8, bytes + NDP_OPTION, 8);
	assert_true(ndp_parse(longer, sizeof(longer), &ndp));
	assert_memory_equal(ndp.mac, mac, 6);
	longer[NDP_OPTION + 1] = 0; /* an option of no length */
	assert_true(ndp_parse(longer, sizeof(longer), &ndp));
	assert_memory_equal(ndp.mac, nobody, 6);
	longer[NDP_TYPE] = NDP_SOLICITATION;
	assert_true(ndp_parse(longer, sizeof(longer), &ndp));
	assert_int_equal(ndp.type, NDP_SOLICITATION);
	longer[NDP_TYPE] = 134; /* a router's */
	assert_false(ndp_parse(longer, sizeof(longer), &ndp));
	longer[NDP_TYPE] = NDP_SOLICITATION;
	longer[7] = 254; /* it came over a router */
	assert_false(ndp_parse(longer, sizeof(longer), &ndp));
}

static void test_solicitation(void **state)
{
	struct ip target = ip("2001:db8::12:3456:789a");
	struct ip group = ndp_solicited_node(&target), wanted = ip("ff02::1:ff56:789a");
	uint8_t mac[6];

	assert_true(ip_equal(&group, &wanted));
	ndp_multicast_mac(&group, mac);
	assert_memory_equal(mac, ((uint8_t[]){ 0x33, 0x33, 0xff, 0x56, 0x78, 0x9a }), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp_as_captured),
		cmocka_unit_test(test_na_as_captured),
		cmocka_unit_test(test_na_of_vmac),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_solicitation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
