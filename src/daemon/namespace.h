/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/namespace.h - the network namespace that everything runs in (man
 * keepalived.conf, net_namespace; keepalived -s): entered before the files are
 * read, for they name interfaces.
 */
#pragma once

#include "base/macros.h"

/* Moves this process into /run/netns/NAME. 0 or negative errno. */
int namespace_enter(const char *name) MUST_CHECK;
