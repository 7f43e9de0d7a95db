/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_frontend.c - commands that change frontends, and limits of the process. */
#include <string.h>

#include "admin/cli_commands.h"
#include "proxy/run.h"
#include "proxy/worker.h"

/* ---- frontends ---- */

static void frontend_log(struct cli_run *run, const struct frontend *frontend, const char *what)
{
	log_printf(run->worker->log, &frontend->section->log, LOG_LEVEL_WARNING,
		   "%s frontend %s.", what, frontend->section->name);
}

static void frontend_enable(struct cli_run *run)
{
	struct frontend *frontend = cli_frontend_named(run, cli_word(run, 2));

	if (frontend == NULL)
		return;
	if (frontend->state == FRONTEND_STOPPED) {
		cli_error(run, "Frontend was previously shut down, cannot enable.\n");
	} else if (frontend->state == FRONTEND_OPEN) {
		cli_say(run, LOG_LEVEL_NOTICE, "All sockets are already enabled.\n");
	} else {
		frontend->state = FRONTEND_OPEN;
		workers_settle_listeners(run->proxy);
		frontend_log(run, frontend, "Resumed");
	}
}

static void frontend_disable(struct cli_run *run)
{
	struct frontend *frontend = cli_frontend_named(run, cli_word(run, 2));

	if (frontend == NULL)
		return;
	if (frontend->state == FRONTEND_STOPPED) {
		cli_error(run, "Frontend was previously shut down, cannot disable.\n");
	} else if (frontend->state == FRONTEND_PAUSED) {
		cli_say(run, LOG_LEVEL_NOTICE, "All sockets are already disabled.\n");
	} else {
		frontend->state = FRONTEND_PAUSED;
		workers_settle_listeners(run->proxy);
		frontend_log(run, frontend, "Paused");
	}
}

static void frontend_shutdown(struct cli_run *run)
{
	struct frontend *frontend = cli_frontend_named(run, cli_word(run, 2));

	if (frontend == NULL)
		return;
	if (frontend->state == FRONTEND_STOPPED) {
		cli_error(run, "Frontend was already shut down.\n");
		return;
	}
	frontend->state = FRONTEND_STOPPED;
	workers_settle_listeners(run->proxy);
	frontend_log(run, frontend, "Stopped");
}

/* ---- limits ---- */

static void frontend_set_maxconn(struct cli_run *run)
{
	struct frontend *frontend = cli_frontend_named(run, cli_word(run, 3));
	int64_t maxconn;

	if (frontend == NULL)
		return;
	if (!cli_read_number(cli_word(run, 4), &maxconn))
		cli_error(run, "Integer value expected.\n");
	else if (maxconn < 0 || maxconn > INT32_MAX)
		cli_error(run, "Value out of range.\n");
	else
		workers_resume(run->proxy, gate_set_limit(&frontend->gate, (uint32_t)maxconn));
}

static void process_set_maxconn(struct cli_run *run)
{
	int64_t most = run->proxy->args->maxconn, maxconn;

	if (!cli_read_number(cli_word(run, 3), &maxconn))
		cli_error(run, "Expects an integer value.\n");
	else if (maxconn < 0 || maxconn > most)
		cli_error(run, "Value out of range.\n");
	else
		workers_resume(run->proxy,
			       gate_set_limit(&run->proxy->gate,
					      (uint32_t)(maxconn == 0 ? most : maxconn)));
}

/* What a word limits; NULL: what relevo does not do, so that any limit holds. */
static _Atomic uint32_t *process_rate(struct proxy *proxy, const char *word, bool *ret_known)
{
	*ret_known = true;
	if (strcmp(word, "connections") == 0)
		return &proxy->connection_rate_limit;
	if (strcmp(word, "sessions") == 0)
		return &proxy->rate_limit;
	*ret_known = strcmp(word, "ssl-sessions") == 0 || strcmp(word, "http-compression") == 0;
	return NULL;
}

static void process_set_rate(struct cli_run *run)
{
	bool known;
	_Atomic uint32_t *limit = process_rate(run->proxy, cli_word(run, 2), &known);
	int64_t rate;

	if (!known || strcmp(cli_word(run, 3), "global") != 0)
		cli_error(run,
			  "'set rate-limit' only supports :\n"
			  "   - 'connections global' to set the per-process maximum connection "
			  "rate\n"
			  "   - 'sessions global' to set the per-process maximum session rate\n"
			  "   - 'ssl-sessions global' to set the per-process maximum SSL session "
			  "rate\n"
			  "   - 'http-compression global' to set the per-process maximum "
			  "compression speed in kB/s\n");
	else if (!cli_read_number(cli_word(run, 4), &rate) || rate < 0 || rate > INT32_MAX)
		cli_error(run, "Expects an integer value.\n");
	else if (limit != NULL)
		atomic_store(limit, (uint32_t)rate);
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_frontend[] = {
	{ DOC("disable frontend", "Let a frontend's addresses refuse for a while.",
	      "disable frontend web"),
	  .arguments = "<frontend>", .level = CLI_ADMIN, .run = frontend_disable },
	{ DOC("enable frontend", "Let them accept again.", "enable frontend web"),
	  .arguments = "<frontend>", .level = CLI_ADMIN, .run = frontend_enable },
	{ DOC("set maxconn frontend", "How many connections a frontend may have at one time.",
	      "set maxconn frontend web 1000"),
	  .arguments = "<frontend> <n>", .level = CLI_ADMIN, .run = frontend_set_maxconn },
	{ DOC("set maxconn global", "How many connections the process may have at one time.",
	      "set maxconn global 10000"),
	  .arguments = "<n>", .level = CLI_ADMIN, .run = process_set_maxconn },
	{ DOC("set rate-limit", "How many connections or sessions a second are let in.",
	      "set rate-limit connections global 500"),
	  .arguments = "<setting> global <n>", .level = CLI_ADMIN, .run = process_set_rate },
	{ DOC("shutdown frontend", "Close a frontend's addresses for good.",
	      "shutdown frontend web"),
	  .arguments = "<frontend>", .level = CLI_ADMIN, .run = frontend_shutdown },
	CLI_COMMANDS_END,
};
