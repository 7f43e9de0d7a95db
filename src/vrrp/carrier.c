/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/carrier.c - see carrier.h. */
#include "vrrp/carrier.h"

static struct moment carrier_believe(struct carrier *carrier, bool up)
{
	*carrier = (struct carrier){ .known = true, .up = up };
	return MOMENT_NEVER;
}

struct moment carrier_see(struct carrier *carrier, bool up, uint64_t down_delay_us,
			  uint64_t up_delay_us, struct moment now)
{
	uint64_t delay = up ? up_delay_us : down_delay_us;

	if (!carrier->known || up == carrier->up)
		return carrier_believe(carrier, up);
	if (carrier->turned.us == 0)
		carrier->turned = now;
	if (moment_since(carrier->turned, now) >= delay)
		return carrier_believe(carrier, up);
	return moment_after(carrier->turned, delay);
}
