/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of configuration: what is read, what is refused and why. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#include "net/address.h"

enum {
	BIND = NET_NEED_PORT | NET_PORT_RANGE | NET_ANY | NET_FD | NET_UNIX | NET_STREAM,
	SERVER = NET_PORT_OFFSET | NET_ANY | NET_UNIX | NET_STREAM,
	BARE = NET_NO_PORT,
};

static void good_addresses_are_read(void **state)
{
	static const struct {
		const char *text;
		unsigned flags;
		const char *as;
		uint16_t low, high;
	} rows[] = {
		{ "1.2.3.4:80", BIND, "1.2.3.4:80", 80, 80 },
		{ ":80", BIND, "0.0.0.0:80", 80, 80 },
		{ "*:80", BIND, "0.0.0.0:80", 80, 80 },
		{ ":10-20", BIND, "0.0.0.0:10", 10, 20 },
		{ "[::1]:80-90", BIND, "[::1]:80", 80, 90 },
		{ "::1:80", BIND, "[::1]:80", 80, 80 },
		{ ":::80", BIND, "[::]:80", 80, 80 },
		{ "[::]:80", BIND, "[::]:80", 80, 80 },
		{ "ipv4@:80", BIND, "0.0.0.0:80", 80, 80 },
		{ "ipv6@:80", BIND, "[::]:80", 80, 80 },
		{ "ipv6@*:80", BIND, "[::]:80", 80, 80 },
		{ "ipv6@::1:80", BIND, "[::1]:80", 80, 80 },
		{ "tcp4@:80", BIND, "0.0.0.0:80", 80, 80 },
		{ "tcp6@:80", BIND, "[::]:80", 80, 80 },
		{ "stream+ipv4@:80", BIND, "0.0.0.0:80", 80, 80 },
		{ "ip@10.0.0.1:65535", BIND, "10.0.0.1:65535", 65535, 65535 },
		{ "unix@/tmp/x", BIND, "/tmp/x", 0, 0 },
		{ "unix@x.sock", BIND, "x.sock", 0, 0 },
		{ "/tmp/x:y", BIND, "/tmp/x:y", 0, 0 },
		{ "abns@foo", BIND, "@foo", 0, 0 },
		{ "fd@3", BIND, "fd@3", 0, 0 },
		{ "sockpair@4", BIND, "fd@4", 0, 0 },
		{ "1.2.3.4", SERVER, "1.2.3.4", 0, 0 },
		{ "1.2.3.4:", SERVER, "1.2.3.4", 0, 0 },
		{ "1.2.3.4:0", SERVER, "1.2.3.4", 0, 0 },
		{ "*", SERVER, "0.0.0.0", 0, 0 },
		{ "", SERVER, "0.0.0.0", 0, 0 },
		{ "ipv4@", SERVER, "0.0.0.0", 0, 0 },
		{ "[::1]", SERVER, "::1", 0, 0 },
		{ "2001:db8::1:8080", SERVER, "[2001:db8::1]:8080", 8080, 8080 },
		{ "2001:db8::1", SERVER, "2001:db8::1", 0, 0 },
		{ "1:2:3:4:5:6:7:8", SERVER, "1:2:3:4:5:6:7:8", 0, 0 },
		{ "1:2:3:4:5:6:7:8:9", SERVER, "[1:2:3:4:5:6:7:8]:9", 9, 9 },
		{ "::ffff:1.2.3.4:80", SERVER, "[::ffff:1.2.3.4]:80", 80, 80 },
		{ "[1.2.3.4]:80", SERVER, "1.2.3.4:80", 80, 80 },
		{ "fe80::1:80", BARE, "fe80::1:80", 0, 0 },
		{ "10.1.1.1", BARE, "10.1.1.1", 0, 0 },
		{ "udp@127.0.0.1:514", 0, "127.0.0.1:514", 514, 514 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_parsed parsed;
		const char *why = "?";
		char text[NET_ADDRESS_TEXT];

		if (!net_address_parse(rows[i].text, rows[i].flags, &parsed, &why))
			fail_msg("'%s': %s", rows[i].text, why);
		assert_string_equal(net_address_text(&parsed.address, text), rows[i].as);
		assert_int_equal(parsed.port_low, rows[i].low);
		assert_int_equal(parsed.port_high, rows[i].high);
		assert_int_equal(net_address_port(&parsed.address), rows[i].low);
		assert_false(parsed.port_relative);
	}
}

static void bad_addresses_are_refused(void **state)
{
	static const struct {
		const char *text;
		unsigned flags;
		const char *why;
	} rows[] = {
		{ "1.2.3.4", BIND, "missing port" },
		{ "*", BIND, "missing port" },
		{ "::", BIND, "missing port" },
		{ "1.2.3.4:", BIND, "missing port" },
		{ "1.2.3.4:20-10", BIND, "invalid port range '20-10'" },
		{ "1.2.3.4:+10", BIND, "a port offset is not permitted here" },
		{ ":0", BIND, "invalid port '0'" },
		{ ":0-5", BIND, "invalid port '0-5'" },
		{ ":65536", BIND, "invalid port '65536'" },
		{ ":1-65536", BIND, "invalid port '1-65536'" },
		{ ":1-", BIND, "invalid port '1-'" },
		{ ":1-2-3", BIND, "invalid port '1-2-3'" },
		{ ":80x", BIND, "invalid port '80x'" },
		{ ":99999999999999999999", BIND, "invalid port '99999999999999999999'" },
		{ "[::1:80", BIND, "missing ']' after the address" },
		{ "[::1]80", BIND, "only a port may follow the ']'" },
		{ "[]:80", BIND, "missing address" },
		{ "fd@x", BIND, "the file descriptor is not a number" },
		{ "fd@", BIND, "the file descriptor is not a number" },
		{ "fd@-1", BIND, "the file descriptor is not a number" },
		{ "fd@99999999999", BIND, "the file descriptor is not a number" },
		{ "fd@3", SERVER, "a file descriptor is not permitted here" },
		{ "udp@:80", BIND, "a datagram address is not permitted here" },
		{ "dgram+ip@:80", BIND, "a datagram address is not permitted here" },
		{ "unix@", BIND, "missing path of the socket" },
		{ "abns@", BIND, "missing name of the socket" },
		{ "/tmp/x", BARE, "a unix socket is not permitted here" },
		{ "1.2.3.4:10-20", SERVER, "a port range is not permitted here" },
		{ "1.2.3.4:+70000", SERVER, "invalid port offset '+70000'" },
		{ "1.2.3.4:+", SERVER, "invalid port offset '+'" },
		{ "1.2.3.4:x", SERVER, "invalid port 'x'" },
		{ "ipv6@1.2.3.4:80", SERVER, "invalid IPv6 address '1.2.3.4'" },
		{ "ipv4@::1:80", SERVER, "invalid IPv4 address '::1'" },
		{ "1.2.3:80", SERVER, "invalid address '1.2.3'" },
		{ "nosuch:80", SERVER, "invalid address 'nosuch'" },
		{ "1.2.3.4:80", BARE, "a port is not permitted here" },
		{ "*", BARE, "missing address" },
		{ "", BARE, "missing address" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_parsed parsed;
		const char *why = "?";

		if (net_address_parse(rows[i].text, rows[i].flags, &parsed, &why))
			fail_msg("'%s' is accepted", rows[i].text);
		assert_string_equal(why, rows[i].why);
	}
}

static void server_ports_may_be_relative(void **state)
{
	struct net_parsed parsed;
	const char *why;

	assert_true(net_address_parse("10.0.0.1:+8000", SERVER, &parsed, &why));
	assert_true(parsed.port_relative);
	assert_int_equal(parsed.port_offset, 8000);
	assert_int_equal(net_address_port(&parsed.address), 0);
	assert_true(net_address_parse("10.0.0.1:-65535", SERVER, &parsed, &why));
	assert_int_equal(parsed.port_offset, -65535);
}

static void prefixes_tell_the_socket_type(void **state)
{
	static const struct {
		const char *text;
		int type;
	} rows[] = {
		{ "1.1.1.1:1", 0 },	      { "tcp@1.1.1.1:1", SOCK_STREAM },
		{ "udp4@1.1.1.1:1", SOCK_DGRAM }, { "udp6@[::1]:1", SOCK_DGRAM },
		{ "uxdg@/dev/log", SOCK_DGRAM },  { "uxst@/dev/log", SOCK_STREAM },
		{ "dgram+unix@/x", SOCK_DGRAM },  { "unix@/x", 0 },
	};
	struct net_parsed parsed;
	const char *why;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(net_address_parse(rows[i].text, NET_UNIX, &parsed, &why));
		assert_int_equal(parsed.type, rows[i].type);
		assert_false(parsed.sockpair);
	}
	assert_true(net_address_parse("sockpair@9", NET_FD, &parsed, &why));
	assert_true(parsed.sockpair);
	assert_int_equal(parsed.address.fd, 9);
	assert_int_equal(parsed.address.len, 0);
}

static void names_are_resolved_where_permitted(void **state)
{
	struct net_parsed parsed;
	const char *why;

	assert_true(net_address_parse("ipv4@localhost:80", SERVER | NET_NAMES, &parsed, &why));
	assert_int_equal(parsed.address.storage.ss_family, AF_INET);
	assert_int_equal(net_address_port(&parsed.address), 80);
	assert_false(net_address_parse("no-such-host.invalid:80", SERVER | NET_NAMES, &parsed, &why));
	assert_memory_equal(why, "no such host: no-such-host.invalid (", 36);
}

static void unix_paths_have_a_limit(void **state)
{
	char text[6 + 109] = "unix@/";
	struct net_parsed parsed;
	char back[NET_ADDRESS_TEXT];
	const char *why;

	memset(text + 6, 'x', 106);
	assert_true(net_address_parse(text, NET_UNIX, &parsed, &why));
	assert_string_equal(net_address_text(&parsed.address, back), text + 5);
	text[6 + 106] = 'x';
	assert_false(net_address_parse(text, NET_UNIX, &parsed, &why));
	memcpy(text, "abns@", 5);
	text[111] = '\0';
	assert_true(net_address_parse(text, NET_UNIX, &parsed, &why));
	assert_int_equal(parsed.address.len, sizeof(struct sockaddr_un));
}

static void endpoints_convert_both_ways(void **state)
{
	struct net_endpoint endpoint;
	struct sockaddr_storage storage;
	struct net_parsed parsed;
	char text[NET_TEXT];
	const char *why;

	assert_true(net_address_parse("[2001:db8::7]:7", 0, &parsed, &why));
	net_endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&parsed.address.storage);
	assert_int_equal(endpoint.port, 7);
	assert_string_equal(net_endpoint_text(&endpoint, text), "2001:db8::7");
	assert_int_equal(net_endpoint_to_sockaddr(&endpoint, &storage), sizeof(struct sockaddr_in6));
	assert_memory_equal(&storage, &parsed.address.storage, sizeof(struct sockaddr_in6));

	net_endpoint_from_sockaddr(&endpoint, &(struct sockaddr){ .sa_family = AF_UNIX });
	assert_string_equal(net_endpoint_text(&endpoint, text), "unix");
	net_endpoint_from_sockaddr(&endpoint, &(struct sockaddr){ .sa_family = AF_PACKET });
	assert_string_equal(net_endpoint_text(&endpoint, text), "-");
	assert_int_equal(net_endpoint_to_sockaddr(&endpoint, &storage), 0);
	net_address_set_port(&parsed.address, 9);
	assert_int_equal(net_address_port(&parsed.address), 9);
}

static void every_octet_is_written(void **state)
{
	char text[NET_TEXT], expected[NET_TEXT];

	for (unsigned i = 0; i < 256; i++) {
		const uint8_t ip[4] = { (uint8_t)i, 0, (uint8_t)(255 - i), (uint8_t)i };

		snprintf(expected, sizeof(expected), "%u.0.%u.%u", i, 255 - i, i);
		assert_string_equal(net_ip_text(AF_INET, ip, text), expected);
	}
	assert_string_equal(net_ip_text(AF_INET6, in6addr_loopback.s6_addr, text), "::1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_addresses_are_read),
		cmocka_unit_test(bad_addresses_are_refused),
		cmocka_unit_test(server_ports_may_be_relative),
		cmocka_unit_test(prefixes_tell_the_socket_type),
		cmocka_unit_test(names_are_resolved_where_permitted),
		cmocka_unit_test(unix_paths_have_a_limit),
		cmocka_unit_test(endpoints_convert_both_ways),
		cmocka_unit_test(every_octet_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
