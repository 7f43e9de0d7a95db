/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/carrier.h - when a change of an interface is believed
 * (interface_up_down_delays). Pure: the clock is passed in.
 *
 * A change counts once it has lasted for its delay; one that is taken back
 * before has not been.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct carrier {
	bool known;		/* false: the first that is seen is believed at once */
	bool up;		/* what is believed */
	struct moment turned;	/* since when the opposite is seen; us 0: it is not */
};

/*
 * Takes what is seen now. Returns when to look again (MOMENT_NEVER: when the
 * interface changes); carrier->up is what to believe.
 */
struct moment carrier_see(struct carrier *carrier, bool up, uint64_t down_delay_us,
			  uint64_t up_delay_us, struct moment now);
