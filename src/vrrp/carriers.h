/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/carriers.h - whether interfaces count as up: what the kernel tells,
 * what their drivers say when polled (linkbeat), and for how long it was so
 * (interface_up_down_delays). An interface that the file says nothing about is
 * as the kernel tells.
 */
#pragma once

#include <stdbool.h>

#include "loop/loop.h"
#include "nl/link.h"
#include "vrrp/conf.h"

struct vrrp_process;
struct carrier_link;

struct carriers {
	struct carrier_link *links;
	unsigned count;
	int fd;				/* of polls; -1: none is polled */
	struct moment polled;		/* us 0: never */
	struct loop_timer timer;
};

/* To be called once, when the interfaces have been read. 0 or negative errno. */
int carriers_open(struct vrrp_process *process) MUST_CHECK;
void carriers_close(struct vrrp_process *process);

/* The interfaces have been read anew. */
void carriers_look(struct vrrp_process *process);

/* Whether the link counts as up. */
bool carriers_up(const struct vrrp_process *process, const struct nl_link *link);
