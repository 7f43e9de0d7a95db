/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/converter_debug.c - the converter debug (configuration manual 7.3.1):
 * what passes through it is also said on standard output or error, to a ring
 * section, or to the events in memory (events.h).
 */
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "diag/log.h"
#include "expr/converter.h"
#include "proxy/events.h"
#include "proxy/fetches.h"
#include "proxy/reading.h"

enum { DEBUG_AROUND = sizeof("[debug] : type=ipv4 <>") };

/* A converter as compiled; without targets it tells events.h. */
struct debug {
	struct slice prefix;
	struct debug_log *log;	/* NULL: events.h */
};

/* The one target; what more servers a ring has is known when all is read. */
static struct debug_log *debug_log_new(struct conf_parse *parse, struct log_target target)
{
	struct debug_log *log = arena_zalloc(parse->arena, sizeof(*log));

	target.max_level = LOG_LEVEL_DEBUG;
	target.format = LOG_FORMAT_RAW;
	target.length = EVENTS_TEXT_MAX;
	*ARENA_APPEND(parse->arena, log->log.targets, log->log.count) = target;
	return log;
}

static struct debug_log *debug_to_ring(struct conf_parse *parse, const struct expr_arg *arg)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct debug_log *log = debug_log_new(parse, (struct log_target){
		.kind = LOG_TO_RING,
		.ring = ring_named(parse, arg->text.at, arg->span),
	});

	log->next = conf->debug_logs;
	conf->debug_logs = log;
	return log;
}

static bool debug_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	struct debug *debug = arena_zalloc(parse->arena, sizeof(*debug));
	const struct expr_arg *to = &args->at[1];

	args->own = debug;
	debug->prefix = args->at[0].given ? args->at[0].text : SLICE("");
	if (!to->given || to->text.len == 0 || slice_is(to->text, "buf0"))
		return true;
	if (slice_is(to->text, "stdout") || slice_is(to->text, "stderr"))
		debug->log = debug_log_new(parse, (struct log_target){
			.kind = LOG_TO_FD,
			.fd = slice_is(to->text, "stdout") ? STDOUT_FILENO : STDERR_FILENO,
		});
	else
		debug->log = debug_to_ring(parse, to);
	return true;
}

/* As HAProxy calls them, which the messages of this program do not. */
static const char *debug_type(const struct expr_sample *sample)
{
	switch (sample->type) {
	case EXPR_BOOL:
		return "bool";
	case EXPR_INT:
		return "sint";
	case EXPR_ADDRESS:
		return sample->value.address.family == 4 ? "ipv4" : "ipv6";
	case EXPR_METHOD:
		return "meth";
	case EXPR_BINARY:
		return "bin";
	default:
		return "str";
	}
}

/* "[debug] prefix: type=str <value>", with a dot for what cannot be printed; .at NULL: no memory. */
static struct slice debug_line(const struct debug *debug, struct expr_context *context,
			       const struct expr_sample *sample)
{
	struct expr_sample text = *sample;
	struct out out;
	size_t from;

	if (sample->type != EXPR_BINARY && !expr_cast(&text, EXPR_STRING, context->memory))
		return (struct slice){ NULL, 0 };
	out = (struct out){ .size = DEBUG_AROUND + debug->prefix.len + text.value.text.len };
	out.bytes = bump_alloc(context->memory, out.size);
	if (out.bytes == NULL)
		return (struct slice){ NULL, 0 };
	out_text(&out, "[debug] ");
	out_put(&out, debug->prefix);
	out_text(&out, ": type=");
	out_text(&out, debug_type(sample));
	out_text(&out, " <");
	from = out.len;
	out_put(&out, text.value.text);
	for (; from < out.len; from++)
		if (out.bytes[from] < ' ' || out.bytes[from] > '~')
			out.bytes[from] = '.';
	out_char(&out, '>');
	return out_slice(&out);
}

/* Without memory, or a connection whose thread could say it (checks), nothing is said. */
static bool debug_run(struct expr_context *context, const struct expr_args *args,
		      struct expr_sample *sample)
{
	const struct debug *debug = args->own;
	const struct stream *stream = context_stream(context);
	struct slice line;

	if (stream == NULL)
		return true;
	line = debug_line(debug, context, sample);
	if (line.at == NULL)
		return true;
	if (debug->log == NULL)
		events_add(stream->worker->proxy->events, context->wall_us, line);
	else
		log_send(stream->worker->log, &debug->log->log, LOG_LEVEL_DEBUG, line.at, line.len);
	return true;
}

const struct expr_converter proxy_converters_debug[] = {
	{
		.doc = { .name = "debug", .since = "0.5",
			 .summary = "Passes the value on, and says it with its type: on stdout or "
				    "stderr, to a ring section, or where 'show events buf0' shows "
				    "it. A text may stand before it. Checks of servers say nothing.",
			 .example = "http-request set-var(txn.id) req.hdr(x-id),debug(id,stderr)" },
		.in = EXPR_ANY, .out = EXPR_SAME,
		.args = { { EXPR_ARG_STRING, true, "prefix" },
			  { EXPR_ARG_STRING, true, "destination" } },
		.check = debug_check, .run = debug_run,
	},
	{ .doc = { .name = NULL } },
};
