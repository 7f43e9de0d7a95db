/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a stream's states against the diagram in stream.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/stream.h"

static void test_every_state_has_a_name(void **state)
{
	for (unsigned i = 0; i < STREAM_STATES; i++) {
		assert_non_null(stream_state_name(i));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(stream_state_name(i), stream_state_name(j));
	}
}

static void test_every_state_can_end_and_the_end_is_the_end(void **state)
{
	for (unsigned i = 0; i < STREAM_STATES; i++) {
		assert_int_equal(stream_may_enter(i, STREAM_ENDED), i != STREAM_ENDED);
		assert_false(stream_may_enter(STREAM_ENDED, i));
		assert_false(stream_may_enter(i, STREAM_HEADER));
	}
}

static void test_only_a_connection_leads_to_the_tunnel(void **state)
{
	for (unsigned i = 0; i < STREAM_STATES; i++)
		assert_int_equal(stream_may_enter(i, STREAM_TUNNEL),
				 i == STREAM_CONNECTING || i == STREAM_EXCHANGE);
	for (unsigned i = 0; i < STREAM_STATES; i++)
		assert_int_equal(stream_may_enter(STREAM_TUNNEL, i), i == STREAM_ENDED);
}

static void test_every_state_can_be_reached(void **state)
{
	bool reached[STREAM_STATES] = { [STREAM_HEADER] = true };

	for (unsigned round = 0; round < STREAM_STATES; round++)
		for (unsigned i = 0; i < STREAM_STATES; i++)
			for (unsigned j = 0; reached[i] && j < STREAM_STATES; j++)
				reached[j] |= stream_may_enter(i, j);
	for (unsigned i = 0; i < STREAM_STATES; i++)
		assert_true(reached[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state_has_a_name),
		cmocka_unit_test(test_every_state_can_end_and_the_end_is_the_end),
		cmocka_unit_test(test_only_a_connection_leads_to_the_tunnel),
		cmocka_unit_test(test_every_state_can_be_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
