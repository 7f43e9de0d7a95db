/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/process.h - what the parts of the vrrp process share: one thread, one
 * loop, the kernel's view of interfaces, and the instances.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "diag/log.h"
#include "loop/loop.h"
#include "nl/socket.h"
#include "vrrp/announce.h"
#include "vrrp/bfd_run.h"
#include "vrrp/carriers.h"
#include "vrrp/kernel.h"
#include "vrrp/links.h"
#include "vrrp/operator.h"
#include "vrrp/outbox.h"
#include "vrrp/peering.h"
#include "vrrp/run.h"
#include "vrrp/tracking.h"
#include "vrrp/watch.h"
#include "vrrp/witness.h"

struct vrrp_instance;

struct vrrp_process {
	const struct vrrp_args *args;
	struct loop *loop;
	struct log *log;
	struct nl_socket *nl;		/* requests */
	struct nl_socket *monitor;	/* notifications */
	struct loop_file monitor_file;
	struct links links;
	struct carriers carriers;
	struct kernel kernel;
	int garp_fd;
	struct announce_paces paces;
	struct outbox outbox;
	struct loop_file scripts_file, parent_file;
	struct loop_timer tick;
	struct loop_hook hook;
	struct moment ticked;
	struct peering peering;
	struct operator operator;
	struct witness witness;
	struct watch watch;
	enum watch_verdict proxy;
	char proxy_cause[WATCH_CAUSE];	/* WATCH_FAULT: why */
	bool stale_links;		/* links are to be read again at the end of the turn */
	struct track_results tracks;	/* the last results */
	struct bfd_run bfd;
	struct moment starts;		/* no instance does before (vrrp_startup_delay) */
	struct vrrp_group *groups;
	unsigned group_count;
	struct vrrp_instance *instances;
	unsigned instance_count;
	bool stopping;
};

/* Arms a timer; running out of memory for it ends the process (its parent restarts it). */
void process_arm(struct vrrp_process *process, struct loop_timer *timer, struct moment when);
