/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/track_process.h - one vrrp_track_process: which processes match, and
 * whether as many run as the file wants (man keepalived.conf, "VRRP track
 * processes").
 *
 * Pure: processes come and go by calls, the moment is passed in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/macros.h"
#include "vrrp/conf.h"

struct track_process {
	const struct vrrp_process_conf *conf;
	pid_t *pids;		/* that match */
	unsigned count, room;
	bool known;		/* the state is: */
	bool up;
	unsigned told;		/* count when it was last told of */
	struct moment due;	/* the state changes then; MOMENT_NEVER: it does not */
};

/* `conf` is borrowed for as long. */
void track_process_init(struct track_process *track, const struct vrrp_process_conf *conf);
void track_process_free(struct track_process *track);

/* Whether the command line is asked for, and not the name alone. */
bool track_process_needs_command(const struct vrrp_process_conf *conf);

/*
 * `name` as in /proc/PID/comm without its newline; `command` as in
 * /proc/PID/cmdline, `len` bytes of words that each end in a NUL.
 */
bool track_process_matches(const struct vrrp_process_conf *conf, const char *name,
			   const char *command, size_t len);

/* A process that matches has come; 0 or -ENOMEM. No-op if it is known. */
int track_process_add(struct track_process *track, pid_t pid) MUST_CHECK;
/* It is gone, or does not match any more. True if it was known. */
bool track_process_remove(struct track_process *track, pid_t pid);
bool track_process_has(const struct track_process *track, pid_t pid);
void track_process_clear(struct track_process *track); /* all of them: /proc is read anew */

/*
 * To be called after changes and at `due`. True if there is news to tell: the
 * state, or the count while it is not what is wanted. `forked`: processes have
 * come since the last call, and not gone, which decides between the delays.
 */
bool track_process_settle(struct track_process *track, struct moment now, bool forked);
