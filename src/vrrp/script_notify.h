/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/script_notify.h - notify scripts of one instance or sync group, in the
 * order of its changes (man keepalived.conf, "notify").
 *
 * A change starts the state's own script (with nothing added) and then
 * `notify` (with INSTANCE or GROUP, name, state, priority); the scripts of the
 * next change wait until both have ended, or for half a minute.
 */
#pragma once

#include "base/page.h"
#include "vrrp/script_child.h"

enum {
	NOTIFY_WAITING = 64,	/* changes that may wait; then the oldest is left out */
	NOTIFY_RUNNING = 64,	/* scripts that may run, most of them late */
};

enum notify_event { /* what changed, beside enum page_vrrp_state */
	NOTIFY_DELETED = 32,		/* a reload has taken the instance away */
	NOTIFY_RX_LOWER,		/* a master heard a lower priority; `notify` is not run */
};

struct notify_change {
	uint32_t state;		/* enum page_vrrp_state, or enum notify_event */
	uint32_t priority;
};

/* Who changes. */
struct notify_subject {
	const char *kind;	/* "INSTANCE", "GROUP" */
	const char *name;
	const struct vrrp_notify_conf *conf;
};

/* "MASTER", "STOP", "MASTER_RX_LOWER_PRI": as scripts and FIFOs are told. */
const char *notify_state_name(uint32_t state);

struct script_notify {
	struct notify_subject subject;
	struct loop *loop;
	struct list *running;
	unsigned scripts;	/* that run */
	unsigned current;	/* of them, those of the last change that was started */
	uint64_t changes;	/* started so far */
	struct loop_timer patience;
	struct notify_change waiting[NOTIFY_WAITING];
	unsigned first, count;
	/* Something for the log: `what` happened to a script of the subject. */
	void (*on_trouble)(struct script_notify *notify, const char *what);
};

void script_notify_init(struct script_notify *notify, struct loop *loop, struct list *running,
			struct notify_subject subject);
void script_notify_change(struct script_notify *notify, struct notify_change change);
bool script_notify_is_idle(const struct script_notify *notify);
