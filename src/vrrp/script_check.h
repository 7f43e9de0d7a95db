/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/script_check.h - a vrrp_script: run at its interval, counted with rise
 * and fall (man keepalived.conf, "VRRP script(s)").
 *
 *            success              fall failures
 *   UNKNOWN ---------> UP   UP -----------------> DOWN
 *      |                    ^                       |
 *      +--failure--> DOWN   +-----rise successes----+
 *
 * The first run decides alone, unless init_fail made the script DOWN.
 */
#pragma once

#include "vrrp/script_child.h"

enum script_state { SCRIPT_UNKNOWN, SCRIPT_UP, SCRIPT_DOWN };

enum { SCRIPT_TIMED_OUT = -1, SCRIPT_COULD_NOT_RUN = -2 }; /* beside statuses of waitpid */

/* The counting alone, without time and processes. */
struct script_count {
	unsigned rise, fall;
	enum script_state state;
	unsigned run;		/* results in a row that contradict `state` */
};

/* Counts one result; true if the state has changed. */
bool script_count_result(struct script_count *count, bool success);

struct script_check {
	const struct vrrp_script_conf *conf;
	struct script_count count;
	int status;			/* of the last change */
	bool overdue;			/* the interval was over while it still ran */
	bool stopped;
	struct loop *loop;
	struct list *running;
	struct loop_timer timer;
	struct script_child child;
	/* The state has changed, or is known for the first time. */
	void (*on_change)(struct script_check *check);
};

/* Begins with a run at once. */
void script_check_start(struct script_check *check, struct loop *loop, struct list *running,
			const struct vrrp_script_conf *conf,
			void (*on_change)(struct script_check *));
/* Runs no more; a command that runs is ended, and its result is not counted. */
void script_check_stop(struct script_check *check);
