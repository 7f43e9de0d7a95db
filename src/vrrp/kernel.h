/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/kernel.h - what the vrrp process as a whole keeps in the kernel: VMACs,
 * settings of interfaces, static addresses, routes and rules. What an instance
 * has while it is MASTER is its lease.
 */
#pragma once

#include "nl/firewall.h"
#include "vrrp/statics.h"
#include "vrrp/vmac.h"

struct vrrp_process;
struct vrrp_instance;

struct kernel {
	struct vmacs vmacs;
	const char *fault_group;	/* track_group of a static thing that cannot be put back */
	char fault[STATICS_WHAT];	/* what that is */
	bool failed;			/* something was not put on; said once */
	struct nl_firewall *firewall;	/* NULL: no rules are wanted, or there is no nftables */
};

/* The groups of a monitor that hears of everything that the file asks for. */
unsigned kernel_groups(const struct vrrp_conf *conf);

/*
 * Before the process is confined, with its links read: makes links, changes
 * settings, puts static things on. Failures are logged, and tried again when an
 * interface changes.
 */
void kernel_start(struct vrrp_process *process);

/* Something was removed by others: puts static things back, and says so. */
void kernel_event(struct vrrp_process *process, const struct nl_event *event);

/* Interfaces changed, and the process's links are read anew: makes what is missing. */
void kernel_check(struct vrrp_process *process);

/* Whether a track_group keeps the instance from owning its addresses; then why. */
bool kernel_fault(const struct vrrp_instance *instance, char *ret_cause, size_t size);

/* Takes everything off. */
void kernel_stop(struct vrrp_process *process);
