/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/expr/fetch_bench.h - an expression of the real rows, evaluated for a message or for bytes. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/out.h"
#include "base/strbuf.h"
#include "expr/expr.h"

static const struct expr_fetch *const bench_fetches[] = {
	expr_fetches_address, expr_fetches_constant, expr_fetches_payload,  expr_fetches_tls,
	expr_fetches_rdp,     expr_fetches_http,     expr_fetches_header,   expr_fetches_cookie,
	expr_fetches_param,   expr_fetches_http_old, expr_fetches_header_list, NULL,
};
static const struct expr_converter *const bench_converters[] = { NULL };
static const struct expr_language bench_language = { .fetches = bench_fetches,
						     .converters = bench_converters };
static const struct conf_grammar bench_grammar = { .language = &bench_language };

struct fetch_bench {
	struct arena *arena;
	struct diag_report *report;
	struct conf_parse parse;
	struct bump_pool pool;
	struct bump memory;
	struct net_endpoint src, dst;
	struct http_header headers[HTTP_HEADERS_PRESET];
	struct http_message message;
	struct expr_context context;
};

static void fetch_bench_open(struct fetch_bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->arena = arena_new();
	bench->report = diag_report_new();
	bench->parse = (struct conf_parse){ .arena = bench->arena, .report = bench->report,
					    .grammar = &bench_grammar };
	bench->memory.pool = &bench->pool;
	bench->src = (struct net_endpoint){ .family = AF_INET, .port = 4711,
					    .ip = { 127, 0, 0, 1 } };
	bench->dst = (struct net_endpoint){ .family = AF_INET6, .port = 80,
					    .ip = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	bench->context = (struct expr_context){
		.src = &bench->src, .dst = &bench->dst, .memory = &bench->memory, .random = 1,
		.wall_us = UINT64_C(1700000000123456),
	};
}

static void fetch_bench_close(struct fetch_bench *bench)
{
	bump_free(&bench->memory);
	bump_pool_free(&bench->pool);
	diag_report_free(bench->report);
	arena_free(bench->arena);
}

/* NULL: refused. */
static struct expr *fetch_bench_read(struct fetch_bench *bench, const char *text)
{
	struct conf_reader reader = { .arena = bench->arena, .report = bench->report,
				      .version = "2.6.0" };
	struct conf_lines lines = { 0 };
	size_t end;

	conf_read_text(&reader, "test", arena_strdup(bench->arena, text), strlen(text), &lines);
	assert_int_equal(lines.count, 1);
	return expr_parse(&bench->parse, NULL, &lines.lines[0].words[0], 0, NULL, &end);
}

static void fetch_bench_put(const struct expr_sample *sample, struct out *out)
{
	if (sample->type == EXPR_STRING || sample->type == EXPR_BINARY)
		out_put(out, sample->value.text);
	else
		expr_sample_write(sample, out);
}

/* All values, with '|' between them; "LATER", "NONE", "REFUSED" where there is none. */
static const char *fetch_bench_get(struct fetch_bench *bench, const char *text)
{
	struct expr *expr = fetch_bench_read(bench, text);
	struct out out = { .bytes = arena_zalloc(bench->arena, 4096), .size = 4095 };
	struct expr_sample sample = { 0 };
	enum expr_got got;

	if (expr == NULL)
		return "REFUSED";
	got = expr_get(expr, &bench->context, &sample);
	if (got != EXPR_GOT)
		return got == EXPR_LATER ? "LATER" : "NONE";
	fetch_bench_put(&sample, &out);
	while (sample.cursor.more && expr_get(expr, &bench->context, &sample) == EXPR_GOT) {
		out_char(&out, '|');
		fetch_bench_put(&sample, &out);
	}
	return out.bytes;
}

struct fetch_row {
	const char *expression, *value;
};

static void fetch_bench_check(struct fetch_bench *bench, const struct fetch_row *rows,
			      unsigned count)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < count; i++) {
		const char *value = fetch_bench_get(bench, rows[i].expression);

		if (strcmp(value, rows[i].value) == 0)
			continue;
		print_error("%s gave <%s>, not <%s>\n", rows[i].expression, value, rows[i].value);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}
