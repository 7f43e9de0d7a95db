/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_private.h - what the files of the parent share. Nobody else
 * includes it.
 *
 *   parent.c         phases, children, signals
 *   parent_open.c    everything that is opened before the first child
 *   parent_reload.c  keepalived.conf read anew
 *   parent_keepalived.c  pid files, reloads at a time
 */
#pragma once

#include <sys/types.h>

#include "base/strbuf.h"
#include "daemon/control.h"
#include "daemon/parent.h"
#include "daemon/process.h"
#include "daemon/reload.h"
#include "daemon/reload_clock.h"
#include "diag/log.h"
#include "loop/loop.h"

enum phase { STARTING, RUNNING, DRAINING, STOPPING };

struct parent;

struct child {
	struct parent *parent;
	const struct process *process;
	pid_t pid;			/* 0: not running */
	struct moment started;
	unsigned quick_deaths;		/* in a row */
	struct loop_timer restart;
};

struct parent {
	const struct options *options;
	struct inheritance given;
	struct loop *loop;
	struct log *log;
	struct log_target event_targets[2];
	struct child child[PROCESS_COUNT];
	struct control control;
	struct loop_timer ready_poll, stop_deadline;
	enum phase phase;
	bool drain_asked;		/* SIGUSR1 while STARTING */
	unsigned stop_step;		/* index in stop_order */
	/* A reload of keepalived.conf: what follows once the old vrrp process has left. */
	struct reload reload;
	struct vrrp_conf *next_conf;	/* NULL: no reload goes on */
	int next_ends[2];
	struct vrrp_conf *conf_before, *conf_now; /* read by reloads, to be freed; or NULL */
	struct reload_clock reload_clock;
	int background_fd;		/* -1: in the foreground */
	int exit_status;
};

/* One line on the log and as an event on the page; of several lines, one each. */
void parent_event(struct parent *parent, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);
void parent_event_lines(struct parent *parent, enum log_level level, const char *prefix,
			const char *lines);

void parent_start_child(struct child *child);

/* The vrrp process has left for a reload: its successor starts. */
void parent_reload_finish(struct parent *parent);
void parent_reload_by_signal(struct parent *parent);
bool parent_on_reload(struct control *control, struct strbuf *ret_text);

/* ---- what keepalived.conf and keepalived's command line ask of the parent ---- */

void parent_keepalived_start(struct parent *parent);
void parent_keepalived_child(const struct child *child); /* it has just been started */
/* False with a line in *ret_text: `next` says what a reload cannot change. */
bool parent_keepalived_may_reload(const struct parent *parent, const struct vrrp_conf *next,
				  struct strbuf *ret_text);
void parent_keepalived_reloaded(struct parent *parent);
void parent_keepalived_stop(struct parent *parent);
