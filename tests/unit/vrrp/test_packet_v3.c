/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version 3 over both families, as Keepalived 2.2.7 sent it (captures), and
 * trailers of auth_hmac: vectors of Python's hmac module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/packet.h"
#include "vrrp/packet_hmac.h"

enum { STAMP_S = 1700000000 };

static const uint64_t stamp = (uint64_t)STAMP_S << 32 | 0x80000007;
static const uint64_t wall = (uint64_t)STAMP_S * 1000000 + 500000;

static struct ip ip(const char *text)
{
	struct ip address;

	assert_true(ip_parse(text, &address));
	return address;
}

static struct vrrp_form form_of(int family)
{
	return (struct vrrp_form){
		.version = 3, .family = (uint8_t)family, .vrid = 51, .interval_us = 200000,
		.ttl = 255, .group = family == AF_INET6 ? ip("ff02::12") : ip("224.0.0.18")
	};
}

static void add(struct vrrp_advert *advert, const char *text)
{
	struct ip address = ip(text);
	size_t len = ip_len(&address);

	memcpy(advert->addresses + len * advert->address_count++, address.bytes, len);
}

static struct vrrp_advert advert_of(const char *source, const char *destination)
{
	return (struct vrrp_advert){ .source = ip(source), .destination = ip(destination),
				     .priority = 101, .interval_us = 200000 };
}

static size_t build(const struct vrrp_form *form, const struct vrrp_advert *advert, uint8_t *bytes)
{
	int len = vrrp_packet_build(form, advert, 1, bytes);

	assert_true(len > 0);
	return (size_t)len;
}

/* As it was built, received by somebody with that form. */
static enum vrrp_refusal parse(const struct vrrp_form *form, const struct vrrp_advert *sent,
			       const uint8_t *bytes, size_t len, struct vrrp_advert *ret)
{
	struct vrrp_packet packet = { .bytes = bytes, .len = len, .wall_us = wall,
				      .source = sent->source, .destination = sent->destination,
				      .hop_limit = 255 };

	return vrrp_packet_parse(form, &packet, ret);
}

/* ---- version 3 ---- */

static void test_v3_ipv4_as_captured(void **state)
{
	static const uint8_t wanted[] = { 0x45, 0xc0, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00,
					  0xff, 0x70, 0xcf, 0x85, 0x0a, 0x01, 0x01, 0x14,
					  0xe0, 0x00, 0x00, 0x12, 0x31, 0x33, 0x65, 0x01,
					  0x00, 0x14, 0x72, 0xc2, 0x0a, 0x01, 0x01, 0x50 };
	struct vrrp_form form = form_of(AF_INET);
	struct vrrp_advert advert = advert_of("10.1.1.20", "224.0.0.18"), back;
	uint8_t bytes[VRRP_PACKET_MAX];

	add(&advert, "10.1.1.80");
	assert_int_equal(build(&form, &advert, bytes), sizeof(wanted));
	assert_memory_equal(bytes, wanted, sizeof(wanted));
	assert_int_equal(parse(&form, &advert, bytes, sizeof(wanted), &back), VRRP_ACCEPTED);
	assert_int_equal(back.interval_us, 200000);
}

/* Three addresses in the order of the file: the link-local one is not put first. */
static void test_v3_ipv6_as_captured(void **state)
{
	static const uint8_t wanted[] = {
		0x31, 0x33, 0x65, 0x03, 0x00, 0x14, 0x67, 0x6d, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0xfe, 0x80, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x20, 0x01,
		0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x81
	};
	struct vrrp_form form = form_of(AF_INET6);
	struct vrrp_advert advert = advert_of("fe80::6c34:c8ff:fe4a:7516", "ff02::12"), back;
	uint8_t bytes[VRRP_PACKET_MAX];

	add(&advert, "2001:db8::80");
	add(&advert, "fe80::80");
	add(&advert, "2001:db8::81");
	assert_int_equal(build(&form, &advert, bytes), sizeof(wanted));
	assert_memory_equal(bytes, wanted, sizeof(wanted));
	assert_int_equal(parse(&form, &advert, bytes, sizeof(wanted), &back), VRRP_ACCEPTED);
	assert_int_equal(back.address_count, 3);
	assert_memory_equal(back.addresses, advert.addresses, 48);
	assert_true(ip_equal(&back.source, &advert.source));
}

/* The three sums of one message, as Keepalived sent the first two; who takes which. */
static void test_checksums(void **state)
{
	static const struct {
		const char *destination;
		enum vrrp_sum sum;
		uint8_t bytes[2];
		bool strict, old, alone; /* accepted with no option, accept_old, accept_alone */
	} rows[] = {
		{ "10.1.1.21", VRRP_SUM_PSEUDO, { 0x47, 0xbf }, true, true, true },
		{ "10.1.1.21", VRRP_SUM_OLD, { 0x72, 0xc2 }, false, true, false },
		{ "10.1.1.21", VRRP_SUM_ALONE, { 0x5e, 0x66 }, false, false, true },
	};
	const struct vrrp_peer_conf peer = { ip("10.1.1.20"), 0, 255 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct vrrp_form form = form_of(AF_INET);
		struct vrrp_advert advert = advert_of("10.1.1.20", rows[i].destination), back;
		uint8_t bytes[VRRP_PACKET_MAX];

		form.peers = &peer;
		form.peer_count = 1;
		advert.checksum = rows[i].sum;
		add(&advert, "10.1.1.80");
		size_t len = build(&form, &advert, bytes);
		assert_memory_equal(bytes + 26, rows[i].bytes, 2);
		assert_int_equal(parse(&form, &advert, bytes, len, &back) == VRRP_ACCEPTED,
				 rows[i].strict);
		form.accept_old = true;
		assert_int_equal(parse(&form, &advert, bytes, len, &back) == VRRP_ACCEPTED,
				 rows[i].old);
		if (rows[i].old)
			assert_int_equal(back.checksum, rows[i].sum);
		form.accept_old = false;
		form.accept_alone = true;
		assert_int_equal(parse(&form, &advert, bytes, len, &back) == VRRP_ACCEPTED,
				 rows[i].alone);
	}
}

/* The old sum has the configured group in it: a capture with vrrp_mcast_group4 224.0.0.99. */
static void test_old_sum_of_another_group(void **state)
{
	struct vrrp_form form = form_of(AF_INET);
	struct vrrp_advert advert = advert_of("10.1.1.20", "10.1.1.21");
	const struct vrrp_peer_conf peer = { ip("10.1.1.20"), 0, 255 };
	uint8_t bytes[VRRP_PACKET_MAX];

	form.peers = &peer;
	form.peer_count = 1;
	form.group = ip("224.0.0.99");
	advert.checksum = VRRP_SUM_OLD;
	add(&advert, "10.1.1.80");
	build(&form, &advert, bytes);
	assert_int_equal(bytes[26], 0x72);
	assert_int_equal(bytes[27], 0x71);
}

/* With multicast and with IPv6 there is one sum only. */
static void test_other_sums_elsewhere(void **state)
{
	struct vrrp_form form = form_of(AF_INET);
	struct vrrp_advert advert = advert_of("10.1.1.20", "224.0.0.18"), back;
	uint8_t bytes[VRRP_PACKET_MAX], same[VRRP_PACKET_MAX];

	form.accept_old = true;
	advert.checksum = VRRP_SUM_ALONE;
	size_t len = build(&form, &advert, bytes);
	assert_int_equal(parse(&form, &advert, bytes, len, &back), VRRP_REFUSED_CHECKSUM);

	form = form_of(AF_INET6);
	advert = advert_of("fe80::1", "ff02::12");
	len = build(&form, &advert, bytes);
	for (int sum = VRRP_SUM_OLD; sum <= VRRP_SUM_ALONE; sum++) {
		advert.checksum = (enum vrrp_sum)sum;
		assert_int_equal(build(&form, &advert, same), len);
		assert_memory_equal(same, bytes, len);
	}
}

static void test_intervals(void **state)
{
	static const uint64_t rows[] = { 10000, 990000, 1000000, 40950000 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct vrrp_form form = form_of(AF_INET6);
		struct vrrp_advert advert = advert_of("fe80::1", "ff02::12"), back;
		uint8_t bytes[VRRP_PACKET_MAX];

		advert.interval_us = rows[i];
		size_t len = build(&form, &advert, bytes);
		assert_int_equal(parse(&form, &advert, bytes, len, &back), VRRP_ACCEPTED);
		assert_int_equal(back.interval_us, rows[i]);
		advert.interval_us = 0;
		len = build(&form, &advert, bytes);
		assert_int_equal(parse(&form, &advert, bytes, len, &back), VRRP_REFUSED_INTERVAL);
	}
}

static void test_paths_of_ipv6(void **state)
{
	struct vrrp_form form = form_of(AF_INET6);
	struct vrrp_advert advert = advert_of("fe80::1", "ff02::12"), back;
	struct vrrp_peer_conf peers[] = { { ip("fe80::1"), 250, 254 } };
	uint8_t bytes[VRRP_PACKET_MAX];
	struct vrrp_packet packet = { .bytes = bytes, .source = ip("fe80::1"),
				      .destination = ip("ff02::12"), .hop_limit = 254 };

	packet.len = build(&form, &advert, bytes);
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_TTL);
	packet.hop_limit = -1; /* the kernel did not say */
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_TTL);
	packet.hop_limit = 255;
	packet.destination = ip("ff02::13");
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_DESTINATION);

	form.peers = peers;
	form.peer_count = 1;
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_DESTINATION);
	advert.destination = packet.destination = ip("fe80::2");
	packet.len = build(&form, &advert, bytes);
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_PEER_TTL);
	packet.hop_limit = 254;
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_ACCEPTED);
	packet.hop_limit = 249;
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_PEER_TTL);
	form.check_source = true;
	peers[0].ip = ip("fe80::9");
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_SENDER);
}

static void test_versions_do_not_mix(void **state)
{
	struct vrrp_form v3 = form_of(AF_INET), v2 = form_of(AF_INET);
	struct vrrp_advert advert = advert_of("10.1.1.20", "224.0.0.18"), back;
	uint8_t bytes[VRRP_PACKET_MAX];

	v2.version = 2;
	size_t len = build(&v3, &advert, bytes);
	assert_int_equal(parse(&v2, &advert, bytes, len, &back), VRRP_REFUSED_VERSION);
	len = build(&v2, &advert, bytes);
	assert_int_equal(parse(&v3, &advert, bytes, len, &back), VRRP_REFUSED_VERSION);
}

static void test_every_truncation(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		bool v6 = families[i] == AF_INET6;
		struct vrrp_form form = form_of(families[i]);
		struct vrrp_advert advert = v6 ? advert_of("fe80::1", "ff02::12")
					       : advert_of("10.1.1.20", "224.0.0.18");
		struct vrrp_advert back;
		uint8_t bytes[VRRP_PACKET_MAX];

		add(&advert, v6 ? "fe80::80" : "10.1.1.80");
		size_t len = build(&form, &advert, bytes);
		for (size_t cut = 0; cut < len; cut++) {
			if (!v6)
				bytes[3] = (uint8_t)cut;
			assert_int_not_equal(parse(&form, &advert, bytes, cut, &back),
					     VRRP_ACCEPTED);
		}
	}
}

/* ---- auth_hmac ---- */

static const char long_key[] = "second secret, which is longer than a block of SHA-256: 64 bytes";

static struct vrrp_hmac_conf hmac_of(enum vrrp_hmac_mode mode)
{
	struct vrrp_hmac_conf conf = { .mode = mode, .key_count = 2, .active_key = 1,
				       .time_window_us = 5000000 };

	conf.key[0].id = 1;
	conf.key[0].len = 12;
	memcpy(conf.key[0].bytes, "first secret", 12);
	conf.key[1].id = 2;
	conf.key[1].len = VRRP_HMAC_KEY;
	memcpy(conf.key[1].bytes, long_key, VRRP_HMAC_KEY);
	return conf;
}

static const struct vector {
	int family;
	uint8_t version;
	uint8_t key;
	const char *source, *destination, *address[2];
	uint64_t interval_us;
	uint8_t trailer[VRRP_HMAC_TRAILER];
} vectors[] = {
	{ AF_INET, 3, 1, "10.1.1.20", "224.0.0.18", { "10.1.1.80" }, 1000000,
	  { 0x01, 0x01, 0x00, 0x00, 0x65, 0x53, 0xf1, 0x00, 0x80, 0x00, 0x00, 0x07, 0x6b, 0xb2,
	    0x75, 0x16, 0xd4, 0xe6, 0x2e, 0x08, 0xd6, 0x44, 0x6a, 0x99, 0x57, 0x49, 0x82, 0x9c } },
	{ AF_INET6, 3, 2, "fe80::1", "ff02::12", { "fe80::80", "2001:db8::80" }, 10000,
	  { 0x01, 0x02, 0x00, 0x00, 0x65, 0x53, 0xf1, 0x00, 0x80, 0x00, 0x00, 0x07, 0xad, 0x53,
	    0xb3, 0x04, 0xcc, 0xed, 0x9e, 0xde, 0xf1, 0x8e, 0x99, 0xd0, 0x8e, 0x4f, 0xce, 0xbd } },
	{ AF_INET, 2, 1, "10.1.1.20", "224.0.0.18", { "10.1.1.80" }, 1000000,
	  { 0x01, 0x01, 0x00, 0x00, 0x65, 0x53, 0xf1, 0x00, 0x80, 0x00, 0x00, 0x07, 0xce, 0x66,
	    0xca, 0x21, 0xd3, 0xd8, 0xaf, 0x7b, 0xc0, 0xd6, 0x90, 0xd5, 0xb6, 0x7d, 0x2b, 0xc4 } },
};

static void test_hmac_vectors(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const struct vector *row = &vectors[i];
		struct vrrp_hmac_conf hmac = hmac_of(VRRP_HMAC_ENFORCE);
		struct vrrp_form form = form_of(row->family);
		struct vrrp_advert advert = advert_of(row->source, row->destination), back;
		uint8_t bytes[VRRP_PACKET_MAX];

		form.version = row->version;
		form.auth = row->version == 2 ? VRRP_AUTH_PASS : VRRP_AUTH_NONE;
		memcpy(form.key, "PASSWORD", 8);
		form.interval_us = advert.interval_us = row->interval_us;
		form.hmac = &hmac;
		hmac.active_key = row->key;
		advert.stamp = stamp;
		for (unsigned a = 0; a < 2 && row->address[a] != NULL; a++)
			add(&advert, row->address[a]);
		size_t len = build(&form, &advert, bytes);
		assert_memory_equal(bytes + len - VRRP_HMAC_TRAILER, row->trailer,
				    VRRP_HMAC_TRAILER);
		hmac.active_key = 3 - row->key; /* we sign with another: roll-over */
		assert_int_equal(parse(&form, &advert, bytes, len, &back), VRRP_ACCEPTED);
		assert_true(back.stamp == stamp);
	}
}

/* Who accepts an unsigned advertisement, and who a signed one. */
static void test_hmac_modes(void **state)
{
	static const struct {
		enum vrrp_hmac_mode mode;
		bool signs;
		enum vrrp_refusal plain, with, forged;
	} rows[] = {
		{ VRRP_HMAC_OFF, false, VRRP_ACCEPTED, VRRP_REFUSED_LENGTH, VRRP_REFUSED_LENGTH },
		{ VRRP_HMAC_RECEIVE_ONLY, false, VRRP_ACCEPTED, VRRP_ACCEPTED, VRRP_REFUSED_HMAC },
		{ VRRP_HMAC_PERMISSIVE, true, VRRP_ACCEPTED, VRRP_ACCEPTED, VRRP_REFUSED_HMAC },
		{ VRRP_HMAC_ENFORCE, true, VRRP_REFUSED_UNSIGNED, VRRP_ACCEPTED,
		  VRRP_REFUSED_HMAC },
	};
	struct vrrp_hmac_conf sender = hmac_of(VRRP_HMAC_ENFORCE);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct vrrp_hmac_conf hmac = hmac_of(rows[i].mode);
		struct vrrp_form form = form_of(AF_INET), theirs = form;
		struct vrrp_advert advert = advert_of("10.1.1.20", "224.0.0.18"), back;
		uint8_t bytes[VRRP_PACKET_MAX];

		form.hmac = &hmac;
		theirs.hmac = &sender;
		assert_int_equal(vrrp_hmac_signs(&hmac), rows[i].signs);
		size_t len = build(&theirs, &advert, bytes);
		assert_int_equal(parse(&form, &advert, bytes, len, &back), rows[i].plain);
		advert.stamp = stamp;
		len = build(&theirs, &advert, bytes);
		assert_int_equal(parse(&form, &advert, bytes, len, &back), rows[i].with);
		bytes[len - 1] ^= 1;
		assert_int_equal(parse(&form, &advert, bytes, len, &back), rows[i].forged);
	}
	assert_false(vrrp_hmac_signs(NULL));
}

/* Every bit that a forger may turn: of the message, and of the trailer. */
static void test_hmac_covers_all(void **state)
{
	struct vrrp_hmac_conf hmac = hmac_of(VRRP_HMAC_ENFORCE);
	struct vrrp_form form = form_of(AF_INET6);
	struct vrrp_advert advert = advert_of("fe80::1", "ff02::12"), back, other;
	uint8_t bytes[VRRP_PACKET_MAX];

	form.hmac = &hmac;
	advert.stamp = stamp;
	add(&advert, "fe80::80");
	size_t len = build(&form, &advert, bytes);
	for (size_t i = 0; i < 8 * len; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(parse(&form, &advert, bytes, len, &back), VRRP_ACCEPTED);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	other = advert;
	other.source.bytes[15] ^= 1; /* breaks the checksum, too; that is mended here */
	bytes[7]++;
	assert_int_equal(parse(&form, &other, bytes, len, &back), VRRP_REFUSED_HMAC);
}

static void test_hmac_keys_and_time(void **state)
{
	struct vrrp_hmac_conf hmac = hmac_of(VRRP_HMAC_ENFORCE), theirs = hmac;
	struct vrrp_form form = form_of(AF_INET), sender = form;
	struct vrrp_advert advert = advert_of("10.1.1.20", "224.0.0.18"), back;
	uint8_t bytes[VRRP_PACKET_MAX];
	struct vrrp_packet packet = { .bytes = bytes };
	static const struct {
		int64_t apart_us;
		uint64_t window_us;
		enum vrrp_refusal refusal;
	} rows[] = {
		{ 0, 0, VRRP_ACCEPTED }, /* the floor: 5 s */
		{ 4990000, 0, VRRP_ACCEPTED },
		{ -4990000, 1000000, VRRP_ACCEPTED },
		{ 5010000, 0, VRRP_REFUSED_TIME },
		{ -5010000, 0, VRRP_REFUSED_TIME },
		{ 29000000, 30000000, VRRP_ACCEPTED },
		{ 31000000, 30000000, VRRP_REFUSED_TIME },
	};

	form.hmac = &hmac;
	sender.hmac = &theirs;
	advert.stamp = stamp;
	packet.len = build(&sender, &advert, bytes);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		hmac.time_window_us = rows[i].window_us;
		packet.wall_us = wall + (uint64_t)rows[i].apart_us;
		assert_int_equal(vrrp_packet_parse(&form, &packet, &back), rows[i].refusal);
	}
	theirs.key[0].id = theirs.active_key = 9;
	packet.len = build(&sender, &advert, bytes);
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_KEY);
	bytes[packet.len - VRRP_HMAC_TRAILER] = 2;
	assert_int_equal(vrrp_packet_parse(&form, &packet, &back), VRRP_REFUSED_TRAILER);
}

static void test_stamps(void **state)
{
	uint64_t first = vrrp_hmac_stamp(wall, 0);

	assert_true(first == ((uint64_t)STAMP_S << 32 | 0x80000000));
	assert_true(vrrp_hmac_stamp(wall, first) == first + 1);
	/* the clock was set back */
	assert_true(vrrp_hmac_stamp(wall - 3600000000, first) == first + 1);
	assert_true(vrrp_hmac_stamp(wall + 20, first) > first);
}

static void test_replay(void **state)
{
	struct vrrp_replay replay = { 0 };
	struct ip a = ip("10.1.1.20"), b = ip("fe80::1");

	assert_true(vrrp_replay_check(&replay, &a, stamp));
	assert_false(vrrp_replay_check(&replay, &a, stamp));
	assert_false(vrrp_replay_check(&replay, &a, stamp - 1));
	assert_true(vrrp_replay_check(&replay, &b, stamp));
	assert_true(vrrp_replay_check(&replay, &a, stamp + 1));
	for (unsigned i = 0; i < VRRP_REPLAY_SENDERS - 1; i++) { /* pushes out b, the oldest */
		struct ip other = { AF_INET, { 10, 9, 9, (uint8_t)i } };

		assert_true(vrrp_replay_check(&replay, &other, stamp + 2));
	}
	assert_false(vrrp_replay_check(&replay, &a, stamp + 1));
	assert_true(vrrp_replay_check(&replay, &b, stamp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v3_ipv4_as_captured),
		cmocka_unit_test(test_v3_ipv6_as_captured),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_old_sum_of_another_group),
		cmocka_unit_test(test_other_sums_elsewhere),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_paths_of_ipv6),
		cmocka_unit_test(test_versions_do_not_mix),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_hmac_vectors),
		cmocka_unit_test(test_hmac_modes),
		cmocka_unit_test(test_hmac_covers_all),
		cmocka_unit_test(test_hmac_keys_and_time),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
