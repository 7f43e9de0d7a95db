/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/expr/fuzz_format.c - any bytes as a log-format string: compiled,
 * and written into room that may be too small. The first byte is the kind, the
 * second the room.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "expr/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_text(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, "a\"b#c{|}]\\\n\x80\xc3\xa9");
}

static void write_number(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, flags & FORMAT_HEX ? "1F90" : "-8080");
}

static void write_nothing(struct expr_context *context, unsigned flags, struct out *out)
{
}

static void write_own(struct expr_context *context, unsigned flags, struct out *out)
{
	size_t from = out->len;

	write_text(context, flags, out);
	format_encode(out, from, FORMAT_HASH_HEADER | FORMAT_HASH_LINE);
}

static const struct format_alias aliases[] = {
	{ .doc = { .name = "ci" }, .style = FORMAT_NAME, .write = write_text },
	{ .doc = { .name = "r" }, .style = FORMAT_OUTSIDE, .write = write_text },
	{ .doc = { .name = "ST" }, .style = FORMAT_NUMBER, .write = write_number },
	{ .doc = { .name = "t" }, .style = FORMAT_PLAIN, .write = write_text },
	{ .doc = { .name = "hr" }, .style = FORMAT_OWN, .write = write_own },
	{ .doc = { .name = "CC" }, .style = FORMAT_NAME, .write = write_nothing },
	{ .doc = { .name = "hs" }, .style = FORMAT_OWN, .write = write_nothing },
	{ .doc = { .name = NULL } },
};

static const struct expr_fetch *const fetches[] = { expr_fetches_constant, expr_fetches_http, NULL };
static const struct expr_converter *const converters[] = { expr_converters_text,
							    expr_converters_number, NULL };
static const struct format_alias *const tables[] = { aliases, NULL };
static const struct expr_language language = { fetches, converters, tables };
static const struct conf_grammar grammar = { .language = &language };

static void write_all(const struct format *format, size_t room)
{
	struct bump_pool pool = { 0 };
	struct bump memory = { .pool = &pool };
	struct expr_context context = { .memory = &memory };
	struct out out = { .bytes = malloc(room + 1), .size = room };
	struct slice text;

	format_write(format, &context, &out);
	if (out.len > room || (format_is_constant(format, &text) && text.at == NULL))
		abort();
	free(out.bytes);
	bump_free(&memory);
	bump_pool_free(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_parse parse = { .grammar = &grammar };
	struct diag_source source = { .name = "fuzz" };
	struct strbuf shown = STRBUF_EMPTY;
	struct conf_word word = { 0 };
	struct format *format;

	if (size < 2 || memchr(data + 2, '\0', size - 2) != NULL || memchr(data + 2, '\n', size - 2))
		return 0;
	parse.arena = arena_new();
	parse.report = diag_report_new();
	word.text = arena_strndup(parse.arena, (const char *)data + 2, size - 2);
	source.text = word.text;
	source.len = size - 2;
	word.span = (struct diag_span){ &source, 1, 1, (uint32_t)(size - 2) };
	format = format_parse(&parse, NULL, &word, data[0] % 4);
	if ((format == NULL) != (diag_count(parse.report, DIAG_ERROR) != 0))
		abort();
	if (format != NULL) {
		write_all(format, data[1]);
		write_all(format, 4096);
	}
	diag_report_render(parse.report, &shown);
	strbuf_free(&shown);
	diag_report_free(parse.report);
	arena_free(parse.arena);
	return 0;
}
