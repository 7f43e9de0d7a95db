/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/machine.c - see machine.h.
 *
 *                          CLEAR
 *            +------------------------------------+
 *            v                                    |
 *  INIT --START--> BACKUP --DOWN_DUE--> MASTER --FAULT--> FAULT
 *    |               ^ |                  | |               ^
 *    |               | +------FAULT-------|-|---------------+
 *    |               +----HEARD_BETTER----+ |               |
 *    +--FAULT-------------------------------|---------------+
 *    +--RESTART (we were MASTER)----------->+       STOP, from any: STOPPED
 *
 * Invariants
 *  - Advertisements are sent by a MASTER, once by one that has ceased to be
 *    MASTER and hears its successor, and once by a doubtful BACKUP (below).
 *  - The addresses are on from MACHINE_TAKE to MACHINE_DROP, and MACHINE_DROP
 *    comes before the last advertisement of a loser: the gratuitous ARP with
 *    which the winner answers that one is then the last word. It is sent as
 *    well by one that gave up in a partition, when it hears a master again.
 *
 * Sequence numbers (AH). One counter is shared by sending and receiving, as
 * Keepalived does: what is not above it is stale, what is above is taken over
 * by the receiver, so that a backup that becomes master goes on from there.
 * Two masters that come out of a partition are stale to each other in one
 * direction at least. A stale advertisement is never believed (it may be a
 * replay), but an authentic one is answered: a master advertises at once,
 * above every number seen. If the other is alive, this one is fresh to it:
 * a worse one yields, a better one (relevo or Keepalived) advertises again,
 * above ours, which is fresh to us, and we yield. A replay gains nothing but
 * this one answer, of which there are at most 1 in CHALLENGE_US.
 * The winner jumps further than the loser, so that two equal counters part.
 *
 * A backup ignores stale ones too, or a replay could keep a dead master
 * "alive". But a master that restarted while we could not be heard counts
 * from 1 again; so a backup that heard stale ones and nothing else asks once
 * before it takes the addresses (DOWN_DOUBTFUL): it advertises the least
 * priority, which a live master answers, and waits PROBE_US for that.
 * Numbers do not wrap within 136 years.
 */
#include "vrrp/machine.h"

#include <string.h>

#include "base/macros.h"

enum {
	CHALLENGE_US = 50 * 1000,
	CONFLICT_US = 100 * 1000,
	PROBE_US = 150 * 1000,
	/* A Keepalived that yields does so silently, some time after our first burst. */
	SETTLE_US = 250 * 1000,
	WINNER_JUMP = 4,
	LAST_JUMP = 8,
	CONFESSIONS = 8,
	LEAST_PRIORITY = 1,
	OWNER_PRIORITY = 255,
	ACTIONS = 6,
	/* A freeze shorter than this is not one: what was said meanwhile waits on the socket. */
	FROZEN_US = 250 * 1000,
	HAND_OVER_US = 1000 * 1000,
	SECOND_US = 1000 * 1000,
};

enum garp_stage { GARP_NONE, GARP_SECOND, GARP_SETTLED, GARP_CONFLICT, GARP_LATER, GARP_REFRESH };

enum action {
	ACTION_END,
	ACTION_SEND,		/* and the next one an interval later */
	ACTION_PAUSE,		/* the next one later: a master that may not answer speaks first */
	ACTION_SEND_ZERO,
	ACTION_ANSWER,		/* a worse master: SEND, unless
				 * lower_prio_no_advert (but with AH) */
	ACTION_CONFESS,
	ACTION_CONCEDE,		/* to the better one that we yield to; higher_prio_send_advert */
	ACTION_PROBE,
	ACTION_JUMP,
	ACTION_TAKE,
	ACTION_DROP,
	ACTION_GARP,		/* the burst of a new master */
	ACTION_GARP_CONFLICT,	/* the bursts of a winner */
	ACTION_GARP_SETTLE,	/* those of a winner, once the rival may have yielded */
	ACTION_GARP_NEXT,	/* the burst that is due */
	ACTION_WAIT,		/* for the master-down interval */
	ACTION_WAIT_SKEW,
	ACTION_WAIT_NONE,
	ACTION_WAIT_INTERVAL,
	ACTION_ASK,
	ACTION_TAKEN,		/* from one that asked, and may not know it yet */
	ACTION_YIELDED,		/* until it is MASTER again it preempts nobody */
	ACTION_DOUBT,
	ACTION_QUIET,		/* no timer runs */
};

struct row {
	enum page_vrrp_state state;
	enum machine_event event;
	enum page_vrrp_state next;
	enum action actions[ACTIONS];
};

#define ROW(from, on, to, ...)                                                                     \
	{                                                                                          \
		PAGE_VRRP_##from, MACHINE_##on, PAGE_VRRP_##to, { __VA_ARGS__ }                    \
	}

/* What has no row changes nothing. */
static const struct row machine_rows[] = {
	ROW(INIT, START, BACKUP, ACTION_WAIT),
	ROW(INIT, START_AS_MASTER, BACKUP, ACTION_WAIT_NONE),
	ROW(INIT, RESTART, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP),
	ROW(INIT, FAULT, FAULT, ACTION_QUIET),
	ROW(INIT, STOP, STOPPED, ACTION_QUIET),

	ROW(BACKUP, HEARD_ZERO, BACKUP, ACTION_WAIT_SKEW),
	ROW(BACKUP, HEARD_BETTER, BACKUP, ACTION_CONFESS, ACTION_WAIT),
	ROW(BACKUP, HEARD_KEPT, BACKUP, ACTION_CONFESS, ACTION_WAIT),
	ROW(BACKUP, HEARD_WORSE, BACKUP, ACTION_CONFESS),
	ROW(BACKUP, STALE_BETTER, BACKUP, ACTION_DOUBT, ACTION_CONFESS),
	ROW(BACKUP, STALE_WORSE, BACKUP, ACTION_DOUBT, ACTION_CONFESS),
	ROW(BACKUP, DOWN_DUE, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP),
	ROW(BACKUP, DOWN_DOUBTFUL, BACKUP, ACTION_PROBE),
	ROW(BACKUP, DOWN_HELD, BACKUP, ACTION_WAIT_INTERVAL),
	ROW(BACKUP, ASKED, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP, ACTION_TAKEN),
	ROW(BACKUP, LEAD, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP),
	ROW(BACKUP, LATE, BACKUP, ACTION_WAIT),
	ROW(BACKUP, FAULT, FAULT, ACTION_QUIET),
	ROW(BACKUP, STOP, STOPPED, ACTION_QUIET),

	ROW(MASTER, HEARD_ZERO, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP_CONFLICT),
	ROW(MASTER, HEARD_WORSE, MASTER, ACTION_ANSWER, ACTION_TAKE, ACTION_GARP_CONFLICT),
	ROW(MASTER, HEARD_BETTER, BACKUP, ACTION_DROP, ACTION_CONCEDE, ACTION_QUIET, ACTION_WAIT),
	ROW(MASTER, STALE_WORSE, MASTER, ACTION_JUMP, ACTION_SEND, ACTION_TAKE,
	    ACTION_GARP_CONFLICT),
	ROW(MASTER, STALE_BETTER, MASTER, ACTION_SEND, ACTION_PAUSE),
	ROW(MASTER, DISTURBED, MASTER, ACTION_SEND, ACTION_TAKE, ACTION_GARP_CONFLICT),
	ROW(MASTER, RIVAL, MASTER, ACTION_GARP_SETTLE),
	ROW(MASTER, ADVERT_DUE, MASTER, ACTION_SEND),
	ROW(MASTER, GARP_DUE, MASTER, ACTION_GARP_NEXT),
	ROW(MASTER, HAND_OVER, MASTER, ACTION_ASK),
	ROW(MASTER, HANDED_OVER, BACKUP, ACTION_DROP, ACTION_CONFESS, ACTION_QUIET, ACTION_WAIT,
	    ACTION_YIELDED),
	ROW(MASTER, YIELD, BACKUP, ACTION_DROP, ACTION_CONFESS, ACTION_QUIET, ACTION_WAIT),
	ROW(MASTER, LATE, BACKUP, ACTION_DROP, ACTION_QUIET, ACTION_PROBE),
	ROW(MASTER, FAULT, FAULT, ACTION_DROP, ACTION_SEND_ZERO, ACTION_SEND_ZERO, ACTION_QUIET),
	ROW(MASTER, STOP, STOPPED, ACTION_DROP, ACTION_SEND_ZERO, ACTION_QUIET),

	ROW(FAULT, CLEAR, BACKUP, ACTION_WAIT),
	ROW(FAULT, HEARD_BETTER, FAULT, ACTION_CONFESS),
	ROW(FAULT, HEARD_WORSE, FAULT, ACTION_CONFESS),
	ROW(FAULT, STOP, STOPPED, ACTION_QUIET),
};

/* Which burst of gratuitous ARP follows which. */
static const enum garp_stage garp_next[] = {
	[GARP_SECOND] = GARP_REFRESH,	/* master_delay after the first */
	[GARP_SETTLED] = GARP_SECOND,	/* of a new master that had a rival */
	[GARP_CONFLICT] = GARP_LATER,
	[GARP_LATER] = GARP_REFRESH,	/* lower_prio_delay after a conflict */
	[GARP_REFRESH] = GARP_REFRESH,
};

void machine_init(struct machine *machine, const struct vrrp_instance_conf *conf, uint32_t sequence)
{
	*machine = (struct machine){
		.conf = conf,
		.state = PAGE_VRRP_INIT,
		.priority = conf->priority,
		.interval_us = conf->advert_interval_us,
		.sequence = sequence,
		.down_at = MOMENT_NEVER,
		.advert_at = MOMENT_NEVER,
		.garp_at = MOMENT_NEVER,
	};
}

uint64_t machine_skew_us(const struct machine *machine)
{
	uint64_t unit = machine->conf->version == 3 ? machine->interval_us : SECOND_US;

	return (256 - (uint64_t)machine->priority) * unit / 256;
}

uint64_t machine_down_us(const struct machine *machine)
{
	return machine->conf->down_timer_adverts * machine->interval_us + machine_skew_us(machine);
}

static struct machine_step *machine_step(struct machine_steps *steps, enum machine_step_kind kind,
					 enum machine_event event)
{
	ASSERT(steps->count < MACHINE_STEPS);
	struct machine_step *step = &steps->step[steps->count++];

	*step = (struct machine_step){ .kind = kind, .event = event };
	return step;
}

static void machine_send(struct machine *machine, struct machine_steps *steps, uint8_t priority,
			 enum machine_event event)
{
	struct machine_step *step = machine_step(steps, MACHINE_SEND, event);

	if (machine->conf->auth == VRRP_AUTH_AH)
		machine->sequence += machine->sequence == UINT32_MAX ? 2 : 1; /* 0 is never sent */
	step->priority = priority;
	step->sequence = machine->sequence;
}

static void machine_jump(struct machine *machine, uint32_t by)
{
	if (machine->sequence < UINT32_MAX - by)
		machine->sequence += by;
}

/* Whether what was just heard answers the confession: a master does so at once. */
static bool machine_answered(const struct machine *machine, struct moment now,
			     enum machine_event event)
{
	if (event == MACHINE_STALE_BETTER || event == MACHINE_STALE_WORSE)
		return false;
	return ip_equal(&machine->confessed_to, &machine->heard_from) &&
	       moment_since(machine->confessed_at, now) < machine->heard_interval_us / 2;
}

static bool machine_is_heard(enum machine_event event)
{
	return event == MACHINE_HEARD_BETTER || event == MACHINE_HEARD_WORSE ||
	       event == MACHINE_HEARD_KEPT || event == MACHINE_STALE_BETTER ||
	       event == MACHINE_STALE_WORSE;
}

/*
 * One that owned the addresses tells its successor so, with a priority that
 * deposes nobody and makes no other backup hurry, until that one answers. The
 * least priority is itself a confession or a probe: no successor speaks so.
 */
static void machine_confess(struct machine *machine, struct moment now,
			    struct machine_steps *steps, enum machine_event event, uint8_t priority)
{
	if (!machine->owned || (machine->heard_least && machine_is_heard(event)))
		return;
	if (machine->confessions != 0 && machine->confessed_at.us == now.us)
		return; /* read in the same turn: it was sent before */
	if (machine->confessions != 0 && machine_answered(machine, now, event)) {
		machine->owned = false;
		return;
	}
	if (++machine->confessions >= CONFESSIONS)
		machine->owned = false;
	machine->confessed_at = now;
	machine->confessed_to = machine->heard_from;
	machine_jump(machine, LAST_JUMP);
	machine_send(machine, steps, priority, event);
}

static void machine_wait(struct machine *machine, struct moment now, uint64_t us)
{
	machine->down_at = moment_after(now, us);
	machine->listened = now;
	machine->stalled_us = 0;
	machine->contested = false;
	machine->doubtful = false;
	machine->probed = false;
}

static void machine_quiet(struct machine *machine)
{
	machine->down_at = MOMENT_NEVER;
	machine->advert_at = MOMENT_NEVER;
	machine->garp_at = MOMENT_NEVER;
	machine->garp_stage = GARP_NONE;
	machine->preempt_at = (struct moment){ 0 };
	machine->yield_until = (struct moment){ 0 };
	machine->taken_until = (struct moment){ 0 };
}

static void machine_advertise(struct machine *machine, struct moment now,
			      struct machine_steps *steps, enum machine_event event)
{
	machine_send(machine, steps, machine->priority, event);
	machine->interval_us = machine->conf->advert_interval_us;
	machine->advert_at = moment_after(now, machine->interval_us);
	machine->down_at = MOMENT_NEVER;
}

/* A live master answers the least priority at once; it deposes nobody. */
static void machine_probe(struct machine *machine, struct moment now, struct machine_steps *steps,
			  enum machine_event event)
{
	uint64_t answer = machine->interval_us + machine_skew_us(machine);

	machine_send(machine, steps, LEAST_PRIORITY, event);
	machine_wait(machine, now, answer < PROBE_US ? answer : PROBE_US);
	machine->probed = true; /* once a wait, or replays could hold us off for ever */
}

/* How long before the burst of that stage; 0: it is left out. */
static uint64_t machine_garp_delay(const struct vrrp_garp_conf *garp, enum garp_stage stage)
{
	switch (stage) {
	case GARP_SECOND: return garp->master_delay_us;
	case GARP_SETTLED:
	case GARP_CONFLICT: return SETTLE_US;
	case GARP_LATER: return garp->lower_prio_delay_us;
	case GARP_REFRESH: return garp->master_refresh_us;
	case GARP_NONE: break;
	}
	return 0;
}

static void machine_garp_later(struct machine *machine, struct moment now, enum garp_stage stage)
{
	uint64_t delay = machine_garp_delay(&machine->conf->garp, stage);

	while (delay == 0 && stage != GARP_REFRESH) {
		stage = garp_next[stage];
		delay = machine_garp_delay(&machine->conf->garp, stage);
	}
	machine->garp_stage = stage;
	machine->garp_at = delay == 0 ? MOMENT_NEVER : moment_after(now, delay);
}

static void machine_garp(struct machine *machine, struct machine_steps *steps, unsigned repeat,
			 enum machine_event event)
{
	if (repeat != 0)
		machine_step(steps, MACHINE_GARP, event)->repeat = repeat;
}

/* A rival that yields silently did so after our first burst: see SETTLE_US. */
static void machine_garp_master(struct machine *machine, struct moment now,
				struct machine_steps *steps, enum machine_event event)
{
	machine_garp(machine, steps, machine->conf->garp.master_repeat, event);
	machine_garp_later(machine, now, machine->contested ? GARP_SETTLED : GARP_SECOND);
}

static void machine_garp_conflict(struct machine *machine, struct moment now,
				  struct machine_steps *steps, enum machine_event event)
{
	if (!moment_before(now, machine->conflict_after)) {
		machine->conflict_after = moment_after(now, CONFLICT_US);
		machine_garp(machine, steps, machine->conf->garp.lower_prio_repeat, event);
	}
	machine_garp_later(machine, now, GARP_CONFLICT);
}

static void machine_garp_next(struct machine *machine, struct moment now,
			      struct machine_steps *steps, enum machine_event event)
{
	const struct vrrp_garp_conf *garp = &machine->conf->garp;
	unsigned repeat = garp->master_repeat;

	if (machine->garp_stage == GARP_REFRESH)
		repeat = garp->master_refresh_repeat;
	else if (machine->garp_stage == GARP_CONFLICT || machine->garp_stage == GARP_LATER)
		repeat = garp->lower_prio_repeat;
	machine_garp(machine, steps, repeat, event);
	machine_garp_later(machine, now, garp_next[machine->garp_stage]);
}

static void machine_act(struct machine *machine, struct moment now, enum action action,
			enum machine_event event, struct machine_steps *steps)
{
	switch (action) {
	case ACTION_END: break;
	case ACTION_SEND: machine_advertise(machine, now, steps, event); break;
	case ACTION_ANSWER:
		/* With AH ours may be stale to it: left alone, it might never believe one. */
		if (!machine->conf->lower_prio_no_advert || machine->conf->auth == VRRP_AUTH_AH)
			machine_advertise(machine, now, steps, event);
		break;
	case ACTION_PAUSE:
		machine->advert_at = moment_after(machine->advert_at, machine->interval_us / 4);
		break;
	case ACTION_SEND_ZERO: machine_send(machine, steps, 0, event); break;
	case ACTION_CONFESS: machine_confess(machine, now, steps, event, LEAST_PRIORITY); break;
	case ACTION_CONCEDE:
		machine_confess(machine, now, steps, event,
				machine->conf->higher_prio_send_advert ? machine->priority :
									 LEAST_PRIORITY);
		break;
	case ACTION_PROBE: machine_probe(machine, now, steps, event); break;
	case ACTION_JUMP: machine_jump(machine, WINNER_JUMP); break;
	case ACTION_TAKE:
		machine_step(steps, MACHINE_TAKE, event);
		machine->owned = true;
		machine->confessions = 0;
		machine->yielded = false;
		break;
	case ACTION_DROP: machine_step(steps, MACHINE_DROP, event); break;
	case ACTION_GARP: machine_garp_master(machine, now, steps, event); break;
	case ACTION_GARP_CONFLICT: machine_garp_conflict(machine, now, steps, event); break;
	case ACTION_GARP_SETTLE: machine_garp_later(machine, now, GARP_CONFLICT); break;
	case ACTION_GARP_NEXT: machine_garp_next(machine, now, steps, event); break;
	case ACTION_WAIT: machine_wait(machine, now, machine_down_us(machine)); break;
	case ACTION_WAIT_SKEW: machine_wait(machine, now, machine_skew_us(machine)); break;
	case ACTION_WAIT_NONE: machine_wait(machine, now, 0); break;
	case ACTION_WAIT_INTERVAL: machine_wait(machine, now, machine->interval_us); break;
	case ACTION_ASK:
		machine->yield_until = moment_after(now, HAND_OVER_US);
		machine_step(steps, MACHINE_ASK, event);
		break;
	case ACTION_YIELDED: machine->yielded = true; break;
	case ACTION_TAKEN: machine->taken_until = moment_after(now, machine->interval_us); break;
	case ACTION_DOUBT: machine->doubtful = true; break;
	case ACTION_QUIET: machine_quiet(machine); break;
	}
}

/* A MASTER that is later than this must think that a backup took over. */
static uint64_t machine_patience_us(const struct machine *machine)
{
	const struct vrrp_instance_conf *conf = machine->conf;
	uint64_t adverts = (conf->down_timer_adverts - 1) * machine->interval_us;

	if (conf->timer_expired_backup_us != 0)
		return conf->timer_expired_backup_us;
	return adverts < FROZEN_US ? FROZEN_US : adverts;
}

static bool machine_is_frozen(const struct machine *machine, struct moment now)
{
	return machine->state == PAGE_VRRP_MASTER &&
	       moment_since(machine->advert_at, now) > machine_patience_us(machine);
}

void machine_event(struct machine *machine, struct moment now, enum machine_event event,
		   struct machine_steps *steps)
{
	const struct row *row = machine_rows, *end = machine_rows + ARRAY_LEN(machine_rows);

	if (event == MACHINE_DISTURBED && machine_is_frozen(machine, now))
		event = MACHINE_LATE;
	while (row < end && (row->state != machine->state || row->event != event))
		row++;
	if (row == end)
		return;
	machine->state = row->next;
	for (unsigned i = 0; i < ACTIONS; i++)
		machine_act(machine, now, row->actions[i], event, steps);
	if (row->next != row->state)
		machine_step(steps, MACHINE_ENTER, event)->state = row->next;
}

/* RFC 3768, 6.4.2 and 6.4.3: a backup yields to its equal, a master only to a higher address. */
static bool machine_is_better(const struct machine *machine, const struct machine_advert *advert)
{
	if (advert->priority != machine->priority)
		return advert->priority > machine->priority;
	return machine->state != PAGE_VRRP_MASTER ||
	       ip_compare(&advert->source, &machine->source) > 0;
}

/*
 * A worse master: whether nopreempt or preempt_delay leaves it in place. The
 * least priority of another than the one that we follow is no master's: it
 * would stretch our wait, and give us the wrong interval.
 */
static bool machine_keeps(struct machine *machine, struct moment now,
			  const struct machine_advert *advert)
{
	if (machine->state != PAGE_VRRP_BACKUP)
		return false;
	if (machine->heard_least && machine->follows.family != 0 &&
	    !ip_equal(&machine->follows, &advert->source))
		return false;
	if (machine->conf->nopreempt || machine->yielded)
		return true;
	if (machine->conf->preempt_delay_us == 0)
		return false;
	if (machine->preempt_at.us == 0)
		machine->preempt_at = moment_after(now, machine->conf->preempt_delay_us);
	return moment_before(now, machine->preempt_at);
}

static enum machine_event machine_classify(struct machine *machine, struct moment now,
					   const struct machine_advert *advert)
{
	bool yields = machine->state == PAGE_VRRP_MASTER &&
		      moment_before(now, machine->yield_until);

	if (advert->priority == 0)
		return MACHINE_HEARD_ZERO;
	/* It asked us to take over, and has not heard yet that we did. */
	if (machine->state == PAGE_VRRP_MASTER && moment_before(now, machine->taken_until) &&
	    !yields && ip_equal(&advert->source, &machine->follows) &&
	    machine_is_better(machine, advert))
		return MACHINE_EVENTS;
	if (machine_is_better(machine, advert)) {
		machine->preempt_at = (struct moment){ 0 };
		return MACHINE_HEARD_BETTER;
	}
	if (yields && !machine->heard_least)
		return MACHINE_HANDED_OVER;
	if (machine_keeps(machine, now, advert))
		return MACHINE_HEARD_KEPT;
	machine->contested = true;
	return MACHINE_HEARD_WORSE;
}

/* Too early for another answer: the next advertisement is brought forward to be it. */
static enum machine_event machine_stale_later(struct machine *machine, bool worse)
{
	if (!moment_before(machine->challenge_after, machine->advert_at))
		return MACHINE_EVENTS;
	machine->advert_at = machine->challenge_after;
	if (worse)
		machine_jump(machine, WINNER_JUMP);
	return MACHINE_EVENTS;
}

/* What is not above the shared counter proves nothing about the present. */
static enum machine_event machine_stale(struct machine *machine, struct moment now,
					const struct machine_advert *advert)
{
	/* One that gives up has let go: the address is announced again, as for what is fresh. */
	bool worse = !machine_is_better(machine, advert);

	if (machine->state == PAGE_VRRP_MASTER) {
		/* It may be the one that takes over: our answer would depose it. */
		if (worse && moment_before(now, machine->yield_until))
			return MACHINE_EVENTS;
		if (moment_before(now, machine->challenge_after))
			return machine_stale_later(machine, worse);
		machine->challenge_after = moment_after(now, CHALLENGE_US);
	}
	return worse ? MACHINE_STALE_WORSE : MACHINE_STALE_BETTER;
}

enum machine_event machine_heard(struct machine *machine, struct moment now,
				 const struct machine_advert *advert, struct machine_steps *steps)
{
	enum machine_event event;

	if (ip_equal(&advert->source, &machine->source))
		return MACHINE_EVENTS;
	if (machine->conf->owner_ignore_adverts && machine->conf->priority == OWNER_PRIORITY &&
	    machine->state == PAGE_VRRP_MASTER)
		return MACHINE_EVENTS;
	/* What has waited on the socket meanwhile would be answered as if we were MASTER still. */
	if (machine_is_frozen(machine, now))
		machine_event(machine, now, MACHINE_LATE, steps);
	machine->heard_from = advert->source;
	machine->heard_least = advert->priority == LEAST_PRIORITY;
	machine->heard_interval_us = advert->interval_us != 0 ? advert->interval_us :
								machine->conf->advert_interval_us;
	machine->listened = now;
	if (machine->conf->auth == VRRP_AUTH_AH && advert->sequence <= machine->sequence) {
		event = machine_stale(machine, now, advert);
	} else {
		if (machine->conf->auth == VRRP_AUTH_AH)
			machine->sequence = advert->sequence;
		event = machine_classify(machine, now, advert);
	}
	/* RFC 5798, 6.4.2 and 6.4.3: a MASTER that yields learns it, too. */
	if (event == MACHINE_HEARD_BETTER || event == MACHINE_HEARD_KEPT ||
	    event == MACHINE_HANDED_OVER) {
		machine->follows = advert->source;
		machine->interval_us = machine->heard_interval_us;
	}
	if (event != MACHINE_EVENTS)
		machine_event(machine, now, event, steps);
	return event;
}

/* We were not running: what we did not hear may have been said. */
static bool machine_is_late(const struct machine *machine, struct moment due, struct moment now)
{
	return due.us != 0 && moment_since(due, now) > machine->interval_us;
}

/* How often a waiting backup looks whether it still runs. */
static uint64_t machine_step_us(const struct machine *machine)
{
	return machine->interval_us;
}

/*
 * A machine that stood still, or could not run for load, has heard nothing,
 * and its master beside it may have stood still as well: such time does not
 * count as silence, up to as much again as the wait.
 */
static void machine_listen(struct machine *machine, struct moment now)
{
	uint64_t step = machine_step_us(machine), gap = moment_since(machine->listened, now);
	uint64_t most = machine_down_us(machine), lost = gap > step + step / 4 ? gap - step : 0;

	machine->listened = now;
	if (machine->stalled_us >= most)
		return;
	if (lost > most - machine->stalled_us)
		lost = most - machine->stalled_us;
	machine->stalled_us += lost;
	machine->down_at = moment_after(machine->down_at, lost);
}

static void machine_tick_down(struct machine *machine, struct moment now,
			      struct machine_steps *steps)
{
	bool probe = machine->doubtful && !machine->probed;
	enum machine_event event = probe ? MACHINE_DOWN_DOUBTFUL : MACHINE_DOWN_DUE;

	if (machine_is_late(machine, machine->down_at, now))
		event = MACHINE_LATE;
	else if (machine->held)
		event = MACHINE_DOWN_HELD;
	machine_event(machine, now, event, steps);
}

static void machine_tick_advert(struct machine *machine, struct moment now,
				struct machine_steps *steps)
{
	machine_event(machine, now,
		      machine_is_frozen(machine, now) ? MACHINE_LATE : MACHINE_ADVERT_DUE, steps);
}

void machine_tick(struct machine *machine, struct moment now, struct machine_steps *steps)
{
	if (machine->state == PAGE_VRRP_BACKUP && !machine_is_late(machine, machine->down_at, now))
		machine_listen(machine, now);
	if (!moment_before(now, machine->down_at))
		machine_tick_down(machine, now, steps);
	if (!moment_before(now, machine->advert_at))
		machine_tick_advert(machine, now, steps);
	if (!moment_before(now, machine->garp_at))
		machine_event(machine, now, MACHINE_GARP_DUE, steps);
}

struct moment machine_next_due(const struct machine *machine)
{
	struct moment due = machine->down_at;
	struct moment look = moment_after(machine->listened, machine_step_us(machine));

	if (machine->state == PAGE_VRRP_BACKUP && moment_before(look, due))
		due = look;
	if (moment_before(machine->advert_at, due))
		due = machine->advert_at;
	if (moment_before(machine->garp_at, due))
		due = machine->garp_at;
	return due;
}
