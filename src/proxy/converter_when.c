/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/converter_when.c - the converter when (configuration manual 7.3.1 of
 * HAProxy 3.1): a value that is one only in a certain state of its stream.
 */
#include "base/arena.h"
#include "expr/converter.h"
#include "expr/expr.h"
#include "proxy/fetches.h"
#include "proxy/reading.h"

struct when_condition {
	const char *word;
	bool (*holds)(const struct stream *stream);	/* NULL: acl */
};

struct when {
	const struct when_condition *condition;
	bool negated;
	struct expr *acl;
};

static bool when_error(const struct stream *stream)
{
	return stream_is_error(stream);
}

static bool when_normal(const struct stream *stream)
{
	return !stream_is_error(stream);
}

static bool when_forwarded(const struct stream *stream)
{
	return stream->connect_ms >= 0;
}

static bool when_to_applet(const struct stream *stream)
{
	return stream->txn != NULL && stream->txn->service_reply.len != 0;
}

static bool when_processed(const struct stream *stream)
{
	return when_forwarded(stream) || when_to_applet(stream);
}

static bool when_stopping(const struct stream *stream)
{
	return atomic_load_explicit(&stream->worker->proxy->stopping, memory_order_relaxed);
}

static const struct when_condition when_conditions[] = {
	{ "acl", NULL },		 { "error", when_error },
	{ "forwarded", when_forwarded }, { "normal", when_normal },
	{ "processed", when_processed }, { "stopping", when_stopping },
	{ "toapplet", when_to_applet },
};

/* "acl(name)", which the fetch of that name reads. */
static bool when_read_acl(struct conf_parse *parse, const struct expr_args *args,
			  struct diag_span span, struct when *when)
{
	struct conf_word word = { .span = span };
	size_t end;

	if (args->count < 2)
		return converter_error(parse, args, 0, span, "such as when(acl,slow)",
				       "'acl' needs the name of an ACL");
	word.span = args->at[1].span;
	word.text = arena_printf(parse->arena, "acl(%s)", args->at[1].text.at);
	when->acl = expr_parse(parse, NULL, &word, 0, NULL, &end);
	return when->acl != NULL;
}

static bool when_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	const char *words[ARRAY_LEN(when_conditions) + 1] = { NULL };
	struct when *when = arena_zalloc(parse->arena, sizeof(*when));
	struct slice name = args->at[0].text;

	args->own = when;
	when->negated = name.len > 0 && *name.at == '!';
	if (when->negated)
		name = slice_skip(name, 1);
	for (unsigned i = 0; i < ARRAY_LEN(when_conditions); i++) {
		words[i] = when_conditions[i].word;
		if (slice_is(name, words[i]))
			when->condition = &when_conditions[i];
	}
	if (when->condition == NULL) {
		conf_error_unknown(parse, &(struct conf_word){ .text = name.at,
							       .span = args->at[0].span },
				   "condition", words);
		return false;
	}
	if (when->condition->holds == NULL)
		return when_read_acl(parse, args, span, when);
	return args->count < 2 ||
	       converter_error(parse, args, 1, span, NULL, "this condition has no argument");
}

static bool when_acl_holds(const struct when *when, struct expr_context *context)
{
	struct expr_sample sample = { .type = EXPR_BOOL };

	return expr_get_as(when->acl, context, EXPR_BOOL, &sample) && sample.value.boolean;
}

static bool when_run(struct expr_context *context, const struct expr_args *args,
		     struct expr_sample *sample)
{
	const struct when *when = args->own;
	const struct stream *stream = context_stream(context);

	if (when->acl != NULL)
		return when_acl_holds(when, context) != when->negated;
	return stream != NULL && when->condition->holds(stream) != when->negated;
}

const struct expr_converter proxy_converters_when[] = {
	{
		.doc = { .name = "when", .since = "0.5",
			 .summary = "Passes the value on when the condition holds, else there is "
				    "none: error, forwarded, normal, processed, stopping, toapplet, "
				    "or an ACL; '!' negates it.",
			 .example = "http-response set-header x-from %[bc_src,when(forwarded)]" },
		.in = EXPR_ANY, .out = EXPR_SAME,
		.args = { { EXPR_ARG_STRING, false, "condition" }, { EXPR_ARG_STRING, true, "acl" } },
		.check = when_check, .run = when_run, .keeps = true,
	},
	{ .doc = { .name = NULL } },
};
