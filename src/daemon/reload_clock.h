/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/reload_clock.h - a reload at a time that a file says (man
 * keepalived.conf, reload_time_file): nodes whose new files do not fit the old
 * ones change over at the same moment.
 *
 * The file's directory is watched; a directory that goes away is watched again
 * after the next reload. Thread: that of the loop. The wall clock may be set:
 * it is looked at again at least each half minute.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

#include "base/macros.h"
#include "diag/log.h"
#include "loop/loop.h"
#include "vrrp/conf.h"

/*
 * The moment that `text` (one line) names: `HH:MM:SS` of today or tomorrow,
 * `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, in local time or, with a `Z` at
 * the end, UTC. 0; -EINVAL: it is none of these; -ERANGE: it is past.
 */
int reload_clock_parse(const char *text, time_t now, time_t *ret_when) MUST_CHECK;

struct reload_clock {
	struct loop *loop;
	struct loop_file watch;		/* inotify; fd -1: none */
	struct loop_timer timer;
	const char *path;		/* NULL: none; borrowed from the configuration */
	bool repeat;
	time_t when;			/* 0: not now */
	/* It is time. The clock may be set anew from within. */
	void (*on_due)(struct reload_clock *clock);
	/* For the log; `level` of a file that says nothing sensible is a warning. */
	void (*say)(struct reload_clock *clock, enum log_level level, const char *text);
};

void reload_clock_init(struct reload_clock *clock, struct loop *loop);
/* Watches the file of this configuration from now on, in place of another; NULL: none. */
void reload_clock_set(struct reload_clock *clock, const struct vrrp_conf *conf);
void reload_clock_close(struct reload_clock *clock);
