/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/dump.h - the files that Keepalived writes on signals (man keepalived,
 * "SIGNALS"), for a relevo that was started under its name.
 */
#pragma once

#include <stdbool.h>

#include "base/page.h"
#include "vrrp/conf.h"

/* The number of the signal for STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON; 0: unknown. */
int dump_signal(const char *name);

/* `--signum`: prints the number; an exit status. */
int dump_print_signal(const char *name);

/*
 * Writes what the signal asks for where `conf` says, or below $TMPDIR or /tmp;
 * false if it asks for no dump.
 */
bool dump_on_signal(struct page *page, const struct vrrp_conf *conf, int signal);
