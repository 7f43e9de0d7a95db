/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and words: quotes, escapes, variables, directives (configuration manual 2.2 to 2.4). */
#include "fixture.h"

struct words_case {
	const char *text;
	const char *words;	/* as fixture_words gives them */
};

static void set_variables(struct fixture *fixture)
{
	conf_environment_set(fixture->reader.environment, "PLAIN", "val");
	conf_environment_set(fixture->reader.environment, "EMPTY", "");
	conf_environment_set(fixture->reader.environment, "LIST", " a b  c ");
	conf_environment_unset(fixture->reader.environment, "NONE");
}

static void check_words(const struct words_case *row)
{
	struct fixture fixture;

	fixture_open(&fixture);
	set_variables(&fixture);
	fixture_read(&fixture, row->text);
	assert_string_equal(fixture_report(&fixture), "");
	assert_string_equal(fixture_words(&fixture), row->words);
	fixture_close(&fixture);
}

static void test_words(void **state)
{
	static const struct words_case rows[] = {
		{ "", "" },
		{ "\n \t \n", "" },
		{ "# only a comment", "" },
		{ "a b\tc", "a|b|c\n" }, /* last line without newline */
		{ "a\r\nb\r\n", "a\nb\n" },
		{ "a \r b\n", "a|b\n" },
		{ "global#this is the global section\n", "global\n" },
		{ "a # b\n", "a\n" },
		{ "a \\# \\ b \\\\ \\' \\\" \\n\\r\\t\\x41\\x7A\n", "a|#| b|\\|'|\"|\n\r\tAz\n" },
		{ "a\\qb \\$ \\\n", "a\\qb|\\$|\\\n" }, /* a backslash before others is itself */
		{ "\"a # b ' \\\" \\$ \\\\ \\n\\x41 \\q\"\n", "a # b ' \" $ \\ \nA \\q\n" },
		{ "'a # \" $PLAIN \\n ${'\n", "a # \" $PLAIN \\n ${\n" },
		{ "a\"b c\"d' e'f\n", "ab cd ef\n" },
		{ "a \"\" '' b\n", "a|||b\n" },
		{ "\"\"\n", "\n" },
		{ "$PLAIN ${PLAIN}\n", "$PLAIN|${PLAIN}\n" }, /* not outside quotes */
		{ "\"$PLAIN\" \"x${PLAIN}y\" \"$PLAIN-1\"\n", "val|xvaly|val-1\n" },
		{ "\"<$NONE>\" \"<${NONE}>\" \"<$EMPTY>\"\n", "<>|<>|<>\n" },
		{ "\"${NONE-a b}\" \"${EMPTY-a b}\" \"${PLAIN-a b}\" \"${NONE-}\"\n", "a b||val|\n" },
		{ "\"${LOCAL_SYSLOG-127.0.0.1}:514\" local0\n", "127.0.0.1:514|local0\n" },
		{ "x \"${LIST[*]}\" y\n", "x|a|b|c|y\n" },
		{ "x \"<${LIST[*]}>\" y\n", "x|<|a|b|c|>|y\n" },
		{ "x \"${NONE[*]}\" \"${EMPTY[*]}\" y\n", "x|y\n" },
		{ "x \"${NONE[*]-d e}\"\n", "x|d|e\n" },
		{ "\"$LIST\"\n", " a b  c \n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_words(&rows[i]);
}

static void test_pseudo_variables(void **state)
{
	static const struct words_case row = {
		"\"<${.FILE} $.LINE ${.SECTION}>\"\nglobal\n\"$.SECTION\"\nlisten web :80\n"
		"\"$.LINE $.SECTION\"\n",
		"<t.cfg 1 >\nglobal\nglobal\nlisten|web|:80\n5 web\n",
	};

	check_words(&row);
}

/* setenv and its relatives act on the lines below them, but only in `global`. */
static void test_environment_lines(void **state)
{
	static const struct words_case row = {
		"global\nsetenv A 1\npresetenv A 2\npresetenv B 3\nx \"$A $B\"\nunsetenv A\nx \"<$A>\"\n"
		"resetenv B\nx \"$B<$PLAIN>\"\nlisten l\nsetenv B 4\nx \"$B\"\n",
		"global\nsetenv|A|1\npresetenv|A|2\npresetenv|B|3\nx|1 3\nunsetenv|A\nx|<>\n"
		"resetenv|B\nx|3<>\nlisten|l\nsetenv|B|4\nx|3\n",
	};

	check_words(&row);
}

static void assert_span(const struct conf_word *word, uint32_t line, uint32_t column, uint32_t len)
{
	assert_int_equal(word->span.line, line);
	assert_int_equal(word->span.column, column);
	assert_int_equal(word->span.len, len);
	assert_string_equal(word->span.source->name, "t.cfg");
}

static void test_spans_are_of_what_was_written(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture);
	set_variables(&fixture);
	fixture_read(&fixture, "\n  a\t\"b $PLAIN c\" d\\ e '' f#\nx \"${LIST[*]}\" \"<${LIST[*]}>\" y\n");
	const struct conf_word *words = fixture.lines.lines[0].words;
	assert_span(&words[0], 2, 3, 1);
	assert_span(&words[1], 2, 5, 12);
	assert_span(&words[2], 2, 18, 4);
	assert_span(&words[3], 2, 23, 2);
	assert_span(&words[4], 2, 26, 1);
	assert_span(&words[5], 2, 27, 1); /* where a missing word would stand */
	words = fixture.lines.lines[1].words;
	for (unsigned i = 1; i <= 3; i++)
		assert_span(&words[i], 3, 3, 12);
	for (unsigned i = 4; i <= 8; i++)
		assert_span(&words[i], 3, 16, 14);
	assert_span(&words[9], 3, 31, 1);
	fixture_close(&fixture);
}

struct error_case {
	const char *text;
	const char *place;	/* beginning of the report */
	const char *words;	/* what is left */
};

static void check_error(const struct error_case *row)
{
	struct fixture fixture;
	const char *report;

	fixture_open(&fixture);
	fixture_read(&fixture, row->text);
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 1);
	report = fixture_report(&fixture);
	if (strncmp(report, row->place, strlen(row->place)) != 0)
		assert_string_equal(report, row->place);
	assert_string_equal(fixture_words(&fixture), row->words);
	fixture_close(&fixture);
}

static void test_malformed_words(void **state)
{
	static const struct error_case rows[] = {
		{ "a \"b\nc\n", "t.cfg:1:3: error: this quote is not closed", "c\n" },
		{ "a 'b\nc\n", "t.cfg:1:3: error: this quote is not closed", "c\n" },
		{ "a b'\"\n", "t.cfg:1:4: error: this quote is not closed", "" },
		{ "a \\xZZ\n", "t.cfg:1:3: error: incomplete \\x", "" },
		{ "a \\x4\n", "t.cfg:1:3: error: incomplete \\x", "" },
		{ "a \\x00\n", "t.cfg:1:3: error: a word cannot hold a NUL", "" },
		{ "a \"x$\"\n", "t.cfg:1:5: error: no name of a variable", "" },
		{ "a \"$1\"\n", "t.cfg:1:4: error: no name of a variable", "" },
		{ "a \"${}\"\n", "t.cfg:1:4: error: no name of a variable", "" },
		{ "a \"${A b}\"\n", "t.cfg:1:4: error: the brace", "" },
		{ "a \"${A\"\n", "t.cfg:1:4: error: the brace", "" },
		{ "a \"${A-x\"\n", "t.cfg:1:4: error: the brace", "" },
		{ "a \"${A[1]}\"\n", "t.cfg:1:4: error: the brace", "" },
		/* A section with a broken name must still begin. */
		{ "listen \"x\nmode tcp\n", "t.cfg:1:8: error: this quote", "listen|x\nmode|tcp\n" },
		{ "listen \\x4\nmode tcp\n", "t.cfg:1:8: error: incomplete", "listen|\nmode|tcp\n" },
		/* Blocks stay in step. */
		{ ".if \"x\na\n.endif\nb\n", "t.cfg:1:5: error: this quote", "b\n" },
		{ ".notice \"x\nb\n", "t.cfg:1:9: error: this quote", "b\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_error(&rows[i]);
}

static void test_nul_bytes(void **state)
{
	static const char text[] = "ok 1\na b\0c\nok 2\n";
	struct fixture fixture;

	fixture_open(&fixture);
	conf_read_text(&fixture.reader, "t.cfg", text, sizeof(text) - 1, &fixture.lines);
	assert_string_equal(fixture_report(&fixture),
			    "t.cfg:2:4: error: the line holds a NUL byte [bad-bytes]\n"
			    "    2 | a b.c\n"
			    "      |    ^\n");
	assert_string_equal(fixture_words(&fixture), "ok|1\nok|2\n");
	fixture_close(&fixture);
}

static void test_overlong_lines(void **state)
{
	struct fixture fixture;
	size_t len = (1 << 20) + 1;
	char *text = malloc(len + 2);

	memset(text, 'a', len);
	text[len] = '\n';
	text[len + 1] = 'b';
	fixture_open(&fixture);
	conf_read_text(&fixture.reader, "t.cfg", text, len + 2, &fixture.lines);
	assert_string_equal(fixture_report(&fixture),
			    "t.cfg:1:1048577: error: the line is longer than 1 MiB [bad-bytes]\n");
	assert_string_equal(fixture_words(&fixture), "b\n");
	fixture_close(&fixture);
	free(text);
}

/* A variable many times over: the bound holds after expansion too. */
static void test_overlong_expansion(void **state)
{
	struct fixture fixture;
	char *value = malloc(100001);
	char *text = malloc(3 * 100 + 10);

	memset(value, 'a', 100000);
	value[100000] = '\0';
	strcpy(text, "x \"");
	for (unsigned i = 0; i < 100; i++)
		strcat(text, "$V.");
	strcat(text, "\"\n");
	fixture_open(&fixture);
	conf_environment_set(fixture.reader.environment, "V", value);
	fixture_read(&fixture, text);
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 1);
	assert_non_null(strstr(fixture_report(&fixture), "longer than 1 MiB once its variables"));
	fixture_close(&fixture);
	free(value);
	free(text);
}

static void test_if_blocks(void **state)
{
	static const struct words_case rows[] = {
		{ ".if 1\na\n.else\nb\n.endif\nc\n", "a\nc\n" },
		{ ".if 0\na\n.else\nb\n.endif\nc\n", "b\nc\n" },
		{ ".if\na\n.endif\n", "" },
		{ ".if \"$NONE\"\na\n.elif streq(\"$PLAIN\",val)\nb\n.elif 1\nc\n.else\nd\n.endif\n",
		  "b\n" },
		{ ".if 0\na\n.elif 0\nb\n.else\nc\n.endif\n", "c\n" },
		{ ".if 1\n.if 0\na\n.else\nb\n.endif\nc\n.else\n.if 1\nd\n.endif\ne\n.endif\nf\n",
		  "b\nc\nf\n" },
		{ "  .if 1 # comment\na\n  .endif # comment\n", "a\n" },
		/* What is switched off is not looked at, conditions and quotes included. */
		{ ".if 0\n.if bad bad\n.elif worse\n.endif\n\"\n.frob\n.alert x\n.endif\n", "" },
		{ ".if 1\n.elif foo\n.endif\n", "" },
		{ ".if 0\nglobal\n.endif\nlisten x\n.if 1\n\"$.SECTION\"\n.endif\n", "listen|x\nx\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_words(&rows[i]);
}

static void test_malformed_blocks(void **state)
{
	static const struct error_case rows[] = {
		{ ".else\na\n", "t.cfg:1:1: error: '.else' without an '.if' before it", "a\n" },
		{ ".elif 1\na\n", "t.cfg:1:1: error: '.elif' without", "a\n" },
		{ ".endif\na\n", "t.cfg:1:1: error: '.endif' without", "a\n" },
		{ ".if 1\na\n", "t.cfg:1:1: error: this '.if' has no '.endif'", "a\n" },
		{ ".if 1\n.else\n.else\na\n.endif\n", "t.cfg:3:1: error: '.else' after '.else'", "" },
		{ ".if 0\n.else\n.elif 1\na\n.endif\n", "t.cfg:3:1: error: '.elif' after '.else'", "" },
		{ ".if foo(1)\na\n.endif\nb\n", "t.cfg:1:5: error: unknown predicate 'foo'", "b\n" },
		{ ".if 1\n.else x\n.endif\n", "t.cfg:2:7: error: unexpected 'x' after '.else'", "" },
		{ ".notices x\na\n", "t.cfg:1:1: error: unknown directive '.notices'", "a\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_error(&rows[i]);
}

static void test_deep_nesting(void **state)
{
	struct fixture fixture;
	struct strbuf text = STRBUF_EMPTY;

	for (unsigned i = 0; i < 100; i++)
		strbuf_puts(&text, ".if 1\n");
	strbuf_puts(&text, ".else\n.elif 1\nin\n");
	for (unsigned i = 0; i < 100; i++)
		strbuf_puts(&text, ".endif\n");
	strbuf_puts(&text, "out\n");
	fixture_open(&fixture);
	fixture_read(&fixture, text.text);
	assert_int_equal(diag_count(fixture.report, DIAG_ERROR), 1);
	assert_non_null(strstr(fixture_report(&fixture), "'.if' is nested too deeply"));
	assert_string_equal(fixture_words(&fixture), "in\nout\n");
	fixture_close(&fixture);
	strbuf_free(&text);
}

static void test_messages(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture);
	fixture_read(&fixture, ".notice \"one two\"\n.warning x\n.alert y\n.diag z\n");
	assert_string_equal(fixture_report(&fixture),
			    "t.cfg:1:1: note: one two [user-message]\n"
			    "    1 | .notice \"one two\"\n"
			    "      | ^~~~~~~\n"
			    "t.cfg:2:1: warning: x [user-message]\n"
			    "    2 | .warning x\n"
			    "      | ^~~~~~~~\n"
			    "t.cfg:3:1: error: y [user-message]\n"
			    "    3 | .alert y\n"
			    "      | ^~~~~~\n");
	fixture.reader.diagnostic = true;
	fixture_read(&fixture, ".diag z\n");
	assert_int_equal(diag_count(fixture.report, DIAG_WARNING), 2);
	fixture_close(&fixture);
}

static void test_expand_outside_quotes(void **state)
{
	struct fixture fixture;

	fixture_open(&fixture);
	set_variables(&fixture);
	const struct conf_environment *environment = fixture.reader.environment;
	assert_string_equal(conf_expand(fixture.arena, environment, ":80"), ":80");
	assert_string_equal(conf_expand(fixture.arena, environment, "$PLAIN:${PLAIN}0$NONE"),
			    "val:val0");
	assert_null(conf_expand(fixture.arena, environment, "${PLAIN:80"));
	assert_null(conf_expand(fixture.arena, environment, "$"));
	assert_null(conf_expand(fixture.arena, environment, "${}"));
	assert_null(conf_expand(fixture.arena, environment, "$1"));
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_pseudo_variables),
		cmocka_unit_test(test_environment_lines),
		cmocka_unit_test(test_spans_are_of_what_was_written),
		cmocka_unit_test(test_malformed_words),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_overlong_lines),
		cmocka_unit_test(test_overlong_expansion),
		cmocka_unit_test(test_if_blocks),
		cmocka_unit_test(test_malformed_blocks),
		cmocka_unit_test(test_deep_nesting),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_expand_outside_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
