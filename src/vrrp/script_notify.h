/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/script_notify.h - notify scripts of one instance, in the order of its
 * changes (man keepalived.conf, "notify").
 *
 * A change starts `notify` (with INSTANCE, name, state, priority) and the
 * state's own script (with nothing added) at once; the scripts of the next
 * change wait until both have ended, or for half a minute.
 */
#pragma once

#include "base/page.h"
#include "vrrp/script_child.h"

enum {
	NOTIFY_WAITING = 64,	/* changes that may wait; then the oldest is left out */
	NOTIFY_RUNNING = 64,	/* scripts that may run, most of them late */
};

struct notify_change {
	uint32_t state;		/* enum page_vrrp_state */
	uint32_t priority;
};

struct script_notify {
	const struct vrrp_instance_conf *conf;
	struct loop *loop;
	struct list *running;
	unsigned scripts;	/* that run */
	unsigned current;	/* of them, those of the last change that was started */
	uint64_t changes;	/* started so far */
	struct loop_timer patience;
	struct notify_change waiting[NOTIFY_WAITING];
	unsigned first, count;
	/* Something for the log: `what` happened to a script of this instance. */
	void (*on_trouble)(struct script_notify *notify, const char *what);
};

void script_notify_init(struct script_notify *notify, struct loop *loop, struct list *running,
			const struct vrrp_instance_conf *conf);
void script_notify_change(struct script_notify *notify, struct notify_change change);
bool script_notify_is_idle(const struct script_notify *notify);
