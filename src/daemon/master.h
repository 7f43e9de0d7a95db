/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/master.h - the master CLI (-S; management manual 9.4): a socket of
 * the parent whose commands are the parent's own, or go to the proxy process
 * that a prefix names: "@1", "@!1234", "@" and "@master".
 *
 * A connection is like one of the runtime API (admin/cli_conn.c): lines of
 * commands, an answer each, and the end; `prompt` keeps it. What is for a
 * proxy process goes there as a connection of its own, one end of a pair of
 * sockets, and its answer comes back unread. Nothing here waits.
 *
 *   master.c           the address; who connects
 *   master_conn.c      bytes in, commands, bytes out
 *   master_line.c      a line as commands, prefixes; pure
 *   master_commands.c  the rows
 *   master_dispatch.c  words to a row; help
 *   master_worker.c    the way to the proxy processes
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "admin/cli_line.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "daemon/binds.h"
#include "diag/report.h"
#include "loop/loop.h"
#include "proxy/conf.h"

struct parent;
struct master_asker;

enum { MASTER_LINE = 16384, MASTER_CONNS = 32, MASTER_LISTENERS = 16 };

struct master_listener {
	struct loop_file file;
	struct master *master;
	enum cli_level level;
};

/* What -S gives; conf NULL: the option is not there. */
struct master {
	struct parent *parent;
	struct proxy_conf *conf;	/* owned; its binds are the addresses */
	struct strbuf text;		/* that it was read from: it lies in there */
	struct binds binds;
	struct master_listener listener[MASTER_LISTENERS];
	struct list conns;
	unsigned conn_count;
};

struct master_session {
	enum cli_level level;
	bool prompt, expert, experimental;
	pid_t target;			/* 0: the master */
};

struct master_conn {
	struct list node;
	struct master *master;
	struct loop_file file;
	struct loop_file worker;	/* a proxy process answers there; fd -1: none */
	struct loop_deferred defer;
	struct master_session session;
	struct master_asker *asker;	/* a reload is on its way; NULL: none */
	bool can_read, can_write, worker_can_read;
	bool hung_up, ended, answered, works;
	bool collects;			/* lines of a payload */
	char *line;			/* what is left of the current line; NULL: nothing */
	size_t payload, payload_len;	/* of the last command, in `in`; len 0: none */
	struct strbuf out;
	size_t sent;			/* of `out` */
	size_t len, used, scanned;	/* of `in` */
	char in[MASTER_LINE + 1];
};

/*
 * Reads the value of -S, ADDRESS[,OPTION...], and opens it; `beside`: an older process may have it.
 * 0 or negative errno after a message.
 */
int master_open(struct master *master, const char *value, bool beside);
int master_serve(struct master *master, struct parent *parent, struct loop *loop);
void master_close(struct master *master); /* with the loop still there, if it was served */
void master_leave(struct master *master); /* in a child: only the descriptors */

/* ---- inside ---- */

void master_conn_open(struct master_listener *listener, int fd);
void master_conn_end(struct master_conn *conn); /* everything but the memory */
void master_conn_work(struct master_conn *conn);

enum { /* of master_command.flags */
	MASTER_SESSION = 1 << 0,	/* of the connection, whatever process
					 * it speaks with; no answer */
	MASTER_LATER = 1 << 1,		/* the answer is written by itself, with the prompt */
};

struct master_command {
	const char *name;		/* its words */
	const char *arguments;		/* as help shows them, behind the name */
	const char *summary;
	enum cli_level level;
	unsigned flags;
	void (*run)(struct master_conn *conn, const struct cli_words *words);
};

extern const struct master_command master_commands[]; /* the last has no name */

/* The rows that begin with the words from `from` on, or all. */
void master_list(struct master_conn *conn, const struct cli_words *words, unsigned from);

/* Runs one command of the master, `text` NUL-ended and written to. */
void master_run(struct master_conn *conn, char *text);
/* Whether it is one for the connection itself. */
bool master_is_of_session(const char *text);
/* The prompt of now, if there is to be one. */
void master_prompt(const struct master_conn *conn, struct strbuf *out);
void master_asker_forget(struct master_asker *asker); /* its connection is gone; NULL is fine */

/* A command, with its payload, to the process of the session. False: there is none such. */
bool master_worker_send(struct master_conn *conn, pid_t pid, const char *text, const char *payload,
			size_t payload_len);
/* The process of a relative number, from 1; 0: none. */
pid_t master_worker_nth(const struct parent *parent, unsigned number);
bool master_worker_exists(const struct parent *parent, pid_t pid);

/* ---- lines ---- */

enum master_prefix_kind { MASTER_HERE, MASTER_SELF, MASTER_NUMBER, MASTER_PID, MASTER_WRONG };

struct master_prefix {
	enum master_prefix_kind kind;	/* HERE: there is none */
	unsigned number;
	const char *text;		/* as it stands, for messages; its length */
	size_t len;
};

/*
 * Takes the next command, up to a ';' that no '\' escapes;
 * false at the end. *at NULL is the end.
 */
bool master_line_next(char **at, char **ret_command);
/* Takes a prefix from the beginning of *command, and moves it to what follows. */
struct master_prefix master_line_prefix(char **command);
