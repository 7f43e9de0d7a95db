/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converters with any input. Byte 0 chooses the row, byte 1 the form of the
 * sample; then come its arguments, each ended by a line feed, and the value.
 * The arguments are read as in a file; what the check refuses is not run.
 * Beyond not crashing: a value is of the type that the row gives, within the
 * memory, and the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bump.h"
#include "base/out.h"
#include "base/regex.h"
#include "diag/report.h"
#include "expr/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EXPRESSION_MAX = 4096 };

static const struct expr_fetch *const fetches[] = { expr_fetches_var, NULL };
static const struct expr_converter *const converters[] = {
	expr_converters_text,	expr_converters_part,	 expr_converters_regex, expr_converters_host,
	expr_converters_var,	expr_converters_number,	 expr_converters_address,
	expr_converters_code,	expr_converters_hash,	 expr_converters_time,	expr_converters_json,
	expr_converters_crypto, expr_converters_forwarded, expr_converters_protobuf,
	expr_converters_fix,	expr_converters_mqtt,	 NULL,
};
static const struct expr_language language = { .fetches = fetches, .converters = converters };
static const struct conf_grammar grammar = { .language = &language };

static const struct expr_converter *choose_row(unsigned number)
{
	unsigned count = 0;

	for (const struct expr_converter *const *table = converters; *table != NULL; table++)
		for (const struct expr_converter *row = *table; row->doc.name != NULL; row++)
			count++;
	number %= count;
	for (const struct expr_converter *const *table = converters; *table != NULL; table++)
		for (const struct expr_converter *row = *table; row->doc.name != NULL; row++)
			if (number-- == 0)
				return row;
	abort();
}

/* Takes the bytes before the next line feed, which is taken too, off the input. */
static struct slice next_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size != 0 ? memchr(*data, '\n', *size) : NULL;
	struct slice line = { (const char *)*data, end != NULL ? (size_t)(end - *data) : *size };
	size_t used = line.len + (end != NULL);

	*data += used;
	*size -= used;
	return line;
}

/* "var(txn.v),NAME('argument','argument')", without the bytes that would end an argument. */
static struct conf_word write_expression(struct arena *arena, const struct expr_converter *row,
					 const uint8_t **data, size_t *size)
{
	char *text = arena_zalloc(arena, EXPRESSION_MAX);
	struct out out = { .bytes = text, .size = EXPRESSION_MAX - 2 };
	bool any = false;

	out_text(&out, "var(txn.v),");
	out_text(&out, row->doc.name);
	for (unsigned i = 0; i < 12 && row->args[i].kind != EXPR_ARG_NONE; i++) {
		struct slice argument = next_line(data, size);

		if (argument.len == 0 && *size == 0)
			break;
		out_text(&out, any ? ",'" : "('");
		any = true;
		for (size_t at = 0; at < argument.len; at++)
			if (argument.at[at] != '\'' && argument.at[at] != '\0')
				out_char(&out, argument.at[at]);
		out_char(&out, '\'');
	}
	out.size = EXPRESSION_MAX - 1;
	if (any)
		out_char(&out, ')');
	return (struct conf_word){ .text = text };
}

static struct expr_sample make_value(unsigned form, const uint8_t *data, size_t size)
{
	struct expr_sample sample = { .type = (enum expr_type)(form % (EXPR_BINARY + 1)) };

	switch (sample.type) {
	case EXPR_BOOL:
		sample.value.boolean = size != 0 && (data[0] & 1) != 0;
		break;
	case EXPR_INT:
		memcpy(&sample.value.integer, data, size < 8 ? size : 8);
		break;
	case EXPR_ADDRESS:
		sample.value.address.family = size < 16 ? 4 : 6;
		memcpy(sample.value.address.ip, data, size < 16 ? size & 3 : 16);
		break;
	default:
		sample.value.text = (struct slice){ size != 0 ? (const char *)data : "", size };
	}
	return sample;
}

static struct slice written(const struct expr_sample *sample, char *bytes, size_t size)
{
	struct out out = { .bytes = bytes, .size = size };

	if (sample->type == EXPR_STRING || sample->type == EXPR_BINARY)
		return sample->value.text;
	expr_sample_write(sample, &out);
	return out_slice(&out);
}

static void evaluate(const struct expr *expr, struct expr_context *context,
		     const struct expr_var *var, const struct expr_sample *value)
{
	struct expr_sample first = { 0 }, again = { 0 };
	char bytes[2][64];
	enum expr_got got;

	if (!expr_var_set(context, var, value))
		return;
	got = expr_get(expr, context, &first);
	if (got == EXPR_GOT && expr_type_of(expr) != EXPR_ANY && first.type != expr_type_of(expr))
		abort();
	if (!expr_var_set(context, var, value) || expr_get(expr, context, &again) != got)
		return; /* out of memory, or set-var has changed what it asks for */
	if (got == EXPR_GOT && !slice_equal(written(&first, bytes[0], sizeof(bytes[0])),
					    written(&again, bytes[1], sizeof(bytes[1]))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct diag_report *report = diag_report_new();
	struct conf_parse parse = { .arena = arena, .report = report, .grammar = &grammar };
	struct bump_pool pool = { 0 };
	struct bump memory = { .pool = &pool }, values = { .pool = &pool };
	struct regex_scratch *regex = regex_scratch_new();
	struct expr_context context = { .memory = &memory, .regex = regex };

	for (unsigned i = EXPR_SCOPE_SESS; i < EXPR_SCOPES; i++)
		context.vars[i] = expr_vars_new(&values);
	if (size >= 2) {
		unsigned number = data[0], form = data[1];
		const struct expr_converter *row = choose_row(number);
		struct conf_word word;
		struct expr *expr;
		size_t end;

		data += 2;
		size -= 2;
		word = write_expression(arena, row, &data, &size);
		expr = expr_parse(&parse, NULL, &word, 0, NULL, &end);
		if (expr != NULL) {
			struct expr_sample value = make_value(form, data, size);
			const struct expr_var *var =
				expr_var_read(&parse, SLICE("txn.v"), (struct diag_span){ NULL });

			evaluate(expr, &context, var, &value);
		} else if (diag_count(report, DIAG_ERROR) == 0) {
			abort();
		}
	}
	bump_free(&memory);
	bump_free(&values);
	bump_pool_free(&pool);
	regex_scratch_free(regex);
	diag_report_free(report);
	arena_free(arena);
	return 0;
}
