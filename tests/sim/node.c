/* SPDX-License-Identifier: Apache-2.0 */
/* sim/node.c - see node.h. */
#include "node.h"

#include "base/macros.h"
#include "groups.h"
#include "hellos.h"
#include "network.h"
#include "rules.h"

enum {
	FROZEN_US = 250 * 1000,	/* as in vrrp/machine.c */
	LEASE_SAFE_US = 2500 * 1000, /* as in vrrp/lease.h */
	FIRST_NUMBER = 20,	/* of 10.1.1.20 */
};

static const char *const state_names[] = {
	[PAGE_VRRP_INIT] = "INIT", [PAGE_VRRP_BACKUP] = "BACKUP", [PAGE_VRRP_MASTER] = "MASTER",
	[PAGE_VRRP_FAULT] = "FAULT", [PAGE_VRRP_STOPPED] = "STOPPED",
};

static const char *const event_names[MACHINE_EVENTS + 1] = {
	[MACHINE_START] = "start", [MACHINE_START_AS_MASTER] = "start as master",
	[MACHINE_RESTART] = "restart", [MACHINE_STOP] = "stop", [MACHINE_FAULT] = "fault",
	[MACHINE_CLEAR] = "clear", [MACHINE_HEARD_ZERO] = "heard zero",
	[MACHINE_HEARD_BETTER] = "heard better", [MACHINE_HEARD_WORSE] = "heard worse",
	[MACHINE_HEARD_KEPT] = "heard kept", [MACHINE_STALE_BETTER] = "stale better",
	[MACHINE_STALE_WORSE] = "stale worse", [MACHINE_DISTURBED] = "disturbed",
	[MACHINE_RIVAL] = "rival", [MACHINE_DOWN_DUE] = "down",
	[MACHINE_DOWN_DOUBTFUL] = "down, doubtful", [MACHINE_DOWN_HELD] = "down, held",
	[MACHINE_HAND_OVER] = "hand over", [MACHINE_ASKED] = "asked",
	[MACHINE_HANDED_OVER] = "handed over", [MACHINE_LEAD] = "lead", [MACHINE_YIELD] = "yield",
	[MACHINE_ADVERT_DUE] = "advert due", [MACHINE_GARP_DUE] = "GARP due",
	[MACHINE_LATE] = "late", [MACHINE_EVENTS] = "nothing",
};

const char *node_state_name(const struct node *node)
{
	const char *name = node->machine.state < ARRAY_LEN(state_names) ?
				   state_names[node->machine.state] : NULL;

	return name != NULL ? name : "?";
}

const char *node_event_name(enum machine_event event)
{
	return event_names[event] != NULL ? event_names[event] : "?";
}

static unsigned node_index(const struct world *world, const struct node *node)
{
	return (unsigned)(node - world->nodes);
}

/* ---- ARP of rivals, as vrrp/conflict.c ---- */

static uint64_t node_rival_patience(const struct node *node)
{
	return node->conf.advert_interval_us * 3 / 2;
}

static void node_sees(struct world *world, struct node *node, unsigned other)
{
	uint64_t now = node_now(world, node).us, seen = node->rival_seen[other];

	node->rival |= seen == 0 || now - seen > node_rival_patience(node);
	node->rival_seen[other] = now;
}

static void node_probe(struct world *world, struct node *node)
{
	unsigned index = node_index(world, node);
	uint64_t now = node_now(world, node).us;

	if (node->keepalived || node->machine.state != PAGE_VRRP_MASTER)
		return;
	for (unsigned i = 0; i < world->count; i++) {
		struct node *other = &world->nodes[i];

		if (i != index && other->owns) {
			other->unseen = other->sleep == SLEEP_MACHINE ||
					!network_passes(world, index, i) ||
					!network_passes(world, i, index);
			if (!other->unseen)
				node_sees(world, node, i);
		}
		if (node->rival_seen[i] == 0 ||
		    now - node->rival_seen[i] <= node_rival_patience(node))
			continue;
		node->rival_seen[i] = 0;
		node->rival = true; /* it has gone */
	}
}

/* Another master that hears our gratuitous ARP. */
static void node_show(struct world *world, const struct node *node)
{
	unsigned index = node_index(world, node);

	for (unsigned i = 0; i < world->count; i++) {
		struct node *other = &world->nodes[i];

		if (i != index && !other->keepalived && node_runs(other) &&
		    other->machine.state == PAGE_VRRP_MASTER && network_passes(world, index, i))
			node_sees(world, other, i);
	}
}

static void node_rivals(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++) {
		struct node *node = &world->nodes[i];
		struct machine_steps steps = { 0 };

		if (!node->rival)
			continue;
		node->rival = false;
		machine_event(&node->machine, node_now(world, node), MACHINE_RIVAL, &steps);
		ASSERT(steps.count == 0);
	}
}

/* ---- what the machine says ---- */

static void node_send(struct world *world, struct node *node, const struct machine_step *step)
{
	struct machine_advert advert = {
		.source = node->machine.source,
		.priority = step->priority,
		.sequence = step->sequence,
		.interval_us = node->conf.version == 3 ? node->conf.advert_interval_us : 0,
	};

	TRACE(world, "%u sends %u #%u (%s)", node_index(world, node), step->priority,
	      step->sequence, node_event_name(step->event));
	if (node->late && node->owns)
		world_fail(world, "%u was frozen and speaks as MASTER before it yields",
			   node_index(world, node));
	if (node->owns && node->machine.state != PAGE_VRRP_MASTER)
		world_fail(world, "%u tells its end before it lets the address go",
			   node_index(world, node));
	node_probe(world, node);
	network_advert(world, node, &advert);
}

static void node_take(struct world *world, struct node *node)
{
	if (!node->owns)
		TRACE(world, "%u takes the address", node_index(world, node));
	world->takes += !node->owns;
	node->owns = true;
	node->silent = node->unseen = false;
	if (node->keepalived)
		node->machine.owned = false; /* it yields without a word */
}

/* Whether anything that another node would learn its end by can be lost. */
static bool node_is_unheard(const struct world *world, unsigned index)
{
	for (unsigned i = 0; i < world->count; i++)
		if (i != index &&
		    (!network_hears(world, index, i) || !network_hears(world, i, index)))
			return true;
	return false;
}

/* Another owner that has not seen it by ARP cannot see that it has gone. */
static bool node_is_unseen(const struct world *world, unsigned index)
{
	for (unsigned i = 0; i < world->count; i++)
		if (i != index && world->nodes[i].owns && world->nodes[i].rival_seen[index] == 0)
			return true;
	return false;
}

static void node_drop(struct world *world, struct node *node, bool silent)
{
	unsigned index = node_index(world, node);

	if (!node->owns)
		return;
	TRACE(world, "%u drops the address", index);
	node->owns = node->told = false;
	/* A silent end with the probe lost on the way is lost on all others. */
	node->silent = silent && (node->unseen || node_is_unheard(world, index));
	if (!node->silent)
		node->dropped_at = world->now;
}

static void node_do(struct world *world, struct node *node, const struct machine_steps *steps)
{
	for (unsigned i = 0; i < steps->count; i++) {
		const struct machine_step *step = &steps->step[i];

		switch (step->kind) {
		case MACHINE_SEND: node_send(world, node, step); break;
		case MACHINE_TAKE:
			if (node->machine.held && step->event == MACHINE_DOWN_DUE)
				world_fail(world, "%u claims, and hears that the master lives",
					   node_index(world, node));
			node_take(world, node);
			break;
		case MACHINE_DROP: node_drop(world, node, node->keepalived); break;
		case MACHINE_GARP:
			TRACE(world, "%u sends gratuitous ARP (%s)", node_index(world, node),
			      node_event_name(step->event));
			if (!node->owns)
				world_fail(world, "%u announces what it does not have",
					   node_index(world, node));
			world->garp_at = world->now;
			world->garp_by = node_index(world, node);
			node_show(world, node);
			break;
		case MACHINE_ASK: hellos_ask(world, node); break;
		case MACHINE_ENTER:
			TRACE(world, "%u enters %s (%s)", node_index(world, node),
			      node_state_name(node), node_event_name(step->event));
			if (node->owns != (step->state == PAGE_VRRP_MASTER))
				world_fail(world, "%u is %s and %s the address",
					   node_index(world, node), node_state_name(node),
					   node->owns ? "has" : "lacks");
			hellos_say(world, node);
			if (node->bond != NULL)
				bond_entered(world, node, step->state);
			break;
		}
	}
	if (node->machine.state != PAGE_VRRP_MASTER)
		node->late = false;
	node_rivals(world);
	rules_changed(world);
}

void node_event(struct world *world, struct node *node, enum machine_event event)
{
	struct machine_steps steps = { 0 };

	TRACE(world, "%u: %s", node_index(world, node), node_event_name(event));
	machine_event(&node->machine, node_now(world, node), event, &steps);
	node_do(world, node, &steps);
}

void node_hear(struct world *world, struct node *node, const struct machine_advert *advert)
{
	struct machine_steps steps = { 0 };
	bool owed = node->machine.owned;
	enum machine_event event;

	if (node->keepalived && node->conf.auth == VRRP_AUTH_AH &&
	    advert->sequence <= node->machine.sequence)
		return;
	node->heard = node_now(world, node).us;
	if (node->owns)
		world->nodes[advert->source.bytes[3] - FIRST_NUMBER].told = true;
	event = machine_heard(&node->machine, node_now(world, node), advert, &steps);
	TRACE(world, "%u (%s %u) hears %u #%u of 10.1.1.%u: %s", node_index(world, node),
	      node_state_name(node), node->machine.priority, advert->priority, advert->sequence,
	      advert->source.bytes[3], node_event_name(event));
	if (node->bond != NULL)
		bond_heard(world, node, event);
	if (owed && !node->machine.owned && !node->owns && !node->told)
		node->silent = true;
	if (steps.count != 0)
		node_do(world, node, &steps);
}

void node_tick(struct world *world, struct node *node)
{
	struct machine_steps steps = { 0 };

	node->machine.held = hellos_hold(world, node);
	if (node->bond != NULL && node_now(world, node).us >= node->machine.down_at.us &&
	    !bond_may_lead(world, node))
		node->machine.held = true;
	if (node->machine.held)
		TRACE(world, "%u is held", node_index(world, node));
	machine_tick(&node->machine, node_now(world, node), &steps);
	node_do(world, node, &steps);
}

/* ---- life ---- */

/* As vrrp/standing.c. */
static enum machine_event node_first_event(const struct node *node)
{
	const struct vrrp_instance_conf *conf = &node->conf;

	if (conf->auth == VRRP_AUTH_AH || conf->nopreempt || conf->preempt_delay_us != 0)
		return MACHINE_START;
	return conf->start_as_master || conf->priority == 255 ? MACHINE_START_AS_MASTER
							      : MACHINE_START;
}

void node_start(struct world *world, struct node *node, bool resumes)
{
	bool was_master = node->machine.state == PAGE_VRRP_MASTER;
	bool is_on = node->owns;

	machine_init(&node->machine, &node->conf, resumes ? node->machine.sequence : 0);
	node->machine.source =
		ip_from_v4((struct in_addr){ htonl(0x0a010100 + FIRST_NUMBER +
						   node_index(world, node)) });
	for (unsigned i = 0; i < NODES; i++)
		node->rival_seen[i] = 0;
	node->heard = 0;
	node->late = false;
	hellos_start(world, node);
	if (resumes && was_master) {
		node_event(world, node, MACHINE_RESTART);
	} else if (is_on) {
		node_drop(world, node, false);
		node->machine.owned = true;
	}
	if (node->fault || node->maintenance)
		node_event(world, node, MACHINE_FAULT);
	else
		node_event(world, node, node_first_event(node));
}

void node_sleep(struct world *world, struct node *node, enum node_sleep sleep, uint64_t until)
{
	if (!node_runs(node))
		return;
	TRACE(world, "%u %s until %.6f", node_index(world, node),
	      sleep == SLEEP_PROCESS ? "is frozen" :
	      sleep == SLEEP_MACHINE ? "is paused" : "is off", (double)until / 1e6);
	node->sleep = sleep;
	node->sleep_until = until;
	node->slept_since = world->now;
	node->clock_stops = false;
	rules_changed(world);
}

void node_crash(struct world *world, struct node *node, uint64_t until, bool resumes,
		bool keeps_address)
{
	if (!node_runs(node))
		return;
	node->resumes = resumes;
	if (node->machine.owned && !node->owns && !node->told)
		node->silent = true; /* what it owes is forgotten with it */
	for (unsigned i = 0; i < world->count && node->owns; i++)
		if (world->nodes[i].told && !world->nodes[i].owns)
			world->nodes[i].silent = true; /* and what it was told, perhaps */
	network_flush(world, node);
	if (!keeps_address) {
		bool unseen = node_is_unseen(world, node_index(world, node));

		node_drop(world, node, true);
		node->silent |= unseen;
	}
	node_sleep(world, node, SLEEP_OFF, until);
}

/* A MASTER that must think that another took over meanwhile (machine_patience_us). */
static bool node_is_late(const struct world *world, const struct node *node)
{
	uint64_t adverts = (node->conf.down_timer_adverts - 1) * node->machine.interval_us;
	uint64_t patience = adverts < FROZEN_US ? FROZEN_US : adverts;

	return !node->keepalived && node->machine.state == PAGE_VRRP_MASTER &&
	       node_now(world, node).us > node->machine.advert_at.us + patience;
}

/* Which socket is read first is the kernel's choice; a timer reads advertisements before it. */
void node_catch_up(struct world *world, struct node *node)
{
	bool hellos_first = one_in(world, 2);

	if (hellos_first)
		network_read(world, node, FLIGHT_HELLO);
	network_read(world, node, FLIGHT_ADVERT);
	if (world->now - node->slept_since > LEASE_SAFE_US && one_in(world, 2))
		node_event(world, node, MACHINE_DISTURBED); /* the tick that renews came first */
	if (machine_next_due(&node->machine).us <= node_now(world, node).us)
		node_tick(world, node);
	if (!hellos_first)
		network_read(world, node, FLIGHT_HELLO);
}

void node_rise(struct world *world, struct node *node)
{
	bool boots = node->sleep == SLEEP_OFF;

	TRACE(world, "%u runs again", node_index(world, node));
	if (node->clock_stops)
		node->clock_us -= world->now - node->slept_since;
	if (boots)
		node_start(world, node, node->resumes); /* all of it before the rules look */
	node->sleep = SLEEP_NONE;
	rules_excuse(world, node_index(world, node));
	if (boots)
		return;
	node->late = node_is_late(world, node);
	rules_changed(world);
}

void node_wake(struct world *world, struct node *node)
{
	bool boots = node->sleep == SLEEP_OFF;

	if (node->bond != NULL) {
		bond_wake(node->bond);
		return;
	}
	node_rise(world, node);
	if (!boots)
		node_catch_up(world, node);
}

/* A node in FAULT for either cause leaves it with the last. */
static void node_judge(struct world *world, struct node *node, bool before)
{
	bool now = node->fault || node->maintenance;

	if (node_runs(node) && before != now)
		node_event(world, node, now ? MACHINE_FAULT : MACHINE_CLEAR);
}

void node_fault(struct world *world, struct node *node, bool fault)
{
	bool before = node->fault || node->maintenance;

	node->fault = fault;
	node_judge(world, node, before);
}

void node_maintain(struct world *world, struct node *node, bool maintenance)
{
	bool before = node->fault || node->maintenance;

	node->maintenance = maintenance;
	node_judge(world, node, before);
}

void node_jump(struct world *world, struct node *node, uint64_t us)
{
	if (!node_runs(node))
		return;
	TRACE(world, "the clock of %u jumps ahead by %.6f", node_index(world, node),
	      (double)us / 1e6);
	node->clock_us += us;
	node->late = node_is_late(world, node);
	rules_excuse(world, node_index(world, node));
}
