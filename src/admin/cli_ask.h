/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_ask.h - questions of the runtime API to other threads. Inside the
 * room.
 *
 * A question goes as a message to a worker, is answered in its thread, and
 * comes back as a message to the main thread, where run->more goes on. Who
 * does not answer in time is passed over: its question is freed when it comes
 * back at last, or at the end of the process.
 */
#pragma once

#include "admin/cli_run.h"
#include "base/list.h"
#include "loop/loop.h"

enum { CLI_PATIENCE_US = 2000000 }; /* with one command's questions */

struct cli_ask {
	struct loop_message message;
	struct list node;		/* in the service's list, until it is freed */
	struct cli *cli;
	struct cli_run *run;		/* NULL: nobody waits for it any more */
	struct worker *worker;
	/* In the worker's thread; may write to what follows, and nothing else of the room's. */
	void (*call)(struct worker *worker, struct cli_ask *ask);
	bool answered;
	const void *about;		/* the asker's own */
	uint64_t number[4];
	struct strbuf text;
};

/*
 * Asks; run->asked counts it. The question is the run's until cli_ask_free or
 * the end of the run. `set_up` may be NULL. NULL: no memory, nothing is asked.
 */
struct cli_ask *cli_ask(struct cli_run *run, struct worker *worker,
			void (*call)(struct worker *worker, struct cli_ask *ask),
			const void *about, const uint64_t number[4]);

/* The same of every thread; 0 or -ENOMEM. Answers are in the order of the threads. */
int cli_ask_all(struct cli_run *run, void (*call)(struct worker *worker, struct cli_ask *ask),
		const void *about, const uint64_t number[4]);

/* The run's next question that was answered, or NULL; it is then the caller's to free. */
struct cli_ask *cli_ask_take(struct cli_run *run);
void cli_ask_free(struct cli_ask *ask);

/*
 * run->more is called when so long has passed; nothing may be asked
 * meanwhile. The connection does not time out.
 */
void cli_sleep(struct cli_run *run, uint32_t ms);

/*
 * Nobody can read an answer any more: closed, not just its sending
 * half (over TCP not known before a reset).
 */
bool cli_client_gone(struct cli_run *run);

/* Nobody waits any more for what this run has asked. */
void cli_ask_forget(struct cli_run *run);
