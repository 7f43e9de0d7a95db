/* SPDX-License-Identifier: Apache-2.0 */
/* Weights and faults of everything that is tracked, by an instance and by its sync group. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "vrrp/tracking.h"

static bool link_up;

static bool link_is_up(void *context, const char *name)
{
	return link_up;
}

static struct vrrp_script_conf script = { .name = "chk" };
static struct vrrp_process_conf process = { .name = "nginx", .quorum = 1, .quorum_max = UINT_MAX };
static struct vrrp_file_conf file = { .name = "load" };
static struct vrrp_bfd_conf bfd = { .name = "router" };
static struct vrrp_conf all = {
	.scripts = &script, .script_count = 1, .processes = &process, .process_count = 1,
	.files = &file, .file_count = 1, .bfds = &bfd, .bfd_count = 1,
};
static struct track_results results;
static const struct tracking tracking = { &all, &results, link_is_up, NULL };
static struct vrrp_track track = { .name = "chk" };
static struct vrrp_instance_conf conf;
static char cause[TRACK_CAUSE];

static int setup(void **state)
{
	return track_results_init(&results, &all);
}

static int teardown(void **state)
{
	track_results_free(&results);
	return 0;
}

static void take(enum scripts_message_kind kind, int up, int status)
{
	struct scripts_message message = { .kind = kind, .up = up, .status = status };

	assert_true(track_results_take(&results, &all, &message, cause));
}

/* The effective priority with one track line of that kind. */
static uint8_t priority(uint8_t base, enum vrrp_track_kind kind, int weight, bool reverse)
{
	conf = (struct vrrp_instance_conf){ .priority = base, .tracks = &track };
	track = (struct vrrp_track){ .kind = kind, .name = "chk", .weight = weight,
				     .weight_reverse = reverse };
	return tracking_priority(&conf, &tracking);
}

static void test_script_weights(void **state)
{
	static const struct {
		uint8_t base;
		int weight;
		bool reverse;
		enum track_state result;
		uint8_t priority;
	} rows[] = {
		{ 101, 2, false, TRACK_UP, 103 },
		{ 101, 2, false, TRACK_DOWN, 101 },
		{ 101, 2, false, TRACK_UNKNOWN, 101 },
		{ 101, -5, false, TRACK_UP, 101 },
		{ 101, -5, false, TRACK_DOWN, 96 },
		{ 101, 2, true, TRACK_UP, 99 },
		{ 101, -5, true, TRACK_DOWN, 106 },
		{ 200, 253, false, TRACK_UP, 254 },
		{ 2, -253, false, TRACK_DOWN, 1 },
		{ 255, -253, false, TRACK_DOWN, 255 }, /* the owner */
		{ 101, 0, false, TRACK_DOWN, 101 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		results.scripts[0] = rows[i].result;
		assert_int_equal(priority(rows[i].base, VRRP_TRACK_SCRIPT, rows[i].weight,
					  rows[i].reverse),
				 rows[i].priority);
	}
}

static void test_script_faults(void **state)
{
	priority(101, VRRP_TRACK_SCRIPT, 0, false);
	assert_false(tracking_fault(&conf, &tracking, cause));
	assert_true(tracking_waits(&conf, &tracking));
	take(SCRIPTS_RESULT, 1, 0);
	assert_string_equal(cause, "script chk succeeds");
	assert_false(tracking_fault(&conf, &tracking, cause));
	assert_false(tracking_waits(&conf, &tracking));
	take(SCRIPTS_RESULT, 0, 256);
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "script chk fails");
	track.weight_reverse = true;
	assert_false(tracking_fault(&conf, &tracking, cause));
	take(SCRIPTS_RESULT, 1, 0);
	assert_true(tracking_fault(&conf, &tracking, cause));
	results.scripts[0] = TRACK_UNKNOWN;
	priority(101, VRRP_TRACK_SCRIPT, 2, false); /* a weight makes nobody wait */
	assert_false(tracking_waits(&conf, &tracking));
	assert_true(tracking_unknown(&conf, &tracking));
}

static void test_first_results(void **state)
{
	struct track_results first;

	script.init_fail = true;
	assert_int_equal(track_results_init(&first, &all), 0);
	assert_int_equal(first.scripts[0], TRACK_DOWN);
	assert_int_equal(first.bfds[0], TRACK_DOWN);
	assert_int_equal(first.processes[0].state, TRACK_UNKNOWN);
	assert_false(first.files[0].known);
	track_results_free(&first);
	script.init_fail = false;
	assert_int_equal(track_results_init(&first, &all), 0);
	assert_int_equal(first.scripts[0], TRACK_UNKNOWN);
	track_results_free(&first);
}

static void test_interfaces(void **state)
{
	link_up = false;
	assert_int_equal(priority(100, VRRP_TRACK_INTERFACE, -7, false), 93);
	assert_int_equal(priority(100, VRRP_TRACK_INTERFACE, 5, true), 100);
	assert_int_equal(priority(100, VRRP_TRACK_INTERFACE, 0, false), 100);
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "tracked interface chk is down");
	link_up = true;
	assert_false(tracking_fault(&conf, &tracking, cause));
	assert_int_equal(priority(100, VRRP_TRACK_INTERFACE, -7, false), 100);
	assert_int_equal(priority(100, VRRP_TRACK_INTERFACE, 5, true), 95);
	assert_int_equal(priority(100, VRRP_TRACK_INTERFACE, 0, true), 100);
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "tracked interface chk is up");
}

static void test_processes(void **state)
{
	take(SCRIPTS_PROCESS, 0, 0);
	assert_string_equal(cause, "process nginx: 0 of 1 running");
	assert_int_equal(priority(100, VRRP_TRACK_PROCESS, -20, false), 80);
	assert_int_equal(priority(100, VRRP_TRACK_PROCESS, 20, false), 100);
	priority(100, VRRP_TRACK_PROCESS, 0, false);
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "process nginx: 0 of 1 running");
	take(SCRIPTS_PROCESS, 1, 3);
	assert_false(tracking_fault(&conf, &tracking, cause));
	assert_int_equal(priority(100, VRRP_TRACK_PROCESS, 20, false), 120);
	process.quorum_max = 2;
	take(SCRIPTS_PROCESS, 0, 3);
	assert_string_equal(cause, "process nginx: 3 running, 1 to 2 wanted");
	process.quorum_max = UINT_MAX;
	results.processes[0].state = TRACK_UNKNOWN;
	assert_true(tracking_waits(&conf, &tracking));
}

static void test_bfd(void **state)
{
	assert_int_equal(priority(100, VRRP_TRACK_BFD, -10, false), 90);
	priority(100, VRRP_TRACK_BFD, 0, false);
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "bfd chk is down");
}

/* The numbers that Keepalived 2.2.7 made of the same files. */
static void test_files(void **state)
{
	static const struct {
		int value, weight;
		bool reverse;
		uint8_t priority; /* of 100 */
		const char *fault;
	} rows[] = {
		{ 7, 1, false, 107, NULL },
		{ 7, -2, false, 86, NULL },
		{ 6, 2, true, 88, NULL },
		{ 300, 1, false, 254, NULL },
		{ 300, -2, false, 1, "file chk: its value 300 times -2 is below -253" },
		{ 300, 3, true, 1, "file chk: its value 300 times -3 is below -253" },
		{ -300, -2, false, 254, NULL },
		{ -254, 1, false, 1, "file chk: its value -254 times 1 is below -253" },
		{ -253, 1, false, 1, NULL },
		{ 0, 0, false, 100, NULL },
		{ -1, 0, false, 100, "file chk: its value -1 is not 0" },
		{ 1, 0, false, 100, "file chk: its value 1 is not 0" },
		{ 1, 0, true, 100, NULL },
		{ 0, 0, true, 100, "file chk: its value 0 is 0" },
		{ INT_MIN, INT_MAX, false, 1, "file chk: its value -2147483648 times 2147483647 is "
					      "below -253" },
		{ INT_MIN, INT_MAX, true, 254, NULL },
	};

	priority(100, VRRP_TRACK_FILE, 1, false);
	assert_true(tracking_waits(&conf, &tracking));
	assert_false(tracking_fault(&conf, &tracking, cause));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		take(SCRIPTS_FILE, 0, rows[i].value);
		assert_int_equal(priority(100, VRRP_TRACK_FILE, rows[i].weight, rows[i].reverse),
				 rows[i].priority);
		assert_int_equal(tracking_fault(&conf, &tracking, cause), rows[i].fault != NULL);
		if (rows[i].fault != NULL)
			assert_string_equal(cause, rows[i].fault);
		assert_int_equal(tracking_holds(&conf, &tracking),
				 rows[i].fault != NULL && rows[i].weight != 0);
	}
}

static void test_group(void **state)
{
	struct vrrp_track theirs = { .kind = VRRP_TRACK_BFD, .name = "router", .weight = -10 };
	struct vrrp_group_conf group = { .tracks = &theirs };

	take(SCRIPTS_RESULT, 1, 0);
	assert_int_equal(priority(100, VRRP_TRACK_SCRIPT, 7, false), 107);
	conf.group_conf = &group;
	assert_int_equal(tracking_priority(&conf, &tracking), 97);
	conf.tracks = NULL;
	assert_int_equal(tracking_priority(&conf, &tracking), 90);
	theirs.weight = 0;
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "bfd router is down");
	results.bfds[0] = TRACK_UP;
	assert_false(tracking_fault(&conf, &tracking, cause));
}

static void test_strange_messages(void **state)
{
	struct scripts_message message = { .kind = SCRIPTS_FILE, .index = 1 };

	assert_false(track_results_take(&results, &all, &message, cause));
	message = (struct scripts_message){ .kind = SCRIPTS_NOTIFY };
	assert_false(track_results_take(&results, &all, &message, cause));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_script_weights), TEST(test_script_faults), TEST(test_first_results),
		TEST(test_interfaces), TEST(test_processes), TEST(test_bfd), TEST(test_files),
		TEST(test_group), TEST(test_strange_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
