/* SPDX-License-Identifier: Apache-2.0 */
/* Hellos on the wire, and which of them are believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/peers.h"

enum { SECOND = 1000000 };

static const struct ip source = { .family = AF_INET, .bytes = { 10, 1, 1, 21 } };
static struct moment now = { 100 * (uint64_t)SECOND };
static struct peers one, other;

static void setup(void)
{
	peers_init(&one, 11);
	peers_init(&other, 22);
}

static struct hello say(struct peers *peers, enum page_vrrp_state state)
{
	struct hello hello = { .kind = HELLO_SAY, .vrid = 51, .family = AF_INET,
			       .state = (uint8_t)state, .priority = 100, .flags = HELLO_SERVES,
			       .interval_us = SECOND, .name = "node" };

	peers_stamp(peers, now, &hello);
	return hello;
}

static enum peers_verdict hear(struct peers *peers, const struct hello *hello)
{
	struct peer *peer;

	return peers_hear(peers, now, hello, &source, 1, &peer);
}

static void acquaint(void)
{
	struct hello hello = say(&one, PAGE_VRRP_BACKUP);

	hear(&other, &hello);
	hello = say(&other, PAGE_VRRP_MASTER);
	assert_int_equal(hear(&one, &hello), PEERS_BELIEVED);
	hello = say(&one, PAGE_VRRP_BACKUP);
	assert_int_equal(hear(&other, &hello), PEERS_BELIEVED);
}

static void test_wire(void **state)
{
	struct vrrp_instance_conf conf = { .auth_key = "PASSWORD" };
	struct hello hello, back;
	uint8_t key[HELLO_KEY], wrong[HELLO_KEY], bytes[HELLO_MAX], vrid, family;

	setup();
	acquaint();
	hello = say(&one, PAGE_VRRP_MASTER);
	hello.agreement = 0x0123456789abcdef;
	hello.family = AF_INET6;
	hello_key(NULL, &conf, key);
	hello_key("another", &conf, wrong);
	int len = hello_build(&hello, key, bytes);
	assert_int_equal(len, HELLO_HEADER + HELLO_ECHO + HELLO_MAC);
	assert_true(hello_peek(bytes, (size_t)len, &vrid, &family));
	assert_int_equal(vrid, 51);
	assert_int_equal(family, AF_INET6);
	assert_true(hello_parse(bytes, (size_t)len, key, &back));
	assert_int_equal(back.agreement, hello.agreement);
	assert_int_equal(back.stamp.counter, hello.stamp.counter);
	assert_int_equal(back.echo[0].boot, 22);
	assert_string_equal(back.name, "node");
	assert_false(hello_parse(bytes, (size_t)len, wrong, &back));
	for (int i = 0; i < len; i++) {
		bytes[i] ^= 1;
		assert_false(hello_parse(bytes, (size_t)len, key, &back));
		bytes[i] ^= 1;
		assert_false(hello_parse(bytes, (size_t)i, key, &back));
	}
}

/* A name is for log lines. */
static void test_name_is_harmless(void **state)
{
	struct hello hello, back;
	uint8_t key[HELLO_KEY] = { 1 }, bytes[HELLO_MAX];

	setup();
	hello = say(&one, PAGE_VRRP_BACKUP);
	memcpy(hello.name, "a\nb \x1b\xff", 7);
	int len = hello_build(&hello, key, bytes);
	assert_true(hello_parse(bytes, (size_t)len, key, &back));
	assert_string_equal(back.name, "a?b???");
}

static void test_acquaintance(void **state)
{
	struct hello hello;

	setup();
	hello = say(&one, PAGE_VRRP_BACKUP);
	assert_int_equal(hear(&other, &hello), PEERS_UNKNOWN); /* it knows nothing of us yet */
	assert_null(peers_successor(&other, now, SECOND, 0));
	acquaint();
	assert_int_equal(peers_successor(&other, now, SECOND, 0)->last.stamp.boot, 11);
	assert_int_equal(peers_master(&one, now, SECOND)->last.stamp.boot, 22);
	assert_null(peers_master(&other, now, SECOND));
	now = moment_after(now, 2 * SECOND);
	assert_null(peers_master(&one, now, SECOND));
	assert_true(peers_any(&one, now, 3 * SECOND));
}

static void test_repetition_is_ignored(void **state)
{
	struct hello hello, own;

	setup();
	acquaint();
	hello = say(&other, PAGE_VRRP_MASTER);
	assert_int_equal(hear(&one, &hello), PEERS_BELIEVED);
	assert_int_equal(hear(&one, &hello), PEERS_IGNORED);
	own = say(&one, PAGE_VRRP_BACKUP);
	assert_int_equal(hear(&one, &own), PEERS_IGNORED);
}

/* Kept back and let go later: in order, but it echoes what is long past. */
static void test_delayed_is_not_believed(void **state)
{
	struct hello late;

	setup();
	acquaint();
	late = say(&other, PAGE_VRRP_MASTER);
	for (unsigned i = 0; i <= PEERS_RECENT; i++)
		say(&one, PAGE_VRRP_BACKUP);
	assert_int_equal(hear(&one, &late), PEERS_UNKNOWN);
	assert_null(peers_master(&one, now, SECOND));
}

/* What was recorded from a process that is gone does not push out the one that lives. */
static void test_recorded_of_another_boot(void **state)
{
	struct peers before;
	struct hello old, hello;

	setup();
	peers_init(&before, 21);
	acquaint();
	old = say(&before, PAGE_VRRP_MASTER);
	for (unsigned i = 0; i < 3; i++)
		hear(&one, &old);
	hello = say(&other, PAGE_VRRP_MASTER);
	assert_int_equal(hear(&one, &hello), PEERS_BELIEVED);
}

static void test_restarted_peer_takes_its_place(void **state)
{
	struct hello hello;

	setup();
	acquaint();
	peers_init(&other, 33);
	hello = say(&other, PAGE_VRRP_BACKUP);
	assert_int_equal(hear(&one, &hello), PEERS_UNKNOWN);
	hello = say(&one, PAGE_VRRP_MASTER);
	hear(&other, &hello);
	hello = say(&other, PAGE_VRRP_BACKUP);
	assert_int_equal(hear(&one, &hello), PEERS_BELIEVED);
	assert_int_equal(peers_successor(&one, now, SECOND, 0)->last.stamp.boot, 33);
	hello = say(&one, PAGE_VRRP_MASTER);
	assert_int_equal(hear(&other, &hello), PEERS_BELIEVED);
}

static void test_best_successor(void **state)
{
	struct peers third;
	struct hello hello;

	setup();
	peers_init(&third, 44);
	acquaint();
	hello = say(&other, PAGE_VRRP_BACKUP);
	hello.priority = 90;
	hear(&one, &hello);
	hello = say(&one, PAGE_VRRP_MASTER);
	hear(&third, &hello);
	hello = say(&third, PAGE_VRRP_BACKUP);
	hello.priority = 95;
	struct peer *peer;
	struct ip elsewhere = source;
	elsewhere.bytes[3]++;
	assert_int_equal(peers_hear(&one, now, &hello, &elsewhere, 1, &peer), PEERS_BELIEVED);
	assert_int_equal(peers_successor(&one, now, SECOND, 0)->last.stamp.boot, 44);
	/* One that would not hold the same addresses is none. */
	assert_null(peers_successor(&one, now, SECOND, 1));
	hello = say(&third, PAGE_VRRP_FAULT);
	hello.flags = 0;
	hear(&one, &hello);
	assert_int_equal(peers_successor(&one, now, SECOND, 0)->last.stamp.boot, 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_name_is_harmless),
		cmocka_unit_test(test_acquaintance),
		cmocka_unit_test(test_repetition_is_ignored),
		cmocka_unit_test(test_delayed_is_not_believed),
		cmocka_unit_test(test_recorded_of_another_boot),
		cmocka_unit_test(test_restarted_peer_takes_its_place),
		cmocka_unit_test(test_best_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
