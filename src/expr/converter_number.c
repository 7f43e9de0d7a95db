/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/converter_number.c - arithmetic, bits and tests of 64-bit signed
 * numbers. What does not fit becomes the nearest number that does.
 */
#include "expr/converter.h"

/* The second operand: the argument, or the variable it names. */
static bool number_operand(struct expr_context *context, const struct expr_args *args, int64_t *ret)
{
	struct expr_sample value;

	if (!args->at[0].is_var) {
		*ret = args->at[0].integer;
		return true;
	}
	if (!converter_variable(context, args->at[0].var, EXPR_INT, &value))
		return false;
	*ret = value.value.integer;
	return true;
}

static int64_t number_limit(bool negative)
{
	return negative ? INT64_MIN : INT64_MAX;
}

static int64_t number_sum(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? number_limit(b < 0) : sum;
}

static int64_t number_difference(int64_t a, int64_t b)
{
	int64_t difference;

	return __builtin_sub_overflow(a, b, &difference) ? number_limit(b > 0) : difference;
}

static int64_t number_product(int64_t a, int64_t b)
{
	int64_t product;

	return __builtin_mul_overflow(a, b, &product) ? number_limit((a < 0) != (b < 0)) : product;
}

static int64_t number_quotient(int64_t a, int64_t b)
{
	if (b == 0 || (a == INT64_MIN && b == -1))
		return INT64_MAX;
	return a / b;
}

static int64_t number_rest(int64_t a, int64_t b)
{
	return b == 0 || b == -1 ? 0 : a % b;
}

/* A function `number_NAME` that computes `expression` of a, the sample, and b, the operand. */
#define NUMBER_BINARY(name, expression)                                                            \
	static bool number_##name(struct expr_context *context, const struct expr_args *args,      \
				  struct expr_sample *sample)                                      \
	{                                                                                          \
		int64_t a = sample->value.integer, b;                                              \
                                                                                                   \
		if (!number_operand(context, args, &b))                                            \
			return false;                                                              \
		sample->value.integer = expression;                                                \
		return true;                                                                       \
	}

NUMBER_BINARY(add, number_sum(a, b))
NUMBER_BINARY(sub, number_difference(a, b))
NUMBER_BINARY(mul, number_product(a, b))
NUMBER_BINARY(div, number_quotient(a, b))
NUMBER_BINARY(mod, number_rest(a, b))
NUMBER_BINARY(and, a & b)
NUMBER_BINARY(or, a | b)
NUMBER_BINARY(xor, a ^ b)

static bool number_neg(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	sample->value.integer = number_difference(0, sample->value.integer);
	return true;
}

static bool number_cpl(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	sample->value.integer = ~sample->value.integer;
	return true;
}

static bool number_bool(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	expr_give_bool(sample, sample->value.integer != 0);
	return true;
}

static bool number_not(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	expr_give_bool(sample, sample->value.integer == 0);
	return true;
}

static bool number_odd(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	expr_give_bool(sample, (sample->value.integer & 1) != 0);
	return true;
}

static bool number_even(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	expr_give_bool(sample, (sample->value.integer & 1) == 0);
	return true;
}

#define NUMBER_ROW(word, function, text, line)                                                     \
	{ .doc = { .name = word, .summary = text, .example = line, .since = "0.2" },               \
	  .in = EXPR_INT, .out = EXPR_INT, .args = { { EXPR_ARG_VAR_OR_INT, false, "value" } },    \
	  .run = function }
#define NUMBER_ALONE(word, function, type, text, line)                                             \
	{ .doc = { .name = word, .summary = text, .example = line, .since = "0.2" },               \
	  .in = EXPR_INT, .out = type, .run = function }

const struct expr_converter expr_converters_number[] = {
	NUMBER_ROW("add", number_add, "The sum with a number or a variable.",
		   "http-request set-var(txn.next) int(1),add(txn.count)"),
	NUMBER_ROW("and", number_and, "The bits that both numbers have.",
		   "acl flagged rand,and(4) gt 0"),
	NUMBER_ALONE("bool", number_bool, EXPR_BOOL, "Whether the number is not 0.",
		     "acl some req.hdr_cnt(cookie),bool"),
	NUMBER_ALONE("cpl", number_cpl, EXPR_INT, "The number with every bit flipped.",
		     "http-request set-var(txn.mask) int(7),cpl"),
	NUMBER_ROW("div", number_div,
		   "The quotient, rounded towards 0; the largest number when divided by 0.",
		   "http-request set-var(txn.kbytes) req.body_len,div(1024)"),
	NUMBER_ALONE("even", number_even, EXPR_BOOL, "Whether the number is even.",
		     "acl half rand,even"),
	NUMBER_ROW("mod", number_mod, "The rest of a division, 0 when divided by 0.",
		   "acl tenth rand,mod(10) eq 0"),
	NUMBER_ROW("mul", number_mul, "The product with a number or a variable.",
		   "http-request set-var(txn.ms) int(2),mul(1000)"),
	NUMBER_ALONE("neg", number_neg, EXPR_INT, "The number with the other sign.",
		     "http-request set-var(txn.left) int(3),neg,add(10)"),
	NUMBER_ALONE("not", number_not, EXPR_BOOL, "Whether the number is 0.",
		     "acl none req.hdr_cnt(cookie),not"),
	NUMBER_ALONE("odd", number_odd, EXPR_BOOL, "Whether the number is odd.",
		     "acl other_half rand,odd"),
	NUMBER_ROW("or", number_or, "The bits that either number has.",
		   "http-request set-var(txn.flags) int(1),or(2)"),
	NUMBER_ROW("sub", number_sub, "The difference to a number or a variable.",
		   "http-request set-var(txn.before) date,sub(3600)"),
	NUMBER_ROW("xor", number_xor, "The bits that one of the numbers has.",
		   "http-request set-var(txn.flags) int(1),xor(3)"),
	{ .doc = { .name = NULL } },
};
