/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/process.h - the processes of one relevo: a row each, so that the
 * table reads as the threat model.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/page.h"
#include "daemon/binds.h"
#include "daemon/capacity.h"
#include "daemon/confine.h"
#include "diag/log.h"
#include "proxy/conf.h"
#include "proxy/ledger.h"
#include "vrrp/conf.h"
#include "vrrp/run.h"

/*
 * What children inherit from the parent: everything is opened before they
 * start. What follows from haproxy.cfg is one generation (daemon/generation.h).
 */
struct inheritance {
	struct proxy_conf *proxy_conf;	/* NULL: no proxy */
	const struct vrrp_conf *vrrp_conf;	/* NULL: no VRRP */
	struct vrrp_flags vrrp_flags;
	const struct vrrp_conf *vrrp_before;	/* before a reload; NULL: there was none */
	struct page *page;
	struct capacity capacity;
	struct binds binds;
	struct ledger *ledger;
	uint32_t generation;		/* of the proxy process */
	int life_read, life_write;	/* pipe: end of file on life_read
					 * means the parent is gone */
	int scripts_ends[2];		/* [0] the vrrp process's, [1] the scripts process's */
	int checker_ends[2];		/* [0] the proxy's, [1] the checker process's; -1: none */
	bool master;			/* there is a master CLI, and each proxy
					 * process has a way to it */
	int master_ends[2];		/* [0] the parent's, [1] the proxy's; -1: none */
	struct log_conf event_log;	/* where transitions go */
	struct log_conf vrrp_log;	/* and those of the vrrp and scripts processes */
	uid_t uid;			/* of the proxy */
	gid_t gid;
	bool change_user;
	bool in_background;		/* let go of the terminal once started */
};

enum process_id { PROCESS_SCRIPTS, PROCESS_VRRP, PROCESS_CHECKER, PROCESS_PROXY, PROCESS_COUNT };

struct process {
	const char *name;	/* "proxy": in log lines */
	const char *title;	/* in ps */
	const char *comm;	/* by which killall finds it */
	bool (*wanted)(const struct inheritance *given);
	int (*run)(const struct inheritance *given);	/* in the child; returns its exit status */
	/* What it keeps after start; capabilities and calls NULL: all. */
	const int *capabilities;
	const int *mark_capabilities;	/* the same when rules set marks (proxy) */
	const int *system_calls;
	bool no_files;
};

/* In the order they are started: what forks early is small. */
extern const struct process processes[PROCESS_COUNT];

/* In a child: closes what belongs to a generation that is not its own. */
void process_leave_out(const struct inheritance *given);
