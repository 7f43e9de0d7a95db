/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/context.c - what expressions see of a stream (txn.h). */
#include "proxy/stream.h"
#include "proxy/txn.h"

static const struct net_endpoint *find_dst(struct expr_context *context)
{
	context->dst = stream_dst(context->stream);
	return context->dst;
}

static struct slice held_bytes(const struct stream_end *end)
{
	if (end == NULL || end->held == NULL)
		return (struct slice){ NULL, 0 };
	return (struct slice){ (const char *)end->held->bytes + end->held->start,
			       buffer_used(end->held) };
}

void stream_context(struct stream *stream, struct expr_context *ret)
{
	struct worker *worker = stream->worker;
	struct moment now = worker_now(worker);

	*ret = (struct expr_context){
		.src = &stream->src,
		.find_dst = find_dst,
		.request_bytes = held_bytes(&stream->client),
		.response_bytes = held_bytes(stream->server),
		.vars[EXPR_SCOPE_PROC] = worker->proxy->vars,
		.memory = &worker->scratch,
		.regex = worker->regex,
		.random = worker_random(worker),
		.now_us = now.us,
		.wall_us = worker_wall_us(worker, now),
		.stream = stream,
	};
	if (stream->session == NULL)
		return;
	ret->vars[EXPR_SCOPE_SESS] = stream->session->vars;
	if (stream->session->dst.family != AF_UNSPEC)
		ret->dst = &stream->session->dst;
}

void txn_context(struct txn *txn, struct expr_context *ret)
{
	stream_context(txn->stream, ret);
	ret->memory = &txn->memory;
	if (txn->head_at.us != 0 && !txn->head_gone)
		ret->request = &txn->request;
	if (txn->response_at.us != 0 || txn->answering)
		ret->response = &txn->response;
	ret->vars[EXPR_SCOPE_TXN] = txn->vars;
	ret->vars[EXPR_SCOPE_REQ] = ret->vars[EXPR_SCOPE_RES] = txn->message_vars;
	/* Like the head it may be in a buffer that is given back when it has gone. */
	if (!txn->head_gone)
		ret->body = txn->body;
	ret->body_complete = txn->body_complete;
	ret->response_body = txn->response_body;
}
