/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/witness.h - a third machine that this node must reach to become or stay
 * master while it does not hear the other node (`witness` in global_defs).
 *
 * Two nodes that lose sight of each other cannot tell a dead peer from a cut
 * cable; the one that also lost the witness is the one that is cut off.
 * It is asked all the time, so that the answer is known when it is needed.
 */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/page.h"
#include "loop/loop.h"
#include "vrrp/conf.h"

struct vrrp_process;

enum { WITNESS_TEXT = 80 };

struct witness {
	const struct vrrp_witness_conf *conf; /* NULL: there is none */
	struct loop_file file;		/* of the question; fd -1: none */
	struct loop_timer timer;
	uint64_t period_us;		/* from question to question */
	struct moment answered;		/* us 0: never */
	uint16_t number;		/* of the last question */
	unsigned ifindex;		/* of the socket, with ARP */
};

/* Begins to ask. Best effort: a witness that cannot be asked does not answer. */
void witness_open(struct vrrp_process *process);
void witness_close(struct vrrp_process *process);

/* Whether it answered lately; true if there is none. */
bool witness_reached(const struct vrrp_process *process);

/* For the page: whether there is one, and whether it is reached. */
enum page_witness witness_page(const struct vrrp_process *process);

/* "10.1.1.1", for messages. Returns buf. */
const char *witness_text(const struct vrrp_process *process, char buf[WITNESS_TEXT]);
