/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/master_commands.c - what the master itself answers (management manual
 * 9.4.1), a row each. Words and sentences are HAProxy 2.6's; `reload` answers
 * as 2.7's does, so that who asked knows what came of it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/master.h"
#include "daemon/parent_private.h"

/* ---- the session ---- */

void master_prompt(const struct master_conn *conn, struct strbuf *out)
{
	const struct master_session *session = &conn->session;
	const char *flags = session->experimental ? session->expert ? "(xe)" : "(x)"
			    : session->expert	  ? "(e)" : "";

	if (!session->prompt)
		return;
	if (session->target != 0)
		strbuf_printf(out, "%d%s> ", (int)session->target, flags);
	else
		strbuf_printf(out, "master%s%s> ",
			      conn->master->parent->reload_failed ? "[ReloadFailed]" : "", flags);
}

static void lower(struct master_conn *conn, enum cli_level level)
{
	if (conn->session.level > level)
		conn->session.level = level;
}

static void run_operator(struct master_conn *conn, const struct cli_words *words)
{
	lower(conn, CLI_OPERATOR);
}

static void run_user(struct master_conn *conn, const struct cli_words *words)
{
	lower(conn, CLI_USER);
}

static void run_prompt(struct master_conn *conn, const struct cli_words *words)
{
	conn->session.prompt = !conn->session.prompt;
}

static void run_quit(struct master_conn *conn, const struct cli_words *words)
{
	conn->line = NULL;
	conn->hung_up = true;
	conn->used = conn->scanned = conn->len;
}

static void switch_mode(const struct cli_words *words, bool *mode)
{
	*mode = strcmp(words->word[1], "on") == 0;
}

static void run_expert(struct master_conn *conn, const struct cli_words *words)
{
	switch_mode(words, &conn->session.expert);
}

static void run_experimental(struct master_conn *conn, const struct cli_words *words)
{
	switch_mode(words, &conn->session.experimental);
}

/* ---- what is told ---- */

static void run_level(struct master_conn *conn, const struct cli_words *words)
{
	static const char *const names[] = { "user", "operator", "admin" };

	strbuf_printf(&conn->out, "%s\n", names[conn->session.level]);
}

static void run_version(struct master_conn *conn, const struct cli_words *words)
{
	strbuf_puts(&conn->out, HAPROXY_LEVEL "-relevo" RELEVO_VERSION "\n");
}

static void run_startup_logs(struct master_conn *conn, const struct cli_words *words)
{
	const struct strbuf *logs = &conn->master->parent->startup_logs;

	strbuf_add(&conn->out, logs->text != NULL ? logs->text : "", logs->len);
}

static void put_process(struct strbuf *out, pid_t pid, const char *type, const char *reloads,
			struct moment started)
{
	uint64_t s = moment_since(started, moment_now()) / 1000000;
	char uptime[64];

	snprintf(uptime, sizeof(uptime), "%" PRIu64 "d%02uh%02um%02us", s / 86400,
		 (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	strbuf_printf(out, "%-15d %-15s %-15s %-15s %-15s\n", (int)pid, type, reloads, uptime,
		      HAPROXY_LEVEL "-relevo" RELEVO_VERSION);
}

static void put_veterans(struct strbuf *out, const struct parent *parent)
{
	bool any = false;
	char reloads[16];

	list_for_each(node, &parent->veterans) {
		const struct veteran *veteran = container_of(node, struct veteran, node);

		if (!veteran->is_proxy)
			continue;
		if (!any)
			strbuf_puts(out, "# old workers\n");
		any = true;
		snprintf(reloads, sizeof(reloads), "%u", veteran->reloads);
		put_process(out, veteran->pid, "worker", reloads, veteran->started);
	}
}

/* HAProxy has programs of the file here; relevo the other processes that it is made of. */
static void run_proc(struct master_conn *conn, const struct cli_words *words)
{
	const struct parent *parent = conn->master->parent;
	const struct child *proxy = &parent->child[PROCESS_PROXY];
	struct strbuf *out = &conn->out;
	char reloads[48];

	snprintf(reloads, sizeof(reloads), "%u [failed: %u]", parent->reloads,
		 parent->reloads_failed);
	strbuf_printf(out, "%-15s %-15s %-15s %-15s %-15s\n", "#<PID>", "<type>", "<reloads>",
		      "<uptime>",
		      "<version>");
	put_process(out, getpid(), "master", reloads, parent->started);
	strbuf_puts(out, "# workers\n");
	if (proxy->pid != 0)
		put_process(out, proxy->pid, "worker", "0", proxy->started);
	put_veterans(out, parent);
	strbuf_puts(out, "# programs\n");
	for (unsigned i = 0; i < PROCESS_COUNT; i++)
		if (i != PROCESS_PROXY && parent->child[i].pid != 0)
			put_process(out, parent->child[i].pid, processes[i].name, "0",
				    parent->child[i].started);
}

/* ---- reload ---- */

struct master_asker {
	struct reload_asker asker;
	struct master_conn *conn;	/* NULL: gone */
};

static void reload_done(struct reload_asker *base, bool good, const char *text)
{
	struct master_asker *asker = container_of(base, struct master_asker, asker);
	struct master_conn *conn = asker->conn;

	free(asker);
	if (conn == NULL)
		return;
	conn->asker = NULL;
	strbuf_printf(&conn->out, "Success=%d\n--\n%s\n", good, text);
	master_prompt(conn, &conn->out);
	master_conn_work(conn);
}

void master_asker_forget(struct master_asker *asker)
{
	if (asker != NULL)
		asker->conn = NULL;
}

static void run_reload(struct master_conn *conn, const struct cli_words *words)
{
	struct master_asker *asker = malloc(sizeof(*asker));

	ASSERT(asker != NULL);
	*asker = (struct master_asker){ .asker = { .done = reload_done, .fd = -1 }, .conn = conn };
	conn->asker = asker;
	parent_reload(conn->master->parent, &asker->asker);
}

/* ---- the rows ---- */

static void run_help(struct master_conn *conn, const struct cli_words *words)
{
	strbuf_puts(&conn->out, "The following commands are valid at this level:\n");
	master_list(conn, words, 1);
}

const struct master_command master_commands[] = {
	{ "@!<pid>", NULL, "send a command to the <pid> process", CLI_USER, 0, NULL },
	{ "@<relative pid>", NULL, "send a command to the <relative pid> process", CLI_USER, 0,
	  NULL },
	{ "@master", NULL, "send a command to the master process", CLI_USER, 0, NULL },
	{ "experimental-mode", "[on|off]", "enable experimental commands of the workers", CLI_ADMIN,
	  MASTER_SESSION, run_experimental },
	{ "expert-mode", "[on|off]", "enable expert commands of the workers", CLI_ADMIN,
	  MASTER_SESSION, run_expert },
	{ "operator", NULL, "lower the level of the current CLI session to operator", CLI_OPERATOR,
	  MASTER_SESSION, run_operator },
	{ "reload", NULL, "read the files anew, and say what came of it", CLI_OPERATOR,
	  MASTER_LATER, run_reload },
	{ "show cli level", NULL, "display the level of the current CLI session", CLI_USER, 0,
	  run_level },
	{ "show proc", NULL, "show processes status", CLI_USER, 0, run_proc },
	{ "show startup-logs", NULL, "report what was found at the start or by the last reload",
	  CLI_USER, 0, run_startup_logs },
	{ "show version", NULL, "show version of the current process", CLI_USER, 0, run_version },
	{ "user", NULL, "lower the level of the current CLI session to user", CLI_USER,
	  MASTER_SESSION, run_user },
	{ "help", "[<command>]", "list matching or all commands", CLI_USER, 0, run_help },
	{ "prompt", NULL, "toggle interactive mode with prompt", CLI_USER, MASTER_SESSION,
	  run_prompt },
	{ "quit", NULL, "disconnect", CLI_USER, MASTER_SESSION, run_quit },
	{ .name = NULL },
};
