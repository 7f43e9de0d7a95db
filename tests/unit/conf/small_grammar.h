/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/conf/small_grammar.h - a grammar with one row of each kind, for
 * the tests and the fuzzer of conf/. It writes to one struct for all sections.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "conf/keyword.h"

struct small_server {
	bool check, backup;
	int64_t weight;
	uint32_t inter;
	const char *cookie, *rest;
	unsigned pair_words;
};

struct small_section {
	const char *kind, *name;
	bool daemon, dontlognull, splice, redispatch;
	int64_t maxconn, redispatch_times;
	uint64_t bufsize;
	uint32_t client;
	const char *user, *description;
	int mode;
	unsigned logs, no_logs;
	struct small_server server;
	bool closed;
};

/* What the sections write to, in order; the test's context. */
struct small_conf {
	struct small_section sections[32];
	unsigned count;
};

static const struct conf_choice small_modes[] = {
	{ "tcp", 1, "Bytes." },
	{ "http", 2, "Requests." },
	{ .word = NULL },
};

static void small_log(struct conf_parse *parse, void *section, const struct conf_line *line,
		      unsigned at, bool no)
{
	struct small_section *small = section;

	if (no)
		small->no_logs++;
	else if (conf_need_words(parse, line, at, 1, 3, "log <target> [<facility> [<level>]]"))
		small->logs++;
}

static void small_redispatch(struct conf_parse *parse, void *section, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct small_section *small = section;

	small->redispatch = !no;
	if (at < line->count)
		conf_read_int(parse, &line->words[at], 0, 0, &small->redispatch_times);
}

static void small_pair(struct conf_parse *parse, void *object, const struct conf_line *line,
		       unsigned at, bool no)
{
	struct small_server *server = object;

	if (!conf_need_words(parse, line, at, 2, UINT32_MAX, "pair <a> <b>"))
		return;
	conf_option_used(parse, 2);
	server->pair_words += 2;
}

#define SMALL_SERVER(field) .offset = offsetof(struct small_server, field)

static const struct conf_keyword small_server_rows[] = {
	{ .doc = { "check", "Checks the server.", "check", "0.1" },
	  .type = CONF_FLAG, SMALL_SERVER(check), .may_no = true },
	{ .doc = { "backup", "Only when no other is up.", "backup", "0.1" },
	  .type = CONF_FLAG, SMALL_SERVER(backup) },
	{ .doc = { "weight", "Its share.", "weight 10", "0.1" },
	  .type = CONF_INT, SMALL_SERVER(weight), .min = 0, .max = 256, .preset = "1" },
	{ .doc = { "inter", "Between checks.", "inter 5s", "0.1" },
	  .type = CONF_DURATION, SMALL_SERVER(inter), .preset = "2s" },
	{ .doc = { "tag", "A word.", "tag x", "0.1" }, .type = CONF_STRING, SMALL_SERVER(cookie) },
	{ .doc = { "rest", "Everything.", "rest a b", "0.1" },
	  .type = CONF_TEXT, SMALL_SERVER(rest) },
	{ .doc = { "pair", "Two words.", "pair a b", "0.1" },
	  .type = CONF_PARSE, .parse = small_pair },
	{ .doc = { "skipped", "Nothing.", "skipped x", "0.1" },
	  .type = CONF_IGNORED, .min = 1, .max = 1 },
	{ .doc = { "share", "An old name.", "share 10", "0.1" }, .modern = "weight" },
	{ .doc = { "later", "Later.", "later", "0.1" }, .type = CONF_NOT_YET },
	CONF_KEYWORDS_END,
};

static void small_server(struct conf_parse *parse, void *section, const struct conf_line *line,
			 unsigned at, bool no)
{
	struct small_section *small = section;

	if (conf_need_words(parse, line, at, 2, UINT32_MAX, "server <name> <address> [options]"))
		conf_parse_options(parse, small_server_rows, &small->server, line, at + 2,
				   "server option");
}

#define SMALL(field) .offset = offsetof(struct small_section, field)

static const struct conf_keyword small_global_rows[] = {
	{ .doc = { "daemon", "Goes to the background.", "daemon", "0.1" },
	  .where = CONF_GLOBAL, .type = CONF_FLAG, SMALL(daemon) },
	{ .doc = { "user", "Who to be.", "user haproxy", "0.1" },
	  .where = CONF_GLOBAL, .type = CONF_STRING, SMALL(user) },
	{ .doc = { "description", "Says what it is.", "description the north site", "0.1" },
	  .where = CONF_GLOBAL, .type = CONF_TEXT, SMALL(description) },
	{ .doc = { "maxconn", "Connections of all.", "maxconn 20000", "0.1" },
	  .where = CONF_GLOBAL, .type = CONF_INT, SMALL(maxconn), .min = 1, .max = INT64_MAX,
	  .preset = "2000" },
	{ .doc = { "tune.bufsize", "Bytes of a buffer.", "tune.bufsize 16k", "0.1" },
	  .where = CONF_GLOBAL, .type = CONF_SIZE, SMALL(bufsize), .min = 1024, .max = 1 << 20,
	  .preset = "16k" },
	{ .doc = { "nbproc", "Threads are used instead.", "nbproc 1", "0.1" },
	  .where = CONF_GLOBAL, .type = CONF_IGNORED, .min = 1, .max = 1 },
	{ .doc = { "chroot", "Later.", "chroot /var", "0.1" },
	  .where = CONF_GLOBAL, .type = CONF_NOT_YET },
	CONF_KEYWORDS_END,
};

static const struct conf_keyword small_proxy_rows[] = {
	{ .doc = { "mode", "What it speaks.", "mode tcp", "0.1" },
	  .where = CONF_DFLB, .type = CONF_CHOICE, SMALL(mode), .choices = small_modes,
	  .preset = "tcp" },
	{ .doc = { "maxconn", "Connections of this one.", "maxconn 100", "0.1" },
	  .where = CONF_DFL, .ignored_in = CONF_BACKEND, .type = CONF_INT, SMALL(maxconn),
	  .min = 0, .max = 1000000 },
	{ .doc = { "timeout client", "Of the client.", "timeout client 30s", "0.1" },
	  .where = CONF_DFL, .ignored_in = CONF_BACKEND, .type = CONF_DURATION, SMALL(client),
	  .max = 3600 * 1000 },
	{ .doc = { "clitimeout", "Of the client.", "clitimeout 30000", "0.1" },
	  .where = CONF_DFL, .modern = "timeout client" },
	{ .doc = { "redispatch", "Another server.", "redispatch", "0.1" },
	  .where = CONF_DLB, .may_no = true, .modern = "option redispatch" },
	{ .doc = { "option dontlognull", "No empty ones.", "option dontlognull", "0.1" },
	  .where = CONF_DFL, .type = CONF_FLAG, SMALL(dontlognull), .may_no = true },
	{ .doc = { "option splice", "Through the kernel.", "option splice", "0.1" },
	  .where = CONF_DFLB, .type = CONF_FLAG, SMALL(splice), .may_no = true, .preset = "on" },
	{ .doc = { "option redispatch", "Another server.", "option redispatch 1", "0.1" },
	  .where = CONF_DLB, .type = CONF_PARSE, .parse = small_redispatch, .may_no = true },
	{ .doc = { "log", "Where to.", "log global", "0.1" },
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = small_log, .may_no = true },
	{ .doc = { "server", "One server.", "server a 10.0.0.1:80 check", "0.1" },
	  .where = CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE, .parse = small_server },
	CONF_KEYWORDS_END,
};

/* A `line` of NULL: a scratch section. Names that begin with '!' are refused. */
static void *small_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct small_conf *conf = parse->context;
	struct small_section *section = arena_zalloc(parse->arena, sizeof(*section));

	if (line != NULL && line->words[1].text[0] == '!') {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[1].span, NULL,
			 "a bad name");
		return NULL;
	}
	if (line != NULL && conf->count < ARRAY_LEN(conf->sections)) {
		section = &conf->sections[conf->count++];
		section->kind = line->words[0].text;
		section->name = line->words[1].text;
	}
	conf_apply_presets(parse, parse->where, section);
	conf_apply_option_presets(parse, small_server_rows, &section->server);
	return section;
}

static void small_close(struct conf_parse *parse, void *section)
{
	struct small_section *small = section;

	small->closed = true;
}

#define SMALL_SECTION(id, bits)                                                                    \
	static const struct conf_section small_##id = {                                            \
		.doc = { #id, "A section.", #id, "0.1" }, .where = bits, .open = small_open,       \
		.close = small_close,                                                              \
	}
SMALL_SECTION(global, CONF_GLOBAL);
SMALL_SECTION(defaults, CONF_DEFAULTS);
SMALL_SECTION(frontend, CONF_FRONTEND);
SMALL_SECTION(listen, CONF_LISTEN);
SMALL_SECTION(backend, CONF_BACKEND);
SMALL_SECTION(program, 0);

static const struct conf_section *const small_sections[] = {
	&small_global, &small_defaults, &small_frontend, &small_listen,
	&small_backend, &small_program, NULL,
};

static const struct conf_keyword *const small_tables[] = {
	small_global_rows,
	small_proxy_rows,
	NULL,
};

static const struct conf_grammar small_grammar = { small_sections, small_tables };
