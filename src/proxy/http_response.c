/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_response.c - a server's head: counted, captured, ruled upon, and
 * put together for the client.
 */
#include "http/case.h"
#include "proxy/http_stream.h"
#include "proxy/server_conn.h"
#include "proxy/server_observe.h"
#include "proxy/stopping.h"
#include "proxy/stream_timer.h"

bool http_append_head(struct txn *txn, struct slice head)
{
	struct slice *waiting = &txn->response_flow.head;
	char *both;

	if (waiting->len == 0) {
		*waiting = head;
		return true;
	}
	both = bump_alloc(&txn->memory, waiting->len + head.len);
	if (both == NULL)
		return false;
	memcpy(both, waiting->at, waiting->len);
	memcpy(both + waiting->len, head.at, head.len);
	*waiting = (struct slice){ both, waiting->len + head.len };
	return true;
}

bool http_write_response(struct txn *txn, struct slice *ret_head)
{
	const struct stream *stream = txn->stream;
	struct out out = { 0 };

	if (stream->listener->frontend->section->http.adjust_response_case)
		http_case_adjust(&txn->response, stream->worker->proxy->conf->global.cases);
	out.size = http_message_size(&txn->response);
	out.bytes = bump_alloc(&txn->memory, out.size);
	if (out.bytes == NULL)
		return false;
	http_message_write(&txn->response, &out);
	*ret_head = out_slice(&out);
	return !out.cut;
}

void http_count_response(struct stream *stream, unsigned status)
{
	enum counter which = status >= 100 && status < 600
				     ? COUNT_RESPONSES_OTHER + status / 100
				     : COUNT_RESPONSES_OTHER;

	count_one(frontend_counters(stream), which);
	if (stream->backend == NULL)
		return;
	count_one(backend_counters(stream), which);
	if (stream->target != NULL)
		count_one(server_counters(stream), which);
}

/* 100, 102, 103: passed on as they are; the response is still to come. */
static void interim(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct buffer *input = http_input(stream, stream->server);
	struct slice head;

	if (!http_write_response(txn, &head) || !http_append_head(txn, head)) {
		http_give_up(stream, 500, 'R', 'H');
		return;
	}
	input->start += (uint32_t)txn->response.len;
	/* A client of HTTP/1.0 knows no interim responses (RFC 9110, 15.2). */
	if (txn->request.minor == 0)
		txn->response_flow.head = (struct slice){ NULL, 0 };
	else if (http_send(stream, &stream->client, &txn->response_flow.head) == FLOW_WRITE_ERROR)
		stream_end(stream, 'C', 'H');
}

static unsigned retry_bit(unsigned status)
{
	static const struct {
		unsigned status, bit;
	} rows[] = {
		{ 401, HTTP_RETRY_401 }, { 403, HTTP_RETRY_403 }, { 404, HTTP_RETRY_404 },
		{ 408, HTTP_RETRY_408 }, { 425, HTTP_RETRY_425 }, { 429, HTTP_RETRY_429 },
		{ 500, HTTP_RETRY_500 }, { 501, HTTP_RETRY_501 }, { 502, HTTP_RETRY_502 },
		{ 503, HTTP_RETRY_503 }, { 504, HTTP_RETRY_504 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].status == status)
			return rows[i].bit;
	return 0;
}

/* ---- rules ---- */

static void refused(struct stream *stream, const struct section *section)
{
	count_one(frontend_counters(stream), COUNT_DENIED_RESPONSES);
	if (stream->backend == NULL) /* an answer of ours before one was chosen */
		return;
	count_one(backend_counters(stream), COUNT_DENIED_RESPONSES);
	if (stream->target != NULL)
		count_one(server_counters(stream), COUNT_DENIED_RESPONSES);
}

/* False: the response goes no further, something else has been done. */
static bool run_list(struct stream *stream, const struct section *section, enum rule_list list)
{
	struct txn *txn = stream->txn;
	struct rule_run *run = &txn->run;
	struct expr_context context;

	if (!rules_any(&section->rules, list))
		return true;
	/* One that waited goes on where it stopped. */
	if (!txn->response_waits)
		*run = (struct rule_run){
			.list = list, .section = section, .stream = stream, .txn = txn,
			.message = &txn->response,
		};
	txn->response_waits = false;
	if (!run->in_action) /* an action keeps its own, set when it began to wait */
		run->wait_until = MOMENT_NEVER;
	txn_context(txn, &context);
	context.bytes_end = true;
	switch (rules_run(section->rules.first[list], run, &context)) {
	case RULE_NEXT:
	case RULE_DONE:
		return true;
	case RULE_WAIT:
		/* Only actions of http-response wait: for conditions the bytes are at their end. */
		ASSERT(list == RULES_HTTP_RESPONSE);
		txn->response_waits = true;
		stream_watch(stream);
		return false;
	case RULE_REPLY:
	case RULE_TARPIT:
		if (txn->reply_cause == 'P')
			refused(stream, section);
		txn->after_rules_done |= list == RULES_HTTP_AFTER_RESPONSE;
		http_drop_response(stream);
		http_answer(stream);
		return false;
	case RULE_DROP:
		http_silence(stream);
		stream_end(stream, 'P', 'H');
		return false;
	case RULE_REJECT:
		refused(stream, section);
		break;
	case RULE_ERROR:
		break;
	}
	txn->after_rules_done |= list == RULES_HTTP_AFTER_RESPONSE;
	http_give_up(stream, 502, 'P', 'H');
	return false;
}

/* The backend's rules come first: the way back. */
static bool run_rules(struct stream *stream, enum rule_list list)
{
	const struct section *front = stream->listener->frontend->section;

	if (stream->backend != NULL && stream->backend->section != front &&
	    !run_list(stream, stream->backend->section, list))
		return false;
	return run_list(stream, front, list);
}

bool http_after_response(struct stream *stream)
{
	/* An answer to their own failure would meet them again, and fail again. */
	return stream->txn->after_rules_done || run_rules(stream, RULES_HTTP_AFTER_RESPONSE);
}

/* What of the body has come, for rules that look at it. */
static bool look_at_body(struct stream *stream)
{
	if (!stream->worker->proxy->conf->looks_at_response_bodies ||
	    http_collect_response(stream))
		return true;
	stream->txn->response_waits = false;
	http_bad_response(stream);
	return false;
}

/* The lists that may wait, each with the backend's part first: from response_step on. */
static bool lists_pass(struct stream *stream)
{
	static const enum rule_list lists[] = { RULES_RESPONSE_CONTENT, RULES_HTTP_RESPONSE };
	const struct section *front = stream->listener->frontend->section;
	struct txn *txn = stream->txn;

	for (; txn->response_step < 2 * ARRAY_LEN(lists); txn->response_step++) {
		const struct section *section = txn->response_step % 2 == 0
							? stream->backend->section
							: front;

		if (txn->response_step % 2 == 0 && section == front)
			continue;
		if (!run_list(stream, section, lists[txn->response_step / 2]))
			return false;
	}
	return true;
}

static bool rules_pass(struct stream *stream)
{
	struct txn *txn = stream->txn;

	if (!look_at_body(stream) || !lists_pass(stream))
		return false;
	if (!persist_response(txn)) {
		refused(stream, stream->backend->section);
		http_give_up(stream, 502, 'P', 'H');
		return false;
	}
	return http_after_response(stream);
}

/* ---- the head for the client ---- */

static bool client_closes(const struct stream *stream)
{
	const struct txn *txn = stream->txn;

	return !txn->request.keep_alive || txn->response.asks_close || txn->response.body == HTTP_BODY_CLOSE ||
	       http_connection_of(stream) == HTTP_MODE_CLOSE ||
	       stopping_ends(stream);
}

static bool send_head(struct stream *stream)
{
	struct txn *txn = stream->txn;
	struct buffer *input = http_input(stream, stream->server);
	struct slice head, waiting;

	txn->closes |= client_closes(stream);
	http_message_set_connection(&txn->response, !txn->closes, txn->request.minor);
	if (!http_write_response(txn, &head) || !http_append_head(txn, head)) {
		http_give_up(stream, 500, 'R', 'H');
		return false;
	}
	waiting = txn->response_flow.head;
	txn_flow_begin(&txn->response_flow, &txn->response, waiting);
	txn->response_flow.chunked.holds =
		stream->listener->frontend->section->http.drop_response_trailers;
	txn->response_head_len = head.len;
	txn->bytes_out += head.len;
	input->start += (uint32_t)txn->response.len;
	return true;
}

bool http_response_begin(struct stream *stream)
{
	struct txn *txn = stream->txn;
	unsigned status = txn->response.status;

	if (status < 200 && status != 101) {
		interim(stream);
		return false;
	}
	/* A switch that nobody asked for would open a tunnel past all rules. */
	if (status == 101 && !txn->request.upgrade) {
		http_bad_response(stream);
		return false;
	}
	txn->response_at = worker_now(stream->worker);
	if (server_is_observed(stream->target))
		server_observe_status(stream->target, txn->response.status);
	txn->status = txn->server_status = (uint16_t)status;
	server_conn_of(stream->server)->served++;
	if (retry_bit(status) != 0 && http_retry(stream, retry_bit(status)))
		return false;
	http_count_response(stream, status);
	stream_count_latency(stream, txn->response_at.us - txn->head_at.us);
	capture_response(txn);
	txn->response_step = 0;
	txn->response_cut = false;
	return http_response_resume(stream);
}

bool http_response_resume(struct stream *stream)
{
	struct txn *txn = stream->txn;

	if (!rules_pass(stream) || !send_head(stream))
		return false;
	txn->status = txn->response.status;
	stream_log_at(stream, LOG_STEP_RESPONSE);
	if (stream_front(stream)->logasap)
		stream_log(stream, true);
	return true;
}
