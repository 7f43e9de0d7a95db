/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_rules.c - `tcp-request content`, `tcp-request inspect-delay` and
 * `use_backend` in mode tcp: which backend a stream goes to, if any, after
 * looking at its first bytes where a rule asks for them.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "expr/format.h"
#include "proxy/http_stream.h"
#include "proxy/stream.h"
#include "proxy/stream_timer.h"
#include "proxy/txn.h"

static struct backend *find_backend(const struct proxy *proxy, struct slice name)
{
	unsigned fixed = proxy->conf->section_count, end = proxy_part_end(proxy);
	const struct proxy_part *part = proxy->parts;
	struct proxy_part added;

	for (unsigned i = 0; i < fixed; i++, part++)
		if (part->backend != NULL && slice_is(name, part->section->name))
			return part->backend;
	for (unsigned at = fixed; at < end; at++)
		if (proxy_part_at(proxy, at, &added) && slice_is(name, added.section->name))
			return added.backend;
	return NULL;
}

/* One that was unpublished is passed over. */
static struct backend *if_published(struct backend *backend)
{
	return backend == NULL || atomic_load_explicit(&backend->unpublished, memory_order_relaxed)
		       ? NULL
		       : backend;
}

/* use_backend %[...]: a name that no backend has means that the rule says nothing. */
static struct backend *named_backend(const struct proxy *proxy, const struct use_backend *use,
				     struct expr_context *context)
{
	if (use->format != NULL)
		return if_published(find_backend(proxy, format_text(use->format, context)));
	return if_published(proxy_backend(proxy, use->backend));
}

struct backend *stream_choose_backend(struct stream *stream)
{
	const struct frontend *frontend = stream->listener->frontend;
	const struct use_backend *use = frontend->section->front.use_backends;
	struct expr_context context;

	if (use == NULL)
		return if_published(frontend->default_backend);
	if (stream->txn != NULL)
		txn_context(stream->txn, &context);
	else
		stream_context(stream, &context);

	struct bump_mark mark = bump_mark(context.memory);
	struct backend *chosen = NULL;
	for (; use != NULL && chosen == NULL; use = use->next)
		if (acl_condition_true(use->condition, &context))
			chosen = named_backend(frontend->proxy, use, &context);
	bump_reset(context.memory, mark);
	return chosen != NULL ? chosen : if_published(frontend->default_backend);
}

bool stream_enter_backend(struct stream *stream, struct backend *backend)
{
	if (backend == NULL || backend->section->disabled)
		return false;
	/* A name made from the request, or one for a connection that is of mode http by now. */
	if (stream->http && backend->section->mode == PROXY_MODE_TCP)
		return false;
	stream->backend = backend;
	stream->in_backend = true;
	load_enter(&backend->load);
	count_one(backend_counters(stream), COUNT_SESSIONS);
	rate_count(&backend->rate, worker_now(stream->worker).us);
	return true;
}

static void refuse(struct stream *stream)
{
	count_one(frontend_counters(stream), COUNT_DENIED_REQUESTS);
	if (stream->backend != NULL)
		count_one(backend_counters(stream), COUNT_DENIED_REQUESTS);
	stream_end(stream, 'P', 'R');
}

/* How long the content rules of a section may wait for bytes. */
static uint32_t inspect_delay(const struct stream *stream)
{
	return stream->backend != NULL ? stream_back(stream)->inspect_delay
				       : stream_front(stream)->inspect_delay;
}

static bool delay_is_over(const struct stream *stream)
{
	uint64_t us = (uint64_t)inspect_delay(stream) * 1000;

	return moment_since(stream->entered, worker_now(stream->worker)) >= us;
}

/* Runs a section's rules: true when they let it pass; otherwise it waits or has ended. */
static bool passes(struct stream *stream, const struct section *section)
{
	const struct rule *rules = section->rules.first[RULES_REQUEST_CONTENT];
	struct expr_context context;
	struct rule_run *run;

	if (rules == NULL)
		return true;
	run = &stream->txn->run;
	if (run->list != RULES_REQUEST_CONTENT || run->section != section)
		*run = (struct rule_run){ .list = RULES_REQUEST_CONTENT, .section = section,
					  .stream = stream, .txn = stream->txn };
	txn_context(stream->txn, &context);
	context.bytes_end = stream->client.ended || stream->client.hung_up ||
			    (stream->client.held != NULL &&
			     stream->client.held->end == stream->client.held->size) ||
			    (stream->state == STREAM_INSPECT ? delay_is_over(stream)
							     : inspect_delay(stream) == 0);
	switch (rules_run(rules, run, &context)) {
	case RULE_NEXT:
	case RULE_DONE:
		return true;
	case RULE_WAIT:
		if (stream->state == STREAM_INSPECT)
			stream_watch(stream);
		else
			stream_enter(stream, STREAM_INSPECT);
		return false;
	case RULE_DROP:
		http_silence(stream);
		stream_end(stream, 'P', 'R');
		return false;
	default:
		refuse(stream);
		return false;
	}
}

/* Rules need a transaction only where there are any. */
static bool needs_txn(const struct stream *stream)
{
	const struct section *front = stream->listener->frontend->section;

	return rules_any(&front->rules, RULES_REQUEST_CONTENT) || front->http.unique_id != NULL ||
	       (stream->backend != NULL &&
		(rules_any(&stream->backend->section->rules, RULES_REQUEST_CONTENT) ||
		 stream->backend->hashes || stream->backend->section->http.rdp_cookie != NULL ||
		 stream->backend->section->http.use_servers != NULL));
}

static bool have_txn(struct stream *stream)
{
	if (stream->txn != NULL || !needs_txn(stream))
		return true;
	return txn_new(stream) != NULL;
}

static void go_on(struct stream *stream)
{
	const struct section *front = stream->listener->frontend->section;

	if (!have_txn(stream)) {
		stream_end(stream, 'R', 'R');
		return;
	}
	if (stream->backend == NULL) {
		if (!passes(stream, front))
			return;
		if (stream->txn != NULL && stream->txn->switched) {
			http_upgrade(stream);
			return;
		}
		if (!stream_enter_backend(stream, stream_choose_backend(stream))) {
			stream_end(stream, 'S', 'C');
			return;
		}
		if (stream->backend->section->mode == PROXY_MODE_HTTP) {
			http_upgrade(stream);
			return;
		}
		if (!have_txn(stream)) {
			stream_end(stream, 'R', 'R');
			return;
		}
	}
	if (stream->backend->section != front && !passes(stream, stream->backend->section))
		return;
	stream->client.can_read |= stream->client.ended; /* the tunnel reads the end anew */
	if (stream->txn != NULL && !persist_request(stream->txn)) {
		stream_end(stream, 'R', 'R');
		return;
	}
	stream_assign(stream);
}


/* Reads what has come behind what is held. False: the stream has ended. */
static bool read_more(struct stream *stream, struct stream_end *end, char cause, char phase)
{
	struct buffer_pool *pool = &stream->worker->buffers;
	ssize_t got;

	if (end->can_read && end->held == NULL) {
		end->held = buffer_get(pool, pool->large_size);
		if (end->held == NULL) {
			stream_end(stream, 'R', phase);
			return false;
		}
	}
	while (end->can_read && end->held->end < end->held->size) {
		struct buffer *held = end->held;

		do
			got = recv(end->file.fd, held->bytes + held->end, held->size - held->end, 0);
		while (got < 0 && errno == EINTR);
		if (got < 0 && errno != EAGAIN) {
			stream_end(stream, cause, phase);
			return false;
		}
		if (got > 0) {
			held->end += (uint32_t)got;
			end->bytes += (uint64_t)got;
			end->active = worker_now(stream->worker);
		} else {
			end->can_read = false;
			end->ended |= got == 0;
		}
	}
	if (end->held != NULL && buffer_used(end->held) == 0) {
		buffer_put(pool, end->held);
		end->held = NULL;
	}
	return true;
}

/* ---- tcp-response content ---- */

struct moment stream_response_deadline(const struct stream *stream)
{
	uint32_t ms = stream_back(stream)->response_inspect_delay;

	return moment_after(stream->entered, (uint64_t)ms * 1000);
}

static bool response_rules_pass(struct stream *stream, const struct section *section)
{
	const struct rule *rules = section->rules.first[RULES_RESPONSE_CONTENT];
	struct expr_context context;
	struct rule_run *run;

	if (rules == NULL)
		return true;
	run = &stream->txn->run;
	if (run->list != RULES_RESPONSE_CONTENT || run->section != section)
		*run = (struct rule_run){ .list = RULES_RESPONSE_CONTENT, .section = section,
					  .stream = stream, .txn = stream->txn };
	txn_context(stream->txn, &context);
	context.bytes_end =
		stream->server->ended || stream->server->hung_up ||
		!moment_before(worker_now(stream->worker), stream_response_deadline(stream));
	switch (rules_run(rules, run, &context)) {
	case RULE_NEXT:
	case RULE_DONE:
		return true;
	case RULE_WAIT:
		stream_watch(stream);
		return false;
	default:
		count_one(backend_counters(stream), COUNT_DENIED_RESPONSES);
		count_one(frontend_counters(stream), COUNT_DENIED_RESPONSES);
		stream_end(stream, 'P', 'D');
		return false;
	}
}

static bool has_response_rules(const struct stream *stream)
{
	return rules_any(&stream->backend->section->rules, RULES_RESPONSE_CONTENT) ||
	       rules_any(&stream->listener->frontend->section->rules, RULES_RESPONSE_CONTENT);
}

bool stream_response_passes(struct stream *stream)
{
	const struct section *front = stream->listener->frontend->section;

	if (stream->response_passed)
		return true;
	if (stream->http || !has_response_rules(stream)) {
		stream->response_passed = true;
		return true;
	}
	if (!read_more(stream, stream->server, 'S', 'D'))
		return false;
	if (stream->server->held == NULL && !stream->server->ended)
		return false; /* nothing to judge yet */
	if (stream->txn == NULL && txn_new(stream) == NULL) {
		stream_end(stream, 'R', 'D');
		return false;
	}
	if (stream->backend->section != front && !response_rules_pass(stream, stream->backend->section))
		return false;
	if (!response_rules_pass(stream, front))
		return false;
	stream->response_passed = true;
	stream->server->can_read |= stream->server->ended; /* the tunnel reads the end anew */
	return true;
}

/* Rules that look at bytes get those that came with the connection. */
static bool looks_at_bytes(const struct stream *stream)
{
	return stream->worker->proxy->conf->looks_at_bytes &&
	       rules_any(&stream->listener->frontend->section->rules, RULES_REQUEST_CONTENT);
}

void stream_route(struct stream *stream)
{
	if (!looks_at_bytes(stream)) {
		go_on(stream);
		return;
	}
	/* In the next turn: what the client sends along with its connection is there then. */
	stream_enter(stream, STREAM_INSPECT);
	loop_file_again(stream->worker->loop, &stream->client.file);
}

void stream_inspect_ready(struct stream *stream)
{
	stream->client.can_read |= stream->client.held == NULL;
	if (read_more(stream, &stream->client, 'C', 'R'))
		go_on(stream);
}

void stream_inspect_timeout(struct stream *stream)
{
	/* `timeout client` is the shorter one: asked again the rules would wait again. */
	if (inspect_delay(stream) != 0 && delay_is_over(stream))
		go_on(stream);
	else
		stream_end(stream, 'c', 'R');
}
