/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/tell.c - see tell.h. Texts of mail as Keepalived sends them, so that filters still match. */
#include "vrrp/tell.h"

#include <stdarg.h>
#include <stdio.h>

#include "vrrp/group.h"
#include "vrrp/instance.h"
#include "vrrp/process.h"

void tell(struct vrrp_instance *instance, enum log_level level, const char *format, ...)
{
	struct vrrp_process *process = instance->process;
	char text[TELL_LINE];
	int len = snprintf(text, sizeof(text), "(%s) ", instance->conf->name);
	va_list args;

	va_start(args, format);
	if (len > 0 && (size_t)len < sizeof(text))
		vsnprintf(text + len, sizeof(text) - (size_t)len, format, args);
	va_end(args);
	log_printf(process->log, process->args->log, level, "%s", text);
	page_event_add(process->args->page, text);
}

/* By the hellos of other nodes, which are heard in fault, too; "": none says that it is master. */
static const char *tell_claimant(const struct page_instance *place)
{
	uint64_t now_us = wall_now_us();

	for (unsigned i = 0; i < PAGE_PEERS; i++) {
		const struct page_peer *peer = &place->peer[i];
		uint64_t heard_us = atomic_load(&peer->heard_wall_us);

		if (heard_us != 0 && heard_us + PAGE_PEER_QUIET_US > now_us &&
		    atomic_load(&peer->state) == PAGE_VRRP_MASTER)
			return peer->address;
	}
	return "";
}

/* For the pictures of who was master when. Adverts tell of others only to who listens to them. */
static void tell_turn(const struct vrrp_instance *instance, enum page_vrrp_state before,
		      const char *cause)
{
	struct page *page = instance->process->args->page;
	const struct page_instance *place = instance->page;
	struct page_turn turn = { .wall_us = atomic_load(&place->since_wall_us),
				  .state = atomic_load(&place->state) };

	if (turn.state == PAGE_VRRP_MASTER)
		turn.outage_us = atomic_load(&place->outage_us);
	snprintf(turn.owner, sizeof(turn.owner), "%s",
		 before == PAGE_VRRP_BACKUP ? place->owner : tell_claimant(place));
	snprintf(turn.cause, sizeof(turn.cause), "%s", cause);
	page_turn_add(page, (unsigned)(place - page->instance), &turn);
}

/* The page says it before anybody is told to look. */
static void tell_page(struct vrrp_instance *instance, enum page_vrrp_state state,
		      const char *cause)
{
	struct moment now = loop_now(instance->process->loop);
	struct page_instance *page = instance->page;
	uint32_t before = atomic_load(&page->state);

	atomic_store(&page->priority, instance->machine.priority);
	atomic_store(&page->since_wall_us, wall_now_us());
	atomic_store(&page->state, state);
	snprintf(page->cause, sizeof(page->cause), "%s", cause);
	if (before == state)
		return;
	if (before == PAGE_VRRP_MASTER || state == PAGE_VRRP_MASTER)
		atomic_fetch_add(&page->transitions, 1);
	if (before == PAGE_VRRP_MASTER)
		atomic_fetch_add(&page->counter[PAGE_RELEASED_MASTER], 1);
	if (state == PAGE_VRRP_MASTER) {
		atomic_fetch_add(&page->counter[PAGE_BECAME_MASTER], 1);
		atomic_store(&page->outage_us,
			     instance->heard.us == 0 ? 0 : moment_since(instance->heard, now));
	}
	tell_turn(instance, before, cause);
}

static void tell_mail(struct vrrp_process *process, const char *what, const char *name,
		      enum page_vrrp_state state)
{
	const struct vrrp_conf *conf = process->args->conf;
	const struct scripts_message wake = { .kind = SCRIPTS_MAIL };
	char subject[sizeof(((struct page_mail *)0)->subject)];

	if (state == PAGE_VRRP_STOPPED || state == PAGE_VRRP_INIT ||
	    (state == PAGE_VRRP_FAULT && conf->no_email_faults))
		return;
	snprintf(subject, sizeof(subject), "[%s] VRRP %s %s - Entering %s state",
		 conf->router_id, what, name, page_vrrp_state_name(state));
	page_mail_add(process->args->page, subject,
		      state == PAGE_VRRP_MASTER ? "=> VRRP Instance is now owning VRRP VIPs <="
						: "=> VRRP Instance is no longer owning "
						  "VRRP VIPs <=");
	outbox_put(&process->outbox, &wake);
}

/*
 * The owner of its addresses is MASTER from the start (RFC 5798, 6.4.1): that
 * its machine is BACKUP before, for no time at all, is nobody's business. In a
 * sync group it waits for the others.
 */
static bool tell_is_passing(const struct vrrp_instance *instance, enum page_vrrp_state state)
{
	return state == PAGE_VRRP_BACKUP && instance->conf->priority == 255 &&
	       instance->conf->group_conf == NULL &&
	       atomic_load(&instance->page->state) == PAGE_VRRP_INIT &&
	       instance->machine.down_at.us <= loop_now(instance->process->loop).us;
}

/* A process that goes on where another one ended has no news: the state is what was last told. */
static bool tell_is_same(const struct vrrp_instance *instance, enum page_vrrp_state state)
{
	return !instance->told && atomic_load(&instance->page->state) == state;
}

/* After a reload FIFOs may want to hear of that again. */
static void tell_again(struct vrrp_process *process, const struct scripts_message *message)
{
	if (process->args->before != NULL && process->args->conf->fifo_on_reload)
		outbox_put(&process->outbox, message);
}

void tell_entered(struct vrrp_instance *instance, enum page_vrrp_state state, const char *cause)
{
	bool same = tell_is_same(instance, state);
	const struct scripts_message notify = {
		.kind = same ? SCRIPTS_SAME : SCRIPTS_NOTIFY,
		.index = instance->conf->index,
		.state = state,
		.priority = instance->machine.priority,
	};

	if (tell_is_passing(instance, state))
		return;
	if (!same)
		tell_page(instance, state, cause);
	tell(instance, state == PAGE_VRRP_FAULT ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE,
	     "Entering %s STATE: %s", page_vrrp_state_name(state), cause);
	if (same) {
		tell_again(instance->process, &notify);
		return;
	}
	instance->told = true;
	outbox_put(&instance->process->outbox, &notify);
	if (instance->conf->smtp_alert)
		tell_mail(instance->process, "Instance", instance->conf->name, state);
}

/* All members are where the process before has left them. */
static bool tell_is_same_group(const struct vrrp_group *group, enum page_vrrp_state state)
{
	for (unsigned i = 0; i < group->sync.count; i++)
		if (!tell_is_same(group->instances[i], state))
			return false;
	return true;
}

void tell_group(struct vrrp_group *group, enum page_vrrp_state state)
{
	struct vrrp_process *process = group->process;
	bool same = tell_is_same_group(group, state);
	const struct scripts_message notify = {
		.kind = same ? SCRIPTS_SAME_GROUP : SCRIPTS_NOTIFY_GROUP,
		.index = group->conf->index,
		.state = state,
	};
	char text[TELL_LINE];

	snprintf(text, sizeof(text), "VRRP_Group(%s) Entering %s STATE", group->conf->name,
		 page_vrrp_state_name(state));
	log_printf(process->log, process->args->log, LOG_LEVEL_NOTICE, "%s", text);
	page_event_add(process->args->page, text);
	if (same) {
		tell_again(process, &notify);
		return;
	}
	outbox_put(&process->outbox, &notify);
	if (group->conf->smtp_alert)
		tell_mail(process, "Group", group->conf->name, state);
}

static bool tell_has_fifo(const struct vrrp_conf *conf)
{
	return conf->fifo.path != NULL || conf->vrrp_fifo.path != NULL;
}

void tell_priority(struct vrrp_instance *instance)
{
	const struct vrrp_conf *conf = instance->process->args->conf;
	const struct vrrp_group_conf *group = instance->conf->group_conf;
	const struct scripts_message notify = {
		.kind = SCRIPTS_PRIORITY,
		.index = instance->conf->index,
		.state = instance->machine.state,
		.priority = instance->machine.priority,
	};

	if (!tell_has_fifo(conf))
		return;
	if (conf->notify_priority_changes || instance->conf->notify.priority_changes ||
	    (group != NULL && group->notify.priority_changes))
		outbox_put(&instance->process->outbox, &notify);
}

void tell_rx_lower(struct vrrp_instance *instance)
{
	const struct scripts_message notify = {
		.kind = SCRIPTS_RX_LOWER,
		.index = instance->conf->index,
		.priority = instance->machine.priority,
	};

	if (tell_has_fifo(instance->process->args->conf) ||
	    instance->conf->notify.rx_lower_prio.argv != NULL)
		outbox_put(&instance->process->outbox, &notify);
}
