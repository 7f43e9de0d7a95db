/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_vrrp.c - a new keepalived.conf: the vrrp process leaves as it
 * is, and one with the new configuration goes on.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/parent_private.h"

/*
 * The second half of a reload. The scripts process that still runs ends by
 * itself when its last notify script has; the new one has a socket of its own.
 */
void parent_vrrp_finish(struct parent *parent)
{
	struct inheritance *given = &parent->given;

	vrrp_conf_free(parent->conf_before);
	parent->conf_before = parent->conf_now;
	given->vrrp_before = given->vrrp_conf;
	given->vrrp_conf = parent->conf_now = parent->next_conf;
	parent->next_conf = NULL;
	close(given->scripts_ends[0]);
	close(given->scripts_ends[1]);
	memcpy(given->scripts_ends, parent->next_ends, sizeof(given->scripts_ends));
	loop_timer_disarm(parent->loop, &parent->child[PROCESS_VRRP].restart);
	parent_start_child(&parent->child[PROCESS_VRRP]);
	parent_start_child(&parent->child[PROCESS_SCRIPTS]);
	parent_keepalived_reloaded(parent);
	parent_event(parent, LOG_LEVEL_NOTICE, "reload: keepalived.conf is in effect");
	parent_reload_if_asked(parent);
}

int parent_vrrp_prepare(struct parent *parent)
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			  parent->next_ends) < 0 ? -errno : 0;
}

void parent_vrrp_begin(struct parent *parent, struct vrrp_conf *conf)
{
	struct child *vrrp = &parent->child[PROCESS_VRRP];
	struct child *scripts = &parent->child[PROCESS_SCRIPTS];

	parent->next_conf = conf;
	if (scripts->pid != 0)
		kill(scripts->pid, SIGUSR2);
	scripts->pid = 0;
	loop_timer_disarm(parent->loop, &scripts->restart);
	if (vrrp->pid != 0)
		kill(vrrp->pid, SIGUSR2);
	else /* it died a moment ago */
		parent_vrrp_finish(parent);
}
