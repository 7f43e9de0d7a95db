/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_timer.c - when a request came and how long its parts took, as
 * numbers: what the aliases of log lines print (configuration manual 7.3.2,
 * 8.4). The values that a timer has before its moment has come are those of a
 * log line written early.
 */
#include "expr/give.h"
#include "proxy/fetches.h"
#include "proxy/log_aliases.h"
#include "proxy/timers.h"

static enum expr_got timer_give(struct expr_context *context, struct expr_sample *ret,
				int64_t (*timer)(const struct timers *))
{
	struct stream *stream = context_stream(context);
	struct timers timers;

	if (stream == NULL)
		return EXPR_NONE;
	stream_timers(stream, &timers);
	return expr_give_int(ret, timer(&timers));
}

#define TIMER_GET(function, timer)                                                                 \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		return timer_give(context, ret, timer);                                            \
	}

TIMER_GET(timer_get_connect, timers_connect)
TIMER_GET(timer_get_handshake, timers_handshake)
TIMER_GET(timer_get_total, timers_total)
TIMER_GET(timer_get_receive, timers_receive)
TIMER_GET(timer_get_idle, timers_idle)
TIMER_GET(timer_get_queue, timers_queue)
TIMER_GET(timer_get_request, timers_request)
TIMER_GET(timer_get_data, timers_data)
TIMER_GET(timer_get_response, timers_response)
TIMER_GET(timer_get_active, timers_active)
TIMER_GET(timer_get_user, timers_user)

/* .integer of the argument is how many microseconds the unit has. */
static bool timer_check_unit(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	struct expr_arg *unit = &args->at[0];

	unit->integer = 1000000;
	if (!unit->given || slice_is(unit->text, "s"))
		return true;
	unit->integer = slice_is(unit->text, "ms") ? 1000 : 1;
	if (unit->integer == 1000 || slice_is(unit->text, "us"))
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, unit->span, "write s, ms or us",
		 "'%s' is no unit of time", unit->text.at);
	return false;
}

static enum expr_got timer_give_date(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret,
				     struct moment (*moment_of)(const struct stream *))
{
	struct stream *stream = context_stream(context);

	if (stream == NULL)
		return EXPR_NONE;
	return expr_give_int(ret, (int64_t)worker_wall_us(stream->worker, moment_of(stream)) /
					  args->at[0].integer);
}

static enum expr_got timer_get_accept_date(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	return timer_give_date(context, args, ret, stream_accept_moment);
}

static enum expr_got timer_get_request_date(struct expr_context *context,
					    const struct expr_args *args, struct expr_sample *ret)
{
	return timer_give_date(context, args, ret, stream_request_moment);
}

#define TIMER(row_name, row_summary, row_need)                                                     \
	.doc = { .name = row_name, .summary = row_summary,                                         \
		 .example = "log-format \"%ci %[" row_name "]\"", .since = "0.3" },                \
	.type = EXPR_INT, .need = row_need
#define TIMER_UNIT .args = { { EXPR_ARG_STRING, true, "unit" } }, .check = timer_check_unit

const struct expr_fetch proxy_fetches_timer[] = {
	{
		TIMER("accept_date",
		      "When the client was accepted, in seconds since 1970, or in ms or us.",
		      EXPR_HAVE_CLIENT),
		TIMER_UNIT,
		.get = timer_get_accept_date,
	},
	{
		TIMER("request_date",
		      "When the first byte of the request came, in seconds since 1970, or in ms "
		      "or us.",
		      EXPR_HAVE_CLIENT),
		TIMER_UNIT,
		.get = timer_get_request_date,
	},
	{
		TIMER("bc.timer.connect",
		      "Milliseconds to connect to the server, as %Tc; -1: no connection.",
		      EXPR_HAVE_CLIENT),
		.get = timer_get_connect,
	},
	{
		TIMER("fc.timer.handshake",
		      "Milliseconds for handshakes before the first byte, as %Th.",
		      EXPR_HAVE_CLIENT),
		.get = timer_get_handshake,
	},
	{
		TIMER("fc.timer.total", "Milliseconds since the accept, as %Tt.",
		      EXPR_HAVE_CLIENT),
		.get = timer_get_total,
	},
	{
		TIMER("req.timer.hdr", "Milliseconds to receive the request's head, as %TR.",
		      EXPR_HAVE_STREAM),
		.get = timer_get_receive,
	},
	{
		TIMER("req.timer.idle", "Milliseconds without a byte before the request, as %Ti.",
		      EXPR_HAVE_STREAM),
		.get = timer_get_idle,
	},
	{
		TIMER("req.timer.queue", "Milliseconds in queues, as %Tw; -1: it came to none.",
		      EXPR_HAVE_CLIENT),
		.get = timer_get_queue,
	},
	{
		TIMER("req.timer.tq",
		      "Milliseconds from the accept to the end of the request's head, as %Tq.",
		      EXPR_HAVE_STREAM),
		.get = timer_get_request,
	},
	{
		TIMER("res.timer.data", "Milliseconds to pass the response on, as %Td.",
		      EXPR_HAVE_CLIENT),
		.get = timer_get_data,
	},
	{
		TIMER("res.timer.hdr",
		      "Milliseconds until the response's head was there, as %Tr; -1: it is not.",
		      EXPR_HAVE_STREAM),
		.get = timer_get_response,
	},
	{
		TIMER("txn.timer.total",
		      "Milliseconds from the request's first byte until now, as %Ta.",
		      EXPR_HAVE_STREAM),
		.get = timer_get_active,
	},
	{
		TIMER("txn.timer.user",
		      "Milliseconds as the user feels them, without the idle time, as %Tu.",
		      EXPR_HAVE_CLIENT),
		.get = timer_get_user,
	},
	{ .doc = { .name = NULL } },
};
