/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_backend.c - how busy a backend is, and what it is called
 * (configuration manual 7.3.2, 7.3.3).
 */
#include "expr/give.h"
#include "proxy/fetches.h"

static uint32_t backend_load32(const _Atomic uint32_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

static uint32_t backend_waiting(const struct backend *backend)
{
	return backend_load32(&backend->waiting);
}

uint32_t fetch_usable_servers(const struct backend *backend)
{
	uint32_t active = backend_load32(&backend->usable_active);
	uint32_t backup = backend_load32(&backend->usable_backup);

	if (active != 0)
		return active;
	return backend->section->back.allbackups || backup == 0 ? backup : 1;
}

/* Twice the queue when nobody serves it: one server is expected back. */
static int64_t backend_queue_each(const struct backend *backend)
{
	uint32_t usable = fetch_usable_servers(backend);
	int64_t waiting = backend_waiting(backend);

	return usable == 0 ? 2 * waiting : (waiting + usable - 1) / usable;
}

static int64_t backend_free(int64_t limit, uint32_t taken)
{
	return limit > taken ? limit - taken : 0;
}

static bool backend_server_up(const struct server *server)
{
	return backend_load32(&server->state) == SERVER_UP;
}

static bool backend_server_usable(const struct server *server)
{
	return atomic_load_explicit(&server->lb.usable, memory_order_relaxed);
}

/* Without backups, unless they are what serves. */
static int64_t backend_free_places(const struct backend *backend)
{
	const struct server_set *set = backend_servers(backend);
	int64_t places = 0;

	for (unsigned i = 0; i < set->count; i++) {
		const struct server *server = set->at[i];

		if (!backend_server_usable(server))
			continue;
		if (backend_load32(&server->maxconn) == 0)
			return -1;
		places += backend_free(backend_load32(&server->maxconn), backend_load32(&server->lb.active));
	}
	return places;
}

/* On every server that is up, and in its queue. */
static int64_t backend_slots(const struct backend *backend)
{
	const struct server_set *set = backend_servers(backend);
	int64_t places = 0;

	for (unsigned i = 0; i < set->count; i++) {
		const struct server *server = set->at[i];

		if (!backend_server_up(server))
			continue;
		if (backend_load32(&server->maxconn) == 0 || server->conf->maxqueue == 0)
			return -1;
		places += backend_free(backend_load32(&server->maxconn), backend_load32(&server->lb.active));
		places += backend_free(server->conf->maxqueue, backend_load32(&server->queue.len));
	}
	return places;
}

#define BACKEND_INT(function, value)                                                               \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		const struct backend *backend = fetch_backend(context, args);                      \
                                                                                                   \
		return backend == NULL ? EXPR_NONE : expr_give_int(ret, (value));                  \
	}

BACKEND_INT(backend_get_avg_queue, backend_queue_each(backend))
BACKEND_INT(backend_get_queue, backend_waiting(backend))
BACKEND_INT(backend_get_conn, backend_load32(&backend->load.now))
BACKEND_INT(backend_get_conn_free, backend_free_places(backend))
BACKEND_INT(backend_get_connslots, backend_slots(backend))
BACKEND_INT(backend_get_sess_rate, rate_read(&backend->rate, context->now_us))
BACKEND_INT(backend_get_nbsrv, fetch_usable_servers(backend))
BACKEND_INT(backend_get_server_timeout, backend->section->back.timeout_server)
BACKEND_INT(backend_get_tunnel_timeout, backend->section->back.timeout_tunnel)
BACKEND_INT(backend_get_connect_timeout, backend->section->back.timeout_connect)
BACKEND_INT(backend_get_queue_timeout, backend->section->back.timeout_queue)
BACKEND_INT(backend_get_tarpit_timeout, backend->section->http.timeout_tarpit)
BACKEND_INT(backend_get_max_retries, backend->section->back.retries)

/* The section that serves the request: its frontend until there is a backend, as in %b. */
static const struct section *backend_section(const struct expr_context *context)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL)
		return NULL;
	return stream->backend != NULL ? stream->backend->section
				       : stream->listener->frontend->section;
}

static enum expr_got backend_get_id(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	const struct section *section = backend_section(context);

	return section == NULL ? EXPR_NONE : expr_give_int(ret, section->id);
}

static enum expr_got backend_get_name(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	const struct section *section = backend_section(context);

	return section == NULL ? EXPR_NONE : expr_give_text(ret, slice_of(section->name));
}

/* As a rule has set it, or as configured. */
static enum expr_got backend_get_cur_server_timeout(struct expr_context *context,
						    const struct expr_args *args,
						    struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream != NULL && stream->txn != NULL && stream->txn->timeout_server != 0)
		return expr_give_int(ret, stream->txn->timeout_server);
	return backend_get_server_timeout(context, args, ret);
}

static enum expr_got backend_get_cur_tunnel_timeout(struct expr_context *context,
						    const struct expr_args *args,
						    struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream != NULL && stream->txn != NULL && stream->txn->timeout_tunnel != 0)
		return expr_give_int(ret, stream->txn->timeout_tunnel);
	return backend_get_tunnel_timeout(context, args, ret);
}

/* As rules have set it, or as configured. */
#define BACKEND_CURRENT(function, value)                                                           \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		const struct stream *stream = context_stream(context);                             \
                                                                                                   \
		if (stream == NULL || stream->backend == NULL)                                     \
			return EXPR_NONE;                                                          \
		return expr_give_int(ret, (value));                                                \
	}

BACKEND_CURRENT(backend_get_cur_connect_timeout, stream_connect_ms(stream))
BACKEND_CURRENT(backend_get_cur_queue_timeout, stream_queue_ms(stream))
BACKEND_CURRENT(backend_get_cur_tarpit_timeout, stream_tarpit_ms(stream))
BACKEND_CURRENT(backend_get_cur_max_retries, stream_max_retries(stream))

#define BACKEND(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }
#define BACKEND_NEW(row_name, row_summary)                                                         \
	.doc = { .name = row_name, .summary = row_summary, .since = "0.3",                         \
		 .example = "http-response set-header X-Limit %[" row_name "]" },                  \
	.type = EXPR_INT, .need = EXPR_HAVE_BACKEND
#define BACKEND_ARG                                                                                \
	.type = EXPR_INT, .need = EXPR_HAVE_CLIENT,                                                \
	.args = { { EXPR_ARG_NAME, true, "backend" } }, .check = fetch_check_backend

const struct expr_fetch proxy_fetches_backend[] = {
	{
		BACKEND("avg_queue",
			"How many streams wait in a backend for each usable server; twice those "
			"that "
			"wait when there is none.",
			"http-request deny if { avg_queue gt 10 }"),
		BACKEND_ARG,
		.get = backend_get_avg_queue,
	},
	{
		BACKEND("be_conn", "How many streams a backend has now.",
			"http-response set-header X-Load %[be_conn]"),
		BACKEND_ARG,
		.get = backend_get_conn,
	},
	{
		BACKEND("be_conn_free",
			"How many connections a backend's usable servers can still take; -1 when "
			"one "
			"has no maxconn.",
			"acl full be_conn_free eq 0"),
		BACKEND_ARG,
		.get = backend_get_conn_free,
	},
	{
		BACKEND("be_id",
			"The number of the backend, or of the frontend while there is none.",
			"http-response set-header X-Backend %[be_id]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_BACKEND,
		.get = backend_get_id,
	},
	{
		BACKEND("be_name",
			"The name of the backend, or of the frontend while there is none.",
			"http-response set-header X-Backend %[be_name]"),
		.type = EXPR_STRING,
		.need = EXPR_HAVE_BACKEND,
		.get = backend_get_name,
	},
	{
		BACKEND("be_server_timeout", "The 'timeout server' of the backend in milliseconds.",
			"http-response set-header X-Timeout %[be_server_timeout]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_BACKEND,
		.get = backend_get_server_timeout,
	},
	{
		BACKEND("be_sess_rate", "How many streams came to a backend in the last second.",
			"acl being_scanned be_sess_rate gt 100"),
		BACKEND_ARG,
		.get = backend_get_sess_rate,
	},
	{
		BACKEND("be_tunnel_timeout", "The 'timeout tunnel' of the backend in milliseconds.",
			"http-response set-header X-Timeout %[be_tunnel_timeout]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_BACKEND,
		.get = backend_get_tunnel_timeout,
	},
	{
		BACKEND("connslots",
			"How many connections the servers of a backend and their queues can still "
			"take; -1 when one has no maxconn or maxqueue.",
			"acl full connslots eq 0"),
		BACKEND_ARG,
		.get = backend_get_connslots,
	},
	{
		BACKEND("cur_server_timeout",
			"The server's time-out of this stream in milliseconds, as rules have set "
			"it.",
			"http-response set-header X-Timeout %[cur_server_timeout]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_BACKEND,
		.get = backend_get_cur_server_timeout,
	},
	{
		BACKEND("cur_tunnel_timeout",
			"The tunnel's time-out of this stream in milliseconds, as rules have set "
			"it.",
			"http-response set-header X-Timeout %[cur_tunnel_timeout]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_BACKEND,
		.get = backend_get_cur_tunnel_timeout,
	},
	{
		BACKEND("nbsrv", "How many servers of a backend can be used.",
			"acl dead nbsrv lt 1"),
		BACKEND_ARG,
		.get = backend_get_nbsrv,
	},
	{
		BACKEND("queue", "How many streams wait in all queues of a backend.",
			"http-request deny if { queue gt 100 }"),
		BACKEND_ARG,
		.get = backend_get_queue,
	},
	{
		BACKEND_NEW("be_connect_timeout",
			    "The 'timeout connect' of the backend in milliseconds."),
		.get = backend_get_connect_timeout,
	},
	{
		BACKEND_NEW("be_max_retries",
			    "The 'retries' of the backend."),
		.get = backend_get_max_retries,
	},
	{
		BACKEND_NEW("be_queue_timeout",
			    "The 'timeout queue' of the backend in milliseconds."),
		.get = backend_get_queue_timeout,
	},
	{
		BACKEND_NEW("be_tarpit_timeout",
			    "The 'timeout tarpit' of the backend in milliseconds."),
		.get = backend_get_tarpit_timeout,
	},
	{
		BACKEND_NEW("cur_connect_timeout",
			    "The connect time-out of this stream in milliseconds, as rules have "
			    "set it."),
		.get = backend_get_cur_connect_timeout,
	},
	{
		BACKEND_NEW("cur_max_retries",
			    "How often this stream may be tried again, as rules have set it."),
		.get = backend_get_cur_max_retries,
	},
	{
		BACKEND_NEW("cur_queue_timeout",
			    "The queue time-out of this stream in milliseconds, as rules have set "
			    "it."),
		.get = backend_get_cur_queue_timeout,
	},
	{
		BACKEND_NEW("cur_tarpit_timeout",
			    "The tarpit time-out of this stream in milliseconds, as rules have set "
			    "it."),
		.get = backend_get_cur_tarpit_timeout,
	},
	{.doc = {.name = NULL}},
};
