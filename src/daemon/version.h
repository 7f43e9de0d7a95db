/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/version.h - what -v and -vv print. */
#pragma once

#include <stdbool.h>

#include "daemon/options.h"

/*
 * Under the name haproxy the first line is of HAProxy's form, for tools that
 * look for it; it states the HAProxy that relevo stands for (HAPROXY_LEVEL).
 */
void version_print(enum options_manner manner, bool at_length);
