/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/script_herald.h - who is told of changes: notify scripts of instances
 * and sync groups, and FIFOs. Part of the scripts process.
 *
 * A FIFO gets its line at once, in the order in which the vrrp process tells;
 * a script waits for those of the earlier changes of its instance or group.
 */
#pragma once

#include "vrrp/notify_fifo.h"
#include "vrrp/script_notify.h"
#include "vrrp/scripts.h"

struct script_herald;

struct script_herald_args {
	const struct scripts_args *scripts;	/* .conf, .before, .page */
	struct loop *loop;
	struct list *running;			/* where notify scripts are while they run */
	void (*say)(void *context, enum log_level level, const char *text);
	void *context;
};

/*
 * Opens the FIFOs and starts their scripts; tells of instances that the
 * configuration before had and this one has not. NULL without memory.
 */
struct script_herald *script_herald_open(const struct script_herald_args *args);

/* A message from the vrrp process; those about other things are left alone. */
void script_herald_message(struct script_herald *herald, const struct scripts_message *message);

/* No script runs or waits, but those of FIFOs, which have no end. */
bool script_herald_is_idle(const struct script_herald *herald);

/* To be called at SIGCHLD. */
void script_herald_reap(struct script_herald *herald);

/* `retired`: a successor has opened the FIFOs, they stay. NULL is fine. */
void script_herald_close(struct script_herald *herald, bool retired);
