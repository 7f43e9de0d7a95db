/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_dynamic.c - servers that come and go: `add server`,
 * `del server` (management manual 9.3).
 */
#include <string.h>

#include "admin/cli_commands.h"
#include "proxy/server_dynamic.h"
#include "proxy/worker.h"

/* HAProxy ends some of these messages with a newline, and others not. */

/* The backend of "backend/server", and the server's name. NULL after an error. */
static struct backend *dynamic_backend(struct cli_run *run, const char *word, const char **ret_name)
{
	const char *slash = strchr(word, '/');
	struct backend *backend;

	if (slash == NULL || slash[1] == '\0') {
		cli_error(run, "Require 'backend/server'.");
		return NULL;
	}
	backend = cli_backend_of(run->proxy, word, (size_t)(slash - word));
	if (backend == NULL)
		cli_error(run, "No such backend.");
	*ret_name = slash + 1;
	return backend;
}

static void dynamic_log(struct cli_run *run, const struct backend *backend, const char *name,
			const char *what)
{
	log_printf(run->worker->log, &backend->section->log, LOG_LEVEL_NOTICE, "Server %s/%s %s.",
		   backend->section->name, name, what);
}

static void dynamic_add(struct cli_run *run)
{
	const char *words[CLI_WORDS], *name, *refused;
	struct backend *backend = dynamic_backend(run, cli_word(run, 2), &name);
	struct strbuf why = STRBUF_EMPTY;
	unsigned count = 1;

	if (backend == NULL)
		return;
	refused = server_dynamic_refused(backend);
	if (refused != NULL) {
		cli_error(run, refused);
		return;
	}
	words[0] = name;
	for (unsigned at = 3; at < run->words.count; at++)
		words[count++] = cli_word(run, at);
	if (server_dynamic_add(run->worker, backend, words, count, &why) < 0) {
		cli_error(run, why.text != NULL ? why.text : "out of memory.\n");
	} else {
		dynamic_log(run, backend, name, "was added");
		cli_say(run, LOG_LEVEL_INFO, "New server registered.\n");
	}
	strbuf_free(&why);
}

static void dynamic_delete(struct cli_run *run)
{
	const char *name, *kept;
	struct backend *backend = dynamic_backend(run, cli_word(run, 2), &name);
	struct server *server = backend != NULL ? cli_server_in(backend, name) : NULL;

	if (backend == NULL)
		return;
	if (server == NULL) {
		cli_error(run, "No such server.");
		return;
	}
	kept = server_dynamic_delete(run->worker, server);
	if (kept != NULL) {
		cli_error(run, kept);
		return;
	}
	dynamic_log(run, backend, name, "was deleted");
	cli_say(run, LOG_LEVEL_NOTICE, "Server deleted.");
}

const struct cli_command cli_commands_dynamic[] = {
	{ .doc = { .name = "add server", .since = "0.4",
		   .summary = "Add a server to a backend; it begins in maintenance.",
		   .example = "add server web/web03 10.1.1.33:80 check weight 10" },
	  .arguments = "<bk>/<srv> <addr> [opts]*", .level = CLI_ADMIN, .run = dynamic_add },
	{ .doc = { .name = "del server", .since = "0.4",
		   .summary = "Remove a server that is in maintenance and idle.",
		   .example = "del server web/web03" },
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = dynamic_delete },
	CLI_COMMANDS_END,
};
