/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_server.c - one server: how busy it is, whether it is up, and
 * what the stream's is called (configuration manual 7.3.2, 7.3.3).
 */
#include "expr/give.h"
#include "proxy/fetches.h"
#include "proxy/server.h"

static uint32_t server_load32(const _Atomic uint32_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static int64_t server_free(const struct server *server)
{
	int64_t limit = server_load32(&server->maxconn), active = server_load32(&server->lb.active);

	if (limit == 0)
		return -1;
	return limit > active ? limit - active : 0;
}

/* As slowstart and the runtime API have scaled it. */
static int64_t server_weight(const struct server *server)
{
	return (server_load32(&server->lb.weight) + SERVER_WEIGHT_SCALE - 1) / SERVER_WEIGHT_SCALE;
}

#define SERVER_INT(function, value)                                                                \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		const struct server *server = fetch_server(context, args);                         \
                                                                                                   \
		return server == NULL ? EXPR_NONE : expr_give_int(ret, (value));                   \
	}

SERVER_INT(server_get_conn, server_load32(&server->lb.active))
SERVER_INT(server_get_conn_free, server_free(server))
SERVER_INT(server_get_queue, server_load32(&server->queue.len))
SERVER_INT(server_get_sess_rate, rate_read(&server->rate, context->now_us))
SERVER_INT(server_get_weight, server_weight(server))
SERVER_INT(server_get_uweight, server->lb.uweight)
SERVER_INT(server_get_iweight, server->conf->weight)

static enum expr_got server_get_is_up(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	const struct server *server = fetch_server(context, args);

	if (server == NULL)
		return EXPR_NONE;
	return expr_give_bool(ret, server_load32(&server->state) == SERVER_UP);
}

static enum expr_got server_get_id(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL || stream->target == NULL)
		return EXPR_NONE;
	return expr_give_int(ret, stream->target->conf->id);
}

static enum expr_got server_get_name(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL || stream->target == NULL)
		return EXPR_NONE;
	return expr_give_text(ret, slice_of(stream->target->conf->name));
}

#define SERVER(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }
#define SERVER_ARG                                                                                 \
	.need = EXPR_HAVE_CLIENT, .args = { { EXPR_ARG_NAME, false, "server" } },                  \
	.check = fetch_check_server

const struct expr_fetch proxy_fetches_server[] = {
	{
		SERVER("srv_conn",
		       "How many streams a server has now; it is named backend/server, or server "
		       "alone where the backend is known.",
		       "acl busy srv_conn(app/web1) gt 100"),
		.type = EXPR_INT, SERVER_ARG, .get = server_get_conn,
	},
	{
		SERVER("srv_conn_free",
		       "How many connections a server can still take; -1 when it has no maxconn.",
		       "acl full srv_conn_free(app/web1) eq 0"),
		.type = EXPR_INT, SERVER_ARG, .get = server_get_conn_free,
	},
	{
		SERVER("srv_id", "The number of the server that the response comes from.",
		       "http-response set-header X-Server %[srv_id]"),
		.type = EXPR_INT, .need = EXPR_HAVE_SERVER, .get = server_get_id,
	},
	{
		SERVER("srv_is_up", "Whether a server is up.", "acl app_up srv_is_up(app/web1)"),
		.type = EXPR_BOOL, SERVER_ARG, .get = server_get_is_up,
	},
	{
		SERVER("srv_iweight", "The weight of a server as configured.",
		       "http-response set-header X-Weight %[srv_iweight(app/web1)]"),
		.type = EXPR_INT, SERVER_ARG, .get = server_get_iweight,
	},
	{
		SERVER("srv_name", "The name of the server that the response comes from.",
		       "http-response set-header X-Server %[srv_name]"),
		.type = EXPR_STRING, .need = EXPR_HAVE_SERVER, .get = server_get_name,
	},
	{
		SERVER("srv_queue", "How many streams wait for a server.",
		       "acl long srv_queue(app/web1) gt 10"),
		.type = EXPR_INT, SERVER_ARG, .get = server_get_queue,
	},
	{
		SERVER("srv_sess_rate", "How many streams came to a server in the last second.",
		       "acl hot srv_sess_rate(app/web1) gt 50"),
		.type = EXPR_INT, SERVER_ARG, .get = server_get_sess_rate,
	},
	{
		SERVER("srv_uweight", "The weight of a server as the operator has set it.",
		       "http-response set-header X-Weight %[srv_uweight(app/web1)]"),
		.type = EXPR_INT, SERVER_ARG, .get = server_get_uweight,
	},
	{
		SERVER("srv_weight", "The weight of a server at this moment.",
		       "http-response set-header X-Weight %[srv_weight(app/web1)]"),
		.type = EXPR_INT, SERVER_ARG, .get = server_get_weight,
	},
	{ .doc = { .name = NULL } },
};
