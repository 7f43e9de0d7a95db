/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_upgrade.c - a start beside older processes (-sf, -st, -x;
 * management manual 4), which may be HAProxy's.
 *
 *   sockets taken or bound beside theirs, not listened on yet
 *     | our proxy serves
 *   UPGRADE_SERVES: listen; ask an older relevo for its instances (parent_yield.c)
 *     | it has left them as they are, or there is nobody to ask
 *   UPGRADE_VRRP: our vrrp process starts, as the master that the older one was
 *     | it runs
 *   READY: the older ones are told to end
 *
 * If we fail before that, they go on as if nothing had been.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/parent_private.h"
#include "daemon/service.h"
#include "daemon/takeover.h"
#include "daemon/yield.h"

enum {
	UPGRADE_YIELD_US = 5000000,	/* within which the older relevo answers */
	UPGRADE_LOOK_US = 50000,
	UPGRADE_LOOKS = 100,
	UPGRADE_LISTENS = 20,		/* of those */
};

/* ---- sockets ---- */

static bool upgrade_wanted(const struct options *options)
{
	return options->old_signal != 0 || options->take_from != NULL;
}

/* As HAProxy: a master goes on without, since it restarts by itself. */
static int upgrade_take(const struct parent *parent, struct takeover *takeover,
			struct diag_report *report)
{
	const struct options *options = parent->options;
	bool master = options->master_worker || options->systemd ||
		      parent->given.proxy_conf->global.master_worker;
	const struct diag_span nowhere = { 0 };
	int r = takeover_ask(options->take_from, takeover);

	if (r == 0)
		return 0;
	diag_add(report, master ? DIAG_WARNING : DIAG_ERROR, &diag_cannot_read, nowhere,
		 r != -EACCES ? NULL :
		 "its 'stats socket' line needs 'expose-fd listeners' and 'level admin'",
		 "-x %s: cannot take the listening sockets: %s", options->take_from, strerror(-r));
	return master ? 0 : r;
}

int parent_upgrade_open(struct parent *parent, struct binds *ret, struct diag_report *report)
{
	const struct options *options = parent->options;
	struct takeover takeover = { .count = 0 };
	bool asks = options->take_from != NULL && strcmp(options->take_from, "/dev/null") != 0;
	int r = asks ? upgrade_take(parent, &takeover, report) : 0;

	if (r == 0)
		takeover_binds(&takeover, parent->given.proxy_conf, 1, ret);
	takeover_close(&takeover);
	return r;
}

/* ---- the older ones ---- */

static bool upgrade_is_old(const struct parent *parent, pid_t pid)
{
	for (unsigned i = 0; i < parent->options->old_count; i++)
		if (parent->options->old_pids[i] == pid)
			return true;
	return false;
}

static void upgrade_signal(struct parent *parent)
{
	const struct options *options = parent->options;

	if (parent->upgrade.signalled)
		return;
	parent->upgrade.signalled = true;
	for (unsigned i = 0; i < options->old_count; i++)
		if (options->old_pids[i] != getpid() &&
		    kill(options->old_pids[i], options->old_signal) == 0)
			parent_event(parent, LOG_LEVEL_NOTICE,
				     "upgrade: process %d is told to end (%s)",
				     (int)options->old_pids[i],
				     options->old_signal == SIGUSR1 ? "its streams may finish" :
								      "at once");
}

/*
 * The kernel may have woken an older process for a connection that it does not
 * take: for some seconds ours looks by itself. A relevo before 0.5 shuts the
 * sockets that it leaves, ours too, so they are listened on anew.
 */
static void upgrade_look(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, upgrade.timer);
	pid_t proxy = parent->child[PROCESS_PROXY].pid;

	if (parent->phase != RUNNING)
		return;
	if (parent->given.proxy_conf != NULL && parent->options->take_from != NULL &&
	    parent->upgrade.looks < UPGRADE_LISTENS)
		binds_settle(&parent->given.binds);
	if (proxy != 0)
		kill(proxy, SIGUSR2);
	if (++parent->upgrade.looks < UPGRADE_LOOKS)
		(void)!loop_timer_arm(loop, timer, moment_after(loop_now(loop), UPGRADE_LOOK_US));
}

/* ---- the vrrp process ---- */

static void upgrade_start_vrrp(struct parent *parent)
{
	loop_timer_disarm(parent->loop, &parent->upgrade.timer);
	loop_file_remove(parent->loop, &parent->upgrade.yield);
	parent->upgrade.step = UPGRADE_NONE;
	parent_start_child(&parent->child[PROCESS_SCRIPTS]);
	parent_start_child(&parent->child[PROCESS_VRRP]);
}

/*
 * Nobody hands anything over: the address is given up by the
 * older one, and claimed as at any start.
 */
static void upgrade_start_alone(struct parent *parent)
{
	if (parent->upgrade.yield_fd >= 0)
		close(parent->upgrade.yield_fd);
	parent->upgrade.yield_fd = -1;
	if (parent->phase != STARTING)
		return; /* told to stop meanwhile */
	upgrade_signal(parent);
	upgrade_start_vrrp(parent);
}

static void upgrade_too_late(struct loop *loop, struct loop_timer *timer)
{
	upgrade_start_alone(container_of(timer, struct parent, upgrade.timer));
}

static void upgrade_answered(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct parent *parent = container_of(file, struct parent, upgrade.yield);
	char text[YIELD_MAX + 1];
	ssize_t len = recv(file->fd, text, YIELD_MAX, MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	text[len > 0 ? len : 0] = '\0';
	loop_file_remove(loop, file);
	if (parent->phase != STARTING || len <= 0 ||
	    !yield_take(text, parent->given.vrrp_conf, parent->given.page)) {
		upgrade_start_alone(parent);
		return;
	}
	parent_event(parent, LOG_LEVEL_NOTICE,
		     "upgrade: goes on from the vrrp process of another relevo");
	upgrade_start_vrrp(parent);
}

/* One message each way, which a SOCK_STREAM of one machine does not cut. */
static bool upgrade_ask(struct parent *parent)
{
	struct upgrade *upgrade = &parent->upgrade;
	pid_t peer;
	int fd = control_connect(parent->control_path, &peer);

	if (fd < 0)
		return false;
	if (!upgrade_is_old(parent, peer) ||
	    send(fd, YIELD_REQUEST, strlen(YIELD_REQUEST), MSG_NOSIGNAL) < 0 ||
	    loop_file_add_level(parent->loop, &upgrade->yield, fd, upgrade_answered) < 0) {
		close(fd);
		return false;
	}
	upgrade->yield_fd = fd;
	upgrade->step = UPGRADE_VRRP;
	upgrade->timer.on_expire = upgrade_too_late;
	return loop_timer_arm(parent->loop, &upgrade->timer,
			      moment_after(moment_now(), UPGRADE_YIELD_US)) == 0;
}

/* ---- the way ---- */

void parent_upgrade_init(struct parent *parent)
{
	parent->upgrade = (struct upgrade){
		.step = upgrade_wanted(parent->options) ? UPGRADE_SERVES : UPGRADE_NONE,
		.yield_fd = -1, .yield.fd = -1,
	};
}

bool parent_upgrade_holds(const struct parent *parent, enum process_id id)
{
	return parent->upgrade.step != UPGRADE_NONE && parent->options->old_count != 0 &&
	       (id == PROCESS_VRRP || id == PROCESS_SCRIPTS);
}

void parent_upgrade_serves(struct parent *parent)
{
	bool held = parent_upgrade_holds(parent, PROCESS_VRRP) && parent->given.vrrp_conf != NULL;

	if (parent->upgrade.step != UPGRADE_SERVES)
		return;
	if (parent->given.proxy_conf != NULL)
		binds_settle(&parent->given.binds);
	if (!held)
		parent->upgrade.step = UPGRADE_NONE;
	else if (!upgrade_ask(parent))
		upgrade_start_alone(parent);
}

/* The path is the one of who serves; an older relevo sees that it is its no more. */
static void upgrade_take_control(struct parent *parent)
{
	pid_t peer;
	int fd = control_connect(parent->control_path, &peer);

	if (fd >= 0) {
		close(fd);
		if (upgrade_is_old(parent, peer))
			unlink(parent->control_path);
	}
	parent_open_control(parent);
}

void parent_upgrade_ready(struct parent *parent)
{
	char text[64];

	if (parent->options->old_count == 0)
		return;
	snprintf(text, sizeof(text), "MAINPID=%d", (int)getpid());
	service_notify(text);
	upgrade_take_control(parent);
	upgrade_signal(parent);
	if (parent->upgrade.yield_fd >= 0)
		close(parent->upgrade.yield_fd);
	parent->upgrade.yield_fd = -1;
	parent->upgrade.timer.on_expire = upgrade_look;
	upgrade_look(parent->loop, &parent->upgrade.timer);
}
