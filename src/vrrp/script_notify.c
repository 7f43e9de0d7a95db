/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/script_notify.c - see script_notify.h. */
#include "vrrp/script_notify.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/macros.h"

enum { NOTIFY_PATIENCE_US = 30000000 };

/* INIT is none that anybody is told of. */
const char *notify_state_name(uint32_t state)
{
	switch (state) {
	case PAGE_VRRP_STOPPED: return "STOP";
	case NOTIFY_DELETED: return "DELETED";
	case NOTIFY_RX_LOWER: return "MASTER_RX_LOWER_PRI";
	default: return page_vrrp_state_name(state);
	}
}

static const struct vrrp_command *notify_own_command(const struct vrrp_notify_conf *conf,
						     uint32_t state)
{
	switch (state) {
	case PAGE_VRRP_MASTER:
		return &conf->master;
	case PAGE_VRRP_BACKUP:
		return &conf->backup;
	case PAGE_VRRP_FAULT:
		return &conf->fault;
	case PAGE_VRRP_STOPPED:
		return &conf->stop;
	case NOTIFY_DELETED:
		return &conf->deleted;
	case NOTIFY_RX_LOWER:
		return &conf->rx_lower_prio;
	default:
		return NULL;
	}
}

/* One script that runs; of its own memory, since it may outlive the next change. */
struct notify_script {
	struct script_child child;
	struct script_notify *notify;
	const char *word;	/* for the log */
	uint64_t change;
};

static void notify_next(struct script_notify *notify);

static void notify_on_end(struct script_child *child, int status)
{
	struct notify_script *script = container_of(child, struct notify_script, child);
	struct script_notify *notify = script->notify;
	char why[SCRIPT_STATUS_TEXT], what[SCRIPT_STATUS_TEXT + 32];

	if (status != 0) {
		snprintf(what, sizeof(what), "%s failed: %s", script->word,
			 script_status_text(status, why));
		notify->on_trouble(notify, what);
	}
	notify->scripts--;
	if (script->change == notify->changes)
		notify->current--;
	free(script);
	notify_next(notify);
}

static void notify_start_one(struct script_notify *notify, const char *word,
			     const struct vrrp_command *command, const char *const *extra)
{
	struct notify_script *script;

	if (command == NULL || command->argv == NULL)
		return;
	script = notify->scripts < NOTIFY_RUNNING ? calloc(1, sizeof(*script)) : NULL;
	if (script != NULL) {
		*script = (struct notify_script){
			.child.on_end = notify_on_end, .notify = notify, .word = word,
			.change = notify->changes,
		};
		if (script_child_start(&script->child, notify->loop, notify->running, command,
				       extra, 0) == 0) {
			notify->scripts++;
			notify->current++;
			return;
		}
	}
	free(script);
	notify->on_trouble(notify, "a notify script could not be started");
}

static void notify_start(struct script_notify *notify, struct notify_change change)
{
	const struct notify_subject *subject = &notify->subject;
	char priority[16];
	const char *const extra[] = { subject->kind, subject->name,
				      notify_state_name(change.state), priority, NULL };

	snprintf(priority, sizeof(priority), "%u", change.priority);
	notify->changes++;
	notify->current = 0;
	notify_start_one(notify, "the script of the state",
			 notify_own_command(subject->conf, change.state), NULL);
	if (change.state != NOTIFY_RX_LOWER)
		notify_start_one(notify, "'notify'", &subject->conf->any, extra);
	/* Without memory for the timer the next change does not wait. */
	if (loop_timer_arm(notify->loop, &notify->patience,
			   moment_after(moment_now(), NOTIFY_PATIENCE_US)) < 0)
		notify->current = 0;
}

static void notify_next(struct script_notify *notify)
{
	while (notify->count > 0 && notify->current == 0) {
		struct notify_change change = notify->waiting[notify->first];

		notify->first = (notify->first + 1) % NOTIFY_WAITING;
		notify->count--;
		notify_start(notify, change);
	}
	if (notify->current == 0)
		loop_timer_disarm(notify->loop, &notify->patience);
}

static void notify_on_patience(struct loop *loop, struct loop_timer *timer)
{
	struct script_notify *notify = container_of(timer, struct script_notify, patience);

	notify->on_trouble(notify, "a notify script runs for half a minute: the next ones do not "
				   "wait for it");
	notify->changes++; /* those that run are no longer the current ones */
	notify->current = 0;
	notify_next(notify);
}

void script_notify_init(struct script_notify *notify, struct loop *loop, struct list *running,
			struct notify_subject subject)
{
	*notify = (struct script_notify){
		.subject = subject, .loop = loop, .running = running,
		.patience.on_expire = notify_on_patience,
	};
}

void script_notify_change(struct script_notify *notify, struct notify_change change)
{
	if (notify->count == NOTIFY_WAITING) {
		notify->on_trouble(notify, "too many changes wait: the oldest is left out");
		notify->first = (notify->first + 1) % NOTIFY_WAITING;
		notify->count--;
	}
	notify->waiting[(notify->first + notify->count++) % NOTIFY_WAITING] = change;
	notify_next(notify);
}

bool script_notify_is_idle(const struct script_notify *notify)
{
	return notify->count == 0 && notify->scripts == 0;
}
