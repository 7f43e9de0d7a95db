/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_backend.c - backends that come and go, as with HAProxy 3.4: `add
 * backend`, `del backend`, `publish backend`, `unpublish backend`.
 */
#include <string.h>

#include "admin/cli_commands.h"
#include "proxy/backend_dynamic.h"
#include "proxy/worker.h"

static void backend_log(struct cli_run *run, const struct section *section, const char *what)
{
	log_printf(run->worker->log, &run->proxy->conf->global.log, LOG_LEVEL_NOTICE,
		   "Backend %s %s.",
		   section->name, what);
}

/* Words 2 and on: "NAME from DEFAULTS [mode MODE]". False after an error. */
static bool backend_read(struct cli_run *run, struct backend_words *ret)
{
	*ret = (struct backend_words){ .name = cli_word(run, 2), .from = cli_word(run, 4) };
	if (*ret->name == '\0' || strcmp(cli_word(run, 3), "from") != 0 || *ret->from == '\0') {
		cli_error(run, "Usage: add backend <name> from <defproxy>.\n");
		return false;
	}
	for (unsigned at = 5; at < run->words.count; at += 2) {
		if (strcmp(cli_word(run, at), "mode") == 0 && *cli_word(run, at + 1) != '\0') {
			ret->mode = cli_word(run, at + 1);
		} else if (strcmp(cli_word(run, at), "guid") == 0) {
			cli_error(run, "'guid' is not supported yet.\n");
			return false;
		} else {
			cli_sayf(run, LOG_LEVEL_ERR, "unknown keyword '%s'.\n", cli_word(run, at));
			return false;
		}
	}
	return true;
}

static void backend_add(struct cli_run *run)
{
	struct strbuf why = STRBUF_EMPTY;
	struct backend_words words;

	if (!backend_read(run, &words))
		return;
	if (backend_dynamic_add(run->worker, &words, &why) < 0) {
		cli_error(run, why.text != NULL ? why.text : "out of memory.\n");
	} else {
		backend_log(run, cli_backend_find(run->proxy, words.name)->section, "was added");
		cli_say(run, LOG_LEVEL_INFO, "New backend registered.\n");
	}
	strbuf_free(&why);
}

static void backend_delete(struct cli_run *run)
{
	struct backend *backend = cli_backend_named(run, cli_word(run, 2));
	const struct section *section = backend != NULL ? backend->section : NULL;
	const char *kept = backend != NULL ? backend_dynamic_delete(run->worker, backend) : NULL;

	if (backend == NULL)
		return;
	if (kept != NULL) {
		cli_sayf(run, LOG_LEVEL_ERR, "%s\n", kept);
		return;
	}
	/* It is freed in a later turn at the earliest. */
	backend_log(run, section, "was deleted");
	cli_say(run, LOG_LEVEL_INFO, "Backend deleted.\n");
}

static void backend_set_published(struct cli_run *run, bool published)
{
	struct backend *backend = cli_backend_named(run, cli_word(run, 2));

	if (backend == NULL)
		return;
	backend_publish(backend, published);
	backend_log(run, backend->section, published ? "was published" : "was unpublished");
	cli_say(run, LOG_LEVEL_INFO, published ? "Backend published.\n" : "Backend unpublished.\n");
}

static void backend_set(struct cli_run *run)
{
	backend_set_published(run, true);
}

static void backend_unset(struct cli_run *run)
{
	backend_set_published(run, false);
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.5", .summary = what, .example = line }

const struct cli_command cli_commands_backend[] = {
	{ DOC("add backend", "Add a backend without servers; it begins unpublished.",
	      "add backend shop from web-defaults mode http"),
	  .arguments = "<name> from <defaults> [mode tcp|http]", .level = CLI_ADMIN,
	  .flags = CLI_EXPERIMENTAL, .run = backend_add },
	{ DOC("del backend", "Remove an added backend that is unpublished, empty and idle.",
	      "del backend shop"),
	  .arguments = "<backend>", .level = CLI_ADMIN, .flags = CLI_EXPERIMENTAL,
	  .run = backend_delete },
	{ DOC("publish backend", "Let rules choose a backend.", "publish backend shop"),
	  .arguments = "<backend>", .level = CLI_OPERATOR, .run = backend_set },
	{ DOC("unpublish backend", "Let rules pass over a backend.", "unpublish backend shop"),
	  .arguments = "<backend>", .level = CLI_OPERATOR, .run = backend_unset },
	CLI_COMMANDS_END,
};
