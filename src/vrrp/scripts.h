/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/scripts.h - the scripts process: runs check and notify scripts, watches
 * tracked processes and files, writes to FIFOs and sends mail, so that the
 * real-time vrrp process never forks and never waits.
 *
 * It is joined to the vrrp process by a SOCK_SEQPACKET socket pair, one
 * message a packet, made by the parent and kept over restarts of either end.
 */
#pragma once

#include <stdint.h>

#include "base/page.h"
#include "diag/log.h"
#include "vrrp/conf.h"

enum scripts_message_kind {
	SCRIPTS_RESULT = 1,	/* scripts -> vrrp: a check script rose or fell */
	SCRIPTS_NOTIFY,		/* vrrp -> scripts: an instance changed state */
	SCRIPTS_QUERY,		/* vrrp -> scripts: send every known
				 * result again (vrrp restarted) */
	SCRIPTS_MAIL,		/* vrrp -> scripts: a mail was put on the page */
	SCRIPTS_PROCESS,	/* scripts -> vrrp: a tracked process, its state or count changed */
	SCRIPTS_FILE,		/* scripts -> vrrp: the value of a tracked file */
	SCRIPTS_NOTIFY_GROUP,	/* vrrp -> scripts: a sync group changed state */
	SCRIPTS_PRIORITY,	/* vrrp -> scripts: an instance's priority changed within a state */
	SCRIPTS_RX_LOWER,	/* vrrp -> scripts: a master heard a lower priority */
	SCRIPTS_SAME,		/* vrrp -> scripts: still in that state after a reload, for FIFOs */
	SCRIPTS_SAME_GROUP,	/* vrrp -> scripts: the same of a sync group */
};

struct scripts_message {
	uint32_t kind;
	uint32_t index;		/* of the script, process, file, instance or group configured */
	int32_t up;		/* RESULT: 1 rose, 0 fell; PROCESS: 1 as many as wanted, 0 not */
	int32_t status;		/* RESULT: as from waitpid; -1: timed out; -2: could not run;
				 * PROCESS: how many run; FILE: its value */
	uint32_t state;		/* NOTIFY*, SAME*, PRIORITY: enum page_vrrp_state */
	uint32_t priority;	/* NOTIFY, SAME, PRIORITY, RX_LOWER */
};

struct scripts_args {
	const struct vrrp_conf *conf;
	const struct vrrp_conf *before;	/* of the process before us, after a reload; or NULL */
	struct page *page;
	int socket;			/* SOCK_SEQPACKET, to the vrrp process */
	int parent_fd;			/* end of file: the parent is gone, stop */
	const struct log_conf *log;	/* NULL: no log */
	uint64_t stop_us;		/* how long the end may take; 0: 5.5 s */
};

/*
 * SIGUSR2: a successor takes over checks and mail; what runs is run to its
 * end. Otherwise runs until SIGTERM or the parent is gone. At SIGTERM notify scripts that
 * run or were asked for are still run to their end (at most 5 s), then mail
 * that is queued is tried once more. The parent waits 6 s.
 */
int scripts_run(const struct scripts_args *args);
