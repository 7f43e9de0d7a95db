/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/peering.h - hellos to and from the other nodes of relevo: the UDP
 * sockets of the vrrp process, and each instance's part in them.
 *
 * Best effort: without a socket, or with real Keepalived peers alone, elections
 * work as they do there.
 */
#pragma once

#include "loop/loop.h"
#include "vrrp/peers.h"

struct vrrp_process;
struct vrrp_instance;

/* Of the process. */
struct peering {
	struct loop_file file4, file6;	/* fd -1: none */
	uint64_t boot;
};

/* Of an instance. */
struct peering_instance {
	struct peers peers;
	uint8_t key[HELLO_KEY];
	uint64_t agreement;
	struct loop_timer timer;	/* the next hello */
	struct moment said;		/* the last one */
	unsigned joined;		/* the interface whose group we are in; 0: none */
	uint64_t asked;			/* a hand-over: by boot; 0: none */
	struct moment asked_at;
};

void peering_open(struct vrrp_process *process);
void peering_close(struct vrrp_process *process);

void peering_init(struct vrrp_instance *instance);
/* Once the instance's interface is there, or again when it has changed. */
void peering_join(struct vrrp_instance *instance);
/* Says how this instance is, now and from then on. */
void peering_say(struct vrrp_instance *instance);
/* The peer that would take the addresses over: NULL if none would serve. */
const struct peer *peering_successor(const struct vrrp_instance *instance);
/* Asks that one to, again and again until machine.yield_until. */
void peering_ask(struct vrrp_instance *instance);
void peering_stop(struct vrrp_instance *instance);

/*
 * While the master's advertisements are not heard: its hellos still come by
 * another way. Its name, or NULL.
 */
const struct peer *peering_master_lives(const struct vrrp_instance *instance);

/* Whether any other node of relevo was heard within its patience. */
bool peering_hears(const struct vrrp_instance *instance);
