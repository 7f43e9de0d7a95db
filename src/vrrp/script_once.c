/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/script_once.c - see script_once.h. */
#include "vrrp/script_once.h"

#include <errno.h>
#include <stdio.h>

#include "base/macros.h"

enum { ONCE_LOOK_US = 5000 }; /* how often it is looked whether it has ended */

struct once {
	struct script_child child;
	int status;
	bool late;
};

static void once_on_end(struct script_child *child, int status)
{
	struct once *once = container_of(child, struct once, child);

	once->status = status;
	once->late = child->late;
}

int script_once(const struct vrrp_command *command, uint64_t timeout_us,
		char ret_why[SCRIPT_STATUS_TEXT])
{
	struct loop *loop = loop_new(NULL);
	struct once once = { .child.on_end = once_on_end };
	struct list running;
	int error;

	if (loop == NULL)
		return -errno;
	list_init(&running);
	error = script_child_start(&once.child, loop, &running, command, NULL, timeout_us);
	while (error == 0 && !list_empty(&running)) {
		error = loop_turn(loop, ONCE_LOOK_US);
		script_children_reap(&running);
	}
	loop_free(loop);
	if (error < 0)
		return error;
	if (once.late)
		snprintf(ret_why, SCRIPT_STATUS_TEXT, "no end after %.3g s",
			 (double)timeout_us / 1e6);
	else if (once.status != 0)
		script_status_text(once.status, ret_why);
	return once.late || once.status != 0;
}
