/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_stats_socket.c - `stats socket` and its companions in `global`
 * (configuration manual 3.1): where the runtime API (admin/cli.h) listens, and
 * who may do what there. The addresses are the binds of a section of their own.
 */
#include "base/arena.h"
#include "proxy/reading.h"

enum { CLI_BACKLOG = 128 };

/* As HAProxy names it, in `show sess` and in log lines. */
static struct section *stats_socket_section(struct conf_parse *parse, struct proxy_global *global)
{
	if (global->cli != NULL)
		return global->cli;

	struct section *cli = arena_zalloc(parse->arena, sizeof(*cli));

	cli->kind = SECTION_FRONTEND;
	cli->name = "GLOBAL";
	cli->notes = arena_zalloc(parse->arena, sizeof(*cli->notes));
	cli->notes->last_bind = &cli->front.binds;
	global->cli = cli;
	return cli;
}

static void stats_socket_read(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	struct proxy_global *global = object;
	struct bind_conf model = { 0 };

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX,
			     "stats socket <address> [level <level>] [mode <mode>] [...]"))
		return;
	bind_preset(&model);
	conf_parse_options(parse, proxy_bind_options, &model, line, at + 1, "bind option");
	if (model.accept_proxy)
		report_not_supported(parse, line->words[at].span,
				     "a PROXY protocol header on a stats socket", NULL);
	if (model.listener.backlog == 0)
		model.listener.backlog = CLI_BACKLOG;

	struct section *cli = stats_socket_section(parse, global);
	bind_add(parse, cli, &line->words[at], &model);
	global->cli_count = 0;
	for (struct bind_conf *bind = cli->front.binds; bind != NULL; bind = bind->next)
		bind->index = global->cli_count++;
}

static void stats_socket_read_bind_process(struct conf_parse *parse, void *section,
					   const struct conf_line *line, unsigned at, bool no)
{
	report_obsolete(parse, line->words[0].span, "stats bind-process",
			"there is one process, which has all sockets");
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.3", .summary = what, .example = line }

const struct conf_keyword proxy_keywords_stats_socket[] = {
	{ DOC("stats bind-process", "Old form without effect: which process has the sockets.",
	      "stats bind-process all"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = stats_socket_read_bind_process },
	{ DOC("stats maxconn", "Connections at one time to all stats sockets.", "stats maxconn 10"),
	  .where = CONF_GLOBAL, .type = CONF_INT, .min = 1, .max = INT32_MAX, .preset = "10",
	  .offset = offsetof(struct proxy_global, cli_maxconn) },
	{ DOC("stats socket", "Where the runtime API listens, and what its users may do.",
	      "stats socket /run/haproxy/admin.sock mode 660 level admin"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = stats_socket_read },
	{ DOC("stats timeout", "Longest inactivity on a stats socket.", "stats timeout 30s"),
	  .where = CONF_GLOBAL, .type = CONF_DURATION, .min = 1, .max = INT32_MAX, .preset = "10s",
	  .offset = offsetof(struct proxy_global, cli_timeout_ms) },
	CONF_KEYWORDS_END,
};
