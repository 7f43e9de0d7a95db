/* SPDX-License-Identifier: Apache-2.0 */
/* The PROXY protocol against the examples and rules of proxy-protocol.txt. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/proxyproto.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static int parse(const char *bytes, size_t len, struct proxyproto_info *ret)
{
	return proxyproto_parse((const uint8_t *)bytes, len, ret);
}

static struct net_endpoint endpoint(const char *ip, uint16_t port)
{
	struct net_endpoint ret = { .port = port };

	ret.family = strchr(ip, ':') == NULL ? AF_INET : AF_INET6;
	assert_int_equal(inet_pton(ret.family, ip, ret.ip), 1);
	return ret;
}

static void assert_endpoint(const struct net_endpoint *is, const char *ip, uint16_t port)
{
	char text[NET_TEXT];

	assert_string_equal(net_endpoint_text(is, text), ip);
	assert_int_equal(is->port, port);
}

static void v1_lines_are_read(void **state)
{
	static const struct {
		const char *line, *src, *dst;
		uint16_t sport, dport;
	} rows[] = {
		{ "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1",
		  "192.168.0.11", 56324, 443 },
		{ "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255",
		  "255.255.255.255", 65535, 65535 },
		{ "PROXY TCP6 2001:db8::1 ::1 1 0\r\n", "2001:db8::1", "::1", 1, 0 },
		{ "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, 65535 },
		{ "PROXY TCP6 ::ffff:10.0.0.1 ::ffff:10.0.0.2 5 6\r\n", "::ffff:10.0.0.1",
		  "::ffff:10.0.0.2", 5, 6 },
	};
	struct proxyproto_info info;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].line);
		char more[160];

		assert_int_equal(parse(rows[i].line, len, &info), len);
		assert_false(info.local);
		assert_endpoint(&info.src, rows[i].src, rows[i].sport);
		assert_endpoint(&info.dst, rows[i].dst, rows[i].dport);
		memcpy(more, rows[i].line, len);
		memcpy(more + len, "GET / HTTP/1.1\r\n", 16);
		assert_int_equal(parse(more, len + 16, &info), len);
		for (size_t part = 0; part < len; part++)
			assert_int_equal(parse(rows[i].line, part, &info), 0);
	}
}

static void v1_unknown_ignores_the_rest_of_the_line(void **state)
{
	static const char *const lines[] = {
		"PROXY UNKNOWN\r\n",
		"PROXY UNKNOWN \r\n",
		"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
		/* The longest line of section 2.1: 107 bytes. */
		("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
	};
	struct proxyproto_info info;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(lines[i], strlen(lines[i]), &info), strlen(lines[i]));
		assert_true(info.local);
		assert_int_equal(info.src.family, AF_UNSPEC);
	}
	assert_int_equal(strlen(lines[3]), 107);
}

static void v1_bad_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"GET / HTTP/1.0\r\n",
		"PROXY\r\n",
		"PROXY \r\n",
		"PROXYTCP4 1.1.1.1 2.2.2.2 1 2\r\n",
		"proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2  1 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 \r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n\r\n",
		"PROXY TCP4 1.1.1.1 2.2.2.2 1\t2\r\n",
		"PROXY TCP4 1.1.1.01 2.2.2.2 1 2\r\n",
		"PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP4 1.1.1.256 2.2.2.2 1 2\r\n",
		"PROXY TCP4 ::1 ::1 1 2\r\n",
		"PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY TCP6 1:::1 ::1 1 2\r\n",
		"PROXY TCP6 12345::1 ::1 1 2\r\n",
		"PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n",
		"PROXY UNKNOWNX\r\n",
		"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535        ",
		"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 655350\r\n",
	};
	struct proxyproto_info info;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int got = parse(lines[i], strlen(lines[i]), &info);

		if (got != -EPROTO)
			print_error("%d for %s\n", got, lines[i]);
		assert_int_equal(got, -EPROTO);
	}
	assert_int_equal(parse("PROXY TCP4 1.1.1.1\0 2.2.2.2 1 2\r\n", 34, &info), -EPROTO);
}

static const char v2_ip4[] = SIGNATURE "\x21\x11\x00\x0c"
				       "\x0a\x00\x00\x01\xc0\xa8\x00\x02\x1f\x90\x00\x50";

static void v2_ip4_is_read(void **state)
{
	struct proxyproto_info info;

	for (size_t part = 0; part < sizeof(v2_ip4) - 1; part++)
		assert_int_equal(parse(v2_ip4, part, &info), 0);
	assert_int_equal(parse(v2_ip4, sizeof(v2_ip4) - 1, &info), 28);
	assert_false(info.local);
	assert_endpoint(&info.src, "10.0.0.1", 8080);
	assert_endpoint(&info.dst, "192.168.0.2", 80);
}

static void v2_ip6_with_tlvs_is_read(void **state)
{
	static const char header[] = SIGNATURE
		"\x21\x21\x00\x2d"
		"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
		"\x00\x01\xff\xff"
		"\x01\x00\x02h2"	/* PP2_TYPE_ALPN */
		"\x04\x00\x01\x00";	/* PP2_TYPE_NOOP */
	struct proxyproto_info info;

	assert_int_equal(parse(header, sizeof(header) - 1, &info), 61);
	assert_endpoint(&info.src, "2001:db8::1", 1);
	assert_endpoint(&info.dst, "::1", 65535);
}

static void v2_names_are_kept(void **state)
{
	static const char header[] = SIGNATURE "\x21\x11\x00\x1a"
					       "\x0a\x00\x00\x01\x0a\x00\x00\x02\x00\x01\x00\x02"
					       "\x02\x00\x06host.a"
					       "\x05\x00\x02id";
	struct proxyproto_info info;

	assert_int_equal(proxyproto_parse((const uint8_t *)header, sizeof(header) - 1, &info), 42);
	assert_true(slice_is(info.authority, "host.a"));
	assert_true(slice_is(info.unique_id, "id"));
}

static void v2_local_unix_and_unspec_keep_the_sockets_addresses(void **state)
{
	static const char local[] = SIGNATURE "\x20\x00\x00\x00";
	/* 2.2: LOCAL discards the block with the family, whatever they are. */
	static const char local_odd[] = SIGNATURE "\x20\xf7\x00\x03xyz";
	static const char unspec[] = SIGNATURE "\x21\x00\x00\x05....\x01";
	char unix_header[16 + 216] = SIGNATURE "\x21\x31\x00\xd8/run/x";
	struct proxyproto_info info;

	assert_int_equal(parse(local, sizeof(local) - 1, &info), 16);
	assert_true(info.local);
	assert_int_equal(parse(local_odd, sizeof(local_odd) - 1, &info), 19);
	assert_true(info.local);
	assert_int_equal(parse(unspec, sizeof(unspec) - 1, &info), 21);
	assert_true(info.local);
	assert_int_equal(parse(unix_header, sizeof(unix_header), &info), 232);
	assert_true(info.local);
	assert_int_equal(info.src.family, AF_UNSPEC);
}

static void v2_bad_headers_are_refused(void **state)
{
	static const struct {
		const char *after_signature;
		size_t len;
	} rows[] = {
		{ "\x11\x11\x00\x00", 4 },			/* version 1 */
		{ "\x31\x11\x00\x00", 4 },			/* version 3 */
		{ "\x22\x11\x00\x00", 4 },			/* unknown command */
		{ "\x21\x41\x00\x00", 4 },			/* unknown family */
		{ "\x21\x13\x00\x0c............", 16 },		/* unknown transport */
		{ "\x21\x11\x00\x0b...........", 15 },		/* block too short */
		{ "\x21\x21\x00\x0c............", 16 },
		{ "\x21\x31\x00\xd7", 4 },
		{ "\x21\x11\x00\x0d.............", 17 },	/* half a TLV */
		{ "\x21\x11\x00\x0f............\x01\x00\x01", 19 },	/* TLV beyond the end */
		{ "\x21\x11\x00\x13............\x03\x00\x04\x00\x00\x00\x00", 23 }, /* wrong CRC */
	};
	struct proxyproto_info info;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char header[64] = SIGNATURE;

		memcpy(header + 12, rows[i].after_signature, rows[i].len);
		if (parse(header, 12 + rows[i].len, &info) != -EPROTO)
			fail_msg("row %zu is not refused", i);
	}
	assert_int_equal(parse("\r\n\r\n\0\r\nQUIX\n", 12, &info), -EPROTO);
	assert_int_equal(parse("\r\nX", 3, &info), -EPROTO);
}

/* CRC32C of this header computed with Python's reference implementation of RFC 3720 B.4. */
static void v2_checksum_is_verified(void **state)
{
	char header[16 + 12 + 7] = SIGNATURE "\x21\x11\x00\x13"
					     "\x0a\x00\x00\x01\xc0\xa8\x00\x02\x1f\x90\x00\x50"
					     "\x03\x00\x04\xc6\x8b\x2a\xce";
	struct proxyproto_info info;

	assert_int_equal(parse(header, sizeof(header), &info), sizeof(header));
	header[17] ^= 1;
	assert_int_equal(parse(header, sizeof(header), &info), -EPROTO);
}

static void written_headers_are_exact(void **state)
{
	struct proxyproto_info info = { .src = endpoint("10.0.0.1", 8080),
					.dst = endpoint("192.168.0.2", 80) };
	static const char line[] = "PROXY TCP4 10.0.0.1 192.168.0.2 8080 80\r\n";
	uint8_t bytes[PROXYPROTO_V2_MAX];

	assert_int_equal(proxyproto_write(1, &info, bytes), sizeof(line) - 1);
	assert_memory_equal(bytes, line, sizeof(line) - 1);
	assert_int_equal(proxyproto_write(2, &info, bytes), 28);
	assert_memory_equal(bytes, v2_ip4, 28);

	info.local = true;
	assert_int_equal(proxyproto_write(1, &info, bytes), 15);
	assert_memory_equal(bytes, "PROXY UNKNOWN\r\n", 15);
	assert_int_equal(proxyproto_write(2, &info, bytes), 16);
	assert_memory_equal(bytes, SIGNATURE "\x20\x00\x00\x00", 16);

	info.local = false;
	info.src.family = AF_UNIX;
	assert_int_equal(proxyproto_write(1, &info, bytes), 15);
	assert_int_equal(proxyproto_write(2, &info, bytes), 16);
	assert_memory_equal(bytes, SIGNATURE "\x21\x00\x00\x00", 16);
}

static void names_and_a_checksum_are_written_and_read_back(void **state)
{
	static const char longest[PROXYPROTO_NAME_MAX + 1];
	struct proxyproto_info info = { .src = endpoint("10.0.0.1", 8080),
					.dst = endpoint("192.168.0.2", 80),
					.authority = { "host.example", 12 },
					.unique_id = { "id-1", 4 },
					.checksum = true };
	struct proxyproto_info back;
	uint8_t bytes[PROXYPROTO_V2_MAX];
	size_t len = proxyproto_write(2, &info, bytes);

	assert_int_equal(len, 28 + 7 + 3 + 12 + 3 + 4);
	assert_memory_equal(bytes + 28, "\x03\x00\x04", 3);
	assert_int_equal(proxyproto_parse(bytes, len, &back), len);
	assert_memory_equal(back.authority.at, "host.example", 12);
	assert_memory_equal(back.unique_id.at, "id-1", 4);
	bytes[len - 1] ^= 1;
	assert_int_equal(proxyproto_parse(bytes, len, &back), -EPROTO);
	assert_int_equal(proxyproto_write(1, &info, bytes), 41);

	info.authority = (struct slice){ longest, PROXYPROTO_NAME_MAX };
	info.unique_id = (struct slice){ longest, PROXYPROTO_ID_MAX };
	assert_int_equal(proxyproto_write(2, &info, bytes), 28 + 7 + 3 + 255 + 3 + 128);
	info.authority.len++;
	info.unique_id.len++;
	assert_int_equal(proxyproto_write(2, &info, bytes), 28 + 7);
}

static void two_families_are_written_as_ip6(void **state)
{
	struct proxyproto_info info = { .src = endpoint("10.0.0.1", 8080),
					.dst = endpoint("2001:db8::2", 80) };
	struct proxyproto_info back;
	uint8_t bytes[PROXYPROTO_V2_MAX];

	for (unsigned version = 1; version <= 2; version++) {
		size_t len = proxyproto_write(version, &info, bytes);

		assert_int_equal(proxyproto_parse(bytes, len, &back), len);
		assert_endpoint(&back.src, "::ffff:10.0.0.1", 8080);
		assert_endpoint(&back.dst, "2001:db8::2", 80);
	}
}

static void the_longest_line_fits(void **state)
{
	struct proxyproto_info info = {
		.src = endpoint("1111:2222:3333:4444:5555:6666:7777:8888", 65535),
		.dst = endpoint("1111:2222:3333:4444:5555:6666:7777:8888", 65535),
	};
	uint8_t bytes[PROXYPROTO_V2_MAX];

	assert_int_equal(proxyproto_write(1, &info, bytes), 104);
	assert_true(proxyproto_write(2, &info, bytes) <= PROXYPROTO_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v1_lines_are_read),
		cmocka_unit_test(v1_unknown_ignores_the_rest_of_the_line),
		cmocka_unit_test(v1_bad_lines_are_refused),
		cmocka_unit_test(v2_ip4_is_read),
		cmocka_unit_test(v2_ip6_with_tlvs_is_read),
		cmocka_unit_test(v2_names_are_kept),
		cmocka_unit_test(v2_local_unix_and_unspec_keep_the_sockets_addresses),
		cmocka_unit_test(v2_bad_headers_are_refused),
		cmocka_unit_test(v2_checksum_is_verified),
		cmocka_unit_test(written_headers_are_exact),
		cmocka_unit_test(names_and_a_checksum_are_written_and_read_back),
		cmocka_unit_test(two_families_are_written_as_ip6),
		cmocka_unit_test(the_longest_line_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
