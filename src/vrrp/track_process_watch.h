/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/track_process_watch.h - the machine's processes as they come and go,
 * for every vrrp_track_process. Part of the scripts process.
 *
 * /proc is walked once at the start, then the kernel tells (nl/procs.h); where
 * it does not, in a network namespace or a container, /proc is walked twice a
 * second.
 */
#pragma once

#include "diag/log.h"
#include "loop/loop.h"
#include "vrrp/conf.h"
#include "vrrp/track_process.h"

struct track_process_watch;

struct track_process_watch_args {
	struct loop *loop;
	const struct vrrp_conf *conf;
	/* The state is known or has changed, or the count while it is not what is wanted. */
	void (*on_news)(void *context, const struct track_process *track);
	void (*say)(void *context, enum log_level level, const char *text);
	void *context;
};

/* Tells the first states before it returns. NULL with errno set. */
struct track_process_watch *track_process_watch_open(const struct track_process_watch_args *args);
void track_process_watch_close(struct track_process_watch *watch); /* NULL is fine */

/* Tells every state again: the vrrp process is new. */
void track_process_watch_repeat(struct track_process_watch *watch);
