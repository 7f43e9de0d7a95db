/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of keepalived.conf, as statements; expectations were observed at Keepalived 2.2.7. */
#include "fixture_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vrrp/lexer.h"

static void show(const struct vrrp_node *node, struct strbuf *out)
{
	for (; node != NULL; node = node->next) {
		for (unsigned i = 0; i < node->line.count; i++)
			strbuf_printf(out, "%s%s", i == 0 ? "" : "|", node->line.words[i].text);
		if (node->has_block) {
			strbuf_puts(out, "{");
			show(node->children, out);
			strbuf_puts(out, "}");
		}
		strbuf_puts(out, ";");
	}
}

/* Statements are shown as a|b;c{d;}; and errors as their number. */
static void check_bytes(const char *text, size_t len, const char *expected, unsigned errors)
{
	struct arena *arena = arena_new();
	struct diag_report *report = diag_report_new();
	struct vrrp_lexer_options options = { arena, report, "nodea" };
	struct strbuf shown = STRBUF_EMPTY;

	strbuf_puts(&shown, "");
	show(vrrp_lex_text(&options, "k.conf", text, len), &shown);
	if ((expected != NULL && strcmp(shown.text, expected) != 0) ||
	    diag_count(report, DIAG_ERROR) != errors)
		fail_msg("%s\nwanted %s and %u errors\ngot    %s and %u", text,
			 expected == NULL ? "anything" : expected, errors,
			 shown.len < 400 ? shown.text : "much", diag_count(report, DIAG_ERROR));
	strbuf_free(&shown);
	diag_report_free(report);
	arena_free(arena);
}

/* The first statement cut as scripts have it. */
static void check_escaped(const char *text, const char *expected, bool closed)
{
	struct arena *arena = arena_new();
	struct diag_report *report = diag_report_new();
	struct vrrp_lexer_options options = { arena, report, "nodea" };
	struct strbuf shown = STRBUF_EMPTY;
	struct vrrp_node *node = vrrp_lex_text(&options, "k.conf", text, strlen(text));

	for (unsigned i = 0; i < node->escaped.count; i++)
		strbuf_printf(&shown, "%s%s", i == 0 ? "" : "|", node->escaped.words[i].text);
	assert_string_equal(shown.text, expected);
	assert_int_equal(node->unclosed.source == NULL, closed);
	strbuf_free(&shown);
	diag_report_free(report);
	arena_free(arena);
}

static void check(const char *text, const char *expected, unsigned errors)
{
	check_bytes(text, strlen(text), expected, errors);
}

static void blocks(void **state)
{
	check("a b {\n c d\n}\n", "a|b{c|d;};", 0);
	check("a b\n{\n c d\n}", "a|b{c|d;};", 0);
	check("a b{\n c\n} d\n", "a|b{c;};d;", 0);
	check("a { b c }\n", "a{b|c;};", 0);
	check("a { b\n c { d } }\ne", "a{b;c{d;};};e;", 0);
	check("a {\r\n b\r\n}\r\n", "a{b;};", 0);
	check("\xef\xbb\xbf" "a b\n", "a|b;", 0);
	check("", "", 0);
	check("\n\n  \t\n", "", 0);
	check("a {\n b\n", "a{b;};", 1);
	check("a\n}\nb\n", "a;b;", 1);
	check("{\n a\n}\nb\n", "b;", 1);
	check("a { b } { c }\n", "a{b;};", 1);
}

static void deep_blocks_end(void **state)
{
	char text[600] = "";

	for (int i = 0; i < 100; i++)
		strcat(text, "a{\n");
	for (int i = 0; i < 100; i++)
		strcat(text, "}\n");
	strcat(text, "b\n");
	struct fixture f;

	fixture_read(&f, text, strlen(text));
	assert_non_null(strstr(f.said.text, "nested more than"));
	fixture_close(&f);
}

static void comments(void **state)
{
	check("a # b\n! c\nd e!f\ng h#i\n", "a;d|e;g|h;", 0);
	check("a \"b # c ! d\" e\n", "a|b # c ! d|e;", 0);
	check("a 'b # c' # it's\n", "a|'b;", 0);
	check("a b\\#c \\!d\n", "a|b\\;", 0);
	check("a \"b\\\" # c\" d\n", "a|b\\;", 0);
}

static void quotes(void **state)
{
	check("a \"b c\"\n", "a|b c;", 0);
	check("a abcd\" efg h jkl \"mnop\n", "a|abcd| efg h jkl |mnop;", 0);
	check("a abcd \"efg h jkl\" mnop\n", "a|abcd|efg h jkl|mnop;", 0);
	check("a 'b \"c\" d'\n", "a|'b|c|d';", 0);
	check("a \"\\x41\\102\\tC\\cA\"\n", "a|\\x41\\102\\tC\\cA;", 0);
	check("a \"\"\n", "a|;", 0);
	check("a \"{ }\" b\n", "a|{ }|b;", 0);
	check("a b\\ c\n", "a|b\\|c;", 0);
	check("a \"b\nc\n", "a|b;c;", 1);
}

static void escapes(void **state)
{
	check_escaped("a b c\n", "a|b|c", true);
	check_escaped("a abcd\" efg h jkl \"mnop\n", "a|abcd efg h jkl mnop", true);
	check_escaped("a 'b \"c\" d'\n", "a|b \"c\" d", true);
	check_escaped("a \"x\\\"y\\\"\" \"\\\\\"\n", "a|x\"y\"|\\", true);
	check_escaped("a \"\\x41\\102\\tC\\cA\"\n", "a|AB\tC\x01", true);
	check_escaped("a ec\\x41ho\"a b\"c\n", "a|ecAhoa bc", true);
	check_escaped("a b\\ c\n", "a|b c", true);
	check_escaped("a ''\n", "a|", true);
	check_escaped("a \\0b \n", "a|b", true);
	check_escaped("a 'b c\n", "a|b c", false);
}

static void conditions(void **state)
{
	check("@nodea a b\n@nodeb c\n", "a|b;", 0);
	check("@^nodea a\n@!nodea b\n@^nodeb c\n@!nodeb d\n", "c;", 0);
	check("@nodea @^nodea a\n", "@^nodea|a;", 0);
	check("@ nodea a\n@^ nodea b\n", "nodea|b;", 0);
	check("  @nodea\ta\n@\n@nodea\n", "a;", 0);
	check("@nodea $X=1\n@nodeb $X=2\na $X\n", "a|1;", 0);
	check("@nodeb $X= \\\n a \\\n b\nc\n", "c;", 0);
	check("$IF=@nodeb\n$IF a\n$IF2=@nodea\n$IF2 b\n", "b;", 0);
	check("a@nodeb b\n", "a@nodeb|b;", 0);
}

static void definitions(void **state)
{
	check("$A=1\na $A ${A}2 x$A,\n", "a|1|12|x1,;", 0);
	check("$A=1 2 3  # c\na $A\n", "a|1|2|3;", 0);
	check("$A=\"1 2\"\na $A\n", "a|1 2;", 0);
	check("$A=x\na \"$A y\"\n", "a|x y;", 0);
	check("$A=x\na $A.1 $A/2 \"$A\" $A$A\n", "a|$A.1|$A/2|$A|$Ax;", 0);
	check("$_PWD=x\na $_PWD $_INSTANCE ${_INSTANCE}1\n", "a|x|nodea|nodea1;", 0);
	check("a ${_RANDOM 3 3} ${_RANDOM 4 4 9} \"${_RANDOM x}\"\n", "a|3|4|${_RANDOM x};", 0);
	check("$A=\na ${A}b\n", "a|b;", 0);
	check("$A=1\n$B=${A}2\n$A=7\na $B\n", "a|72;", 0);
	check("$X=router_id\n$X foo\n", "router_id|foo;", 0);
	check("a $UNDEF \"${UNDEF}\" $ ${ b\n", "a|$UNDEF|${UNDEF}|$|${b;};", 1);
	check("a ${UNDEF}\n", "a|${UNDEF;};", 1);
	check("$A =1\n", "$A|=1;", 0);
	check("a \"${_HASH}b${_BANG}\" ${_INSTANCE} ${_HASH} c\n", "a|#b!|nodea;", 0);
	check("$1=x\na $1\n", "$1=x;a|$1;", 0);
}

static void environment(void **state)
{
	assert_int_equal(setenv("RELEVO_A", "x y", 1), 0);
	assert_int_equal(setenv("RELEVO_B", "1${_ENV RELEVO_A}", 1), 0);
	assert_int_equal(unsetenv("RELEVO_C"), 0);
	check("a ${_ENV RELEVO_A} \"${_ENV RELEVO_A}\"\n", "a|x|y|x y;", 0);
	check("a ${_ENV RELEVO_B}\n", "a|1x|y;", 0);
	check("a b${_ENV RELEVO_C}\n", "a|b;", 0);
	check("a \"${_ENV }\" \"${_ENV}\"\n", "a|${_ENV }|${_ENV};", 0);
}

static void multi_line(void **state)
{
	check("$M= \\\n a {\\\n  b \\\n }\n$M\n", "a{b;};", 0);
	check("$M= \\\n a ${N} \\\n @nodeb b \\\n @nodea c\n$N=1\n$M\n$N=2\n$M\n",
	      "a|1;c;a|2;c;", 0);
	check("$I= \\\n i ${N}\n$O= \\\n $N=1 \\\n $I \\\n $N=2 \\\n $I\n$O\n", "i|1;i|2;", 0);
	check("$M= \\\n a\\\n b # c\nx $M y\n", "x|a;b|y;", 0);
	check("$M= \\\n a \\\n # c \\\n b\n$M\n", "a;b;", 0);
	check("$M= \\\n a \\\n\nb\n$M\n", "b;a;", 0);
	check("$M= \\\n a \\\n", "", 1);
	check("$M=a \\\n b\n$M\n", "$M;", 1);
}

static void definitions_without_end(void **state)
{
	check("$A=$A\na $A\n", "", 1);
	check("$A=$B\n$B=x$A\na $A\n", "", 1);
	check("$A= \\\n $A \\\n $A\n$A\nb\n", "b;", 1);
	check("~SEQ(A,1,999999999) b\n", NULL, 1);
	check("$S=~LST(A,1,2) $S\n$S\n", NULL, 1);
	check("$A=xxxxxxxxxx\n$B=${A}${A}${A}${A}${A}${A}${A}${A}\n"
	      "$C=${B}${B}${B}${B}${B}${B}${B}${B}\n$D=${C}${C}${C}${C}${C}${C}${C}${C}\n"
	      "$E=${D}${D}${D}${D}${D}${D}${D}${D}\n$F=${E}${E}${E}${E}${E}${E}${E}${E}\na $F\n", "", 1);
}

static void sequences(void **state)
{
	check("~SEQ(A, 1, 3) a $A\nb\n", "a|1;a|2;a|3;b;", 0);
	check("~SEQ(A, 3) a$A\n~SEQ(A,-2) a$A\n~SEQ(A,0) a$A\n", "a1;a2;a3;a-1;a-2;a1;a0;", 0);
	check("~SEQ(A,6,-2,1) a$A\n~SEQ(A,1,2,6) b$A\n", "a6;a4;a2;b1;b3;b5;", 0);
	check("~SEQx (A, 0x90, 0x10, 0xb0) a$A\n~SEQ(A,010,012)b$A\n", "a90;aa0;ab0;b8;b9;b10;",
	      0);
	check("$N=2\n~SEQ(A,1,$N) ~SEQ(B,${A},2) a${A}${B}\nb$A\n", "a11;a12;a22;b2;", 0);
	check("@nodea ~SEQ(A,1,2) @nodea a$A\n@nodeb ~SEQ(A,1,2) b\n", "a1;a2;", 0);
	check("$M= \\\n a${A} \\\n b\n~SEQ(A,1,2) $M\n", "a1;b;a2;b;", 0);
	check("$S=~SEQ(A,1,2)\n$S a$A\n", "a1;a2;", 0);
	check("~SEQx(A,0xfffffffe,0xffffffff) a$A\n", "afffffffe;affffffff;", 0);
}

static void lists(void **state)
{
	check("~LST(A, x,y ,) a${A}b\n", "axb;ayb;ab;", 0);
	check("~LST({A, B}, {1,2},{3},4) a${A}-${B}\n", "a1-2;a3-;a4-;", 0);
	check("~LST(A,a(b),c) d$A\n", ",c)|da(b;", 0);
}

static void sequences_that_fail(void **state)
{
	static const char *const lines[] = {
		"~SEQ(A,1,-2,6)", "~SEQ(A,1,0,6)", "~SEQX(A,1,2)", "~SEQ(A,x,2)", "~SEQ(A,1,2 ",
		"~SEQ(A)", "~SEQ()", "~SEQ(1A,1,2)", "~SEQ(A,1,1,2,3)", "~SEQ(A,1,2,)",
		"~SEQ(A, 1 2, 3)", "~SEQ(A,1.5,3)", "~SEQx(A,-3,-1)", "~LST(A)", "~LST(A,x y)",
		"~LSTx(A,1)", "~LST({A,B},{1,2,3})", "~LST({A,B},{1,2)", "~LST(A B,x)", "~LST(9,x)",
		"~SEQ(A,1,99999999999)",
	};
	char text[64];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "%s a\nb\n", lines[i]);
		check(text, "b;", 1);
	}
}

static void any_bytes(void **state)
{
	check_bytes("a b\0c d\ne\n", 10, "e;", 1);
	check_bytes("a # \0\n", 6, "a;", 0);
	check("\x80\xff \x01\n", "\x80\xff|\x01;", 0);
}

/* --- include --- */

struct tree {
	char dir[64];
	struct arena *arena;
	struct diag_report *report;
};

static void put(const struct tree *tree, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void tree_open(struct tree *tree)
{
	char sub[96];

	strcpy(tree->dir, "/tmp/relevo-lex-XXXXXX");
	assert_non_null(mkdtemp(tree->dir));
	snprintf(sub, sizeof(sub), "%s/sub", tree->dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	tree->arena = arena_new();
	tree->report = diag_report_new();
}

static void tree_close(struct tree *tree)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", tree->dir);
	assert_int_equal(system(command), 0);
	diag_report_free(tree->report);
	arena_free(tree->arena);
}

static void tree_check(struct tree *tree, const char *expected, unsigned errors)
{
	struct vrrp_lexer_options options = { tree->arena, tree->report, "nodea" };
	struct strbuf shown = STRBUF_EMPTY;
	char path[160];

	snprintf(path, sizeof(path), "%s/main", tree->dir);
	strbuf_puts(&shown, "");
	show(vrrp_lex_file(&options, path), &shown);
	assert_string_equal(shown.text, expected);
	assert_int_equal(diag_count(tree->report, DIAG_ERROR), errors);
	strbuf_free(&shown);
}

static void includes(void **state)
{
	struct tree tree;

	tree_open(&tree);
	put(&tree, "main", "a {\ninclude sub/*.conf\n}\n  include last \ninclude none*\n");
	put(&tree, "sub/1.conf", "b\ninclude ../other\n");
	put(&tree, "sub/2.conf", "c ${_PWD}\n$X=later\n");
	put(&tree, "other", "d");
	put(&tree, "last", "e $X\n");
	char expected[160];

	snprintf(expected, sizeof(expected), "a{b;d;c|%s/sub;};e|later;", tree.dir);
	tree_check(&tree, expected, 0);
	tree_close(&tree);
}

static void includes_that_fail(void **state)
{
	struct tree tree;

	tree_open(&tree);
	put(&tree, "main", "include main\ninclude loop\nincludem none\nincludea none*\ninclude\n"
			   "includer .\nb\nincludeb {loop,none}x\n");
	put(&tree, "loop", "include main\n");
	tree_check(&tree, "b;", 7);
	tree_close(&tree);
}

static void includes_that_may_fail(void **state)
{
	struct tree tree;

	tree_open(&tree);
	put(&tree, "main", "include none\ninclude \"a\"\ninclude .\nincludeb none\nincluder none\n"
			   "includem none*\nincludem {none,other}\nincludeb {a,none*}\n"
			   "$F=a\n@nodea include $F\n@nodeb includea none\nb\n");
	put(&tree, "a", "c\n");
	tree_check(&tree, "c;c;b;", 0);
	tree_close(&tree);
}

static void include_checks(void **state)
{
	struct tree tree;

	tree_open(&tree);
	put(&tree, "main", "global_defs {\n include_check match\n include none\n include none*\n"
			   " include_check -match +wildcard_match\n include none\n include none*\n"
			   " include_check\n}\ninclude sub/a\ninclude none*\ninclude {a,b}\n");
	put(&tree, "sub/a", "global_defs {\n include_check brace_match\n}\ninclude none\n");
	tree_check(&tree, "global_defs{include_check|match;include_check|-match|+wildcard_match;"
			  "include_check;};global_defs{include_check|brace_match;};", 5);
	tree_close(&tree);
}

static void random_seed(void **state)
{
	const char *text = "global_defs {\n random_seed 5\n}\na ${_RANDOM} ${_RANDOM 1 6}\n";
	struct strbuf first = STRBUF_EMPTY, second = STRBUF_EMPTY;
	struct strbuf *const both[] = { &first, &second };

	for (int i = 0; i < 2; i++) {
		struct arena *arena = arena_new();
		struct diag_report *report = diag_report_new();
		struct vrrp_lexer_options options = { arena, report, "nodea" };

		show(vrrp_lex_text(&options, "k.conf", text, strlen(text)), both[i]);
		diag_report_free(report);
		arena_free(arena);
	}
	assert_string_equal(first.text, second.text);
	assert_null(strchr(first.text, '$'));
	strbuf_free(&first);
	strbuf_free(&second);
}

static void no_such_file(void **state)
{
	struct diag_report *report = diag_report_new();
	struct vrrp_conf *conf = vrrp_conf_read("/nonexistent/k.conf", NULL, report);

	assert_int_equal(diag_count(report, DIAG_ERROR), 1);
	diag_report_free(report);
	vrrp_conf_free(conf);
}

static void spans_of_uses(void **state)
{
	fixture_says("$P=999\n" INSTANCE ADDRESS "priority $P\n}\n", 1, "k.conf:8:10: error");
	fixture_says("$P=999\n" INSTANCE ADDRESS "priority $P\n}\n", 1,
		     "    8 | priority $P\n      |          ^~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(deep_blocks_end),
		cmocka_unit_test(comments),
		cmocka_unit_test(quotes),
		cmocka_unit_test(conditions),
		cmocka_unit_test(definitions),
		cmocka_unit_test(environment),
		cmocka_unit_test(multi_line),
		cmocka_unit_test(definitions_without_end),
		cmocka_unit_test(sequences),
		cmocka_unit_test(lists),
		cmocka_unit_test(sequences_that_fail),
		cmocka_unit_test(escapes),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(includes),
		cmocka_unit_test(includes_that_fail),
		cmocka_unit_test(includes_that_may_fail),
		cmocka_unit_test(include_checks),
		cmocka_unit_test(random_seed),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(spans_of_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
