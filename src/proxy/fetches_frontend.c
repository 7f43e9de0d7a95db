/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_frontend.c - the frontend, its listening socket and this
 * process (configuration manual 7.3.2, 7.3.3).
 */
#include "expr/give.h"
#include "proxy/fetches.h"
#include "proxy/reading.h"

#define FRONTEND_INT(function, value)                                                              \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		const struct frontend *frontend = fetch_frontend(context, args);                   \
                                                                                                   \
		return frontend == NULL ? EXPR_NONE : expr_give_int(ret, (value));                 \
	}

FRONTEND_INT(frontend_get_conn, gate_now(&frontend->gate))
FRONTEND_INT(frontend_get_req_rate, rate_read(&frontend->request_rate, context->now_us))
FRONTEND_INT(frontend_get_sess_rate, rate_read(&frontend->rate, context->now_us))
FRONTEND_INT(frontend_get_id, frontend->section->id)
FRONTEND_INT(frontend_get_client_timeout, frontend->section->front.timeout_client)

FRONTEND_INT(frontend_get_tarpit_timeout, frontend->section->http.timeout_tarpit)

/* As a rule has set it, or as configured. */
static enum expr_got frontend_get_cur_client_timeout(struct expr_context *context,
						     const struct expr_args *args,
						     struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream != NULL && stream->txn != NULL && stream->txn->timeout_client != 0)
		return expr_give_int(ret, stream->txn->timeout_client);
	return frontend_get_client_timeout(context, args, ret);
}

static enum expr_got frontend_give_name(struct expr_sample *ret, const char *name)
{
	return name == NULL ? EXPR_NONE : expr_give_text(ret, slice_of(name));
}

static enum expr_got frontend_get_name(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	const struct frontend *frontend = fetch_frontend(context, args);

	return frontend_give_name(ret, frontend != NULL ? frontend->section->name : NULL);
}

static enum expr_got frontend_get_defbe(struct expr_context *context,
					const struct expr_args *args, struct expr_sample *ret)
{
	const struct frontend *frontend = fetch_frontend(context, args);

	return frontend_give_name(ret, frontend != NULL && frontend->default_backend != NULL
					       ? frontend->default_backend->section->name
					       : NULL);
}

static const struct listener *frontend_listener(const struct expr_context *context)
{
	const struct stream *stream = context_stream(context);

	return stream == NULL ? NULL : stream->listener;
}

static bool frontend_socket_id_taken(const struct section *section, int64_t id)
{
	for (const struct bind_conf *bind = section->front.binds; bind != NULL; bind = bind->next)
		if (bind->id == id)
			return true;
	return false;
}

int64_t fetch_socket_id(const struct bind_conf *bind)
{
	const struct section *section = bind->frontend;
	int64_t id = 0;

	if (bind->id != 0)
		return bind->id;
	for (const struct bind_conf *other = section->front.binds; other != NULL;
	     other = other->next) {
		if (other->id != 0)
			continue;
		do
			id++;
		while (frontend_socket_id_taken(section, id));
		if (other == bind)
			break;
	}
	return id;
}

static enum expr_got frontend_get_so_id(struct expr_context *context, const struct expr_args *args,
					struct expr_sample *ret)
{
	const struct listener *listener = frontend_listener(context);

	return listener == NULL ? EXPR_NONE
				: expr_give_int(ret, fetch_socket_id(listener->conf));
}

static enum expr_got frontend_get_so_name(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	const struct listener *listener = frontend_listener(context);

	return frontend_give_name(ret, listener != NULL ? listener->conf->name : NULL);
}

/* Without a maxconn they are only counted when somebody asks. */
static bool frontend_check_dst_conn(struct conf_parse *parse, struct expr_args *args,
				    struct diag_span span)
{
	reading_conf(parse)->counts_binds = true;
	return true;
}

static enum expr_got frontend_get_dst_conn(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	const struct listener *listener = frontend_listener(context);

	if (listener == NULL || listener->gate == NULL)
		return EXPR_NONE;
	return expr_give_int(ret, gate_now(listener->gate));
}

static enum expr_got frontend_get_stopping(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL)
		return EXPR_NONE;
	return expr_give_bool(ret, atomic_load_explicit(&stream->worker->proxy->stopping,
							memory_order_relaxed));
}

static enum expr_got frontend_get_thread(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	return stream == NULL ? EXPR_NONE : expr_give_int(ret, stream->worker->index);
}

#define FRONTEND(row_name, row_summary, row_example)                                               \
	.doc = {.name = row_name, .summary = row_summary, .example = row_example, .since = "0.2"}, \
	.need = EXPR_HAVE_CLIENT
#define FRONTEND_ARG                                                                               \
	.args = { { EXPR_ARG_NAME, true, "frontend" } }, .check = fetch_check_frontend

#define FRONTEND_NEW(row_name, row_summary)                                                        \
	.doc = { .name = row_name, .summary = row_summary, .since = "0.3",                         \
		 .example = "http-response set-header X-Limit %[" row_name "]" },                  \
	.type = EXPR_INT, .need = EXPR_HAVE_CLIENT

const struct expr_fetch proxy_fetches_frontend[] = {
	{
		FRONTEND_NEW("cur_client_timeout",
			     "The client's time-out of this stream in milliseconds, as rules have "
			     "set it."),
		.get = frontend_get_cur_client_timeout,
	},
	{
		FRONTEND("dst_conn", "How many connections the listening socket has now.",
			 "tcp-request connection reject if { dst_conn gt 1000 }"),
		.type = EXPR_INT,
		.check = frontend_check_dst_conn,
		.get = frontend_get_dst_conn,
	},
	{
		FRONTEND("fe_client_timeout",
			 "The 'timeout client' of the frontend in milliseconds.",
			 "http-response set-header X-Timeout %[fe_client_timeout]"),
		.type = EXPR_INT,
		.get = frontend_get_client_timeout,
	},
	{
		FRONTEND("fe_conn", "How many connections a frontend has now.",
			 "http-request deny if { fe_conn gt 1000 }"),
		.type = EXPR_INT,
		FRONTEND_ARG,
		.get = frontend_get_conn,
	},
	{
		FRONTEND("fe_defbe", "The name of the frontend's default backend.",
			 "http-request set-header X-Default %[fe_defbe]"),
		.type = EXPR_STRING,
		.get = frontend_get_defbe,
	},
	{
		FRONTEND("fe_id", "The number of the frontend.",
			 "http-request set-header X-Frontend %[fe_id]"),
		.type = EXPR_INT,
		.get = frontend_get_id,
	},
	{
		FRONTEND("fe_name", "The name of the frontend.",
			 "http-request set-header X-Frontend %[fe_name]"),
		.type = EXPR_STRING,
		.get = frontend_get_name,
	},
	{
		FRONTEND("fe_req_rate", "How many requests came to a frontend in the last second.",
			 "http-request deny if { fe_req_rate gt 500 }"),
		.type = EXPR_INT,
		FRONTEND_ARG,
		.get = frontend_get_req_rate,
	},
	{
		FRONTEND("fe_sess_rate",
			 "How many connections came to a frontend in the last second.",
			 "acl too_fast fe_sess_rate ge 10"),
		.type = EXPR_INT,
		FRONTEND_ARG,
		.get = frontend_get_sess_rate,
	},
	{
		FRONTEND_NEW("fe_tarpit_timeout",
			     "The 'timeout tarpit' of the frontend in milliseconds."),
		.get = frontend_get_tarpit_timeout,
	},
	{
		FRONTEND("so_id", "The number of the listening socket within its frontend.",
			 "http-request set-header X-Socket %[so_id]"),
		.type = EXPR_INT,
		.get = frontend_get_so_id,
	},
	{
		FRONTEND("so_name", "The name of the listening socket, as 'name' on its bind line.",
			 "http-request set-header X-Socket %[so_name]"),
		.type = EXPR_STRING,
		.get = frontend_get_so_name,
	},
	{
		FRONTEND("stopping",
			 "Whether the process takes no more clients and is about to end.",
			 "http-response set-header Connection close if { stopping }"),
		.type = EXPR_BOOL,
		.get = frontend_get_stopping,
	},
	{
		FRONTEND("thread", "The number of the thread that serves the stream, from 0.",
			 "http-response set-header X-Thread %[thread]"),
		.type = EXPR_INT,
		.get = frontend_get_thread,
	},
	{.doc = {.name = NULL}},
};
