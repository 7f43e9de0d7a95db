/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/converters.c - converters that ask the proxy's own state: names that
 * are known only when they run, and slots of captures (configuration manual
 * 7.3.1).
 */
#include "expr/converter.h"
#include "proxy/captures.h"
#include "proxy/fetches.h"

static const struct proxy *state_proxy(const struct expr_context *context)
{
	const struct stream *stream = context_stream(context);

	return stream == NULL ? NULL : stream->worker->proxy;
}

static bool state_part(const struct expr_context *context, struct slice name,
		       bool (*is)(const struct section *section), struct proxy_part *ret)
{
	const struct proxy *proxy = state_proxy(context);

	for (unsigned at = 0; proxy != NULL && proxy_part_next(proxy, &at, ret);)
		if (is(ret->section) && slice_is(name, ret->section->name))
			return true;
	return false;
}

static struct server *state_server_in(struct backend *backend, struct slice name)
{
	const struct server_set *set = backend_servers(backend);

	for (unsigned i = 0; i < set->count; i++)
		if (slice_is(name, set->at[i]->conf->name))
			return set->at[i];
	return NULL;
}

/* "backend/server", or a server of the stream's own backend. */
static struct server *state_server(const struct expr_context *context, struct slice name)
{
	const char *slash = name.len != 0 ? memchr(name.at, '/', name.len) : NULL;
	const struct stream *stream = context_stream(context);
	struct proxy_part part;

	if (slash == NULL)
		return stream == NULL || stream->backend == NULL
			       ? NULL
			       : state_server_in(stream->backend, name);
	if (!state_part(context, (struct slice){ name.at, (size_t)(slash - name.at) },
			section_connects, &part))
		return NULL;
	return state_server_in(part.backend, slice_skip(name, (size_t)(slash + 1 - name.at)));
}

static bool state_give_bool(struct expr_sample *sample, bool value)
{
	sample->type = EXPR_BOOL;
	sample->value.boolean = value;
	return true;
}

static bool state_give_int(struct expr_sample *sample, int64_t value)
{
	sample->type = EXPR_INT;
	sample->value.integer = value;
	return true;
}

static bool state_nbsrv(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	struct proxy_part part;

	return state_part(context, sample->value.text, section_connects, &part) &&
	       state_give_int(sample, fetch_usable_servers(part.backend));
}

static bool state_fe_exists(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	struct proxy_part part;

	return state_give_bool(sample, state_part(context, sample->value.text, section_accepts,
						  &part));
}

static bool state_srv_queue(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	const struct server *server = state_server(context, sample->value.text);

	return server != NULL &&
	       state_give_int(sample,
			      atomic_load_explicit(&server->queue.len, memory_order_relaxed));
}

static bool state_srv_is_up(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	const struct server *server = state_server(context, sample->value.text);

	return server != NULL &&
	       state_give_bool(sample, atomic_load_explicit(&server->state,
							    memory_order_relaxed) == SERVER_UP);
}

/* ---- captures ---- */

/* Without such a slot there is no value, as in HAProxy. */
static bool state_capture(struct expr_context *context, const struct expr_args *args,
			  const struct expr_sample *sample, bool response)
{
	struct stream *stream = context_stream(context);

	return stream != NULL && stream->txn != NULL && args->at[0].integer >= 0 &&
	       capture_set(stream->txn, response, (unsigned)args->at[0].integer,
			   sample->value.text);
}

static bool state_capture_req(struct expr_context *context, const struct expr_args *args,
			      struct expr_sample *sample)
{
	return state_capture(context, args, sample, false);
}

static bool state_capture_res(struct expr_context *context, const struct expr_args *args,
			      struct expr_sample *sample)
{
	return state_capture(context, args, sample, true);
}

#define STATE(row_name, row_summary, row_example)                                                  \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example,                 \
		 .since = "0.3" },                                                                 \
	.in = EXPR_STRING

const struct expr_converter proxy_converters[] = {
	{ STATE("capture-req", "Keeps the text in a slot of the request's captures.",
		"http-request set-header X-Kept %[req.hdr(x-id),capture-req(0)]"),
	  .out = EXPR_STRING, .args = { { EXPR_ARG_INT, false, "id" } },
	  .run = state_capture_req },
	{ STATE("capture-res", "Keeps the text in a slot of the response's captures.",
		"http-response set-header X-Kept %[res.hdr(x-id),capture-res(0)]"),
	  .out = EXPR_STRING, .args = { { EXPR_ARG_INT, false, "id" } },
	  .run = state_capture_res },
	{ STATE("fe_exists", "Whether there is a frontend or listen section of that name.",
		"http-request deny unless { req.hdr(x-site),fe_exists }"),
	  .out = EXPR_BOOL, .run = state_fe_exists },
	{ STATE("nbsrv", "How many servers can be used of the backend of that name.",
		"http-request set-header X-Servers %[req.hdr(x-site),nbsrv]"),
	  .out = EXPR_INT, .run = state_nbsrv },
	{ STATE("srv_is_up",
		"Whether the server of that name is up: backend/server, or one of this backend.",
		"http-request set-header X-Up %[req.cook(SRV),srv_is_up]"),
	  .out = EXPR_BOOL, .run = state_srv_is_up },
	{ STATE("srv_queue",
		"How many wait for the server of that name: backend/server, or one of this "
		"backend.",
		"http-request set-header X-Queue %[req.cook(SRV),srv_queue]"),
	  .out = EXPR_INT, .run = state_srv_queue },
	{ .doc = { .name = NULL } },
};
