/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors read from Keepalived 2.2.7 (design/vrrp-wire.md), and every refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/packet.h"

static const uint8_t key[8] = "PASSWORD";

static struct ip ip(const char *text)
{
	struct ip address;

	assert_true(ip_parse(text, &address));
	return address;
}

static struct vrrp_advert article(void)
{
	static const uint8_t address[] = { 10, 1, 1, 80 };
	struct vrrp_advert advert = {
		.source = ip("10.1.1.20"),
		.destination = ip("224.0.0.18"),
		.priority = 101,
		.interval_us = 1000000,
		.sequence = 1,
		.address_count = 1,
	};

	memcpy(advert.addresses, address, sizeof(address));
	return advert;
}

static struct vrrp_form form_of(enum vrrp_auth auth)
{
	struct vrrp_form form = {
		.version = 2, .family = AF_INET, .vrid = 51, .interval_us = 1000000, .auth = auth,
		.group = ip("224.0.0.18"), .ttl = 255
	};

	memcpy(form.key, key, sizeof(key));
	return form;
}

static enum vrrp_refusal parse(const struct vrrp_form *form, const uint8_t *bytes, size_t len,
			       struct vrrp_advert *ret)
{
	struct vrrp_packet packet = { .bytes = bytes, .len = len, .hop_limit = -1 };

	return vrrp_packet_parse(form, &packet, ret);
}

static size_t build(const struct vrrp_form *form, const struct vrrp_advert *advert, uint8_t *bytes)
{
	int len = vrrp_packet_build(form, advert, 1, bytes);

	assert_true(len > 0);
	return (size_t)len;
}

static void test_pass_vector(void **state)
{
	static const uint8_t vrrp[] = { 0x21, 0x33, 0x65, 0x01, 0x01, 0x01, 0x20, 0x51, 0x0a, 0x01,
					0x01, 0x50, 'P',  'A',	'S',  'S',  'W',  'O',	'R',  'D' };
	struct vrrp_form form = form_of(VRRP_AUTH_PASS);
	struct vrrp_advert advert = article();
	uint8_t bytes[VRRP_PACKET_MAX];

	assert_int_equal(build(&form, &advert, bytes), 40);
	assert_memory_equal(bytes + 20, vrrp, sizeof(vrrp));
	assert_int_equal(bytes[1], 0xc0);
	assert_int_equal(bytes[6], 0); /* no DF */
	assert_int_equal(bytes[8], 255);
	assert_int_equal(bytes[9], 112);
}

static void test_ah_vector(void **state)
{
	static const uint8_t ah[] = { 112,  4,	  0,	0,    10,   1,	  1,	20,   0,    0,	  0,	1,
				      0x65, 0x2f, 0x0c, 0x06, 0x5f, 0xd6, 0x45, 0xf7, 0x34, 0xf4, 0x26, 0xd4 };
	static const uint8_t vrrp[] = { 0x21, 0x33, 0x65, 0x01, 0x02, 0x01, 0x6c, 0x79, 0x0a, 0x01,
					0x01, 0x50, 0,	  0,	0,    0,    0,	  0,	0,    0 };
	struct vrrp_form form = form_of(VRRP_AUTH_AH);
	struct vrrp_advert advert = article();
	uint8_t bytes[VRRP_PACKET_MAX];

	assert_int_equal(build(&form, &advert, bytes), 64);
	assert_int_equal(bytes[9], 51);
	assert_memory_equal(bytes + 20, ah, sizeof(ah));
	assert_memory_equal(bytes + 44, vrrp, sizeof(vrrp));
}

static void test_round_trip(void **state)
{
	for (int auth = VRRP_AUTH_NONE; auth <= VRRP_AUTH_AH; auth++) {
		for (unsigned count = 0; count <= VRRP_ADDRESSES; count += 85) {
			struct vrrp_form form = form_of((enum vrrp_auth)auth);
			struct vrrp_advert advert = article(), back;
			uint8_t bytes[VRRP_PACKET_MAX];

			advert.address_count = count;
			for (unsigned i = 0; i < count; i++)
				memset(advert.addresses + 4 * (size_t)i, (int)i, 4);
			size_t len = build(&form, &advert, bytes);
			assert_int_equal(parse(&form, bytes, len, &back),
					 VRRP_ACCEPTED);
			assert_int_equal(back.priority, 101);
			assert_int_equal(back.address_count, count);
			assert_true(ip_equal(&back.source, &advert.source));
			assert_memory_equal(back.addresses, advert.addresses, 4 * count);
			assert_int_equal(back.sequence, auth == VRRP_AUTH_AH ? 1 : 0);
		}
	}
}

/* With AH in unicast, routers may have changed the TTL. */
static void test_unicast(void **state)
{
	for (int auth = VRRP_AUTH_NONE; auth <= VRRP_AUTH_AH; auth++) {
		struct vrrp_form form = form_of((enum vrrp_auth)auth);
		struct vrrp_advert advert = article(), back;
		struct vrrp_peer_conf peers[] = { { ip("10.1.1.9"), 0, 255 },
						   { ip("10.1.1.20"), 0, 255 } };
		uint8_t bytes[VRRP_PACKET_MAX];

		form.peers = peers;
		form.peer_count = 2;
		form.check_source = true;
		size_t len = build(&form, &advert, bytes);
		assert_int_equal(parse(&form, bytes, len, &back),
				 VRRP_REFUSED_DESTINATION);
		advert.destination = ip("10.1.1.21");
		len = build(&form, &advert, bytes);
		bytes[8] = 64;
		assert_int_equal(parse(&form, bytes, len, &back), VRRP_ACCEPTED);
		form.peer_count = 1;
		assert_int_equal(parse(&form, bytes, len, &back),
				 VRRP_REFUSED_SENDER);
		form.check_source = false;
		assert_int_equal(parse(&form, bytes, len, &back), VRRP_ACCEPTED);
		form.peer_count = 0;
		assert_int_equal(parse(&form, bytes, len, &back),
				 VRRP_REFUSED_DESTINATION);
	}
}

/* One byte is changed in a good packet; the checksum is made right again on demand. */
static const struct spoiled {
	enum vrrp_auth auth;
	unsigned offset;
	uint8_t value;
	bool sum;
	enum vrrp_refusal refusal;
} spoiled[] = {
	{ VRRP_AUTH_PASS, 0, 0x46, false, VRRP_REFUSED_IP_HEADER },
	{ VRRP_AUTH_PASS, 0, 0x65, false, VRRP_REFUSED_IP_HEADER },
	{ VRRP_AUTH_PASS, 3, 41, false, VRRP_REFUSED_SHORT },
	{ VRRP_AUTH_PASS, 3, 39, false, VRRP_REFUSED_IP_HEADER },
	{ VRRP_AUTH_PASS, 6, 0x20, false, VRRP_REFUSED_FRAGMENT },
	{ VRRP_AUTH_PASS, 7, 1, false, VRRP_REFUSED_FRAGMENT },
	{ VRRP_AUTH_PASS, 8, 254, false, VRRP_REFUSED_TTL },
	{ VRRP_AUTH_PASS, 9, 51, false, VRRP_REFUSED_PROTOCOL },
	{ VRRP_AUTH_PASS, 19, 19, false, VRRP_REFUSED_DESTINATION },
	{ VRRP_AUTH_PASS, 20, 0x31, true, VRRP_REFUSED_VERSION },
	{ VRRP_AUTH_PASS, 20, 0x22, true, VRRP_REFUSED_TYPE },
	{ VRRP_AUTH_PASS, 21, 52, true, VRRP_REFUSED_VRID },
	{ VRRP_AUTH_PASS, 22, 102, false, VRRP_REFUSED_CHECKSUM },
	{ VRRP_AUTH_PASS, 23, 2, true, VRRP_REFUSED_LENGTH },
	{ VRRP_AUTH_PASS, 23, 0, true, VRRP_REFUSED_LENGTH },
	{ VRRP_AUTH_PASS, 24, 0, true, VRRP_REFUSED_AUTH_TYPE },
	{ VRRP_AUTH_PASS, 25, 2, true, VRRP_REFUSED_INTERVAL },
	{ VRRP_AUTH_PASS, 39, 'X', true, VRRP_REFUSED_PASSWORD },
	{ VRRP_AUTH_AH, 9, 112, false, VRRP_REFUSED_PROTOCOL },
	{ VRRP_AUTH_AH, 5, 2, false, VRRP_REFUSED_AH_ICV },   /* the IP id is covered */
	{ VRRP_AUTH_AH, 8, 254, false, VRRP_REFUSED_TTL },
	{ VRRP_AUTH_AH, 20, 6, false, VRRP_REFUSED_AH_HEADER },
	{ VRRP_AUTH_AH, 21, 5, false, VRRP_REFUSED_AH_HEADER },
	{ VRRP_AUTH_AH, 22, 1, false, VRRP_REFUSED_AH_HEADER },
	{ VRRP_AUTH_AH, 27, 21, false, VRRP_REFUSED_AH_HEADER },
	{ VRRP_AUTH_AH, 31, 2, false, VRRP_REFUSED_AH_ICV },
	{ VRRP_AUTH_AH, 32, 0, false, VRRP_REFUSED_AH_ICV },
	{ VRRP_AUTH_AH, 43, 0, false, VRRP_REFUSED_AH_ICV },
	{ VRRP_AUTH_AH, 46, 255, true, VRRP_REFUSED_AH_ICV },
	{ VRRP_AUTH_AH, 45, 52, true, VRRP_REFUSED_VRID },
};

static void fix_checksum(uint8_t *vrrp, size_t len)
{
	uint32_t sum = 0;

	vrrp[6] = vrrp[7] = 0;
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)vrrp[i] << 8 | vrrp[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	vrrp[6] = (uint8_t)(sum >> 8);
	vrrp[7] = (uint8_t)sum;
}

static void test_refusals(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(spoiled); i++) {
		const struct spoiled *row = &spoiled[i];
		struct vrrp_form form = form_of(row->auth);
		struct vrrp_advert advert = article(), back;
		uint8_t bytes[VRRP_PACKET_MAX];
		size_t start = row->auth == VRRP_AUTH_AH ? 44 : 20;
		size_t len = build(&form, &advert, bytes);

		assert_int_not_equal(bytes[row->offset], row->value);
		bytes[row->offset] = row->value;
		if (row->sum)
			fix_checksum(bytes + start, len - start);
		memset(&back, 0x5a, sizeof(back));
		enum vrrp_refusal refusal = parse(&form, bytes, len, &back);
		if (refusal != row->refusal)
			fail_msg("row %zu: %s", i, vrrp_refusal_text(refusal));
		assert_int_equal(back.priority, 0x5a); /* untouched */
	}
}

static void test_every_truncation(void **state)
{
	for (int auth = VRRP_AUTH_NONE; auth <= VRRP_AUTH_AH; auth++) {
		struct vrrp_form form = form_of((enum vrrp_auth)auth);
		struct vrrp_advert advert = article(), back;
		uint8_t bytes[VRRP_PACKET_MAX];
		size_t len = build(&form, &advert, bytes);

		for (size_t cut = 0; cut < len; cut++) {
			uint8_t copy[VRRP_PACKET_MAX];

			memcpy(copy, bytes, len);
			assert_int_not_equal(parse(&form, copy, cut, &back),
					     VRRP_ACCEPTED);
			copy[2] = 0;
			copy[3] = (uint8_t)cut; /* and a header that agrees */
			assert_int_not_equal(parse(&form, copy, cut, &back),
					     VRRP_ACCEPTED);
		}
	}
}

static void test_wrong_key(void **state)
{
	struct vrrp_form form = form_of(VRRP_AUTH_AH);
	struct vrrp_advert advert = article(), back;
	uint8_t bytes[VRRP_PACKET_MAX];
	size_t len = build(&form, &advert, bytes);

	form.key[7] ^= 1;
	assert_int_equal(parse(&form, bytes, len, &back), VRRP_REFUSED_AH_ICV);
}

static void test_every_refusal_has_a_text(void **state)
{
	for (int i = 0; i < VRRP_REFUSALS; i++)
		assert_non_null(vrrp_refusal_text((enum vrrp_refusal)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass_vector),
		cmocka_unit_test(test_ah_vector),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_unicast),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_every_refusal_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
