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

#include "base/bump.h"
#include "base/list.h"
#include "expr/context.h"
#include "health/code.h"
#include "health/plan.h"
#include "http/message.h"
#include "loop/loop.h"
#include "net/address.h"

struct out;
struct regex_scratch;

/* What the checks of one thread share. Zero-initialised but for what is said. */
struct health_engine {
	struct loop *loop;		/* set by the owner */
	struct bump_pool *bumps;	/* the thread's */
	struct regex_scratch *regex;	/* the thread's */
	struct expr_vars *process_vars;	/* or NULL */
	size_t bufsize;			/* most bytes of an answer that are looked at */
	unsigned limit;			/* checks that run at one time; 0: any number */
	unsigned running;
	struct list waiting;		/* for a place; health_engine_init */
	char *spare;			/* a buffer that is not in use, or NULL */
	struct health_stock {
		unsigned count;
		int fd[64];
	} stock[2];			/* sockets of IPv4 and IPv6 that are not connected */
};

void health_engine_init(struct health_engine *engine);
void health_engine_fini(struct health_engine *engine); /* its checks are stopped */

struct health_conf {
	const struct health_plan *plan;	/* NULL: connecting is all */
	bool external;			/* a program decides: health_check.ask_program */
	struct net_address address;	/* with its port */
	struct net_address source;	/* len 0: none */
	const char *source_interface;	/* or NULL */
	unsigned send_proxy;		/* 0, 1, 2 */
	bool proxy_names_itself;	/* version 2 says this machine's address, not LOCAL */
	bool proxy_checksum;		/* version 2 with a CRC32C */
	uint32_t inter_ms, fastinter_ms, downinter_ms; /* the last two 0: as inter */
	uint32_t timeout_connect_ms;	/* with timeout_check_ms; never more than inter; 0: inter */
	uint32_t timeout_check_ms;	/* from connected on; 0: inter is the bound of all of it */
	uint32_t spread_percent;	/* 0..50: each interval varies by up to that much */
	uint32_t rise, fall;		/* >= 1 */
	bool answers_only;		/* L7OK and L7STS count, and no other result does */
	bool shares;			/* connections with traffic: take_connection, give_connection */
};

struct health_status {
	enum health_code code;
	int number;			/* HTTP status and the like, where health_code_has_number */
	uint32_t duration_ms;		/* of the last check */
	int errnum;			/* of the last check, 0: none */
	char text[HEALTH_TEXT];		/* what more is known of it, or "" */
	uint64_t checked_wall_us;	/* end of the last check; 0: never */
	uint64_t failures, transitions_down;
	bool up;
	bool stopping;			/* up, but conditionally: no new load */
	/*
	 * Results in a row that differ from `up`. An unchecked server that is
	 * up begins at fall - 1: as with HAProxy its first failure takes it down.
	 */
	uint32_t streak;
};

/* A check that is going on. */
struct health_run {
	int fd;				/* the connection; -1: none */
	int family;
	struct loop_file file;		/* it, while something of it is waited for; else fd -1 */
	unsigned ready;			/* enum loop_ready bits of the last event */
	unsigned at;			/* the step */
	bool runs;
	bool waits;			/* for a place among the running */
	bool connecting, sending;
	bool linger;			/* of the connection: how it is closed */
	bool ended;			/* the server has closed */
	bool shared;			/* traffic may have the connection, if its answer lets it */
	bool stale;			/* it was taken, and nothing has come over it yet */
	bool fresh;			/* one was stale: no other is taken */
	bool settling;			/* the verdict is there; the rest of the answer is not */
	unsigned taken_at;		/* the step that took it */
	int broken;			/* errno of the connection, or 0 */
	char *bytes;			/* [bufsize] what was received since the last send; NULL: nothing */
	size_t len;
	struct slice out;		/* still to be sent; in `memory` or constant */
	enum http_method method;	/* of the last request */
	const struct health_step *last_expect;
	struct bump memory;
	struct expr_vars *check_vars, *session_vars;
	int http_status;		/* of the last answer; 0: none */
	struct list waiting;
	struct health_answer answer;
};

struct health_check {
	const struct health_conf *conf;
	struct health_status status;
	struct health_engine *engine;	/* NULL while stopped */
	/* Before a change that follows from it; `is_new`: it differs from the last, or moved the state. */
	void (*on_result)(struct health_check *check, bool ok, bool is_new); /* may be NULL */
	/* `status.up` or `status.stopping` has changed. */
	void (*on_change)(struct health_check *check);
	/* Appends what `http-check send-state` tells the server; may be NULL. */
	void (*write_state)(struct health_check *check, struct out *out);
	/* Of HEALTH_MATCH_LINE: a line without its end; fills in the verdict. */
	void (*hear)(struct health_check *check, struct slice line, struct health_answer *ret);
	/*
	 * With conf->external: has the program run, for at most `timeout_ms`; then
	 * health_program_ended with this ticket. False: it cannot be run now.
	 */
	bool (*ask_program)(struct health_check *check, uint32_t ticket, uint32_t timeout_ms);
	/*
	 * With conf->shares, before a connection: an idle one that is in no loop, if
	 * one is `wanted`, now the check's; -1: none, and a new one is made.
	 */
	int (*take_connection)(struct health_check *check, bool wanted);
	/* One that could serve again, in no loop; true: it is the owner's now. */
	bool (*give_connection)(struct health_check *check, int fd);
	/* private */
	struct loop_timer timer;
	struct moment started;
	uint8_t patience;		/* connects before it is looked at once whether one is there */
	bool hurries;			/* health_check_now */
	uint32_t ticket;		/* of the last program that was asked for */
	struct health_run run;
};

/*
 * Starts with `up`; the first check runs after `first_delay_us` (owners spread
 * them). Intervals are from start to start of a check. 0 or negative errno.
 */
int health_start(struct health_engine *engine, struct health_check *check,
		 const struct health_conf *conf, bool up, uint64_t first_delay_us) MUST_CHECK;
/* Also from a callback. No callback follows. */
void health_stop(struct health_check *check);

/*
 * What traffic has seen (`observe`, `on-error`): counts as that many failed
 * checks at once (fall: mark down), or asks for a check within fastinter; the
 * first does both. No-ops while stopped.
 */
void health_traffic_failed(struct health_check *check, unsigned failures, const char *why);
void health_check_soon(struct health_check *check);
/* A check now, and until one is good or the state has changed the next ones follow at 5 ms. */
void health_check_now(struct health_check *check);

/* The program has ended; `status` as from waitpid. One that is late is of no interest. */
void health_program_ended(struct health_check *check, uint32_t ticket, int status);

/* Whether such a result is one for the server or against it. */
bool health_counts(const struct health_conf *conf, enum health_code code);

/* 0 .. rise + fall - 1, as HAProxy counts: up from `rise` on. */
uint32_t health_level(uint32_t rise, uint32_t fall, bool up, uint32_t streak);

/* "Layer7 wrong status, code: 500, info: \"Oops\", check duration: 1ms" */
void health_status_write(const struct health_status *status, struct out *out);
