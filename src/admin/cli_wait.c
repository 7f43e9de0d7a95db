/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_wait.c - `wait` of HAProxy 3.0: lets time pass before the next
 * command, or until a server may be deleted.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/cli_ask.h"
#include "admin/cli_commands.h"
#include "proxy/server_dynamic.h"
#include "proxy/worker.h"

enum { WAIT_LOOK_MS = 50, WAIT_SLICE_MS = 500 };

struct wait {
	struct moment until;
	bool for_server;		/* of word 3, found anew each time: it may be deleted meanwhile */
};

static const char wait_usage[] =
	"Usage: wait {-h|<duration>} [condition [args...]]\n"
	"  - '-h' displays this help\n"
	"  - <duration> is the maximum wait duration, in milliseconds if it has no unit\n"
	"  - srv-removable <bk>/<srv> : ends sooner when 'del server' will be taken\n";

static void wait_end(struct cli_run *run)
{
	free(run->state);
}

/* True when it is over, and what there is to say is said. */
static bool wait_is_over(struct cli_run *run, const struct wait *wait, struct moment now)
{
	const struct server *server = NULL;

	if (wait->for_server) {
		server = cli_server_named(run, cli_word(run, 3));
		if (server == NULL)
			return true;
	}
	if (server != NULL && server_dynamic_kept(server) != NULL) {
		if (now.us < wait->until.us)
			return false;
		cli_error(run, "Wait delay expired.\n");
		return true;
	}
	if (server == NULL && now.us < wait->until.us)
		return false;
	cli_say(run, LOG_LEVEL_INFO, "Done.\n");
	return true;
}

static bool wait_more(struct cli_run *run)
{
	const struct wait *wait = run->state;
	struct moment now = worker_now(run->worker);
	uint64_t left_ms = now.us < wait->until.us ? (wait->until.us - now.us + 999) / 1000 : 0;
	uint32_t slice_ms = wait->for_server ? WAIT_LOOK_MS : WAIT_SLICE_MS;

	/* Who has left gives its place back, however long it meant to wait. */
	if (cli_client_gone(run) || wait_is_over(run, wait, now))
		return false;
	cli_sleep(run, left_ms < slice_ms ? (uint32_t)left_ms : slice_ms);
	return true;
}

static void wait_begin(struct cli_run *run)
{
	const char *condition = cli_word(run, 2);
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
	if (*condition != '\0' && strcmp(condition, "srv-removable") != 0) {
		cli_error(run, wait_usage);
		return;
	}
	wait = run->state = calloc(1, sizeof(*wait));
	run->end = wait_end;
	if (wait == NULL)
		return;
	wait->until = moment_after(worker_now(run->worker), (uint64_t)ms * 1000);
	wait->for_server = *condition != '\0';
	run->more = wait_more;
}

const struct cli_command cli_commands_wait[] = {
	{ .doc = { .name = "wait", .since = "0.5",
		   .summary = "Let time pass, or a server become removable, before the next command.",
		   .example = "wait 2s srv-removable web/web03" },
	  .arguments = "{-h|<delay>} [srv-removable <bk>/<srv>]", .run = wait_begin },
	CLI_COMMANDS_END,
};
