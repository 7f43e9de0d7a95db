/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/balance.c - the part of a request that `balance` hashes (configuration
 * manual 4.2 "balance"). No key: the servers take turns.
 */
#include <string.h>

#include "expr/rdp.h"
#include "http/uri.h"
#include "lb/algo.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static struct slice source_key(const struct stream *stream)
{
	size_t len = stream->src.family == AF_INET ? 4 : stream->src.family == AF_INET6 ? 16 : 0;

	return (struct slice){ (const char *)stream->src.ip, len };
}

/* Up to '?' unless `whole`, and no more than `len` bytes and `depth` slashes. */
static struct slice uri_key(const struct http_message *request, const struct lb_key_conf *conf)
{
	struct slice uri = conf->path_only ? request->path : request->target;
	uint32_t slashes = 0;
	size_t end = 0;

	if (conf->len != 0 && uri.len > conf->len)
		uri.len = conf->len;
	for (; end < uri.len; end++) {
		if (uri.at[end] == '/' && conf->depth != 0 && ++slashes > conf->depth)
			break;
		if (uri.at[end] == '?' && !conf->whole)
			break;
	}
	uri.len = end;
	return uri;
}

/* In the query, else in a form that was posted. */
static struct slice param_key(const struct txn *txn, const struct lb_key_conf *conf)
{
	struct slice name = slice_of(conf->name);
	struct slice value = { NULL, 0 };

	if (http_param_find(http_query(&txn->request), '&', name, false, &value))
		return value;
	if (conf->check_post && txn->request.method_id == HTTP_POST &&
	    http_param_find(txn->body, '&', name, false, &value))
		return value;
	return (struct slice){ NULL, 0 };
}

/* "1wt" of "haproxy.1wt.eu": what stands before the last dot, down to the one before. */
static struct slice main_domain(struct slice host)
{
	size_t end = host.len, begin;

	while (end > 0 && host.at[end - 1] != '.')
		end--;
	if (end == 0)
		return host;
	end--;
	for (begin = end; begin > 0 && host.at[begin - 1] != '.';)
		begin--;
	return (struct slice){ host.at + begin, end - begin };
}

static struct slice header_key(const struct http_message *request, const struct lb_key_conf *conf)
{
	const struct http_header *header = http_find_name(request, slice_of(conf->name), NULL);
	struct slice value = { NULL, 0 };
	struct slice list = header != NULL ? header->value : value;

	if (!http_list_next(&list, &value))
		return (struct slice){ NULL, 0 };
	return conf->domain_only ? main_domain(value) : value;
}

static struct slice rdp_key(const struct expr_context *context, const struct lb_key_conf *conf)
{
	struct slice value = { NULL, 0 };

	rdp_cookie_read(context->request_bytes, slice_of(conf->name), &value);
	return value;
}

static struct slice expr_key(struct expr_context *context, const struct lb_key_conf *conf)
{
	struct expr_sample sample = { 0 };

	context->bytes_end = true;
	if (!expr_get_as(conf->expr, context, EXPR_BINARY, &sample))
		return (struct slice){ NULL, 0 };
	return sample.value.text;
}

static struct slice key_of(struct stream *stream, const struct lb_conf *lb)
{
	struct txn *txn = stream->txn;
	struct expr_context context;

	if (lb->algo->key == LB_KEY_SOURCE)
		return source_key(stream);
	if (txn == NULL)
		return (struct slice){ NULL, 0 };
	switch (lb->algo->key) {
	case LB_KEY_URI:
		return uri_key(&txn->request, &lb->key);
	case LB_KEY_URL_PARAM:
		return param_key(txn, &lb->key);
	case LB_KEY_HEADER:
		return header_key(&txn->request, &lb->key);
	case LB_KEY_RDP_COOKIE:
		txn_context(txn, &context);
		return rdp_key(&context, &lb->key);
	case LB_KEY_EXPR:
		txn_context(txn, &context);
		return expr_key(&context, &lb->key);
	case LB_KEY_SOURCE:
	case LB_KEY_NONE:
		break;
	}
	return (struct slice){ NULL, 0 };
}

void balance_key(struct stream *stream, struct lb_request *ret)
{
	struct slice key = key_of(stream, &stream->backend->section->back.lb);

	ret->key = key.len != 0 ? key.at : NULL;
	ret->key_len = key.len;
}
