/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/check.h - active checks of one server with rise and fall
 * (configuration manual 5.2 "check", "inter", "rise", "fall", "observe").
 *
 * A check lives in one thread's loop. It tells its owner of each result and
 * of each change between up and down; it changes nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loop/loop.h"
#include "net/address.h"

enum health_code { /* HAProxy's check_status column */
	HEALTH_UNKNOWN,	/* UNK */
	HEALTH_INI,	/* INI: no result yet */
	HEALTH_SOCKERR, /* SOCKERR: no socket could be had; counts only if it is not for want of
			 * descriptors or memory, which says nothing about the server */
	HEALTH_L4OK,
	HEALTH_L4TOUT,
	HEALTH_L4CON,
};
const char *health_code_name(enum health_code code); /* "L4OK" */

struct health_conf {
	struct net_address address;	/* with its port */
	struct net_address source;	/* len 0: none */
	const char *source_interface;	/* or NULL */
	unsigned send_proxy;		/* 0, 1, 2 */
	uint32_t inter_ms, fastinter_ms, downinter_ms; /* the last two 0: as inter */
	uint32_t timeout_connect_ms;	/* the bound of one check, never more than inter; 0: inter */
	uint32_t spread_percent;	/* 0..50: each interval varies by up to that much */
	uint32_t rise, fall;		/* >= 1 */
};

struct health_status {
	enum health_code code;
	uint32_t duration_ms;		/* of the last check */
	int errnum;			/* of the last check, 0: none */
	uint64_t checked_wall_us;	/* end of the last check; 0: never */
	uint64_t failures, transitions_down;
	bool up;
	/*
	 * Results in a row that differ from `up`. An unchecked server that is
	 * up begins at fall - 1: as with HAProxy its first failure takes it down.
	 */
	uint32_t streak;
};

struct health_check {
	const struct health_conf *conf;
	struct health_status status;
	struct loop *loop;
	void (*on_result)(struct health_check *check, bool ok);	 /* may be NULL */
	/* `why` lasts for the call: "Layer4 timeout", or what health_traffic_failed was given. */
	void (*on_change)(struct health_check *check, bool up, const char *why);
	/* private; `loop` is NULL while stopped */
	struct loop_timer timer;
	struct loop_file file;
	struct moment started;
};

/*
 * Starts with `up`; the first check runs after `first_delay_us` (owners spread
 * them). Intervals are from start to start of a check. 0 or negative errno.
 */
int health_start(struct loop *loop, struct health_check *check, const struct health_conf *conf,
		 bool up, uint64_t first_delay_us) MUST_CHECK;
/* Also from a callback. No callback follows. */
void health_stop(struct health_check *check);

/*
 * What traffic has seen (`observe`, `on-error`): counts as that many failed
 * checks at once (fall: mark down), or asks for a check within fastinter; the
 * first does both. No-ops while stopped.
 */
void health_traffic_failed(struct health_check *check, unsigned failures, const char *why);
void health_check_soon(struct health_check *check);
