/* SPDX-License-Identifier: Apache-2.0 */
/* When the change of an interface is believed, on a clock of the test's own; and how drivers are asked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/macros.h"
#include "nl/beat.h"
#include "vrrp/carrier.h"

enum { DOWN = 2000, UP = 500 };

/* One look at the interface at a moment: what is believed then, and when to look again (0: never). */
static const struct {
	const char *what;
	uint64_t now;
	bool seen, believed;
	uint64_t again;
} looks[] = {
	{ "the first is believed", 1000, true, true, 0 },
	{ "down waits", 2000, false, true, 4000 },
	{ "and waits from then on", 3999, false, true, 4000 },
	{ "taken back", 3999, true, true, 0 },
	{ "down waits anew", 4000, false, true, 6000 },
	{ "and is believed", 6000, false, false, 0 },
	{ "up waits for less", 7000, true, false, 7500 },
	{ "taken back", 7400, false, false, 0 },
	{ "up waits anew", 7450, true, false, 7950 },
	{ "a late look is one, too", 9000, true, true, 0 },
};

static void changes_are_believed_after_their_delay(void **state)
{
	struct carrier carrier = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		struct moment again = carrier_see(&carrier, looks[i].seen, DOWN, UP,
						  (struct moment){ looks[i].now });

		if (carrier.up != looks[i].believed ||
		    again.us != (looks[i].again == 0 ? UINT64_MAX : looks[i].again))
			fail_msg("%s: %d, again at %lu", looks[i].what, carrier.up,
				 (unsigned long)again.us);
	}
}

static void without_delays_nothing_waits(void **state)
{
	struct carrier carrier = { 0 };

	for (unsigned i = 0; i < 4; i++) {
		struct moment again = carrier_see(&carrier, i % 2 == 1, 0, 0, (struct moment){ 1 });

		assert_true(again.us == UINT64_MAX);
		assert_int_equal(carrier.up, i % 2 == 1);
	}
}

/* lo has no PHY: whatever is preferred, some way answers. */
static void some_way_answers(void **state)
{
	int fd = nl_beat_open();

	assert_true(fd >= 0);
	for (unsigned way = 0; way < NL_BEAT_WAYS; way++) {
		int answer = nl_beat(fd, "lo", (enum nl_beat_way)way);

		assert_in_range(answer, 0, 1);
		assert_int_equal(nl_beat(fd, "no-such-link", (enum nl_beat_way)way), -ENODEV);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_believed_after_their_delay),
		cmocka_unit_test(without_delays_nothing_waits),
		cmocka_unit_test(some_way_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
