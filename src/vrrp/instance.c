/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/instance.c - see instance.h.
 *
 * The machine decides, and instance_do performs its steps in their order. A
 * timer that fires reads the socket first: after a freeze (SIGSTOP, a paused
 * machine) what the others said meanwhile comes before what we would say.
 */
#include "vrrp/instance.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "vrrp/advert.h"
#include "vrrp/announce.h"
#include "vrrp/cause.h"
#include "vrrp/conflict.h"
#include "vrrp/group.h"
#include "vrrp/lease.h"
#include "vrrp/process.h"
#include "vrrp/tell.h"

enum { PEER_GONE_US = 3 * 1000 * 1000 }; /* a node that restarted has another process then */

static struct moment instance_now(const struct vrrp_instance *instance)
{
	return loop_now(instance->process->loop);
}

bool instance_has_address(const struct vrrp_instance *instance, const struct ip *ip)
{
	return lease_has(&instance->lease, ip);
}

/* keepalived -a: the kernel's word comes with each renewal, and would be no news. */
static void instance_tell_addresses(struct vrrp_instance *instance)
{
	char text[IP_TEXT];

	if (!instance->process->args->flags.tell_addresses || instance->renewed.us != 0)
		return;
	for (const struct vrrp_address_conf *a = instance->conf->addresses; a != NULL; a = a->next)
		tell(instance, LOG_LEVEL_INFO, "address %s added", ip_text(&a->ip, text));
	for (const struct vrrp_address_conf *a = instance->conf->excluded; a != NULL; a = a->next)
		tell(instance, LOG_LEVEL_INFO, "address %s added", ip_text(&a->ip, text));
}

static void instance_take(struct vrrp_instance *instance)
{
	struct vrrp_process *process = instance->process;
	char failed[LEASE_WHAT];
	int error = lease_take(&instance->lease, process->nl, &process->links,
			       instance_now(instance), failed);

	instance_tell_addresses(instance);
	instance->renewed = instance_now(instance);
	if (error < 0 && !instance->take_failed)
		tell(instance, LOG_LEVEL_ERR, "cannot add %s: %s", failed, strerror(-error));
	instance->take_failed = error < 0;
}

/* keepalived -V: what a MASTER has is nobody's any more, and stays. */
static void instance_leave(struct vrrp_instance *instance)
{
	struct vrrp_process *process = instance->process;
	char failed[LEASE_WHAT];
	int error = lease_leave(&instance->lease, process->nl, &process->links,
				instance_now(instance), failed);

	announce_stop(instance);
	if (error < 0)
		tell(instance, LOG_LEVEL_ERR, "cannot leave %s: %s", failed, strerror(-error));
}

static void instance_drop(struct vrrp_instance *instance)
{
	struct vrrp_process *process = instance->process;
	char failed[LEASE_WHAT];
	int error = lease_drop(&instance->lease, process->nl, &process->links, failed);

	instance->renewed = (struct moment){ 0 };
	announce_stop(instance);
	if (error < 0)
		tell(instance, LOG_LEVEL_ERR, "cannot remove %s: %s", failed, strerror(-error));
}

static void instance_entered(struct vrrp_instance *instance, const struct machine_step *step)
{
	char cause[INSTANCE_CAUSE];

	cause_text(instance, step->event, cause);
	instance->held_told = false;
	group_entered(instance, step->state, cause);
	peering_say(instance);
}

/* The end of a process that leaves its addresses behind: the machine's last words are not said. */
static bool instance_leaves(struct vrrp_instance *instance, const struct machine_step *step)
{
	if (step->event != MACHINE_STOP || !instance->process->args->flags.keep_addresses ||
	    step->kind == MACHINE_ENTER)
		return false;
	if (step->kind == MACHINE_DROP)
		instance_leave(instance);
	return true;
}

static void instance_do(struct vrrp_instance *instance, const struct machine_steps *steps)
{
	for (unsigned i = 0; i < steps->count; i++) {
		const struct machine_step *step = &steps->step[i];

		if (instance_leaves(instance, step))
			continue;
		switch (step->kind) {
		case MACHINE_SEND:
			if (instance->machine.state == PAGE_VRRP_MASTER)
				conflict_probe(instance);
			/* A process that dies right after must not use the number again. */
			atomic_store(&instance->page->ah_sequence, step->sequence);
			advert_send(instance, step->priority, step->sequence);
			break;
		case MACHINE_TAKE: instance_take(instance); break;
		case MACHINE_DROP:
			instance_drop(instance);
			instance->left = instance_now(instance);
			break;
		case MACHINE_GARP: announce_burst(instance, step->repeat); break;
		case MACHINE_ASK: peering_ask(instance); break;
		case MACHINE_ENTER: instance_entered(instance, step); break;
		}
	}
	atomic_store(&instance->page->ah_sequence, instance->machine.sequence);
	process_arm(instance->process, &instance->timer, machine_next_due(&instance->machine));
}

void instance_event(struct vrrp_instance *instance, enum machine_event event)
{
	struct machine_steps steps = { 0 };

	machine_event(&instance->machine, instance_now(instance), event, &steps);
	instance_do(instance, &steps);
}

/* Evidence of another master is news once a contest, not once a packet. */
static void instance_contest(struct vrrp_instance *instance, enum machine_event event,
			     const struct vrrp_advert *advert)
{
	struct moment now = instance_now(instance);
	char text[IP_TEXT];

	if ((event != MACHINE_HEARD_WORSE && event != MACHINE_STALE_WORSE) ||
	    instance->machine.state != PAGE_VRRP_MASTER)
		return;
	tell_rx_lower(instance);
	/* The least priority is the word of one that has let go (machine.c). */
	if (advert->priority == 1 ||
	    moment_since(instance->contested, now) < 10 * instance->conf->advert_interval_us)
		return;
	instance->contested = now;
	tell(instance, LOG_LEVEL_WARNING,
	     "another master, %s with priority %u against %u here: address announced again",
	     ip_text(&advert->source, text), advert->priority,
	     instance->machine.priority);
}

static void instance_heard(struct vrrp_instance *instance, const struct vrrp_advert *advert)
{
	struct machine_steps steps = { 0 };
	struct machine_advert heard = {
		.source = advert->source,
		.priority = advert->priority,
		.sequence = advert->sequence,
		.interval_us = instance->conf->version == 3 ? advert->interval_us : 0,
	};
	struct machine_advert last = instance->last;

	instance->heard = instance_now(instance);
	if (advert->priority == 0)
		atomic_fetch_add(&instance->page->counter[PAGE_ZERO_RECEIVED], 1);
	instance->last = heard; /* the cause of what follows */
	enum machine_event event =
		machine_heard(&instance->machine, instance_now(instance), &heard, &steps);
	if (event == MACHINE_STALE_BETTER || event == MACHINE_STALE_WORSE ||
	    event == MACHINE_EVENTS)
		instance->last = last;
	else
		instance->last_event = event;
	if (event == MACHINE_HEARD_BETTER || event == MACHINE_HEARD_KEPT) {
		group_follows(instance);
		atomic_store(&instance->page->master_priority, advert->priority);
		ip_text(&advert->source, instance->page->owner);
	}
	instance_do(instance, &steps);
	instance_contest(instance, event, advert);
}

void instance_receive(struct vrrp_instance *instance)
{
	advert_receive(instance, instance_heard);
}

/* Another process of the same node was heard since: this one is gone. */
static bool instance_is_replaced(const struct peers *peers, const struct peer *peer)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (peers->peer[i].answers &&
		    strcmp(peers->peer[i].last.name, peer->last.name) == 0 &&
		    moment_since(peer->heard, peers->peer[i].heard) > PEER_GONE_US)
			return true;
	return false;
}

/* Peers as last heard, for the page. */
static void instance_show_peers(struct vrrp_instance *instance)
{
	const struct peers *peers = &instance->peering.peers;
	struct moment now = instance_now(instance);
	uint64_t wall = wall_now_us();

	for (unsigned i = 0; i < PAGE_PEERS; i++) {
		const struct peer *peer = &peers->peer[i];
		struct page_peer *page = &instance->page->peer[i];
		uint64_t age = moment_since(peer->heard, now);

		if (!peer->answers || age > PEERS_FORGET_US || instance_is_replaced(peers, peer)) {
			atomic_store(&page->heard_wall_us, 0);
			continue;
		}
		memcpy(page->name, peer->last.name, sizeof(page->name));
		ip_text(&peer->source, page->address);
		atomic_store(&page->state, peer->last.state);
		atomic_store(&page->priority, peer->last.priority);
		atomic_store(&page->agrees, peer->last.agreement == instance->peering.agreement);
		atomic_store(&page->maintenance, (peer->last.flags & HELLO_MAINTENANCE) != 0);
		atomic_store(&page->heard_wall_us, wall - age);
	}
}

/* Whether it hears neither another node nor the witness: then it is the one that is cut off. */
static bool instance_is_cut_off(const struct vrrp_instance *instance)
{
	/* Less than the master-down interval: known before the claim. */
	uint64_t silence =
		machine_down_us(&instance->machine) - machine_skew_us(&instance->machine);

	return !witness_reached(instance->process) && !peering_hears(instance) &&
	       moment_since(instance->heard, instance_now(instance)) >= silence;
}

/* Silence on VRRP alone does not prove that the master is gone. */
static bool instance_is_held(struct vrrp_instance *instance)
{
	const struct peer *master = peering_master_lives(instance);
	uint64_t silence = machine_down_us(&instance->machine);
	struct moment now = instance_now(instance);

	if (moment_before(now, instance->machine.down_at))
		return false;
	if (!group_may_lead(instance))
		return true;
	/* One that is heard and leaves the timer running is worse: it is to be preempted. */
	if (moment_since(instance->heard, now) < silence)
		return false;
	if (master == NULL) {
		instance->held_told = false;
		return instance_is_cut_off(instance);
	}
	if (!instance->held_told)
		tell(instance, LOG_LEVEL_WARNING,
		     "no advertisement for %lu ms, but hellos of %s, which is MASTER, arrive: not "
		     "claiming", (unsigned long)(silence / 1000), master->last.name);
	instance->held_told = true;
	return true;
}

static void instance_due(struct loop *loop, struct loop_timer *timer)
{
	struct vrrp_instance *instance = container_of(timer, struct vrrp_instance, timer);
	struct machine_steps steps = { 0 };

	instance_receive(instance);
	instance->machine.held = instance_is_held(instance);
	machine_tick(&instance->machine, instance_now(instance), &steps);
	instance_do(instance, &steps);
	if (instance->rival_gone) {
		instance->rival_gone = false;
		instance_event(instance, MACHINE_RIVAL);
	}
}

/* What the page tells of the file. */
static void instance_show_conf(struct vrrp_instance *instance)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	struct page_instance *page = instance->page;
	size_t len = 0;
	char text[IP_TEXT];

	atomic_store(&page->vrid, conf->vrid);
	atomic_store(&page->version, conf->version);
	atomic_store(&page->configured_priority, conf->priority);
	memcpy(page->interface, conf->interface, sizeof(page->interface));
	page->addresses[0] = '\0';
	for (const struct vrrp_address_conf *address = conf->addresses;
	     address != NULL && len < sizeof(page->addresses); address = address->next)
		len += (size_t)snprintf(page->addresses + len, sizeof(page->addresses) - len,
					"%s%s", len != 0 ? " " : "", ip_text(&address->ip, text));
}

void instance_init(struct vrrp_instance *instance, struct vrrp_process *process,
		   const struct vrrp_instance_conf *conf, struct page_instance *page)
{
	*instance = (struct vrrp_instance){ .process = process, .conf = conf, .page = page };
	instance->rival_file.fd = -1;
	instance->timer.on_expire = instance_due;
	announce_init(instance);
	advert_init(instance);
	machine_init(&instance->machine, conf, atomic_load(&page->ah_sequence));
	peering_init(instance);
	instance_show_conf(instance);
}

void instance_start(struct vrrp_instance *instance)
{
	struct vrrp_process *process = instance->process;
	bool restarted = atomic_load(&process->args->page->vrrp_generation) > 1;

	instance->followed = restarted && atomic_load(&instance->page->state) != PAGE_VRRP_INIT;
	if (restarted && atomic_load(&instance->page->state) == PAGE_VRRP_MASTER) {
		instance->resumed = instance->resumed_as_master = true;
		instance->machine.priority = (uint8_t)atomic_load(&instance->page->priority);
	} else if (lease_is_on(&instance->lease, &process->links)) {
		tell(instance, LOG_LEVEL_NOTICE, "removing addresses that a former process left");
		instance_drop(instance);
		instance->machine.owned = true;
	} else {
		instance_drop(instance); /* routes and rules may have outlived their addresses */
	}
	if (!instance->resumed)
		atomic_store(&instance->page->priority, instance->machine.priority);
	instance_reassess(instance, NULL);
}

void instance_tick(struct vrrp_instance *instance, struct moment now)
{
	uint64_t age = moment_since(instance->renewed, now);
	bool cut_off = instance_is_cut_off(instance);

	instance_show_peers(instance);
	if (instance->duplicate_until.us != 0 && !moment_before(now, instance->duplicate_until)) {
		instance->duplicate_until = (struct moment){ 0 };
		instance_reassess(instance, "duplicate address");
	}
	if (cut_off != instance->cut_off) {
		instance->cut_off = cut_off;
		instance_reassess(instance, "witness");
	}
	if (instance->machine.state != PAGE_VRRP_MASTER)
		return;
	if (age > LEASE_SAFE_US)
		instance_receive(instance); /* we did not run: somebody else may own it now */
	if (instance->machine.state != PAGE_VRRP_MASTER)
		return;
	if (age > LEASE_SAFE_US)
		instance_event(instance, MACHINE_DISTURBED);
	else if (age >= LEASE_RENEW_US)
		instance_take(instance);
}

void instance_gone(struct vrrp_instance *instance, const struct nl_event *event)
{
	if (instance->machine.state == PAGE_VRRP_MASTER)
		lease_lose(&instance->lease, event, &instance->process->links);
}

void instance_restore(struct vrrp_instance *instance)
{
	bool address = instance->lease.lost_address;

	if (!instance->lease.lost || instance->machine.state != PAGE_VRRP_MASTER)
		return;
	tell(instance, LOG_LEVEL_WARNING, "%s was removed: it is put back", instance->lease.what);
	if (address)
		instance_event(instance, MACHINE_DISTURBED);
	else
		instance_take(instance);
}

void instance_stop(struct vrrp_instance *instance, const char *cause)
{
	snprintf(instance->fault, sizeof(instance->fault), "%s", cause);
	instance_event(instance, MACHINE_STOP);
}

void instance_close(struct vrrp_instance *instance)
{
	struct loop *loop = instance->process->loop;

	loop_timer_disarm(loop, &instance->timer);
	peering_stop(instance);
	announce_stop(instance);
	advert_close(instance);
	lease_free(&instance->lease);
}
