/* SPDX-License-Identifier: Apache-2.0 */
/* Weights and faults of tracked scripts and interfaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vrrp/tracking.h"

static bool link_up;

static bool link_is_up(void *context, const char *name)
{
	return link_up;
}

static struct vrrp_script_conf script = { .name = "chk" };
static struct vrrp_track_script track = { .script = &script };
static struct vrrp_instance_conf conf;
static enum track_state result;
static const struct tracking tracking = { &result, link_is_up, NULL };

static uint8_t priority(uint8_t base, int weight, bool reverse, enum track_state state)
{
	conf = (struct vrrp_instance_conf){ .priority = base, .track_scripts = &track };
	track.weight = weight;
	track.weight_reverse = reverse;
	result = state;
	return tracking_priority(&conf, &tracking);
}

static void test_script_weights(void **state)
{
	assert_int_equal(priority(101, 2, false, TRACK_UP), 103);
	assert_int_equal(priority(101, 2, false, TRACK_DOWN), 101);
	assert_int_equal(priority(101, 2, false, TRACK_UNKNOWN), 101);
	assert_int_equal(priority(101, -5, false, TRACK_UP), 101);
	assert_int_equal(priority(101, -5, false, TRACK_DOWN), 96);
	assert_int_equal(priority(101, 2, true, TRACK_UP), 99);
	assert_int_equal(priority(101, -5, true, TRACK_DOWN), 106);
	assert_int_equal(priority(200, 253, false, TRACK_UP), 254);
	assert_int_equal(priority(2, -253, false, TRACK_DOWN), 1);
	assert_int_equal(priority(255, -253, false, TRACK_DOWN), 255); /* the owner */
	assert_int_equal(priority(101, 0, false, TRACK_DOWN), 101);
}

static void test_script_faults(void **state)
{
	char cause[TRACK_CAUSE];

	priority(101, 0, false, TRACK_UNKNOWN);
	assert_false(tracking_fault(&conf, &tracking, cause));
	assert_true(tracking_waits(&conf, &tracking));
	result = TRACK_UP;
	assert_false(tracking_fault(&conf, &tracking, cause));
	assert_false(tracking_waits(&conf, &tracking));
	result = TRACK_DOWN;
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "script chk fails");
	track.weight_reverse = true;
	assert_false(tracking_fault(&conf, &tracking, cause));
	result = TRACK_UP;
	assert_true(tracking_fault(&conf, &tracking, cause));
	priority(101, 2, false, TRACK_UNKNOWN); /* a weight makes nobody wait */
	assert_false(tracking_waits(&conf, &tracking));
	assert_true(tracking_unknown(&conf, &tracking));
}

static void test_init_fail(void **state)
{
	struct vrrp_script_conf failing = { .init_fail = true };

	assert_int_equal(tracking_first(&failing), TRACK_DOWN);
	assert_int_equal(tracking_first(&script), TRACK_UNKNOWN);
}

static void test_interfaces(void **state)
{
	struct vrrp_track_interface one = { .name = "eth1" }, other = { .name = "eth2", .weight = -7 };
	char cause[TRACK_CAUSE];

	one.next = &other;
	conf = (struct vrrp_instance_conf){ .priority = 100, .track_interfaces = &one };
	link_up = false;
	assert_true(tracking_fault(&conf, &tracking, cause));
	assert_string_equal(cause, "tracked interface eth1 is down");
	assert_int_equal(tracking_priority(&conf, &tracking), 93);
	link_up = true;
	assert_false(tracking_fault(&conf, &tracking, cause));
	assert_int_equal(tracking_priority(&conf, &tracking), 100);
	one.weight = 5;
	assert_int_equal(tracking_priority(&conf, &tracking), 105);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_script_weights),
		cmocka_unit_test(test_script_faults),
		cmocka_unit_test(test_init_fail),
		cmocka_unit_test(test_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
