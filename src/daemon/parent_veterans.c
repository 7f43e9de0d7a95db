/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_veterans.c - proxy processes of earlier configurations. The
 * new one accepts already when an old one is told; both share the sockets that
 * are kept, and the kernel may have woken the old one for a connection that it
 * no longer takes. So the new one is made to look once the old has let go.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/generation.h"
#include "daemon/parent_private.h"

enum { VETERANS_POLL_US = 2000, VETERANS_PATIENCE_US = 5000000 };

static struct veteran *veterans_put(struct parent *parent, pid_t pid, bool is_proxy)
{
	struct veteran *veteran = calloc(1, sizeof(*veteran));

	ASSERT(veteran != NULL);
	veteran->pid = pid;
	veteran->is_proxy = is_proxy;
	veteran->master_end = -1;
	list_append(&parent->veterans, &veteran->node);
	return veteran;
}

/* One that hangs keeps eating wake-ups that are the new one's. */
static void veterans_await(struct parent *parent, struct veteran *veteran, struct moment now)
{
	uint64_t patience_us = VETERANS_PATIENCE_US + (uint64_t)veteran->grace_ms * 1000;
	pid_t current = parent->child[PROCESS_PROXY].pid;

	if (atomic_load(&veteran->ledger->page->accepting) == 0) {
		veteran->has_let_go = true;
		if (current != 0)
			kill(current, SIGUSR2);
	} else if (moment_since(veteran->told, now) > patience_us) {
		veteran->has_let_go = true;
		parent_event(parent, LOG_LEVEL_WARNING,
			     "reload: the proxy process %d does not let go of its sockets: killed",
			     (int)veteran->pid);
		kill(veteran->pid, SIGKILL);
	}
}

bool parent_veterans_accept(const struct parent *parent)
{
	list_for_each(node, &parent->veterans) {
		const struct veteran *veteran = container_of(node, struct veteran, node);

		if (veteran->is_proxy && !veteran->has_let_go && veteran->grace_ms == 0)
			return true;
	}
	return false;
}

static void veterans_on_poll(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, veterans_poll);
	bool more = false;

	list_for_each(node, &parent->veterans) {
		struct veteran *veteran = container_of(node, struct veteran, node);

		if (!veteran->is_proxy || veteran->has_let_go)
			continue;
		veterans_await(parent, veteran, loop_now(loop));
		more |= !veteran->has_let_go;
	}
	if (more && loop_timer_arm(loop, timer, moment_after(loop_now(loop), VETERANS_POLL_US)) < 0)
		parent_veterans_signal(parent, SIGTERM);
	if (!parent_veterans_accept(parent))
		parent_reload_settled(parent);
}

/* mworker-max-reloads */
static void veterans_age(struct parent *parent)
{
	int64_t most = parent->given.proxy_conf->global.mworker_max_reloads;

	list_for_each(node, &parent->veterans) {
		struct veteran *veteran = container_of(node, struct veteran, node);

		if (!veteran->is_proxy || ++veteran->reloads <= most)
			continue;
		parent_event(parent, LOG_LEVEL_WARNING,
			     "the proxy process %d has lived through %u reloads: stopped",
			     (int)veteran->pid, veteran->reloads);
		kill(veteran->pid, SIGTERM);
	}
}

void parent_veterans_add(struct parent *parent, struct inheritance *before, pid_t proxy,
			 pid_t checker, struct moment started)
{
	parent->veterans_poll.on_expire = veterans_on_poll;
	if (checker != 0) {
		veterans_put(parent, checker, false);
		kill(checker, SIGTERM); /* who drains checks nothing */
	}
	ledger_retire(before->ledger);
	if (proxy == 0) {
		atomic_store(&before->ledger->page->ended, 1);
	} else {
		struct veteran *veteran = veterans_put(parent, proxy, true);

		veteran->generation = before->generation;
		veteran->ledger = before->ledger;
		veteran->grace_ms = before->proxy_conf->global.grace_ms;
		veteran->told = moment_now();
		before->ledger = NULL;
		veteran->started = started;
		veteran->master_end = before->master_ends[0];
		before->master_ends[0] = -1;
		kill(proxy, SIGUSR2);
	}
	veterans_age(parent);
	veterans_on_poll(parent->loop, &parent->veterans_poll);
}

static void veterans_tell_end(struct parent *parent, const struct veteran *veteran, int status)
{
	char end[64];

	parent_describe_end(status, end, sizeof(end));
	if (veteran->is_proxy)
		parent_event(parent, WIFSIGNALED(status) ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
			     "the proxy process %d of an earlier configuration has ended (%s)",
			     (int)veteran->pid, end);
}

bool parent_veterans_ended(struct parent *parent, pid_t pid, int status)
{
	list_for_each_safe(node, &parent->veterans) {
		struct veteran *veteran = container_of(node, struct veteran, node);

		if (veteran->pid != pid)
			continue;
		/* It may have ended before anybody looked whether it had let go. */
		if (veteran->is_proxy && !veteran->has_let_go &&
		    parent->child[PROCESS_PROXY].pid != 0)
			kill(parent->child[PROCESS_PROXY].pid, SIGUSR2);
		veterans_tell_end(parent, veteran, status);
		list_remove(node);
		if (veteran->ledger != NULL)
			atomic_store(&veteran->ledger->page->ended, 1);
		ledger_unref(veteran->ledger);
		if (veteran->master_end >= 0)
			close(veteran->master_end);
		free(veteran);
		if (!parent_veterans_accept(parent))
			parent_reload_settled(parent);
		return true;
	}
	return false;
}

void parent_veterans_signal(struct parent *parent, int signal)
{
	list_for_each(node, &parent->veterans)
		kill(container_of(node, struct veteran, node)->pid, signal);
}
