/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/expr/bench.h - a configuration that is read line by line, and what it is evaluated in. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/out.h"
#include "base/strbuf.h"
#include "expr/acl.h"
#include "expr/expr.h"
#include "small_language.h"

#define BENCH_MAY_BE_UNUSED __attribute__((unused))

struct bench {
	struct arena *arena;
	struct diag_report *report;
	struct conf_parse parse;
	struct conf_reader reader;
	struct acl_scope *scope;
	struct bump_pool pool;
	struct bump memory;
	struct net_endpoint src, dst;
	struct expr_context context;
};

static struct net_endpoint bench_endpoint(const char *ip, uint16_t port)
{
	struct net_endpoint result = { .port = port };

	result.family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(result.family, ip, result.ip), 1);
	return result;
}

static void bench_open(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->arena = arena_new();
	bench->report = diag_report_new();
	bench->parse = (struct conf_parse){ .arena = bench->arena, .report = bench->report,
					    .grammar = &small_grammar };
	bench->reader = (struct conf_reader){ .arena = bench->arena, .report = bench->report,
					      .version = "2.9.0" };
	bench->scope = acl_scope_new(bench->arena, NULL);
	bench->memory.pool = &bench->pool;
	bench->src = bench_endpoint("127.0.0.1", 1);
	bench->dst = bench_endpoint("10.1.1.80", 443);
	bench->context = (struct expr_context){ .src = &bench->src, .dst = &bench->dst,
						.memory = &bench->memory,
						.regex = regex_scratch_new() };
}

static void bench_close(struct bench *bench)
{
	regex_scratch_free(bench->context.regex);
	bump_free(&bench->memory);
	bump_pool_free(&bench->pool);
	diag_report_free(bench->report);
	arena_free(bench->arena);
}

static struct conf_line bench_line(struct bench *bench, const char *text)
{
	struct conf_lines lines = { 0 };

	conf_read_text(&bench->reader, "test", text, strlen(text), &lines);
	assert_int_equal(lines.count, 1);
	return lines.lines[0];
}

BENCH_MAY_BE_UNUSED static void acl(struct bench *bench, const char *text)
{
	struct conf_line line = bench_line(bench, text);

	acl_parse(&bench->parse, bench->scope, &line, 1);
}

BENCH_MAY_BE_UNUSED static struct acl_condition *condition(struct bench *bench, const char *text)
{
	struct conf_line line = bench_line(bench, text);

	return acl_condition_parse(&bench->parse, bench->scope, NULL, &line, 0);
}

BENCH_MAY_BE_UNUSED static struct expr *expression(struct bench *bench, const char *text)
{
	struct conf_line line = bench_line(bench, text);
	size_t end;

	return expr_parse(&bench->parse, NULL, &line.words[0], 0, NULL, &end);
}

BENCH_MAY_BE_UNUSED static unsigned errors(const struct bench *bench)
{
	return diag_count(bench->report, DIAG_ERROR);
}

BENCH_MAY_BE_UNUSED static bool says(const struct bench *bench, const char *text)
{
	struct strbuf out = STRBUF_EMPTY;
	bool found;

	diag_report_render(bench->report, &out);
	found = out.text != NULL && strstr(out.text, text) != NULL;
	if (!found)
		print_message("no '%s' in:\n%s", text, out.text != NULL ? out.text : "");
	strbuf_free(&out);
	return found;
}

/* The value of an expression as text; "(none)" and "(later)" when there is none. */
BENCH_MAY_BE_UNUSED static const char *value(struct bench *bench, const char *text)
{
	static char result[512];
	struct out out = { .bytes = result, .size = sizeof(result) - 1 };
	struct expr *expr = expression(bench, text);
	struct expr_sample sample = { 0 };
	enum expr_got got;

	if (expr == NULL) {
		assert_false(says(bench, ""));
		return NULL;
	}
	got = expr_get(expr, &bench->context, &sample);
	if (got != EXPR_GOT)
		return got == EXPR_LATER ? "(later)" : "(none)";
	expr_sample_write(&sample, &out);
	result[out.len] = '\0';
	return result;
}

/* A file that holds `text`, in a place of the test's own. */
struct bench_file {
	char path[64];
};

BENCH_MAY_BE_UNUSED static struct bench_file bench_file(const char *text)
{
	struct bench_file file = { .path = "/tmp/relevo-expr-XXXXXX" };
	int fd = mkstemp(file.path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return file;
}
