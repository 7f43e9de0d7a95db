/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes match a vrrp_track_process, how many are wanted, and the delays; numbers of files. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "vrrp/track_file.h"
#include "vrrp/track_process.h"

enum { EXACT = VRRP_PARAMS_EXACT, PARTIAL = VRRP_PARAMS_PARTIAL, INITIAL = VRRP_PARAMS_INITIAL };

#define WORDS(text) text, sizeof(text)

static void test_matching(void **state)
{
	static const struct {
		const char *argv[4];
		bool params, full;
		int match;
		const char *name, *command;
		size_t len;
		bool matches;
	} rows[] = {
		{ { "sshd" }, 0, 0, EXACT, "sshd", WORDS("sshd: x"), true },
		{ { "ssh" }, 0, 0, EXACT, "sshd", WORDS("/usr/sbin/sshd"), false },
		{ { "sshd" }, 0, 0, EXACT, "ssh", WORDS("sshd"), false },
		/* The kernel cuts names to 15 bytes. */
		{ { "a-rather-long-name" }, 0, 0, EXACT, "a-rather-long-n", WORDS("x"), true },
		{ { "nginx" }, 0, 1, EXACT, "other", WORDS("nginx"), true },
		{ { "nginx" }, 0, 1, EXACT, "nginx", WORDS("/usr/sbin/nginx"), false },
		{ { "nginx" }, 0, 1, EXACT, "nginx", WORDS("nginx\0-g\0x"), true },
		{ { "nginx" }, 0, 1, EXACT, "nginx", "", 0, false }, /* a thread of the kernel */
		{ { "a", "-x" }, 1, 0, EXACT, "?", WORDS("a\0-x"), true },
		{ { "a", "-x" }, 1, 0, EXACT, "?", WORDS("a\0-x\0-y"), false },
		{ { "a", "-x" }, 1, 0, EXACT, "?", WORDS("a"), false },
		{ { "a", "-x" }, 1, 0, PARTIAL, "?", WORDS("a\0-x\0-y"), true },
		{ { "a", "-x" }, 1, 0, PARTIAL, "?", WORDS("a\0-xy"), false },
		{ { "a", "-x" }, 1, 0, INITIAL, "?", WORDS("a\0-xy"), true },
		{ { "a", "-x" }, 1, 0, INITIAL, "?", WORDS("a\0-xy\0z"), false },
		{ { "a", "-x", "b" }, 1, 0, INITIAL, "?", WORDS("a\0-xy\0b"), false },
		/* param_match without parameters: there must be none. */
		{ { "a" }, 1, 0, PARTIAL, "?", WORDS("a"), true },
		{ { "a" }, 1, 0, PARTIAL, "?", WORDS("a\0b"), false },
		{ { "a" }, 1, 0, INITIAL, "?", WORDS("a\0b"), false },
		{ { "a", "" }, 1, 0, EXACT, "?", WORDS("a\0"), true }, /* an empty parameter */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct vrrp_process_conf conf = {
			.argv = (char **)(void *)rows[i].argv, .match_params = rows[i].params,
			.full_command = rows[i].full, .param_match = rows[i].match,
		};
		size_t len = rows[i].len;

		if (track_process_matches(&conf, rows[i].name, rows[i].command, len) !=
		    rows[i].matches)
			fail_msg("row %zu", i);
	}
}

static struct vrrp_process_conf conf = { .quorum = 2, .quorum_max = 3 };

static void come(struct track_process *track, pid_t pid)
{
	assert_int_equal(track_process_add(track, pid), 0);
}

static void test_quorum(void **state)
{
	struct track_process track;
	struct moment now = { 5 };

	track_process_init(&track, &conf);
	assert_true(track_process_settle(&track, now, false));
	assert_true(track.known && !track.up);
	come(&track, 10);
	come(&track, 10);
	assert_true(track_process_settle(&track, now, true)); /* "1 of 2" is news */
	assert_int_equal(track.count, 1);
	assert_false(track_process_settle(&track, now, false));
	come(&track, 11);
	assert_true(track_process_settle(&track, now, true));
	assert_true(track.up);
	come(&track, 12);
	assert_false(track_process_settle(&track, now, true)); /* enough is enough */
	come(&track, 13);
	assert_true(track_process_settle(&track, now, true));
	assert_false(track.up); /* 4 of at most 3 */
	assert_true(track_process_remove(&track, 10));
	assert_false(track_process_remove(&track, 99));
	assert_true(track_process_settle(&track, now, false));
	assert_true(track.up);
	track_process_free(&track);
}

static void test_delays(void **state)
{
	struct vrrp_process_conf slow = { .quorum = 1, .quorum_max = UINT_MAX,
					  .fork_delay_us = 300, .terminate_delay_us = 500 };
	struct track_process track;
	struct moment now = { 1000 };

	track_process_init(&track, &slow);
	come(&track, 7);
	assert_true(track_process_settle(&track, now, true)); /* the first is not delayed */
	assert_true(track.up);
	track_process_remove(&track, 7);
	assert_false(track_process_settle(&track, now, false));
	assert_int_equal(track.due.us, 1500);
	come(&track, 8); /* it is there again in time: a reload */
	assert_false(track_process_settle(&track, (struct moment){ 1400 }, true));
	assert_int_equal(track.due.us, UINT64_MAX);
	track_process_remove(&track, 8);
	assert_false(track_process_settle(&track, (struct moment){ 2000 }, false));
	assert_false(track_process_settle(&track, (struct moment){ 2499 }, false));
	assert_true(track_process_settle(&track, (struct moment){ 2500 }, false));
	assert_false(track.up);
	come(&track, 9);
	assert_false(track_process_settle(&track, (struct moment){ 3000 }, true));
	assert_int_equal(track.due.us, 3300);
	assert_true(track_process_settle(&track, (struct moment){ 3300 }, false));
	assert_true(track.up);
	track_process_free(&track);
}

/* As Keepalived 2.2.7 read the same files. */
static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool fits;
		int value;
	} rows[] = {
		{ "7\n", true, 7 }, { "8", true, 8 }, { "abc", true, 0 }, { "9abc", true, 9 },
		{ " 10 ", true, 10 }, { "", true, 0 }, { "-300", true, -300 },
		{ "0x10", true, 16 }, { "010", true, 8 }, { "1\n2\n", true, 1 },
		{ "99999999999", false, 0 }, { "2147483648", false, 0 },
		{ "-2147483648", true, INT_MIN }, { "99999999999999999999999", false, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int value = 0;

		assert_int_equal(track_file_parse(rows[i].text, strlen(rows[i].text), &value),
				 rows[i].fits);
		assert_int_equal(value, rows[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_quorum),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
