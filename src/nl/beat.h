/* SPDX-License-Identifier: Apache-2.0 */
/* nl/beat.h - asks an interface's driver whether its link is there (linkbeat polling). */
#pragma once

#include <stdbool.h>

#include "base/macros.h"

enum nl_beat_way {
	NL_BEAT_MII,		/* the PHY's own register */
	NL_BEAT_ETHTOOL,
	NL_BEAT_FLAGS,		/* IFF_RUNNING */
	NL_BEAT_WAYS,
};

/* A socket to ask by. The descriptor, or negative errno. */
int nl_beat_open(void) MUST_CHECK;

/*
 * 1 or 0: the link is there, or not; asked in the way that is preferred, or if
 * the driver does not know it, in the first one that it knows. Negative errno:
 * there is no such interface (-ENODEV), or no way.
 */
int nl_beat(int fd, const char *name, enum nl_beat_way preferred) MUST_CHECK;
