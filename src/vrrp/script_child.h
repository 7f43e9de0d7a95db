/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/script_child.h - one running command: started, limited in time, reaped.
 *
 * Embedded in its owner, which must outlive it: on_end is the last thing that
 * happens. A command runs in a process group of its own, as its user, with
 * /dev/null as its three files and nothing of our environment but PATH, LANG
 * and TZ. Thread: that of the loop.
 */
#pragma once

#include <sys/types.h>

#include "base/list.h"
#include "loop/loop.h"
#include "vrrp/conf.h"

struct script_child {
	struct list node;		/* among the running ones */
	pid_t pid;			/* 0: not running */
	bool late;			/* its time is up */
	struct loop *loop;
	struct loop_timer timer;
	const char *const *environment;	/* in place of those variables, NULL-ended; or NULL */
	/* Its time is up and it is being ended; may be NULL. */
	void (*on_late)(struct script_child *child);
	/* It is gone. `status` as from waitpid. */
	void (*on_end)(struct script_child *child, int status);
};

/*
 * Starts `command` with `extra` (NULL-ended, or NULL) after its own arguments,
 * and puts it in `running`. When timeout_us (0: none) is over it gets SIGTERM,
 * and SIGKILL a second later. 0, or negative errno when it could not be started.
 */
int script_child_start(struct script_child *child, struct loop *loop, struct list *running,
		       const struct vrrp_command *command, const char *const *extra,
		       uint64_t timeout_us) MUST_CHECK;

/* Ends it as when its time is up, without on_late. No-op if it does not run. */
void script_child_stop(struct script_child *child);

/* To be called at SIGCHLD: takes leave of those that have ended. */
void script_children_reap(struct list *running);

/* "exit status 1", "killed by signal 9 (Killed)". Returns buf. */
enum { SCRIPT_STATUS_TEXT = 64 };
char *script_status_text(int status, char buf[SCRIPT_STATUS_TEXT]);
