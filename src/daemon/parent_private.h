/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_private.h - what the files of the parent share. Nobody else
 * includes it.
 *
 *   parent_keepalived.c  pid files, reloads at a time
 *   parent.c           phases, children, signals
 *   parent_open.c      everything that is opened before the first child
 *   parent_reload.c    both files read anew: who asks, and what comes of it
 *   parent_vrrp.c      the half of keepalived.conf
 *   parent_veterans.c  proxy processes of earlier configurations, which drain
 *   parent_wish.c      hand-overs that the console asks for
 *   parent_upgrade.c   a start in the place of an older process
 *   parent_yield.c     the older one
 */
#pragma once

#include <sys/types.h>

#include "base/list.h"
#include "base/strbuf.h"
#include "daemon/control.h"
#include "daemon/master.h"
#include "daemon/parent.h"
#include "daemon/process.h"
#include "daemon/reload.h"
#include "daemon/reload_clock.h"
#include "diag/log.h"
#include "loop/loop.h"

/* What keepalived's command line says; its strings are copies. */
struct keepalived_side {
	struct reload_clock clock;
	char *pidfile, *vrrp_pidfile;	/* NULL: none, or the default one */
	char *core_pattern;		/* NULL: it stays */
	char *core_before;		/* what it was; or NULL */
	int log_fd, vrrp_log_fd;	/* -1: none */
};

enum phase { STARTING, RUNNING, DRAINING, STOPPING };

struct parent;

struct child {
	struct parent *parent;
	const struct process *process;
	struct inheritance *given;	/* what it starts with: the parent's, or of a reload */
	pid_t pid;			/* 0: not running */
	struct moment started;
	unsigned quick_deaths;		/* in a row */
	struct loop_timer restart;
};

/* A process of an earlier configuration: a proxy that drains, or the checker it had. */
struct veteran {
	struct list node;
	pid_t pid;
	bool is_proxy;
	uint32_t generation;
	unsigned reloads;		/* that it has lived through */
	struct ledger *ledger;		/* owned; of a proxy */
	int master_end;			/* by which the master CLI reaches it; or -1 */
	struct moment started;
	struct moment told;		/* to let go of the sockets */
	uint32_t grace_ms;		/* before it does */
	bool has_let_go;
};

/* Who asked for a reload, and wants to know what comes of it. */
struct reload_asker {
	struct reload_asker *next;	/* that the same reload answers */
	/* `text`: what was found in the files, and why it was refused; lines. */
	void (*done)(struct reload_asker *asker, bool good, const char *text);
	int fd;		/* that waits for it and is nobody else's: children close it; or -1 */
};

/* A reload that is on its way: from the reading of the files until the new proxy serves. */
struct reloading {
	bool busy;
	bool again;			/* a signal asked for the next one */
	struct inheritance given;	/* of the next generation */
	struct child proxy, checker;	/* that start with it */
	struct vrrp_conf *vrrp;		/* or NULL */
	struct strbuf said;
	struct reload_asker *askers;	/* of this one; none: a signal */
	struct reload_asker *waiting;	/* for the next one */
	struct loop_timer poll;		/* does the new proxy serve? */
	struct moment asked;		/* when the proxy was asked for its will */
	bool too_late;
	bool committed;			/* only the old process has to let go of the sockets */
};

enum upgrade_step { UPGRADE_NONE, UPGRADE_SERVES, UPGRADE_VRRP };

/* Our start in the place of others (parent_upgrade.c). */
struct upgrade {
	enum upgrade_step step;		/* what is still to come */
	struct loop_file yield;		/* the older relevo's answer */
	int yield_fd;			/* held until it is told to end; -1: none */
	struct loop_timer timer;
	unsigned looks;
	bool signalled;
};

/* Another relevo that takes our place (parent_yield.c). */
struct yield {
	struct loop_file file;		/* fd -1: none */
	struct loop_timer timer;
	bool busy;			/* our vrrp process has left, or is about to */
};

struct parent {
	const struct options *options;
	struct inheritance given;
	struct loop *loop;
	struct log *log;
	struct log_target event_targets[3];
	struct log_target vrrp_targets[3]; /* the same, but with its own file (-g) */
	struct keepalived_side keepalived;
	struct child child[PROCESS_COUNT];
	struct control control;
	char *control_path;		/* a copy: the command line is overwritten */
	struct loop_timer ready_poll, stop_deadline;
	enum phase phase;
	bool drain_asked;		/* SIGUSR1 while STARTING */
	unsigned stop_step;		/* index in stop_order */
	struct reload reload;
	struct reloading reloading;
	struct list veterans;
	struct loop_timer veterans_poll; /* have they let go of the sockets? */
	/* A reload of keepalived.conf: what follows once the old vrrp process has left. */
	struct vrrp_conf *next_conf;	/* NULL: no reload goes on */
	int next_ends[2];
	struct vrrp_conf *conf_before, *conf_now; /* read by reloads, to be freed; or NULL */
	struct loop_timer wish_look;
	struct moment wish_rest;	/* none is granted before */
	uint32_t wishes;		/* seen so far */
	struct master master;
	struct strbuf startup_logs;	/* what was found at the start, or by the last reload */
	struct moment started;
	unsigned reloads, reloads_failed;
	bool reload_failed;		/* the last one */
	struct upgrade upgrade;
	struct yield yield;
	bool in_background;
	int background_fd;		/* -1: in the foreground, or ready */
	int exit_status;
};

/* One line on the log and as an event on the page; of several lines, one each. */
void parent_event(struct parent *parent, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);
void parent_event_lines(struct parent *parent, enum log_level level, const char *prefix,
			const char *lines);

void parent_choose_event_log(struct parent *parent, struct inheritance *given);
void parent_open_log(struct parent *parent); /* for given.event_log; a log that is open is closed */

void parent_start_child(struct child *child);
void parent_describe_end(int status, char *ret_text, size_t size);

/* ---- reloads ---- */

/*
 * It is RUNNING from here on if all serve by now: they may,
 * before the poll that looks for it comes by.
 */
void parent_look_ready(struct parent *parent);

/*
 * Reads both files anew, now or as soon as relevo has started or the reload that is on
 * its way is over. `asker` (NULL: nobody) is told when the new proxy serves, or that the
 * files or the proxy were refused, or that relevo stops; it is not touched afterwards.
 */
void parent_reload(struct parent *parent, struct reload_asker *asker);
void parent_reload_by_signal(struct parent *parent);
void parent_reload_if_asked(struct parent *parent); /* when it could not be */
void parent_on_reload(struct control *control, int client);
void parent_on_diff(struct control *control, int client);

/* A process of the next generation has ended. False: it is none of these. */
bool parent_reload_ended(struct parent *parent, pid_t pid, int status);
/* Nobody but the new proxy accepts any more. */
void parent_reload_settled(struct parent *parent);
/* It is not to be any more: relevo stops. */
void parent_reload_cancel(struct parent *parent);

/* Makes `conf` (taken) that of the vrrp process, which leaves as it is for its successor. */
int parent_vrrp_prepare(struct parent *parent);
void parent_vrrp_begin(struct parent *parent, struct vrrp_conf *conf);
/* The vrrp process has left for a reload: its successor starts. */
void parent_vrrp_finish(struct parent *parent);

/*
 * Looks from now on for what the console asks, if the
 * configuration of now lets it; again after a reload.
 */
void parent_wish_start(struct parent *parent);

/* ---- what keepalived.conf and keepalived's command line ask of the parent ---- */

/* Before the command line is overwritten. 0 or negative errno, after a message. */
int parent_keepalived_open(struct parent *parent);
void parent_keepalived_free(struct parent *parent);
/* Adds what -g and -S say to the targets of events. */
void parent_keepalived_choose_log(struct parent *parent, struct inheritance *given);
void parent_keepalived_prepare(struct parent *parent); /* before any child */
void parent_keepalived_start(struct parent *parent);
void parent_keepalived_ready(struct parent *parent);	/* all processes serve */
void parent_keepalived_child(const struct child *child); /* it has just been started */
/* False with a line in *ret_text: `next` says what a reload cannot change. */
bool parent_keepalived_may_reload(const struct parent *parent, const struct vrrp_conf *next,
				  struct strbuf *ret_text);
void parent_keepalived_reloaded(struct parent *parent);
void parent_keepalived_stop(struct parent *parent);

/* ---- upgrades ---- */

void parent_upgrade_init(struct parent *parent);
/*
 * What -x gets, or nothing for -sf and -st alone: `before` of generation_open, to be closed. With a
 * proxy_conf only. 0 or negative errno after an error in `report`.
 */
int parent_upgrade_open(struct parent *parent, struct binds *ret, struct diag_report *report);
/* It is not to start yet. */
bool parent_upgrade_holds(const struct parent *parent, enum process_id id);
void parent_upgrade_serves(struct parent *parent); /* our proxy does; called until all is ready */
void parent_upgrade_ready(struct parent *parent);  /* all processes serve: the older ones may end */
void parent_open_control(struct parent *parent);

void parent_on_yield(struct control *control, int client);
/* The vrrp process has ended; false: for another reason. */
bool parent_yield_left(struct parent *parent);

/* ---- veterans ---- */

/* Takes the proxy process of `before`, and its ledger; the page says another generation serves. */
void parent_veterans_add(struct parent *parent, struct inheritance *before, pid_t proxy,
			 pid_t checker, struct moment started);
bool parent_veterans_ended(struct parent *parent, pid_t pid, int status); /* false: it is none */
bool parent_veterans_accept(const struct parent *parent); /* one of them, not for its `grace` */
void parent_veterans_signal(struct parent *parent, int signal);
