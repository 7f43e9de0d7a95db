/* SPDX-License-Identifier: Apache-2.0 */
/* Log-format strings (configuration manual 8.2.6): what is compiled, what is written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "expr/format.h"

/* A language of few words, whose values are known. */

static enum expr_got get_text(struct expr_context *context, const struct expr_args *args,
			      struct expr_sample *ret)
{
	ret->type = EXPR_STRING;
	ret->value.text = SLICE("a\"b]c\\d#e\x01\xff");
	return EXPR_GOT;
}

static enum expr_got get_lines(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *ret)
{
	ret->type = EXPR_STRING;
	ret->value.text = SLICE("a\r\nb\tc\x7f");
	return EXPR_GOT;
}

static enum expr_got get_number(struct expr_context *context, const struct expr_args *args,
				struct expr_sample *ret)
{
	ret->type = EXPR_INT;
	ret->value.integer = -70000;
	return EXPR_GOT;
}

static enum expr_got get_yes(struct expr_context *context, const struct expr_args *args,
			     struct expr_sample *ret)
{
	ret->type = EXPR_BOOL;
	ret->value.boolean = true;
	return EXPR_GOT;
}

static enum expr_got get_none(struct expr_context *context, const struct expr_args *args,
			      struct expr_sample *ret)
{
	return EXPR_NONE;
}

static const struct expr_fetch fetches[] = {
	{ .doc = { .name = "text" }, .type = EXPR_STRING, .get = get_text },
	{ .doc = { .name = "lines" }, .type = EXPR_STRING, .get = get_lines },
	{ .doc = { .name = "number" }, .type = EXPR_INT, .need = EXPR_HAVE_STREAM, .get = get_number },
	{ .doc = { .name = "yes" }, .type = EXPR_BOOL, .get = get_yes },
	{ .doc = { .name = "none" }, .type = EXPR_STRING, .get = get_none },
	{ .doc = { .name = NULL } },
};

static void write_name(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, "na]me");
}

static void write_uri(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, "/\"#|]\xc3\xa9");
}

static void write_port(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, flags & FORMAT_HEX ? "1F90" : "8080");
}

static void write_early(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, "+12");
}

static void write_nothing(struct expr_context *context, unsigned flags, struct out *out)
{
}

static void write_date(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, "06/Feb/2009");
}

static const struct format_alias aliases[] = {
	{ .doc = { .name = "nm" }, .style = FORMAT_NAME, .write = write_name },
	{ .doc = { .name = "u" }, .style = FORMAT_OUTSIDE, .need = EXPR_HAVE_REQUEST, .write = write_uri },
	{ .doc = { .name = "p" }, .style = FORMAT_NUMBER, .write = write_port },
	{ .doc = { .name = "e" }, .style = FORMAT_NUMBER, .write = write_early },
	{ .doc = { .name = "no" }, .style = FORMAT_NAME, .write = write_nothing },
	{ .doc = { .name = "own" }, .style = FORMAT_OWN, .write = write_nothing },
	{ .doc = { .name = "d" }, .style = FORMAT_PLAIN, .write = write_date },
	{ .doc = { .name = NULL } },
};

static const struct expr_fetch *const fetch_tables[] = { fetches, NULL };
static const struct expr_converter *const converter_tables[] = { NULL };
static const struct format_alias *const alias_tables[] = { aliases, NULL };
static const struct expr_language language = { fetch_tables, converter_tables, alias_tables };
static const struct conf_grammar grammar = { .language = &language };

struct fixture {
	struct conf_parse parse;
	struct bump_pool pool;
	struct bump memory;
	struct expr_context context;
	struct diag_source source;
	char written[512];
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->parse.arena = arena_new();
	fixture->parse.report = diag_report_new();
	fixture->parse.grammar = &grammar;
	fixture->memory.pool = &fixture->pool;
	fixture->context.memory = &fixture->memory;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	bump_free(&fixture->memory);
	bump_pool_free(&fixture->pool);
	diag_report_free(fixture->parse.report);
	arena_free(fixture->parse.arena);
	free(fixture);
	return 0;
}

static struct format *parse(struct fixture *fixture, const char *text, enum format_kind kind)
{
	struct conf_word word = { .text = text };

	fixture->source = (struct diag_source){ .name = "f", .text = text, .len = strlen(text) };
	word.span = (struct diag_span){ &fixture->source, 1, 1, (uint32_t)strlen(text) };
	return format_parse(&fixture->parse, NULL, &word, kind);
}

static const char *write_sized(struct fixture *fixture, const char *text, enum format_kind kind,
			       size_t size)
{
	struct format *format = parse(fixture, text, kind);
	struct out out = { .bytes = fixture->written, .size = size };

	assert_non_null(format);
	format_write(format, &fixture->context, &out);
	assert_true(out.len <= size);
	fixture->written[out.len] = '\0';
	return fixture->written;
}

static const char *written(struct fixture *fixture, const char *text)
{
	return write_sized(fixture, text, FORMAT_LOG, sizeof(fixture->written) - 1);
}

static const char *value(struct fixture *fixture, const char *text, enum format_kind kind)
{
	return write_sized(fixture, text, kind, sizeof(fixture->written) - 1);
}

static void test_text(void **state)
{
	assert_string_equal(written(*state, ""), "");
	assert_string_equal(written(*state, "a 100%% b"), "a 100% b");
	assert_string_equal(written(*state, "  a   b "), "a b ");
	assert_string_equal(value(*state, "  a   b", FORMAT_VALUE), "  a   b");
	assert_string_equal(value(*state, "  a   b", FORMAT_ID), "a b");
}

static void test_flags(void **state)
{
	assert_string_equal(written(*state, "%nm %{+Q}nm %{+E}nm %{+Q,+E}nm"),
			    "na]me \"na]me\" na\\]me \"na\\]me\"");
	assert_string_equal(written(*state, "%{+Q}o %nm %{-Q}nm %nm %p %d"),
			    "\"na]me\" na]me \"na]me\" 8080 06/Feb/2009");
	assert_string_equal(written(*state, "%{+X}p:%p"), "1F90:8080");
	assert_string_equal(written(*state, "%u %{+E}u"), "/#22#23|]#C3#A9 /#22#23|\\]#C3#A9");
}

/* A space before an item that writes nothing and one behind it are one. */
static void test_empty(void **state)
{
	assert_string_equal(written(*state, "%no|%{+Q}no|%[none]|%{+Q}[none]"), "-|\"\"|-|\"\"");
	assert_string_equal(written(*state, "a %own %own b"), "a b");
	assert_string_equal(written(*state, "%own b"), "b");
	assert_string_equal(value(*state, "<%no%[none]>", FORMAT_VALUE), "<>");
	assert_string_equal(value(*state, "%{+M}no", FORMAT_VALUE), "-");
	assert_string_equal(value(*state, "a %own %own b", FORMAT_VALUE), "a   b");
}

static void test_expressions(void **state)
{
	assert_string_equal(written(*state, "%[number]/%[yes]"), "-70000/1");
	assert_string_equal(written(*state, "%[text]"), "a\"b]c\\d#e\x01\xff");
	assert_string_equal(written(*state, "%{+Q,+E}[text]"), "\"a\\\"b\\]c\\\\d#e\x01\xff\"");
	assert_string_equal(value(*state, "%[lines]", FORMAT_VALUE), "a%0D%0Ab\tc%7F");
	assert_string_equal(value(*state, "%{+Q}[lines]", FORMAT_VALUE), "a%0D%0Ab\tc%7F");
	assert_string_equal(value(*state, "%[lines]", FORMAT_RAW), "a\r\nb\tc\x7f");
}

static void test_json(void **state)
{
	assert_string_equal(written(*state, "%{+json}o text %(a)nm %(b:str)p %p %(c)[number] %(d)[yes] "
					    "%(e)[none] %(f)u %(g:sint)[yes] %(h)e %(i-_2)d"),
			    "{\"a\": \"na]me\", \"b\": \"8080\", \"c\": -70000, \"d\": true, \"e\": null, "
			    "\"f\": \"/\\\"#|]\xc3\xa9\", \"g\": 1, \"h\": \"+12\", "
			    "\"i-_2\": \"06/Feb/2009\"}");
	assert_string_equal(written(*state, "%{+json}o %(a)[text]"),
			    "{\"a\": \"a\\\"b]c\\\\d#e\\u0001\\u00FF\"}");
	assert_string_equal(written(*state, "%{+json}o"), "{}");
	assert_string_equal(written(*state, "x=%{+json}u y=%{+json}[number]"),
			    "x=\"/\\\"#|]\xc3\xa9\" y=-70000");
}

static void test_cbor(void **state)
{
	assert_string_equal(written(*state, "%{+cbor}o %(a)nm %(b)p %(c)[number] %(d)[yes] %(e)no"),
			    "BF6161656E615D6D65616219" "1F90" "61633A0001116F6164F56165F6FF");
	assert_string_equal(written(*state, "%{+cbor,+bin}o %(a)nm"), "\xbf\x61\x61\x65na]me\xff");
}

/* Whatever does not fit is cut, and never in the middle of an escape. */
static void test_cut(void **state)
{
	assert_string_equal(write_sized(*state, "abc%u", FORMAT_LOG, 9), "abc/#22");
	assert_string_equal(write_sized(*state, "abc", FORMAT_LOG, 2), "ab");
	for (size_t size = 0; size < 80; size++) {
		write_sized(*state, "%{+Q,+E}u %own %{+E}[text]%nm", FORMAT_LOG, size);
		write_sized(*state, "%{+json}o %(a)u %(b)[text] %(c)p", FORMAT_LOG, size);
		write_sized(*state, "%{+cbor}o %(a)u %(b)[text] %(c)p", FORMAT_LOG, size);
	}
}

static void test_constant(void **state)
{
	struct fixture *fixture = *state;
	struct format *format = parse(fixture, "50%% of it", FORMAT_VALUE);
	struct slice text;

	assert_true(format_is_constant(format, &text));
	assert_true(slice_is(text, "50% of it"));
	assert_true(slice_is(format_text(format, &fixture->context), "50% of it"));
	assert_true(format_is_constant(parse(fixture, "", FORMAT_VALUE), &text));
	assert_int_equal(text.len, 0);

	format = parse(fixture, "%u-%[number]", FORMAT_VALUE);
	assert_false(format_is_constant(format, &text));
	assert_true(slice_is(format_text(format, &fixture->context), "/#22#23|]#C3#A9--70000"));
	assert_true(format_uses(format, "u"));
	assert_false(format_uses(format, "p"));
}

static void refused(struct fixture *fixture, const char *text, uint32_t column, const char *why)
{
	struct strbuf shown = STRBUF_EMPTY;
	char place[32];

	diag_report_free(fixture->parse.report);
	fixture->parse.report = diag_report_new();
	assert_null(parse(fixture, text, FORMAT_LOG));
	assert_int_equal(diag_count(fixture->parse.report, DIAG_ERROR), 1);
	diag_report_render(fixture->parse.report, &shown);
	snprintf(place, sizeof(place), "f:1:%u:", column);
	if (strstr(shown.text, place) == NULL || strstr(shown.text, why) == NULL)
		fail_msg("%s: %s", text, shown.text);
	strbuf_free(&shown);
}

static void test_refused(void **state)
{
	refused(*state, "a %nn b", 3, "unknown log-format variable '%nn'");
	refused(*state, "a %ux", 3, "%ux");
	refused(*state, "a %", 3, "must follow");
	refused(*state, "%{+Q}", 1, "must follow");
	refused(*state, "%{+Q}%%", 1, "must follow");
	refused(*state, "ab %{+Q", 5, "'}'");
	refused(*state, "ab %(x", 5, "')'");
	refused(*state, "ab %(x y)p", 7, "names are of");
	refused(*state, "ab %(x:int)p", 8, "types are");
	refused(*state, "ab %[number", 5, "']'");
	refused(*state, "ab %[nothing]", 6, "nothing");
}

/* What HAProxy passes over is passed over too, with a warning. */
static void test_warned(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(written(fixture, "%{+Z}p %-p"), "8080 -p");
	assert_int_equal(diag_count(fixture->parse.report, DIAG_WARNING), 2);
	assert_int_equal(diag_count(fixture->parse.report, DIAG_ERROR), 0);
}

static void test_encode(void **state)
{
	char bytes[16] = "a|b\"c]\t";
	struct out out = { bytes, 7, sizeof(bytes), false };

	format_encode(&out, 2, FORMAT_HASH_LINE | FORMAT_HASH_HEADER);
	assert_memory_equal(bytes, "a|b#22c]#09", 11);
	assert_int_equal(out.len, 11);
	format_encode(&out, 0, FORMAT_HASH_HEADER);
	assert_memory_equal(bytes, "a#7Cb#22c]#09", 13);
	assert_false(out.cut);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(text), TEST(flags), TEST(empty), TEST(expressions), TEST(json), TEST(cbor),
		TEST(cut), TEST(constant), TEST(refused), TEST(warned), TEST(encode),
	};

	return cmocka_run_group_tests_name("expr/format", tests, NULL, NULL);
}
