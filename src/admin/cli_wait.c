/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_wait.c - `wait` of HAProxy 3.0: lets time pass before the next
 * command, or until a server or a backend may be deleted.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/cli_ask.h"
#include "admin/cli_commands.h"
#include "proxy/backend_dynamic.h"
#include "proxy/server_dynamic.h"
#include "proxy/worker.h"

enum { WAIT_LOOK_MS = 50, WAIT_SLICE_MS = 500 };

/* What word 3 names, found anew each time: it may be deleted meanwhile. */
enum wait_for { WAIT_FOR_NOTHING, WAIT_FOR_SERVER, WAIT_FOR_BACKEND };

struct wait {
	struct moment until;
	enum wait_for what;
};

static const char wait_usage[] =
	"Usage: wait {-h|<duration>} [condition [args...]]\n"
	"  - '-h' displays this help\n"
	"  - <duration> is the maximum wait duration, in milliseconds if it has no unit\n"
	"  - srv-removable <bk>/<srv> : ends sooner when 'del server' will be taken\n"
	"  - be-removable <bk> : ends sooner when 'del backend' will be taken, or never will\n";

static void wait_end(struct cli_run *run)
{
	free(run->state);
}

enum wait_news { WAIT_MORE, WAIT_DONE, WAIT_FAILED };

static enum wait_news wait_server(struct cli_run *run)
{
	const struct server *server = cli_server_named(run, cli_word(run, 3));

	if (server == NULL)
		return WAIT_FAILED;
	return server_dynamic_kept(server) == NULL ? WAIT_DONE : WAIT_MORE;
}

/* Streams end by themselves; what else is against it, somebody has to change. */
static enum wait_news wait_backend(struct cli_run *run)
{
	const struct backend *backend = cli_backend_named(run, cli_word(run, 3));
	const char *kept = backend != NULL ? backend_dynamic_kept(backend) : NULL;

	if (backend == NULL)
		return WAIT_FAILED;
	if (kept == NULL)
		return WAIT_DONE;
	if (!backend_dynamic_waits(kept)) {
		cli_sayf(run, LOG_LEVEL_ERR, "Failed. %s\n", kept);
		return WAIT_FAILED;
	}
	return WAIT_MORE;
}

/* True when it is over, and what there is to say is said. */
static bool wait_is_over(struct cli_run *run, const struct wait *wait, struct moment now)
{
	bool late = now.us >= wait->until.us;
	enum wait_news news = wait->what == WAIT_FOR_SERVER    ? wait_server(run)
			      : wait->what == WAIT_FOR_BACKEND ? wait_backend(run)
			      : late			       ? WAIT_DONE
							       : WAIT_MORE;

	if (news == WAIT_MORE && !late)
		return false;
	if (news == WAIT_MORE)
		cli_error(run, "Wait delay expired.\n");
	if (news == WAIT_DONE)
		cli_say(run, LOG_LEVEL_INFO, "Done.\n");
	return true;
}

static bool wait_more(struct cli_run *run)
{
	const struct wait *wait = run->state;
	struct moment now = worker_now(run->worker);
	uint64_t left_ms = now.us < wait->until.us ? (wait->until.us - now.us + 999) / 1000 : 0;
	uint32_t slice_ms = wait->what != WAIT_FOR_NOTHING ? WAIT_LOOK_MS : WAIT_SLICE_MS;

	/* Who has left gives its place back, however long it meant to wait. */
	if (cli_client_gone(run) || wait_is_over(run, wait, now))
		return false;
	cli_sleep(run, left_ms < slice_ms ? (uint32_t)left_ms : slice_ms);
	return true;
}

static void wait_begin(struct cli_run *run)
{
	const char *condition = cli_word(run, 2);
	enum wait_for what = WAIT_FOR_NOTHING;
	struct wait *wait;
	uint32_t ms;

	if (strcmp(cli_word(run, 1), "-h") == 0) {
		cli_say(run, LOG_LEVEL_INFO, wait_usage);
		return;
	}
	if (*cli_word(run, 1) == '\0') {
		cli_error(run, "Expects a duration in milliseconds.\n");
		return;
	}
	if (!cli_read_delay(cli_word(run, 1), "ms", &ms)) {
		cli_error(run, "Invalid duration.\n");
		return;
	}
	if (strcmp(condition, "srv-removable") == 0) {
		what = WAIT_FOR_SERVER;
	} else if (strcmp(condition, "be-removable") == 0) {
		what = WAIT_FOR_BACKEND;
	} else if (*condition != '\0') {
		cli_error(run, wait_usage);
		return;
	}
	wait = run->state = calloc(1, sizeof(*wait));
	run->end = wait_end;
	if (wait == NULL)
		return;
	wait->until = moment_after(worker_now(run->worker), (uint64_t)ms * 1000);
	wait->what = what;
	run->more = wait_more;
}

const struct cli_command cli_commands_wait[] = {
	{ .doc = { .name = "wait", .since = "0.5",
		   .summary = "Let time pass, or a server or backend become removable, before the "
			      "next command.",
		   .example = "wait 2s srv-removable web/web03" },
	  .arguments = "{-h|<delay>} [srv-removable <bk>/<srv>|be-removable <bk>]",
	  .run = wait_begin },
	CLI_COMMANDS_END,
};
