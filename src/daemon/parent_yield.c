/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_yield.c - the older side of an upgrade (parent_upgrade.c):
 * the vrrp process leaves everything as it is, and the state of its instances
 * goes to the relevo that takes our place. If that one is gone before it has
 * told us to end, ours starts again, and goes on as after a reload.
 */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/parent_private.h"
#include "daemon/yield.h"

enum { YIELD_PATIENCE_US = 100000 };	/* its signal came before its end, but may be read after */

static void yield_over(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, yield.timer);

	if (parent->phase != RUNNING || parent->child[PROCESS_VRRP].pid != 0)
		return;
	parent_event(parent, LOG_LEVEL_WARNING,
		     "upgrade: the other relevo is gone, our vrrp process starts again");
	parent_start_child(&parent->child[PROCESS_VRRP]);
	parent_start_child(&parent->child[PROCESS_SCRIPTS]);
	parent_reload_if_asked(parent);
}

/* The end of the connection is all that can come. */
static void yield_on_end(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct parent *parent = container_of(file, struct parent, yield.file);
	char byte;
	ssize_t len = recv(file->fd, &byte, 1, MSG_DONTWAIT);

	if (len > 0 || (len < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	loop_file_close(loop, file);
	file->fd = -1;
	if (!parent->yield.busy)
		return;
	parent->yield.busy = false;
	parent->yield.timer.on_expire = yield_over;
	if (loop_timer_arm(loop, &parent->yield.timer,
			   moment_after(loop_now(loop), YIELD_PATIENCE_US)) < 0)
		yield_over(loop, &parent->yield.timer);
}

bool parent_yield_left(struct parent *parent)
{
	struct strbuf text = STRBUF_EMPTY;

	if (!parent->yield.busy)
		return false;
	yield_tell(parent->given.page, &text);
	if (parent->yield.file.fd >= 0)
		(void)!send(parent->yield.file.fd, text.text, text.len,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
	strbuf_free(&text);
	parent_event(parent, LOG_LEVEL_NOTICE,
		     "upgrade: the vrrp process has left its instances to another relevo");
	return true;
}

/* Notify scripts that run are let finish: their process ends then. */
static void yield_begin(struct parent *parent)
{
	struct child *vrrp = &parent->child[PROCESS_VRRP];
	struct child *scripts = &parent->child[PROCESS_SCRIPTS];

	parent->yield.busy = true;
	if (scripts->pid != 0)
		kill(scripts->pid, SIGUSR2);
	scripts->pid = 0;
	loop_timer_disarm(parent->loop, &scripts->restart);
	loop_timer_disarm(parent->loop, &vrrp->restart);
	if (vrrp->pid != 0)
		kill(vrrp->pid, SIGUSR2);
	else
		parent_yield_left(parent);
}

void parent_on_yield(struct control *control, int client)
{
	struct parent *parent = container_of(control, struct parent, control);

	parent_look_ready(parent);

	bool may = parent->phase == RUNNING && !parent->reloading.busy &&
		   parent->next_conf == NULL &&
		   !parent->yield.busy && parent->yield.file.fd < 0;

	if (!may ||
	    loop_file_add_level(parent->loop, &parent->yield.file, client, yield_on_end) < 0) {
		control_reply(client, false,
			      "not now: relevo is starting, stopping or reloading\n");
		return;
	}
	if (parent->given.vrrp_conf != NULL) {
		yield_begin(parent);
		return;
	}
	(void)!send(client, "ok\n", 3, MSG_NOSIGNAL | MSG_DONTWAIT);
}
