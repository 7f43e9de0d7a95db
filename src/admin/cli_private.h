/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_private.h - the runtime API's sockets and connections;
 * for cli_service.c, cli_conn.c and cli_ask.c.
 */
#pragma once

#include "admin/cli_info.h"
#include "admin/cli_run.h"
#include "base/list.h"
#include "loop/loop.h"
#include "proxy/worker.h"

struct cli_listener {
	struct loop_file file;		/* fd -1 while paused */
	struct cli *cli;
	const struct bind_conf *conf;
	int fd;
	unsigned connections;
};

struct cli {
	struct proxy *proxy;
	struct worker *worker;		/* the main thread's */
	struct cli_listener *listeners;
	unsigned listener_count, connections;
	struct cli_listener master;	/* connections that the parent hands over */
	struct bind_conf master_conf;
	struct list open;		/* of struct cli_conn.node */
	struct list asks;		/* on their way, or not taken */
	struct loop_timer pause;	/* after EMFILE and the like */
	struct info_memory info;
	const struct expr_var *names;	/* of variables: the configuration's,
					 * and those of `set var` */
	struct arena *arena;		/* of those; or NULL */
};

struct cli_conn {
	struct list node;
	struct cli_listener *listener;
	struct loop_file file;
	struct loop_timer idle, patience;
	struct loop_deferred defer;
	struct cli_session session;
	struct cli_run run;
	bool running, ended;		/* a command is being answered; nothing
					 * is left but the memory */
	bool can_read, can_write, hung_up;
	bool collects;			/* the lines of a payload */
	bool answered;			/* at least one command */
	bool told;			/* all is said; only bytes that wait are left */
	char *line;			/* what is left of the current line; NULL: nothing */
	char *payload;			/* in `in`; NULL: none */
	size_t payload_len;
	struct strbuf out;
	size_t sent;			/* of `out` */
	size_t len, scanned, size;	/* of `in`: filled, looked at, room */
	size_t used;			/* of `in`: belongs to the current line and its payload */
	char in[];
};

/* Takes an accepted connection; without memory it is closed, and NULL. */
struct cli_conn *cli_conn_open(struct cli_listener *listener, int fd);
/* For the end of the process: everything but the memory, and the memory. */
void cli_conn_end(struct cli_conn *conn);
void cli_conn_free(struct cli_conn *conn);
void cli_conn_work(struct cli_conn *conn);

static inline struct cli_conn *cli_conn_of(struct cli_run *run)
{
	return container_of(run, struct cli_conn, run);
}

/* A connection has ended: others may come. */
void cli_service_left(struct cli_listener *listener);
