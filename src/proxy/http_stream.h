/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_stream.h - mode http: what a stream does between accept and a
 * server, and back. The states are in stream.h.
 *
 * What a client has sent and nobody has taken yet is in the thread's receive
 * buffer during an event, and in the end's `held` from one event to the next
 * (http_hold). So the usual request, which comes whole and meets a pooled
 * connection, is never copied but for its head, which is put together anew.
 */
#pragma once

#include "proxy/splice.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

/* How far the analysis of a request has come; each may wait. */
enum http_step {
	HTTP_STEP_FRONT_BEGIN,
	HTTP_STEP_FRONT_BODY,	/* option http-buffer-request */
	HTTP_STEP_FRONT_CONTENT,
	HTTP_STEP_FRONT_RULES,
	HTTP_STEP_FRONT_SERVICE,	/* the statistics */
	HTTP_STEP_ROUTE,
	HTTP_STEP_BACK_BODY,
	HTTP_STEP_BACK_CONTENT,
	HTTP_STEP_BACK_RULES,
	HTTP_STEP_BACK_SERVICE,
	HTTP_STEP_SEND,
	HTTP_STEPS,
};

/* http_request.c: reading a head, and waiting for one */
void http_begin(struct stream *stream);		/* the connection is open */
/*
 * A stream of mode tcp becomes one of mode http, for good: what has come of it is
 * read as a request, to which what the frontend says of requests applies. Its
 * backend, if it has one, stays.
 */
void http_upgrade(struct stream *stream);
/* an exchange is over: waits for the next request */
void http_next(struct stream *stream);
void http_request_ready(struct stream *stream);
void http_request_timeout(struct stream *stream);

size_t http_head_limit(const struct stream *stream); /* bytes a head may have */

/* http_analyse.c: from a head to a server */
void http_analyse(struct stream *stream);
void http_tarpit_ready(struct stream *stream);
void http_tarpit_timeout(struct stream *stream);

/* http_exchange.c: request and response pass */
void http_connected(struct stream *stream);	/* there is a server connection */
void http_exchange(struct stream *stream);
void http_exchange_timeout(struct stream *stream);
struct moment http_exchange_deadline(const struct stream *stream);
/* Sends the request to another connection, if it may; false: it must fail. `reason`: enum http_retry. */
bool http_retry(struct stream *stream, unsigned reason);
char http_phase(const struct stream *stream);	/* of the termination state, in EXCHANGE */

/* The response cannot be passed on: another attempt, or 502. */
void http_bad_response(struct stream *stream);

/* http_response.c: a response's head has come */
/* false: the stream went elsewhere, it was a 1xx, or a rule waits (txn->response_waits) */
bool http_response_begin(struct stream *stream);
/* A rule has waited, and there are more bytes or its time is over; false: as above. */
bool http_response_resume(struct stream *stream);
bool http_after_response(struct stream *stream); /* its rules; false: the stream went elsewhere */
/* txn->response as bytes, in memory. False: no room. */
bool http_write_response(struct txn *txn, struct slice *ret_head);
/* Behind what of earlier heads (1xx) the client has not taken yet. False: no memory. */
bool http_append_head(struct txn *txn, struct slice head);
void http_count_response(struct stream *stream, unsigned status);

/* http_answer.c: answers of our own, and the end of an exchange */
void http_answer(struct stream *stream);	/* sends txn->reply */
/* The reply for `status`, then the connection ends. Whatever is on the way to a server is dropped. */
void http_give_up(struct stream *stream, unsigned status, char cause, char phase);
void http_drop_response(struct stream *stream);
void http_reply_ready(struct stream *stream);
void http_reply_timeout(struct stream *stream);
void http_linger_ready(struct stream *stream);
void http_linger_timeout(struct stream *stream);
/* all is said: log, then the next request or the end */
void http_finish(struct stream *stream);
void http_silence(struct stream *stream);	/* silent-drop */

/* The moment the state times out; MOMENT_NEVER: not at all. For stream_timer.c. */
struct moment http_deadline(const struct stream *stream);

/* What both sides say of keeping connections, joined. */
enum http_connection http_connection_of(const struct stream *stream);

/* ---- http_io.c ---- */

/* The bytes of this end that nobody has taken: its own buffer, or the thread's. */
static inline struct buffer *http_input(struct stream *stream, struct stream_end *end)
{
	return end->held != NULL ? end->held : stream->worker->receive;
}

/* Gives an empty buffer back. */
void http_trim(struct stream *stream, struct stream_end *end);

/* Reads once behind what is there: MORE, DRAINED, END, READ_ERROR, or BLOCKED when there is no room. */
enum flow http_read(struct stream *stream, struct stream_end *end);

/* Before the event ends: what is left in the thread's buffer becomes the end's own. False: no memory. */
bool http_hold_received(struct stream *stream, struct stream_end *end);
static inline bool http_hold(struct stream *stream, struct stream_end *end)
{
	return end->held != NULL || buffer_used(stream->worker->receive) == 0 ||
	       http_hold_received(stream, end);
}

/* Sends a flow's head and body as far as it goes: END when all of it is sent. */
enum flow http_pass(struct stream *stream, struct stream_end *from, struct stream_end *to,
		    struct txn_flow *flow, uint64_t *count);

/* Sends `bytes`; what was sent is cut off its front. DRAINED, BLOCKED or WRITE_ERROR. */
enum flow http_send(struct stream *stream, struct stream_end *to, struct slice *bytes);

/* Sets up a flow for a message whose head is `head`. */
void txn_flow_begin(struct txn_flow *flow, const struct http_message *message, struct slice head);

/* Passes over what is there of a body; true when that is all of it. */
bool txn_flow_swallow(struct txn_flow *flow, struct buffer *input);

/*
 * Decodes what is there of the request's body into txn->body, of the response's into
 * txn->response_body. False: malformed, or no memory.
 */
bool http_collect_body(struct stream *stream);
bool http_collect_response(struct stream *stream);
