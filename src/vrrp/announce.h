/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/announce.h - bursts of gratuitous ARP and unsolicited neighbour
 * advertisements for a MASTER's addresses, as far apart on an interface, or on
 * the interfaces of a garp_group, as the file says.
 */
#pragma once

#include <stdbool.h>

#include "loop/loop.h"
#include "vrrp/conf.h"

struct vrrp_process;
struct vrrp_instance;
struct announce_pace;

/* What is common to every instance. */
struct announce_paces {
	struct announce_pace *pace;
	unsigned count;
};

struct announce {
	struct loop_timer timer;	/* of a burst that is spaced */
	struct loop_timer extra_timer;	/* garp_extra_if */
	unsigned left;			/* packets of the burst still to be sent */
	const struct vrrp_address_conf *next;
	bool extra;			/* the burst is one of garp_extra_if */
	bool extra_runs;
	uint64_t failed;
};

void announce_init(struct vrrp_instance *instance);

/* A burst of that many packets an address, in place of one that goes on. The instance is MASTER. */
void announce_burst(struct vrrp_instance *instance, unsigned repeat);

/* The addresses are not ours any more. */
void announce_stop(struct vrrp_instance *instance);

void announce_close(struct vrrp_process *process);
