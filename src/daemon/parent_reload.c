/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_reload.c - keepalived.conf read anew: the vrrp process leaves
 * as it is, and one with the new configuration goes on.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/parent_private.h"
#include "daemon/pid_files.h"

/*
 * The second half of a reload. The scripts process that still runs ends by
 * itself when its last notify script has; the new one has a socket of its own.
 */
void parent_reload_finish(struct parent *parent)
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
	parent_start_child(&parent->child[PROCESS_VRRP]);
	parent_start_child(&parent->child[PROCESS_SCRIPTS]);
	parent_keepalived_reloaded(parent);
	parent_event(parent, LOG_LEVEL_NOTICE, "reload: keepalived.conf is in effect");
}

static bool reload_begin(struct parent *parent, struct strbuf *ret_text)
{
	struct child *vrrp = &parent->child[PROCESS_VRRP], *scripts = &parent->child[PROCESS_SCRIPTS];
	int error;

	if (parent->phase != RUNNING || parent->next_conf != NULL || vrrp->pid == 0) {
		strbuf_puts(ret_text, "not now: relevo is starting, stopping or reloading\n");
		return false;
	}
	error = pid_files_begin_reading(parent->given.vrrp_conf);
	if (error < 0)
		parent_event(parent, LOG_LEVEL_WARNING, "reload_file: %s", strerror(-error));
	parent->next_conf = reload_read(&parent->reload, ret_text);
	pid_files_end_reading(parent->given.vrrp_conf);
	if (parent->next_conf != NULL &&
	    !parent_keepalived_may_reload(parent, parent->next_conf, ret_text)) {
		vrrp_conf_free(parent->next_conf);
		parent->next_conf = NULL;
	}
	if (parent->next_conf == NULL)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       parent->next_ends) < 0) {
		strbuf_printf(ret_text, "socketpair: %s\n", strerror(errno));
		vrrp_conf_free(parent->next_conf);
		parent->next_conf = NULL;
		return false;
	}
	kill(vrrp->pid, SIGUSR2);
	if (scripts->pid != 0)
		kill(scripts->pid, SIGUSR2);
	scripts->pid = 0;
	loop_timer_disarm(parent->loop, &scripts->restart);
	return true;
}

/* True if the new file takes effect; *ret_text says what was found in it. */
static bool reload(struct parent *parent, struct strbuf *ret_text)
{
	bool done = false;

	if (parent->reload.file == NULL)
		strbuf_puts(ret_text, "haproxy.cfg cannot be reloaded yet: restart instead\n");
	else
		done = reload_begin(parent, ret_text);
	if (!done)
		parent_event_lines(parent, LOG_LEVEL_ALERT, "reload refused: ", ret_text->text);
	else if (parent->given.proxy_conf != NULL)
		parent_event(parent, LOG_LEVEL_WARNING,
		      "reload: only keepalived.conf is read anew, haproxy.cfg stays as it was");
	return done;
}

bool parent_on_reload(struct control *control, struct strbuf *ret_text)
{
	return reload(container_of(control, struct parent, control), ret_text);
}

void parent_reload_by_signal(struct parent *parent)
{
	struct strbuf text = STRBUF_EMPTY;

	reload(parent, &text);
	strbuf_free(&text);
}
