/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_run.h - what a command of the runtime API is given, and how it
 * answers. Inside the room; main thread only.
 *
 * A handler writes its answer and returns. One that has much to say sets
 * run->more, which is called whenever there is room, until it returns false.
 * One that asks other threads (cli_ask.h) sets run->more too: it is not called
 * before they have answered. run->end gives back what run->state holds,
 * whatever becomes of the connection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "admin/cli_line.h"
#include "base/clock.h"
#include "base/doc.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "diag/log.h"
#include "proxy/proxy.h"

struct cli;
struct loop;

/* How the commands of a connection went, the worst of them: the exit status of `relevo ctl`. */
enum cli_status {
	CLI_ALL_DONE = 0,
	CLI_REFUSED = 2,		/* 1 is no answer at all */
	CLI_UNKNOWN = 3,
};

/* What a connection has set for itself. */
struct cli_session {
	enum cli_level level;
	enum cli_severity severity;
	uint32_t timeout_ms;
	enum cli_status status;
	bool prompt;			/* interactive: stays open, and says "> " */
	bool tells_status;		/* as two bytes at the end: NUL and a digit */
	bool expert, experimental;
};

struct cli_run {
	struct cli *cli;
	struct proxy *proxy;
	struct worker *worker;		/* the main thread's */
	struct cli_session *session;
	struct cli_words words;
	struct slice payload;		/* lines, NUL-ended; at NULL: none */
	struct strbuf *out;
	bool (*more)(struct cli_run *run);
	void (*end)(struct cli_run *run);
	void *state;
	unsigned asked;			/* threads that have not answered */
	const struct cli_command *command; /* the row that runs */
	bool quit;			/* the connection ends, without another byte */
};

enum { /* of cli_command.flags */
	CLI_EXPERT = 1 << 0,
	CLI_EXPERIMENTAL = 1 << 1,
	CLI_HIDDEN = 1 << 2,	/* of programs: help does not list it */
	CLI_ABSENT = 1 << 3,	/* HAProxy's alone: says so, and is listed nowhere */
};

/* One row a command. */
struct cli_command {
	struct doc doc;			/* .name: the words it begins with */
	const char *arguments;		/* as help shows them, or NULL */
	enum cli_level level;
	unsigned flags;
	void (*run)(struct cli_run *run);
};

#define CLI_COMMANDS_END { .doc = { .name = NULL } }

/* The tables, each ending in CLI_COMMANDS_END; the list ends in NULL. */
extern const struct cli_command *const cli_tables[];

/* Finds the row of run->words and runs it, or says why not. */
void cli_dispatch(struct cli_run *run);

/* `help`: the rows whose name begins with the words from `from` on. */
void cli_help(struct cli_run *run, unsigned from);

static inline const char *cli_word(const struct cli_run *run, unsigned at)
{
	return run->words.word[at];
}

/* A command was not done, or not wholly; what is worse than before is kept. */
static inline void cli_failed(struct cli_run *run, enum cli_status how)
{
	if (run->session->status < how)
		run->session->status = how;
}

/* A message, with its level before it if the session wants it. An error is CLI_REFUSED. */
void cli_say(struct cli_run *run, enum log_level level, const char *text);
void cli_sayf(struct cli_run *run, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);
static inline void cli_error(struct cli_run *run, const char *text)
{
	cli_say(run, LOG_LEVEL_ERR, text);
}

/*
 * What commands name; NULL after an error in HAProxy's words. cli_server_named
 * wants "backend/server".
 */
struct server *cli_server_named(struct cli_run *run, const char *word);
struct backend *cli_backend_named(struct cli_run *run, const char *word);
struct frontend *cli_frontend_named(struct cli_run *run, const char *word);

/* Without a word: NULL for an unknown name; "#3" is the one with that id. */
struct backend *cli_backend_find(const struct proxy *proxy, const char *name);
struct backend *cli_backend_of(const struct proxy *proxy, const char *name, size_t len);
struct server *cli_server_in(const struct backend *backend, const char *name);

/* The whole of `text` as a number; HAProxy takes what stands before other bytes, these do not. */
bool cli_read_number(const char *text, int64_t *ret);

/* A duration; `unit` is that of a number without one. */
bool cli_read_delay(const char *text, const char *unit, uint32_t *ret_ms);
