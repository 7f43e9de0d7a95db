/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/world.h - two to five nodes of one virtual router on a simulated
 * network: what every file of the simulator works on. One thread, no I/O but
 * the trace; a seed decides everything.
 *
 * Times are microseconds of the world's own clock, unless called local: a
 * node's clock is `clock_us` ahead of that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "vrrp/machine.h"
#include "vrrp/peers.h"

enum { NODES = 5, FLIGHTS = 4096, PATHS = 2, NEVER_SLOT = -1, FAILURE_TEXT = 200 };

#define NEVER UINT64_MAX

enum flight_kind { FLIGHT_ADVERT, FLIGHT_HELLO };

/* A packet on its way, or on the socket of a node that does not run. */
struct flight {
	enum flight_kind kind;
	uint8_t to;
	int16_t next;		/* in a node's inbox, or among the free ones */
	union {
		struct machine_advert advert;
		struct hello hello;
	};
};

/* A place in the heap of what arrives next. */
struct arrival {
	uint64_t at;
	uint32_t order;		/* of sending: equal moments keep it */
	int16_t slot;
};

/* From one node to another, in one direction. */
struct wire {
	bool cut;		/* everything on the first path is lost */
	bool cut_vrrp;		/* advertisements are lost, hellos and ARP are not */
	bool cut_second;	/* the second path */
	uint8_t loss;		/* percent */
};

enum node_sleep {
	SLEEP_NONE,
	SLEEP_PROCESS,		/* SIGSTOP: packets wait, and the kernel answers ARP */
	SLEEP_MACHINE,		/* a paused machine: answers nothing */
	SLEEP_OFF,		/* no process, or no power: packets are lost */
};

/* Hellos, as vrrp/peering.c makes them. */
struct node_hellos {
	struct peers peers;
	uint64_t due;		/* local */
	uint64_t said;		/* local */
	uint64_t asked;		/* a hand-over: by boot; 0: none */
};

struct bond;

struct node {
	struct vrrp_instance_conf conf;
	struct machine machine;
	struct node_hellos hellos;
	bool keepalived;	/* a model of Keepalived 2.2.7: see node.c */
	bool relevo_peers;	/* says hello */
	bool owns;
	bool fault, maintenance;
	uint64_t clock_us;
	enum node_sleep sleep;
	uint64_t sleep_until;
	uint64_t slept_since;
	bool clock_stops;	/* while it sleeps, as in a machine whose clock is saved, too */
	bool resumes;		/* from SLEEP_OFF with what the page has kept */
	int16_t inbox, inbox_end; /* slots, in the order of arrival */
	uint64_t heard;		/* local: the last advertisement */
	uint64_t rival_seen[NODES]; /* local; 0: not there */
	bool rival;		/* the machine is to hear of one after this step */
	bool late;		/* slept so long that it must not speak
				 * as master before it yields */
	uint64_t dropped_at;	/* last time it let the address go */
	bool unseen;		/* the last ARP probe of another owner did not reach it */
	bool told;		/* since it let the address go, an owner has heard it */
	bool silent;		/* nobody could know of its end: see rules.h, (c) */
	unsigned boots;
	uint64_t followed;	/* local: the last advertisement of a master that it follows */
	struct bond *bond;	/* its sync group (sim/groups.h); NULL: none */
};

/* Since when what must not last does: NEVER when it is not so now (rules.c). */
struct rules {
	uint64_t pair_since[NODES][NODES];
	uint64_t gap_since[NODES];
	bool watching;
	uint64_t hand_over_until; /* NEVER: none that is watched */
	unsigned hand_over_by;
	uint64_t worst_pair, worst_gap; /* seen, for the figures */
};

struct world {
	uint64_t seed, random, now;
	unsigned count;
	struct node nodes[NODES];
	struct wire wires[NODES][NODES]; /* [from][to] */
	bool second_path;	/* hellos go by it, too */
	uint64_t max_delay;	/* of a packet */
	unsigned duplicates;	/* percent */
	uint64_t interval_us;	/* the longest of any node */
	struct rules rules;
	unsigned takes;		/* how often the address went to a node that had it not */
	uint64_t garp_at;	/* of the last gratuitous ARP, and whose it was */
	unsigned garp_by;
	FILE *trace;		/* NULL: none */
	char failure[FAILURE_TEXT]; /* "": none */
	unsigned arrivals;
	uint32_t order;
	int16_t free_slot;
	uint64_t events;
	struct arrival heap[FLIGHTS];
	struct flight flights[FLIGHTS];
};

/* Uniform enough below `below`; 0 when that is 0. */
static inline uint64_t roll(struct world *world, uint64_t below)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return below == 0 ? 0 : (world->random >> 8) % below;
}

static inline bool one_in(struct world *world, unsigned n)
{
	return roll(world, n) == 0;
}

static inline struct moment node_now(const struct world *world, const struct node *node)
{
	return (struct moment){ world->now + node->clock_us };
}

static inline bool node_runs(const struct node *node)
{
	return node->sleep == SLEEP_NONE;
}

/* One line of the trace: the moment, then what. */
void world_say(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The first failure of a seed is kept, and ends it. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* No formatting where there is no trace. */
#define TRACE(world, ...)                                                                          \
	do {                                                                                       \
		if ((world)->trace != NULL)                                                        \
			world_say(world, __VA_ARGS__);                                             \
	} while (0)

static inline bool world_failed(const struct world *world)
{
	return world->failure[0] != '\0';
}

/* An empty world of that seed. */
void world_init(struct world *world, uint64_t seed, FILE *trace);
/* When something is due next, and that moment: what is due at world->now happens. */
uint64_t world_next(const struct world *world);
void world_step(struct world *world);
/* Lets everything happen that is due up to `end`. */
void world_run(struct world *world, uint64_t end);
