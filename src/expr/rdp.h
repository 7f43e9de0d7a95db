/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/rdp.h - the cookie of an RDP client's connection request ([MS-RDPBCGR]
 * 2.2.1.1, "routingToken" and "cookie"). Pure; also for `persist rdp-cookie`
 * and `balance rdp-cookie`.
 */
#pragma once

#include "base/slice.h"

enum rdp_result {
	RDP_MORE,	/* no error so far, and not complete */
	RDP_COOKIE,
	RDP_NONE,	/* not RDP, or a request without that cookie */
};

/* `name` is of any case; empty: whatever cookie there is. */
enum rdp_result rdp_cookie_read(struct slice bytes, struct slice name, struct slice *ret_value);
