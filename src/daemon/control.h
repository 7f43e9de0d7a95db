/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/control.h - the socket by which a relevo command asks the running
 * relevo: one line of words in, text out, end of file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"
#include "base/page.h"
#include "base/strbuf.h"
#include "loop/loop.h"

enum control_diff { CONTROL_SAME, CONTROL_DIFFERS, CONTROL_WRONG };

struct control {
	struct loop_file file;
	struct page *page;
	char *path;		/* owned */
	const char *cli;	/* the path of a stats socket, or NULL; borrowed */
	/* Reads the configuration anew, takes `client`, and answers it when that is done. */
	void (*on_reload)(struct control *control, int client);
	/* Another relevo takes our place; takes `client`. */
	void (*on_yield)(struct control *control, int client);
	struct { uint64_t device, inode; } made; /* what we have put at the path */
	/* What that would change; takes and answers `client`, too. */
	void (*on_diff)(struct control *control, int client);
};

/*
 * Listens at `path` (mode 0600, its directory is made). 0 or negative errno:
 * -EADDRINUSE when another relevo answers there.
 */
int control_open(struct control *control, struct loop *loop, const char *path, struct page *page)
	MUST_CHECK;
/* Unlinks the path, if it is still ours. */
void control_close(struct control *control, struct loop *loop);

/* A connection to whoever serves the path, and its process id. Negative errno. */
int control_connect(const char *path, pid_t *ret_peer) MUST_CHECK;

/* What became of a request that `client` waits for; closes it. `text`: lines for people, or "". */
void control_reply(int client, bool good, const char *text);
void control_reply_diff(int client, enum control_diff outcome, const struct strbuf *findings,
			const struct strbuf *lines);

/* Pure: the answer to one request of `len` bytes, whatever they are. */
void control_answer(struct page *page, const char *request, size_t len, struct strbuf *ret_answer);

/* The client's side: prints the answer of the relevo at `path`; an exit status. */
int control_ask(const char *path, const char *request);

/* The stats socket of the relevo at `path`; false after a message. */
bool control_find_cli(const char *path, struct strbuf *ret_socket);

/* Makes the relevo at `path` read its configuration anew. An exit status. */
int control_reload(const char *path);

/* Prints what that would change. The exit status is enum control_diff, as diff(1) has it. */
int control_diff(const char *path);

/*
 * Asks the vrrp process of the relevo at `path` to do something, waits for
 * its end and prints what came of it. `instance` may be NULL. An exit status.
 */
int control_operate(const char *path, const char *what, const char *instance);
