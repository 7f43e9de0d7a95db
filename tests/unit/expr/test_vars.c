/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/expr/test_vars.c - variables: names, scopes, values that outlive what they came from. */
#include <pthread.h>

#include "bench.h"

static const struct expr_var *var(struct bench *bench, const char *name)
{
	return expr_var_read(&bench->parse, slice_of(name), (struct diag_span){ 0 });
}

static void test_names(void **state)
{
	struct bench bench;

	bench_open(&bench);
	assert_ptr_equal(var(&bench, "txn.a"), var(&bench, "txn.a"));
	assert_ptr_not_equal(var(&bench, "txn.a"), var(&bench, "req.a"));
	assert_int_equal(var(&bench, "proc.x_1.y")->scope, EXPR_SCOPE_PROC);
	assert_int_equal(errors(&bench), 0);
	assert_null(var(&bench, "txn"));
	assert_null(var(&bench, "TXN.a"));
	assert_null(var(&bench, "txn.a-b"));
	assert_null(var(&bench, ""));
	assert_int_equal(errors(&bench), 4);
	assert_true(expr_var_is_name(SLICE("sess.a")));
	assert_false(expr_var_is_name(SLICE("sess.a b")));
	assert_false(expr_var_is_name(SLICE("sess")));
	bench_close(&bench);
}

static void set_text(struct bench *bench, const char *name, const char *text)
{
	struct expr_sample sample = { .type = EXPR_STRING, .value.text = slice_of(text) };

	assert_true(expr_var_set(&bench->context, var(bench, name), &sample));
}

static void test_values(void **state)
{
	struct bench bench;
	char text[] = "first";

	bench_open(&bench);
	assert_string_equal(value(&bench, "var(txn.a)"), "(none)");
	assert_string_equal(value(&bench, "var(txn.a,other)"), "other");
	bench.context.vars[EXPR_SCOPE_TXN] = expr_vars_new(&bench.memory);
	assert_string_equal(value(&bench, "var(txn.a)"), "(none)");
	set_text(&bench, "txn.a", text);
	text[0] = 'X';
	assert_string_equal(value(&bench, "var(txn.a),lower"), "first");
	set_text(&bench, "txn.b", "two");
	assert_string_equal(value(&bench, "int(3),keep(txn.a),add(1)"), "4");
	assert_string_equal(value(&bench, "var(txn.a),add(txn.a)"), "6");
	assert_string_equal(value(&bench, "var(txn.b)"), "two");
	assert_string_equal(value(&bench, "str(),keep(txn.b)"), "");
	assert_string_equal(value(&bench, "var(txn.b)"), "");
	expr_var_unset(&bench.context, var(&bench, "txn.a"));
	assert_string_equal(value(&bench, "var(txn.a)"), "(none)");
	assert_string_equal(value(&bench, "int(1),keep(sess.a)"), "(none)");
	assert_int_equal(errors(&bench), 0);
	bench_close(&bench);
}

/* A long connection that sets its variable for each request must not fill its memory. */
static void test_no_growth(void **state)
{
	struct bench bench;
	char text[100];

	bench_open(&bench);
	bench.context.vars[EXPR_SCOPE_TXN] = expr_vars_new(&bench.memory);
	for (int i = 0; i < 100000; i++) {
		snprintf(text, sizeof(text), "%*d", 10 + i % 80, i);
		set_text(&bench, "txn.a", text);
		if (i % 7 == 0)
			expr_var_unset(&bench.context, var(&bench, "txn.a"));
	}
	assert_true(bench.memory.taken < 3 * (size_t)BUMP_BLOCK);
	assert_string_equal(strrchr(value(&bench, "var(txn.a)"), ' '), " 99999");
	bench_close(&bench);
}

/* A variable set in a condition stays, though conditions give their memory back. */
static void test_set_in_condition(void **state)
{
	struct bench bench;

	bench_open(&bench);
	bench.context.vars[EXPR_SCOPE_TXN] = expr_vars_new(&bench.memory);
	bench.context.body = SLICE("a,b");
	assert_true(acl_condition_true(
		condition(&bench, "if { path,lower,keep(txn.seen) -m found }"), &bench.context));
	assert_true(acl_condition_true(condition(&bench, "if { path,lower -m str a,b }"),
				       &bench.context));
	memset(bump_alloc(&bench.memory, 2000), 'Z', 2000);
	assert_string_equal(value(&bench, "var(txn.seen)"), "a,b");
	/* The same by way of acl(). */
	acl(&bench, "acl inner str(XYZ),lower,keep(txn.inner) -m found");
	assert_true(acl_condition_true(condition(&bench, "if { acl(inner) }"), &bench.context));
	memset(bump_alloc(&bench.memory, 1000), 'Z', 1000);
	assert_string_equal(value(&bench, "var(txn.inner)"), "xyz");
	bench_close(&bench);
}

struct changer {
	struct expr_vars *vars;
	const struct expr_var *var;
	const char *text;
};

static void *change(void *object)
{
	struct changer *changer = object;
	struct bump_pool pool = { 0 };
	struct bump memory = { .pool = &pool };
	struct expr_context context = { .memory = &memory };
	struct expr_sample sample = { .type = EXPR_STRING, .value.text = slice_of(changer->text) };
	struct bump_mark mark = bump_mark(&memory);

	context.vars[EXPR_SCOPE_PROC] = changer->vars;
	for (int i = 0; i < 20000; i++) {
		struct expr_sample got;

		if (!expr_var_set(&context, changer->var, &sample) ||
		    !expr_var_get(&context, changer->var, &got) || got.value.text.len == 0)
			return changer;
		/* All bytes are of one writer. */
		for (size_t at = 1; at < got.value.text.len; at++)
			if (got.value.text.at[at] != got.value.text.at[0])
				return changer;
		bump_reset(&memory, mark);
	}
	bump_free(&memory);
	bump_pool_free(&pool);
	return NULL;
}

static void test_shared(void **state)
{
	struct bench bench;
	struct expr_vars *vars = expr_vars_new_shared();
	struct changer one = { vars, NULL, "aaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct changer two = { vars, NULL, "bbbbbbbbbbb" };
	pthread_t first, second;
	void *failed;

	bench_open(&bench);
	one.var = two.var = var(&bench, "proc.a");
	assert_int_equal(pthread_create(&first, NULL, change, &one), 0);
	assert_int_equal(pthread_create(&second, NULL, change, &two), 0);
	pthread_join(first, &failed);
	assert_null(failed);
	pthread_join(second, &failed);
	assert_null(failed);
	bench.context.vars[EXPR_SCOPE_PROC] = vars;
	assert_int_equal(value(&bench, "var(proc.a)")[0] | 3, 'c');
	expr_vars_free_shared(vars);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_growth), cmocka_unit_test(test_set_in_condition),
		cmocka_unit_test(test_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
