/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/listener.h - the listening sockets of one worker: accepting, and
 * pausing when a limit is reached.
 */
#pragma once

#include "base/macros.h"

struct listener;
struct worker;

int listeners_init(struct worker *worker) MUST_CHECK; /* 0 or -ENOMEM */
void listeners_fini(struct worker *worker);

void listeners_open(struct worker *worker);   /* begins to accept */
void listeners_resume(struct worker *worker); /* those that a gate had paused */
void listeners_settle(struct worker *worker); /* follows the states of their frontends */
void listeners_close(struct worker *worker);  /* for good; the parent's go on listening */

/* The soft stop: takes what waits, then nobody listens any more, the parent neither. */
void listeners_retire(struct worker *worker);

/* Another process accepts now: lets go of what the ledger says is kept, and retires the rest. */
void listeners_hand_over(struct worker *worker);

/* Whoever let go may have been woken for a connection that is still there. */
void listeners_look_again(struct worker *worker);

/* A connection of this listener has ended: gives its places in the gates back. */
void listener_leave(struct listener *listener);
