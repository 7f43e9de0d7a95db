/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_analyse.c - a request's way from its head to a server: rules of
 * the frontend, the choice of a backend, its rules, persistence. Each step
 * may wait for bytes or time and is then asked again.
 */
#include <string.h>

#include "http/case.h"
#include "net/option.h"
#include "proxy/connect.h"
#include "proxy/http_stream.h"
#include "proxy/malformed.h"
#include "proxy/run.h"
#include "proxy/service.h"
#include "proxy/stream_timer.h"

enum step_result {
	STEP_DONE,	/* on to the next */
	STEP_WAITS,	/* for bytes or until txn->run.wait_until */
	STEP_GONE,	/* answered, or the stream has ended */
};

static const struct section *front_of(const struct stream *stream)
{
	return stream->listener->frontend->section;
}

void http_silence(struct stream *stream)
{
	net_silence(stream->client.file.fd);
}

/* What an answer in place of a server's is counted as. */
static void count_answer(struct stream *stream)
{
	enum counter which = stream->txn->reply_cause == 'P' ? COUNT_DENIED_REQUESTS
							      : COUNT_INTERCEPTED;

	count_one(frontend_counters(stream), which);
	if (stream->backend != NULL && stream->backend->section != front_of(stream))
		count_one(backend_counters(stream), which);
}

static void fail(struct stream *stream, unsigned status, char cause)
{
	struct txn *txn = stream->txn;

	txn->closes = true;
	txn_reply(txn, http_error_reply(txn, status), cause, 'R');
	http_answer(stream);
}

/* ---- rules ---- */

static bool bytes_end(const struct stream *stream, uint32_t delay_ms)
{
	const struct txn *txn = stream->txn;
	const struct buffer *held = stream->client.held;
	struct moment now = worker_now(stream->worker);

	return stream->client.read_done || stream->client.hung_up ||
	       (held != NULL && held->end == held->size) ||
	       moment_since(txn->head_at, now) >= (uint64_t)delay_ms * 1000;
}

static enum step_result run_rules(struct stream *stream, const struct section *section,
				  enum rule_list list, uint32_t delay_ms)
{
	struct txn *txn = stream->txn;
	struct rule_run *run = &txn->run;
	struct expr_context context;

	if (!rules_any(&section->rules, list))
		return STEP_DONE;
	/* One that waited goes on where it stopped. */
	if (run->list != list || run->section != section)
		*run = (struct rule_run){ .list = list, .section = section, .stream = stream,
					  .txn = txn, .message = &txn->request };
	if (!run->in_action) /* an action keeps its own, set when it began to wait */
		run->wait_until = MOMENT_NEVER;
	txn_context(txn, &context);
	context.bytes_end = bytes_end(stream, delay_ms);

	enum rule_verdict verdict = rules_run(section->rules.first[list], run, &context);
	switch (verdict) {
	case RULE_NEXT:
	case RULE_DONE:
		return STEP_DONE;
	case RULE_WAIT:
		if (list == RULES_REQUEST_CONTENT && (!run->in_action || delay_ms != 0))
			run->wait_until = moment_after(txn->head_at, (uint64_t)delay_ms * 1000);
		return STEP_WAITS;
	case RULE_REPLY:
		/* Not one that never came whole. */
		if (txn->reply_cause != 'c')
			txn->analysed_at = worker_now(stream->worker);
		count_answer(stream);
		http_answer(stream);
		return STEP_GONE;
	case RULE_TARPIT:
		count_answer(stream);
		if (!http_hold(stream, &stream->client))
			stream_end(stream, 'R', 'R');
		else
			stream_enter(stream, STREAM_TARPIT);
		return STEP_GONE;
	case RULE_REJECT:
	case RULE_DROP:
		count_one(frontend_counters(stream), COUNT_DENIED_REQUESTS);
		if (verdict == RULE_DROP)
			http_silence(stream);
		stream_end(stream, 'P', 'R');
		return STEP_GONE;
	case RULE_ERROR:
		break;
	}
	fail(stream, 500, 'P');
	return STEP_GONE;
}

/* A body that option http-buffer-request asks for: all of it, or what the buffer takes. */
static enum step_result wait_for_body(struct stream *stream)
{
	struct txn *txn = stream->txn;
	uint32_t ms = stream_front(stream)->timeout_http_request;

	if (!http_collect_body(stream)) {
		fail(stream, 400, 'P');
		return STEP_GONE;
	}
	if (txn->body_complete || stream->client.read_done ||
	    (stream->client.held != NULL &&
	     stream->client.held->end == stream->client.held->size &&
	     stream->client.held->size >= stream->worker->buffers.large_size))
		return STEP_DONE;
	if (ms != 0 &&
	    moment_since(txn->began, worker_now(stream->worker)) >= (uint64_t)ms * 1000) {
		fail(stream, 408, 'c');
		return STEP_GONE;
	}
	txn->run.wait_until = ms != 0 ? moment_after(txn->began, (uint64_t)ms * 1000)
				      : MOMENT_NEVER;
	return STEP_WAITS;
}

static enum step_result buffer_body(struct stream *stream, const struct section *section)
{
	return section->http.buffer_request ? wait_for_body(stream) : STEP_DONE;
}

/* ---- the steps ---- */

static enum step_result front_begin(struct stream *stream)
{
	struct txn *txn = stream->txn;

	capture_request(txn);
	if (!http_monitor(txn)) {
		stream_log_at(stream, LOG_STEP_REQUEST);
		return STEP_DONE;
	}
	txn->no_log = true;
	txn->analysed_at = txn->head_at;
	http_answer(stream);
	return STEP_GONE;
}

static enum step_result front_body(struct stream *stream)
{
	return buffer_body(stream, front_of(stream));
}

static enum step_result front_content(struct stream *stream)
{
	if (stream->txn->switched) /* they have run, when it was not known to be a request */
		return STEP_DONE;
	return run_rules(stream, front_of(stream), RULES_REQUEST_CONTENT,
			 stream_front(stream)->inspect_delay);
}

/* `stats admin`: the first that is true. */
static bool may_change(struct stream *stream, const struct section *section)
{
	struct expr_context context;

	txn_context(stream->txn, &context);
	context.bytes_end = true;
	for (const struct http_condition *one = section->stats.admins; one != NULL; one = one->next)
		if (acl_condition_true(one->condition, &context))
			return true;
	return false;
}

/* The statistics page, for requests that `stats uri` names. */
static enum step_result serve(struct stream *stream, const struct section *section)
{
	const struct proxy_service *service = stream->worker->proxy->args->http_service;
	struct txn *txn = stream->txn;
	struct proxy_service_feed *feed = NULL;
	enum step_result result;

	if (service == NULL || !service->wants(section, &txn->request))
		return STEP_DONE;
	result = run_rules(stream, section, RULES_STATS, 0);
	if (result == STEP_DONE && txn->request.method_id == HTTP_POST &&
	    section->stats.admins != NULL)
		result = wait_for_body(stream);
	if (result != STEP_DONE)
		return result;

	const struct proxy_service_request request = {
		.proxy = stream->worker->proxy,
		.worker = stream->worker,
		.section = section,
		.page = stream->worker->proxy->page,
		.message = &txn->request,
		.body = txn->body,
		.body_complete = txn->body_complete,
		.client = &stream->src,
		.may_change = may_change(stream, section),
		.self = stream->worker->proxy->http_service,
		.ret_feed = &feed,
	};
	service->handle(&request, &txn->service_reply);
	if (txn->service_reply.len == 0) {
		fail(stream, 500, 'R');
		return STEP_GONE;
	}
	txn->analysed_at = worker_now(stream->worker);
	count_one(frontend_counters(stream), COUNT_INTERCEPTED);
	txn_reply(txn, (struct slice){ txn->service_reply.text, txn->service_reply.len }, 'L', 'R');
	txn->feed = feed;
	http_answer(stream);
	return STEP_GONE;
}

/* What the section has to say by itself. */
static enum step_result serve_or_refuse(struct stream *stream, const struct section *section)
{
	if (http_names_allowed(stream->txn, section))
		return serve(stream, section);
	stream->txn->analysed_at = worker_now(stream->worker);
	txn_reply(stream->txn, http_error_reply(stream->txn, 403), 'P', 'R');
	count_answer(stream);
	http_answer(stream);
	return STEP_GONE;
}

static enum step_result front_rules(struct stream *stream)
{
	return run_rules(stream, front_of(stream), RULES_HTTP_REQUEST, 0);
}

static enum step_result front_service(struct stream *stream)
{
	return serve_or_refuse(stream, front_of(stream));
}

static enum step_result route(struct stream *stream)
{
	if (stream->backend != NULL || stream_enter_backend(stream, stream_choose_backend(stream)))
		return STEP_DONE;
	http_give_up(stream, 503, 'S', 'C');
	return STEP_GONE;
}

static bool same_section(const struct stream *stream)
{
	return stream->backend->section == front_of(stream);
}

static enum step_result back_body(struct stream *stream)
{
	return same_section(stream) ? STEP_DONE : buffer_body(stream, stream->backend->section);
}

static enum step_result back_content(struct stream *stream)
{
	return same_section(stream) ? STEP_DONE
				    : run_rules(stream, stream->backend->section,
						RULES_REQUEST_CONTENT,
						stream_back(stream)->inspect_delay);
}

static enum step_result back_rules(struct stream *stream)
{
	return same_section(stream)
		       ? STEP_DONE
		       : run_rules(stream, stream->backend->section, RULES_HTTP_REQUEST, 0);
}

static enum step_result back_service(struct stream *stream)
{
	return same_section(stream) ? STEP_DONE
				    : serve_or_refuse(stream, stream->backend->section);
}

enum http_connection http_connection_of(const struct stream *stream)
{
	enum http_connection front = front_of(stream)->http.connection;
	enum http_connection back = stream->backend != NULL
					    ? stream->backend->section->http.connection
					    : front;

	return front > back ? front : back;
}

/* Puts the head together as the server will get it. False: no room. */
static bool write_head(struct stream *stream)
{
	struct txn *txn = stream->txn;
	const struct http_conf *back = &stream->backend->section->http;
	bool keep = http_connection_of(stream) == HTTP_MODE_KEEP_ALIVE || back->pretend_keepalive;
	struct out out = { 0 };
	size_t most;

	http_message_set_connection(&txn->request, keep, txn->request.minor);
	if (back->adjust_request_case)
		http_case_adjust(&txn->request, stream->worker->proxy->conf->global.cases);
	most = http_message_size(&txn->request);
	out.bytes = bump_alloc(&txn->memory, most);
	out.size = most;
	if (out.bytes == NULL)
		return false;
	http_message_write(&txn->request, &out);
	txn->sent_head = out_slice(&out);
	return !out.cut;
}

/* What the algorithm hashes must outlive the head: a queue or a retry asks for it later. */
static bool note_hash_key(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct lb_request request = { 0 };

	if (!stream->backend->hashes)
		return true;
	balance_key(stream, &request);
	if (request.key == NULL)
		return true;
	txn->hash_key = bump_copy(&txn->memory, (struct slice){ request.key, request.key_len });
	return txn->hash_key.at != NULL;
}

/* A body that is malformed from the start is refused before a server hears of the request. */
static bool chunks_begin_well(struct stream *stream)
{
	const struct txn *txn = stream->txn;
	const struct buffer *input = http_input(stream, &stream->client);
	struct http_chunked chunked = { 0 };
	size_t head = txn->request.len, used;

	if (txn->request.body != HTTP_BODY_CHUNKED ||
	    http_chunked_scan(&chunked, (const char *)input->bytes + input->start + head,
			      buffer_used(input) - head, &used) != HTTP_CHUNKED_BAD)
		return true;
	malformed_body(stream, &stream->client, input, head + used);
	return false;
}

/* A body that is all there goes with the head, so that both can be sent again. */
static void keep_body(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct buffer *input = http_input(stream, &stream->client);
	const char *body = (const char *)input->bytes + input->start;
	char *both;

	/* Its trailers are not to be sent: too rare for a copy that leaves them out. */
	if (txn->request_flow.chunked.holds && txn->request.body == HTTP_BODY_CHUNKED)
		return;
	struct txn_flow whole = txn->request_flow;
	uint32_t start = input->start;
	if (!txn_flow_swallow(&whole, input)) {
		input->start = start;
		return;
	}
	size_t len = (size_t)((const char *)input->bytes + input->start - body);
	both = bump_alloc(&txn->memory, txn->sent_head.len + len);
	if (both == NULL) {
		input->start = start;
		return;
	}
	memcpy(both, txn->sent_head.at, txn->sent_head.len);
	memcpy(both + txn->sent_head.len, body, len);
	txn->sent_head = (struct slice){ both, txn->sent_head.len + len };
	txn->kept_body = len;
	txn->request_flow = whole;
	txn->request_flow.head = txn->sent_head;
	http_trim(stream, &stream->client);
}

static enum step_result send_on(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct buffer *input = http_input(stream, &stream->client);

	txn->analysed_at = worker_now(stream->worker);
	if (!chunks_begin_well(stream)) {
		fail(stream, 400, 'P');
		return STEP_GONE;
	}
	if (!http_request_prepare(txn) || !persist_request(txn) || !note_hash_key(stream) ||
	    !connect_note_source(stream) || !write_head(stream)) {
		fail(stream, 500, 'P');
		return STEP_GONE;
	}
	txn_flow_begin(&txn->request_flow, &txn->request, txn->sent_head);
	txn->request_flow.chunked.holds = stream->backend->section->http.drop_request_trailers;
	txn->head_gone = true;
	input->start += (uint32_t)txn->request.len;
	if (stream->backend->section->http.retry_on & ~(unsigned)HTTP_RETRY_CONN_FAILURE)
		keep_body(stream);
	stream_assign(stream);
	if (stream->state != STREAM_ENDED && !http_hold(stream, &stream->client))
		stream_end(stream, 'R', 0);
	return STEP_GONE;
}

static enum step_result (*const steps[HTTP_STEPS])(struct stream *stream) = {
	[HTTP_STEP_FRONT_BEGIN] = front_begin,
	[HTTP_STEP_FRONT_BODY] = front_body,
	[HTTP_STEP_FRONT_CONTENT] = front_content,
	[HTTP_STEP_FRONT_RULES] = front_rules,
	[HTTP_STEP_FRONT_SERVICE] = front_service,
	[HTTP_STEP_ROUTE] = route,
	[HTTP_STEP_BACK_BODY] = back_body,
	[HTTP_STEP_BACK_CONTENT] = back_content,
	[HTTP_STEP_BACK_RULES] = back_rules,
	[HTTP_STEP_BACK_SERVICE] = back_service,
	[HTTP_STEP_SEND] = send_on,
};

/* Who expects 100 sends no body before, and the server would say it too late (RFC 9110, 10.1.1). */
static void ask_for_body(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct slice interim = SLICE("HTTP/1.1 100 Continue\r\n\r\n");

	if (!txn->request.expects_continue || txn->body_complete)
		return;
	txn->request.expects_continue = false;
	http_header_remove_all(&txn->request, SLICE("Expect"));
	if (http_send(stream, &stream->client, &interim) != FLOW_DRAINED)
		stream_end(stream, 'C', 'R');
}

void http_analyse(struct stream *stream)
{
	struct txn *txn = stream->txn;

	txn->waiting = false;
	/* A rule may wait for the body, and one that needs it must see what is there. */
	if (txn->request.body != HTTP_BODY_NONE && !txn->body_complete &&
	    stream->worker->proxy->conf->looks_at_bodies && !http_collect_body(stream)) {
		fail(stream, 400, 'P');
		return;
	}
	for (;;) {
		switch (steps[txn->step](stream)) {
		case STEP_DONE:
			txn->step++;
			break;
		case STEP_WAITS:
			txn->waiting = true;
			ask_for_body(stream);
			if (stream->state == STREAM_ENDED)
				return;
			if (!http_hold(stream, &stream->client))
				stream_end(stream, 'R', 'R');
			else
				stream_watch(stream);
			return;
		case STEP_GONE:
			return;
		}
	}
}

void http_tarpit_ready(struct stream *stream)
{
	if (stream->client.failed)
		stream_end(stream, 'C', 'T');
}

void http_tarpit_timeout(struct stream *stream)
{
	struct moment now = worker_now(stream->worker);

	stream->queue_ms = (int32_t)(moment_since(stream->entered, now) / 1000);
	http_answer(stream);
}
