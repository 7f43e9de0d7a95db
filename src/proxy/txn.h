/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/txn.h - a transaction: one request and its response (in mode tcp: the
 * stream, where rules or its log line need more than an address).
 *
 * It exists from the first byte of a request to the last of its response; an
 * idle connection has none. It belongs to the stream's thread. All that its
 * slices point to is in `memory`, in the receive buffer (messages, until the
 * head is sent on) or in the configuration.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bump.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "expr/context.h"
#include "http/chunked.h"
#include "http/message.h"
#include "proxy/rule.h"

struct buffer;
struct dns_lookup;
struct server;
struct stream;

/* One direction of an exchange: a head that was put together, then the body as it comes. */
struct txn_flow {
	struct slice head;	/* not sent yet; in memory */
	enum http_body kind;
	bool begun;		/* the head is known */
	/* the last byte of the body was seen; sent when passable is 0, too */
	bool done;
	uint32_t passable;	/* bytes at the front of the input that belong to the body */
	bool drops;		/* its trailers are coming, and are not passed on */
	uint64_t left;		/* HTTP_BODY_LENGTH */
	struct http_chunked chunked;
};

struct txn {
	struct stream *stream;
	struct http_message request, response;
	struct txn_flow request_flow, response_flow;
	size_t response_head_len;	/* of the response's own head in response_flow.head, the end of it */
	size_t kept_body;		/* bytes of the body at the end of sent_head */
	struct slice sent_head;		/* the request's head as sent, for another attempt */
	struct bump memory;
	struct expr_vars *vars, *message_vars; /* scopes txn, req and res; NULL until used */

	/* moments of the loop's clock; 0: did not come to that */
	struct moment began;		/* the first byte of the request */
	struct moment head_at;		/* the request's head was complete */
	struct moment analysed_at;	/* rules have let it pass, or answered it */
	struct moment response_at;	/* the response's head was complete */

	/* for logs and capture.req.uri: "GET /x HTTP/1.1", cut at 1024 (tune.http.logurilen) */
	struct slice request_line;
	struct slice uri;		/* in request_line */
	/* as many as the frontend has; at NULL: none */
	struct slice *request_captures, *response_captures;
	struct slice client_cookie, server_cookie; /* capture cookie: "name=value" */
	struct slice unique_id;
	char cookie_request;		/* termination state, third character; 0 counts as '-' */
	char cookie_response;		/* fourth */
	/* of the request's cookie: maxidle, maxlife (persist.h) */
	uint32_t cookie_last, cookie_first;
	uint64_t session;		/* that the request names (appsession.h); 0: none */
	uint16_t status;		/* sent to the client; 0: none yet */
	uint16_t server_status;		/* as it came; 0: none yet */
	uint64_t bytes_in, bytes_out;	/* %U, %B: read from the client, sent to it */

	struct slice reply;		/* of our own; at NULL: none. A whole message */
	bool reply_closes;		/* the connection ends with it */
	char reply_cause, reply_phase;	/* termination state */
	/* of an error, whatever its errorfile says; 0: the reply's own */
	uint16_t reply_status;
	bool answering;			/* `response` is the head of `reply` */
	bool after_rules_done;		/* http-after-response has refused a response */

	struct slice redirect_path;	/* for `redir`; at NULL: the request goes to servers */
	const struct net_endpoint *source; /* of `usesrc hdr_ip()`; NULL: none */
	struct slice hash_key;		/* what `balance` hashes; at NULL: nothing */
	struct server *persistent;	/* what persistence asks for; NULL: balance */
	bool force_persist, ignore_persist;
	bool cookie_found;		/* the request had a valid persistence cookie */
	bool no_log;			/* set-log-level silent, monitor-uri */
	int8_t log_level;		/* set-log-level; -1: the usual */
	uint32_t timeout_server, timeout_tunnel, timeout_client; /* set-timeout; 0: as configured */
	uint32_t timeout_connect, timeout_queue, timeout_tarpit;
	int32_t max_retries;		/* set-retries; -1: as configured */
	struct slice early_hints;	/* headers of a 103 that is not sent yet */
	bool no_l7_retry;		/* disable-l7-retry */
	bool switched;			/* a stream of mode tcp becomes one of mode http with it */
	/* decoded so far, for wait-for-body and req.body; in memory */
	struct slice body;
	bool body_complete;
	char *body_room;		/* for a chunked body that is decoded */
	/* the same of the response, for http-response rules alone */
	struct slice response_body;
	bool response_body_complete;
	char *response_body_room;

	struct rule_run run;		/* of the rules that wait */
	struct dns_lookup *lookup;	/* do-resolve waits for it, in memory; NULL: none does */
	const struct rule *last_rule;	/* it has ended its list; NULL: none has */
	const struct rule *waiting_rule; /* it waits for bytes or time; NULL: none does */
	int16_t priority_class;		/* set-priority-class: lower ones come first in queues */
	int32_t priority_offset;	/* set-priority-offset: milliseconds later than it came */
	/* enum http_step: how far the request's analysis has come */
	uint8_t step;
	bool waiting;			/* for run.wait_until, or more bytes */
	/* a response's way through its rules (http_response.c), and that it waits on it */
	/* set-bc-mark, set-bc-tos: of the connection to the server */
	uint32_t server_mark;
	int server_tos;
	bool has_server_mark, has_server_tos;
	uint8_t response_step;
	bool response_waits;
	bool response_cut;		/* no more of it can come before it is passed on */
	bool head_gone;			/* `request` points to bytes that were given up */
	bool tunnel;			/* bytes of the ends count, too */
	bool closes;			/* the client's connection ends with this exchange */
	struct strbuf service_reply;	/* of a service of this process; `reply` points into it */
	struct proxy_service_feed *feed; /* the reply goes on from it; NULL: it does not */
};

/* A rule has said how packets to the server are marked: no other connection will do. */
static inline bool txn_sets_packets(const struct txn *txn)
{
	return txn->has_server_mark || txn->has_server_tos;
}

/* Bytes of a transaction with its two header tables. */
size_t txn_size(int64_t maxhdr);
/* For the stream; NULL: no memory. */
struct txn *txn_new(struct stream *stream);
void txn_free(struct stream *stream);
/* The answer of ours: `bytes` is a whole message that lives as long as the transaction. */
void txn_reply(struct txn *txn, struct slice bytes, char cause, char phase);

/*
 * The reply for a status as the operator wants it: errorfile, errorloc,
 * http-errors, http-error of backend or frontend, or the built-in one.
 * proxy/http_error.c.
 */
struct slice http_error_reply(struct txn *txn, unsigned status);

/* Everything an expression may see now. proxy/context.c */
void txn_context(struct txn *txn, struct expr_context *ret);
/* also without a transaction */
void stream_context(struct stream *stream, struct expr_context *ret);
static inline struct stream *context_stream(const struct expr_context *context)
{
	return context->stream;
}

/*
 * What persistence, headers and captures do to a message (proxy/http_*.c).
 * The request's: after the rules, before a server is chosen. The response's:
 * after http-response rules. False: it cannot be sent on (no memory, table full).
 */
/*
 * option http-restrict-req-hdr-names, after the section's http-request rules.
 * False: the request is to be refused with 403.
 */
bool http_names_allowed(struct txn *txn, const struct section *section);
/* monitor-uri: true when the request asks for it; the answer is then in txn->reply. */
bool http_monitor(struct txn *txn);
/* redir: true when the server's answer is a redirect, in txn->reply. */
bool http_server_redirects(struct txn *txn, const struct server *server);
/* forwardfor, originalto, forwarded, unique-id-header, ... */
bool http_request_prepare(struct txn *txn);
bool persist_request(struct txn *txn);		/* cookies, use-server, rdp: sets txn->persistent */
/* set-cookie, cache-control, checkcache; false: blocked by checkcache */
bool persist_response(struct txn *txn);
/* the server it asked for is given up: a redispatch */
void persist_lost(struct txn *txn);
/* the same when that one has left service meanwhile */
void persist_look_again(struct txn *txn);
void capture_request(struct txn *txn);
void capture_response(struct txn *txn);

/* The key that balance hashes, if the algorithm looks at requests; in `memory`. proxy/balance.c */
struct lb_request;
void balance_key(struct stream *stream, struct lb_request *ret);
