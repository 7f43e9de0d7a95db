/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_outcome.c - what became of a connection and of its request:
 * how it ended, what it met on its way, which rule spoke last, and what the
 * process has to say of itself (configuration manual 7.3.2, 7.3.3).
 */
#include <unistd.h>

#include "base/out.h"
#include "expr/converter.h"
#include "expr/give.h"
#include "proxy/fetches.h"
#include "proxy/log_aliases.h"
#include "proxy/server_conn.h"

static struct txn *outcome_txn(const struct expr_context *context)
{
	const struct stream *stream = context_stream(context);

	return stream == NULL ? NULL : stream->txn;
}

#define OUTCOME_GET(function, kind, object, give)                                                  \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		struct kind *object = outcome_##kind(context);                                     \
                                                                                                   \
		return object == NULL ? EXPR_NONE : (give);                                        \
	}

static struct stream *outcome_stream(const struct expr_context *context)
{
	return context_stream(context);
}

/* The stream while it has a connection to a server. */
static struct stream *outcome_connected(const struct expr_context *context)
{
	struct stream *stream = context_stream(context);

	return stream == NULL || stream->server == NULL ? NULL : stream;
}

#define OUTCOME_STREAM(function, give) OUTCOME_GET(function, stream, stream, give)
#define OUTCOME_TXN(function, give) OUTCOME_GET(function, txn, txn, give)

static enum expr_got outcome_give_status(struct expr_sample *ret, uint16_t status)
{
	return status == 0 ? EXPR_NONE : expr_give_int(ret, status);
}

OUTCOME_TXN(outcome_get_status, outcome_give_status(ret, txn->status))
OUTCOME_TXN(outcome_get_server_status, outcome_give_status(ret, txn->server_status))
OUTCOME_STREAM(outcome_get_retries, expr_give_int(ret, stream->retries))
OUTCOME_STREAM(outcome_get_redispatched, expr_give_bool(ret, stream->redispatched))
OUTCOME_STREAM(outcome_get_number, expr_give_int(ret, stream_number(stream)))
OUTCOME_STREAM(outcome_get_bytes_in, expr_give_int(ret, (int64_t)stream_bytes_in(stream)))
OUTCOME_STREAM(outcome_get_bytes_out, expr_give_int(ret, (int64_t)stream_bytes_out(stream)))
OUTCOME_STREAM(outcome_get_backend_queue, expr_give_int(ret, stream->detour != NULL ? stream->detour->backend_queue : 0))
OUTCOME_STREAM(outcome_get_server_queue, expr_give_int(ret, stream->detour != NULL ? stream->detour->server_queue : 0))
OUTCOME_STREAM(outcome_get_one, expr_give_int(ret, 1))
OUTCOME_STREAM(outcome_get_zero, expr_give_int(ret, 0))
OUTCOME_STREAM(outcome_get_calls, expr_give_int(ret, stream->calls))
OUTCOME_STREAM(outcome_get_client_error, expr_give_int(ret, stream->client_error))
OUTCOME_STREAM(outcome_get_client_error_text,
	       expr_give_text(ret, slice_of(stream_client_error(stream))))
OUTCOME_STREAM(outcome_get_uptime,
	       expr_give_int(ret, (int64_t)moment_since(stream->worker->proxy->started,
							worker_now(stream->worker)) / 1000000))
OUTCOME_STREAM(outcome_get_connections, expr_give_int(ret, gate_now(&stream->worker->proxy->gate)))
OUTCOME_TXN(outcome_get_class, expr_give_int(ret, txn->priority_class))
OUTCOME_TXN(outcome_get_offset, expr_give_int(ret, txn->priority_offset))

#define OUTCOME_CONNECTED(function, give)                                                          \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		struct stream *stream = outcome_connected(context);                                \
                                                                                                   \
		return stream == NULL ? EXPR_NONE : (give);                                        \
	}

/* An attempt that failed has left no connection to ask. */
OUTCOME_STREAM(outcome_get_server_error,
	       stream->connect_ms < 0 ? EXPR_NONE : expr_give_int(ret, 0))
OUTCOME_STREAM(outcome_get_server_error_text,
	       stream->connect_ms < 0 ? EXPR_NONE : expr_give_text(ret, SLICE("Success")))
OUTCOME_CONNECTED(outcome_get_server_streams, expr_give_int(ret, 1))
OUTCOME_CONNECTED(outcome_get_reused, expr_give_bool(ret, stream->reused))

static enum expr_got outcome_get_pid(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	struct stream *stream = context_stream(context);

	if (stream == NULL)
		return EXPR_NONE;
	if (stream->worker->pid == 0)
		stream->worker->pid = (uint32_t)getpid();
	return expr_give_int(ret, stream->worker->pid);
}

static enum expr_got outcome_get_state(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);
	char *text = bump_alloc(context->memory, 2);

	if (stream == NULL || text == NULL)
		return EXPR_NONE;
	text[0] = stream->cause != 0 ? stream->cause : '-';
	text[1] = stream->phase != 0 ? stream->phase : '-';
	return expr_give_text(ret, (struct slice){ text, 2 });
}

/* ---- the rule that spoke last, and the one that waited when all was over ---- */

/* Those of `redirect` lines are not told, as in HAProxy. */
static const struct rule *outcome_last_rule(const struct expr_context *context)
{
	const struct txn *txn = outcome_txn(context);
	const struct rule *rule = txn != NULL ? txn->last_rule : NULL;

	return rule != NULL && rule->phase == RULE_REDIRECT ? NULL : rule;
}

static enum expr_got outcome_get_rule_file(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	const struct rule *rule = outcome_last_rule(context);

	return rule == NULL || rule->span.source == NULL
		       ? EXPR_NONE
		       : expr_give_text(ret, slice_of(rule->span.source->name));
}

static enum expr_got outcome_get_rule_line(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	const struct rule *rule = outcome_last_rule(context);

	return rule == NULL ? EXPR_NONE : expr_give_int(ret, rule->span.line);
}

/* "haproxy.cfg:14" */
static enum expr_got outcome_give_place(struct expr_context *context, const struct rule *rule,
					struct expr_sample *ret)
{
	struct out out;

	if (rule == NULL || rule->span.source == NULL ||
	    !converter_room(context, strlen(rule->span.source->name) + 12, &out))
		return EXPR_NONE;
	out_text(&out, rule->span.source->name);
	out_char(&out, ':');
	out_number(&out, rule->span.line);
	return converter_take(context, &out, EXPR_STRING, ret) ? EXPR_GOT : EXPR_NONE;
}

static enum expr_got outcome_get_last_entity(struct expr_context *context,
					     const struct expr_args *args,
					     struct expr_sample *ret)
{
	return outcome_give_place(context, outcome_last_rule(context), ret);
}

static enum expr_got outcome_get_waiting_entity(struct expr_context *context,
						const struct expr_args *args,
						struct expr_sample *ret)
{
	const struct txn *txn = outcome_txn(context);

	return outcome_give_place(context, txn != NULL ? txn->waiting_rule : NULL, ret);
}

#define OUTCOME(row_name, row_summary, row_need)                                                   \
	.doc = { .name = row_name, .summary = row_summary,                                         \
		 .example = "log-format \"%ci %[" row_name "]\"", .since = "0.3" },                \
	.need = row_need
#define OUTCOME_INT(name, summary, need) OUTCOME(name, summary, need), .type = EXPR_INT
#define OUTCOME_TEXT(name, summary, need) OUTCOME(name, summary, need), .type = EXPR_STRING
#define OUTCOME_BOOL(name, summary, need) OUTCOME(name, summary, need), .type = EXPR_BOOL

const struct expr_fetch proxy_fetches_outcome[] = {
	/* the process */
	{ OUTCOME_INT("act_conn", "Connections of the process now, as %ac.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_connections },
	{ OUTCOME_INT("pid", "The id of this process.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_pid },
	{ OUTCOME_INT("uptime", "Seconds since the process began.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_uptime },
	{ OUTCOME_INT("tgroup", "The number of the thread's group: there is one, 1.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_one },
	{ OUTCOME_INT("cpu_calls", "How many events of its connections the request has met.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_calls },
	{ OUTCOME_INT("cpu_ns_avg", "Always 0, as where HAProxy does not profile its tasks.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_zero },
	{ OUTCOME_INT("cpu_ns_tot", "Always 0, as where HAProxy does not profile its tasks.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_zero },
	{ OUTCOME_INT("lat_ns_avg", "Always 0, as where HAProxy does not profile its tasks.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_zero },
	{ OUTCOME_INT("lat_ns_tot", "Always 0, as where HAProxy does not profile its tasks.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_zero },

	/* the connections */
	{ OUTCOME_INT("fc_err",
		      "What was wrong with the client's connection, as HAProxy numbers it; 0: "
		      "nothing.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_client_error },
	{ OUTCOME_TEXT("fc_err_str", "What was wrong with the client's connection, in words.",
		       EXPR_HAVE_CLIENT),
	  .get = outcome_get_client_error_text },
	{ OUTCOME_INT("fc_nb_streams", "How many streams the client's connection has: 1.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_one },
	{ OUTCOME_INT("bc_err",
		      "What is wrong with the server's connection: 0 while there is one, nothing "
		      "when there is none.",
		      EXPR_HAVE_SERVER),
	  .get = outcome_get_server_error },
	{ OUTCOME_TEXT("bc_err_str",
		       "What is wrong with the server's connection, in words: Success.",
		       EXPR_HAVE_SERVER),
	  .get = outcome_get_server_error_text },
	{ OUTCOME_INT("bc_nb_streams", "How many streams the server's connection has: 1.",
		      EXPR_HAVE_SERVER),
	  .get = outcome_get_server_streams },
	{ OUTCOME_BOOL("bc_reused", "Whether the server's connection had served before.",
		       EXPR_HAVE_SERVER),
	  .get = outcome_get_reused },
	{ OUTCOME_INT("bc_be_queue", "Places in front of it in the backend's queue, as %bq.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_backend_queue },
	{ OUTCOME_INT("bc_srv_queue", "Places in front of it in the server's queue, as %sq.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_server_queue },
	{ OUTCOME_INT("bytes_in", "Bytes read from the client, as %U.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_bytes_in },
	{ OUTCOME_INT("bytes_out", "Bytes sent to the client, as %B.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_bytes_out },
	{ OUTCOME_INT("req.bytes_in", "Bytes read from the client, as %U.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_bytes_in },
	{ OUTCOME_INT("res.bytes_out", "Bytes sent to the client, as %B.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_bytes_out },

	/* the transaction */
	{ OUTCOME_INT("prio_class", "The class that 'set-priority-class' gave it.",
		      EXPR_HAVE_STREAM),
	  .get = outcome_get_class },
	{ OUTCOME_INT("prio_offset", "The offset that 'set-priority-offset' gave it.",
		      EXPR_HAVE_STREAM),
	  .get = outcome_get_offset },
	{ OUTCOME_TEXT("last_entity",
		       "File and line of the rule that had the last word on it, as "
		       "haproxy.cfg:14.",
		       EXPR_HAVE_STREAM),
	  .get = outcome_get_last_entity },
	{ OUTCOME_TEXT("last_rule_file", "The file of the rule that had the last word on it.",
		       EXPR_HAVE_STREAM),
	  .get = outcome_get_rule_file },
	{ OUTCOME_INT("last_rule_line", "The line of the rule that had the last word on it.",
		      EXPR_HAVE_STREAM),
	  .get = outcome_get_rule_line },
	{ OUTCOME_TEXT("waiting_entity",
		       "File and line of the rule that it still waits for, as haproxy.cfg:14.",
		       EXPR_HAVE_STREAM),
	  .get = outcome_get_waiting_entity },
	{ OUTCOME_INT("server_status", "The status of the response as the server sent it.",
		      EXPR_HAVE_STREAM),
	  .get = outcome_get_server_status },
	{ OUTCOME_INT("txn.conn_retries", "How many times it was tried again, as %rc.",
		      EXPR_HAVE_CLIENT),
	  .get = outcome_get_retries },
	{ OUTCOME_INT("txn.id32", "A number of its own, as %rt.", EXPR_HAVE_CLIENT),
	  .get = outcome_get_number },
	{ OUTCOME_BOOL("txn.redispatched", "Whether it was sent to another server after a failure.",
		       EXPR_HAVE_CLIENT),
	  .get = outcome_get_redispatched },
	{ OUTCOME_TEXT("txn.sess_term_state", "How it ended, in two characters, as %ts.",
		       EXPR_HAVE_CLIENT),
	  .get = outcome_get_state },
	{ OUTCOME_INT("txn.status", "The status sent to the client, as %ST.", EXPR_HAVE_STREAM),
	  .get = outcome_get_status },
	{ .doc = { .name = NULL } },
};
