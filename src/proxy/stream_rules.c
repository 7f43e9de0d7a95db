/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_rules.c - `tcp-request content` and `use_backend`: which
 * backend a stream goes to, if any.
 *
 * The conditions of this release look at addresses alone, which are known, so
 * that `tcp-request inspect-delay` never has anything to wait for.
 */
#include "proxy/stream.h"

static bool passes(struct stream *stream, const struct tcp_rule *rule)
{
	if (rule == NULL)
		return true;

	const struct expr_context context = { .src = &stream->src, .dst = stream_dst(stream) };
	for (; rule != NULL; rule = rule->next)
		if (acl_condition_true(rule->condition, &context))
			return rule->action == TCP_RULE_ACCEPT;
	return true;
}

static struct backend *choose_backend(struct stream *stream)
{
	const struct frontend *frontend = stream->listener->frontend;
	const struct use_backend *use = frontend->section->front.use_backends;

	if (use == NULL)
		return frontend->default_backend;

	const struct expr_context context = { .src = &stream->src, .dst = stream_dst(stream) };
	for (; use != NULL; use = use->next)
		if (acl_condition_true(use->condition, &context))
			return proxy_backend(frontend->proxy, use->backend);
	return frontend->default_backend;
}

static void reject(struct stream *stream)
{
	count_one(frontend_counters(stream), COUNT_DENIED_REQUESTS);
	if (stream->backend != NULL)
		count_one(backend_counters(stream), COUNT_DENIED_REQUESTS);
	stream_end(stream, 'P', 'R');
}

static bool enter_backend(struct stream *stream, struct backend *backend)
{
	if (backend == NULL || backend->section->disabled) {
		stream_end(stream, 'S', 'C');
		return false;
	}
	stream->backend = backend;
	load_enter(&backend->load);
	count_one(backend_counters(stream), COUNT_SESSIONS);
	rate_count(&backend->rate, worker_now(stream->worker).us);
	return true;
}

void stream_route(struct stream *stream)
{
	const struct section *front = stream->listener->frontend->section;

	if (!passes(stream, stream_front(stream)->content_rules)) {
		reject(stream);
		return;
	}
	if (!enter_backend(stream, choose_backend(stream)))
		return;
	if (stream->backend->section != front &&
	    !passes(stream, stream_back(stream)->content_rules)) {
		reject(stream);
		return;
	}
	stream_assign(stream);
}
