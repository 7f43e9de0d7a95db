/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/machine.h - the VRRP state machine of one instance (RFC 3768 and
 * RFC 5798, 6.4), with what a pair needs beyond it: FAULT, sequence numbers
 * that heal, gratuitous ARP on any evidence of a second master, hand-over on
 * request, and a claim that is held back while there is reason to.
 *
 * Pure: every call takes the moment and gives back the steps to perform, in
 * order. The caller does them, and calls machine_tick not before
 * machine_next_due. The diagram and the rows are in machine.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/ip.h"
#include "base/page.h"
#include "vrrp/conf.h"

enum machine_event {
	MACHINE_START,
	MACHINE_START_AS_MASTER,  /* `state MASTER` */
	MACHINE_RESTART,	  /* a restarted process that was MASTER: go on as such */
	MACHINE_STOP,
	MACHINE_FAULT,
	MACHINE_CLEAR,		  /* the last cause of FAULT is gone */
	MACHINE_HEARD_ZERO,	  /* a master gives up */
	MACHINE_HEARD_BETTER,	  /* from one that we yield to */
	MACHINE_HEARD_WORSE,	  /* from one that must yield to us */
	MACHINE_HEARD_KEPT,	  /* worse, but nopreempt or preempt_delay leaves it in place */
	MACHINE_STALE_BETTER,	  /* authentic, but its sequence number was used before */
	MACHINE_STALE_WORSE,
	MACHINE_DISTURBED,	  /* another program removed an address of ours */
	MACHINE_RIVAL,		  /* another machine answers ARP for an address of ours */
	MACHINE_DOWN_DUE,	  /* no advertisement for the master-down interval */
	MACHINE_DOWN_DOUBTFUL,	  /* the same, but stale ones were heard: a master may live */
	MACHINE_DOWN_HELD,	  /* the same, but `held`: the caller knows a reason not to claim */
	MACHINE_HAND_OVER,	  /* the operator wants a peer to take the addresses from us */
	MACHINE_ASKED,		  /* a master asks us to take them from it */
	MACHINE_HANDED_OVER,	  /* the one that was asked has taken them */
	MACHINE_LEAD,		  /* another member of the sync group became MASTER */
	MACHINE_YIELD,		  /* another member of the sync group ceased to be MASTER */
	MACHINE_ADVERT_DUE,
	MACHINE_GARP_DUE,
	MACHINE_LATE,		  /* we did not run for so long that silence proves nothing */
	MACHINE_EVENTS,
};

enum machine_step_kind {
	MACHINE_SEND,	/* an advertisement with .priority and .sequence */
	MACHINE_TAKE,	/* put the addresses on, or renew them */
	MACHINE_DROP,	/* take the addresses off */
	MACHINE_GARP,	/* gratuitous ARPs, .repeat for each address */
	MACHINE_ASK,	/* ask the best peer to take the addresses */
	MACHINE_ENTER,	/* the state is now .state: log, notify, mail */
};

struct machine_step {
	enum machine_step_kind kind;
	uint8_t priority;
	uint32_t sequence;		/* with AH */
	unsigned repeat;
	enum page_vrrp_state state;
	enum machine_event event;	/* what made us do it */
};

enum { MACHINE_STEPS = 16 };

struct machine_steps {
	unsigned count;
	struct machine_step step[MACHINE_STEPS];
};

/* An accepted advertisement, as far as the election cares. */
struct machine_advert {
	struct ip source;
	uint8_t priority;
	uint32_t sequence;	/* with AH */
	uint64_t interval_us;	/* the sender's; 0: ours (version 2) */
};

struct machine {
	const struct vrrp_instance_conf *conf;
	enum page_vrrp_state state;
	uint8_t priority;	/* effective; the caller may change it at any time */
	struct ip source;	/* ours */
	uint32_t sequence;	/* AH: the highest sent or taken over */
	uint64_t interval_us;	/* the master's (RFC 5798,
				 * Master_Adver_Interval); ours until heard */
	bool held;		/* set by the caller: do not claim now,
				 * look again an interval later */
	bool yielded;		/* handed over on request: a worse master is left in place */
	struct moment taken_until; /* was asked to take over: the one that it followed may not know
				    * yet; us 0: not now */
	struct moment yield_until; /* handing over: any other master will do; us 0: not now */
	struct moment down_at, advert_at, garp_at; /* MOMENT_NEVER: not armed */
	struct moment listened;	/* BACKUP: when it was last seen to run */
	uint64_t stalled_us;	/* of this wait: time in which it did not, and which was added */
	struct moment preempt_at;	/* a worse master is left alone until
					 * then; us 0: none heard */
	struct moment challenge_after;	/* stale ones are answered no more often */
	struct moment conflict_after;	/* nor are conflicts */
	uint8_t garp_stage;	/* which burst garp_at stands for (rows in machine.c) */
	bool contested;		/* a worse master was heard in this wait */
	bool doubtful;		/* a stale advertisement was heard in this wait */
	bool owned;		/* had the addresses, and no master knows; a caller that
				 * removed leftovers sets it */
	uint8_t confessions;	/* how often that was told, last at: */
	struct moment confessed_at;
	struct ip confessed_to, heard_from; /* sources */
	struct ip follows;	/* the last master that was not preempted; family 0: none */
	bool heard_least;	/* heard_from spoke with the least priority, as no master does */
	uint64_t heard_interval_us; /* and so often, it said */
	bool probed;		/* this wait is the one for an answer */
};

/* `conf` is borrowed for as long. Starts in INIT; `sequence` goes on from what it was. */
void machine_init(struct machine *machine, const struct vrrp_instance_conf *conf,
		  uint32_t sequence);

/*
 * START, START_AS_MASTER, RESTART, STOP, FAULT, CLEAR, DISTURBED, RIVAL,
 * HAND_OVER, ASKED, LEAD, YIELD; appends to *steps.
 */
void machine_event(struct machine *machine, struct moment now, enum machine_event event,
		   struct machine_steps *steps);

/* Returns what the advertisement was taken for, for the log. Ours: EVENTS. */
enum machine_event machine_heard(struct machine *machine, struct moment now,
				 const struct machine_advert *advert, struct machine_steps *steps);

/* Fires what is due. */
void machine_tick(struct machine *machine, struct moment now, struct machine_steps *steps);
struct moment machine_next_due(const struct machine *machine);

/*
 * 3 (down_timer_adverts) x interval + skew, and skew alone, for the priority
 * of now: of a second in version 2 (RFC 3768, 6.1), of the master's interval
 * in version 3 (RFC 5798, 6.1).
 */
uint64_t machine_down_us(const struct machine *machine);
uint64_t machine_skew_us(const struct machine *machine);
