/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a configuration: `acl NAME ...`, `if ...`, or an expression. What
 * compiles is evaluated: where nothing is known, and for a client. The rows
 * are all those of the room but the maps; no file is read, and no name resolves.
 */
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bump.h"
#include "base/out.h"
#include "base/regex.h"
#include "base/strbuf.h"
#include "expr/acl.h"
#include "expr/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret)
{
	return EAI_NONAME;
}

static const struct expr_fetch *const fetches[] = {
	expr_fetches_address, expr_fetches_constant, expr_fetches_payload, expr_fetches_tls,
	expr_fetches_rdp, expr_fetches_http, expr_fetches_header, expr_fetches_cookie,
	expr_fetches_param, expr_fetches_http_old, expr_fetches_var, expr_fetches_acl, NULL,
};
static const struct expr_converter *const converters[] = {
	expr_converters_text, expr_converters_part,    expr_converters_regex, expr_converters_host,
	expr_converters_var,  expr_converters_number,  expr_converters_address,
	expr_converters_code, expr_converters_hash,    expr_converters_time,
	expr_converters_json, expr_converters_crypto,  NULL,
};
static const struct expr_language language = { .fetches = fetches, .converters = converters };
static const struct conf_grammar grammar = { .language = &language };

struct world {
	struct conf_parse parse;
	struct bump_pool pool;
	struct bump memory;
	struct net_endpoint client;
	struct expr_context empty, full;
};

static void open_world(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->parse = (struct conf_parse){ .arena = arena_new(), .report = diag_report_new(),
					    .grammar = &grammar };
	world->memory.pool = &world->pool;
	world->client = (struct net_endpoint){ .family = AF_INET, .port = 80, .ip = { 10, 1, 1, 1 } };
	world->empty = (struct expr_context){ .memory = &world->memory,
					      .regex = regex_scratch_new() };
	world->full = world->empty;
	world->full.src = world->full.dst = &world->client;
	world->full.request_bytes = SLICE("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n");
	world->full.body = SLICE("a=1&b=2");
	world->full.bytes_end = true;
	for (unsigned i = 0; i < EXPR_SCOPES; i++)
		world->full.vars[i] = expr_vars_new(&world->memory);
}

static void close_world(struct world *world)
{
	regex_scratch_free(world->empty.regex);
	bump_free(&world->memory);
	bump_pool_free(&world->pool);
	diag_report_free(world->parse.report);
	arena_free(world->parse.arena);
}

static void evaluate(const struct expr *expr, struct expr_context *context)
{
	struct expr_sample sample = { 0 };
	struct out out = { .bytes = (char[64]){ 0 }, .size = 64 };

	for (unsigned i = 0; i < 20; i++) {
		if (expr_get(expr, context, &sample) != EXPR_GOT)
			return;
		ASSERT(sample.type < EXPR_ANY);
		ASSERT(expr_type_of(expr) == EXPR_ANY || sample.type == expr_type_of(expr));
		expr_sample_write(&sample, &out);
		if (!sample.cursor.more)
			return;
	}
}

static void one_expression(struct world *world, const struct conf_word *word)
{
	size_t end;
	struct expr *expr = expr_parse(&world->parse, NULL, word, 0, "]", &end);

	if (expr == NULL) {
		ASSERT(diag_count(world->parse.report, DIAG_ERROR) != 0);
		return;
	}
	ASSERT(end <= strlen(word->text));
	evaluate(expr, &world->empty);
	evaluate(expr, &world->full);
}

static void one_line(struct world *world, const struct conf_line *line)
{
	struct acl_scope *scope = acl_scope_new(world->parse.arena, NULL);
	const char *first = line->words[0].text;
	struct acl_condition *condition;

	if (strcmp(first, "acl") == 0) {
		acl_parse(&world->parse, scope, line, 1);
		return;
	}
	if (strcmp(first, "if") != 0 && strcmp(first, "unless") != 0) {
		one_expression(world, &line->words[0]);
		return;
	}
	condition = acl_condition_parse(&world->parse, scope, NULL, line, 0);
	if (condition == NULL) {
		ASSERT(diag_count(world->parse.report, DIAG_ERROR) != 0);
		return;
	}
	acl_condition_eval(condition, &world->empty);
	ASSERT(acl_condition_eval(condition, &world->full) != ACL_LATER);
}

/* Files could be anything, a terminal for one. */
static bool asks_for_file(const struct conf_line *line)
{
	for (unsigned i = 0; i < line->count; i++)
		if (strcmp(line->words[i].text, "-f") == 0)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world;
	struct conf_reader reader;
	struct conf_lines lines = { 0 };

	open_world(&world);
	reader = (struct conf_reader){ .arena = world.parse.arena, .report = world.parse.report,
				       .version = "2.9.0" };
	conf_read_text(&reader, "fuzz", (const char *)data, size, &lines);
	for (unsigned i = 0; i < lines.count && i < 16; i++)
		if (!asks_for_file(&lines.lines[i]))
			one_line(&world, &lines.lines[i]);
	close_world(&world);
	return 0;
}
