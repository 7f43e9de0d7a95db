/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_prepare.c - what is added to a request before it goes to a
 * server: unique-id-header, `option forwarded` (RFC 7239), forwardfor and
 * originalto; and what is taken away: `option http-restrict-req-hdr-names`, the
 * client's own http-send-name-header.
 *
 * Frontend and backend have a say each. A header is added when one of them
 * wants it; the backend's name for it counts, and `except` of either.
 */
#include <string.h>

#include "expr/sample.h"
#include "proxy/captures.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static const struct http_conf *front_of(const struct txn *txn)
{
	return &txn->stream->listener->frontend->section->http;
}

static const struct http_conf *back_of(const struct txn *txn)
{
	return &txn->stream->backend->section->http;
}

/* ---- one address in a header ---- */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || ((a[bits / 8] ^ b[bits / 8]) >> (8 - rest)) == 0;
}

static bool excepted(const struct http_address_header *conf, const struct net_endpoint *endpoint)
{
	if (!conf->enabled)
		return false;
	for (const struct http_except *except = conf->except; except != NULL;
	     except = except->next) {
		struct net_endpoint network;

		net_endpoint_from_sockaddr(&network,
					   (const struct sockaddr *)&except->network.storage);
		if (network.family == endpoint->family &&
		    same_bits(network.ip, endpoint->ip, except->bits))
			return true;
	}
	return false;
}

static bool is_ip(const struct net_endpoint *endpoint)
{
	return endpoint != NULL && (endpoint->family == AF_INET || endpoint->family == AF_INET6);
}

/* The address as text in memory; at NULL: no memory. */
static struct slice address_text(struct txn *txn, const struct net_endpoint *endpoint)
{
	char text[NET_TEXT];

	return bump_copy(&txn->memory, slice_of(net_endpoint_text(endpoint, text)));
}

static bool add_address(struct txn *txn, const struct http_address_header *front,
			const struct http_address_header *back,
			const struct net_endpoint *endpoint)
{
	struct slice name = slice_of(back->enabled ? back->name : front->name);
	bool always = (front->enabled && !front->if_none) || (back->enabled && !back->if_none);
	struct slice value;

	if ((!front->enabled && !back->enabled) || !is_ip(endpoint) ||
	    excepted(front, endpoint) || excepted(back, endpoint))
		return true;
	if (!always && http_find_name(&txn->request, name, NULL) != NULL)
		return true;
	value = address_text(txn, endpoint);
	return value.at != NULL && http_header_add(&txn->request, name, value);
}

static bool wants(const struct http_address_header *front, const struct http_address_header *back)
{
	return front->enabled || back->enabled;
}

/* ---- Forwarded ---- */

/* A value of RFC 7239, 4: a token stands by itself, anything else in quotes. */
static void put_value(struct out *out, struct slice value)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	bool quoted = value.len == 0;

	for (size_t i = 0; i < value.len; i++)
		quoted |= memchr(token, value.at[i], sizeof(token) - 1) == NULL;
	if (quoted)
		out_char(out, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == '"' || value.at[i] == '\\')
			out_char(out, '\\');
		out_char(out, value.at[i]);
	}
	if (quoted)
		out_char(out, '"');
}

static void put_name(struct out *out, const char *name)
{
	if (out->len != 0)
		out_char(out, ';');
	out_text(out, name);
	out_char(out, '=');
}

/* The expression's text; at NULL: it has no value. */
static struct slice expr_text(const struct expr *expr, struct expr_context *context)
{
	struct expr_sample sample = { 0 };

	if (!expr_get_as(expr, context, EXPR_STRING, &sample))
		return (struct slice){ NULL, 0 };
	return sample.value.text;
}

/* A node of RFC 7239, 6: "10.0.0.1", "[2001:db8::1]:80", "unknown". */
struct node {
	bool with_name, with_port;
	const struct expr *name_expr, *port_expr;
	const struct net_endpoint *endpoint;
};

static void put_node_name(struct out *out, const struct node *node, struct expr_context *context)
{
	char text[NET_TEXT];
	struct slice name = { NULL, 0 };

	if (node->name_expr != NULL)
		name = expr_text(node->name_expr, context);
	else if (node->with_name && is_ip(node->endpoint))
		name = slice_of(net_endpoint_text(node->endpoint, text));
	if (name.len == 0)
		name = SLICE("unknown");
	if (memchr(name.at, ':', name.len) != NULL && *name.at != '[') {
		out_char(out, '[');
		out_put(out, name);
		out_char(out, ']');
	} else {
		out_put(out, name);
	}
}

static void put_node_port(struct out *out, const struct node *node, struct expr_context *context)
{
	if (node->port_expr != NULL) {
		struct slice port = expr_text(node->port_expr, context);

		if (port.len != 0) {
			out_char(out, ':');
			out_put(out, port);
		}
	} else if (is_ip(node->endpoint)) {
		out_char(out, ':');
		out_number(out, node->endpoint->port);
	}
}

static void put_node(struct out *out, const char *name, const struct node *node,
		     struct expr_context *context)
{
	char text[256];
	struct out whole = { text, 0, sizeof(text), false };

	if (!node->with_name && !node->with_port)
		return;
	put_node_name(&whole, node, context);
	if (node->with_port)
		put_node_port(&whole, node, context);
	put_name(out, name);
	put_value(out, out_slice(&whole));
}

static void put_host(struct out *out, struct txn *txn, const struct http_forwarded *conf,
		     struct expr_context *context)
{
	struct slice host = txn->request.authority;

	if (!conf->host)
		return;
	if (conf->host_expr != NULL)
		host = expr_text(conf->host_expr, context);
	if (host.len == 0)
		return;
	put_name(out, "host");
	put_value(out, host);
}

static bool add_forwarded(struct txn *txn, const struct http_forwarded *conf)
{
	struct stream *stream = txn->stream;
	const struct node by = { conf->by, conf->by_port, conf->by_expr, conf->by_port_expr,
				 conf->by || conf->by_port ? stream_dst(stream) : NULL };
	const struct node client = { conf->for_, conf->for_port, conf->for_expr,
				     conf->for_port_expr, &stream->src };
	struct expr_context context;
	struct out out = { 0 };

	txn_context(txn, &context);
	out.size = 1024;
	out.bytes = bump_alloc(&txn->memory, out.size);
	if (out.bytes == NULL)
		return false;
	if (conf->proto) {
		put_name(&out, "proto");
		out_text(&out, "http");
	}
	put_host(&out, txn, conf, &context);
	put_node(&out, "by", &by, &context);
	put_node(&out, "for", &client, &context);
	return !out.cut && http_header_add(&txn->request, SLICE("forwarded"), out_slice(&out));
}

/* ---- all of them ---- */

static bool add_unique_id(struct txn *txn)
{
	const char *name = front_of(txn)->unique_id_header;
	struct slice id;

	if (name == NULL)
		return true;
	id = txn_unique_id(txn);
	return id.at == NULL || http_header_add(&txn->request, slice_of(name), id);
}

/* What a server with `redir` needs of a request whose head is gone by then. */
static bool keep_redirect_path(struct txn *txn)
{
	const struct http_message *request = &txn->request;

	if (!back_of(txn)->redirects || request->path.len == 0 || *request->path.at != '/' ||
	    (request->method_id != HTTP_GET && request->method_id != HTTP_HEAD))
		return true;
	txn->redirect_path = bump_copy(&txn->memory, request->path);
	return txn->redirect_path.at != NULL;
}

bool http_request_prepare(struct txn *txn)
{
	const struct http_conf *front = front_of(txn);
	const struct http_conf *back = back_of(txn);
	const struct http_forwarded *forwarded =
		back->forwarded.enabled ? &back->forwarded : &front->forwarded;

	if (!keep_redirect_path(txn) || !add_unique_id(txn))
		return false;
	/* The engine adds it when the server is known. */
	if (back->send_name_header != NULL)
		http_header_remove_all(&txn->request, slice_of(back->send_name_header));
	if (forwarded->enabled && !add_forwarded(txn, forwarded))
		return false;
	if (!add_address(txn, &front->forwardfor, &back->forwardfor, &txn->stream->src))
		return false;
	return !wants(&front->originalto, &back->originalto) ||
	       add_address(txn, &front->originalto, &back->originalto, stream_dst(txn->stream));
}

/* ---- names ---- */

static bool plain_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z') && c != '-')
			return false;
	}
	return true;
}

bool http_names_allowed(struct txn *txn, const struct section *section)
{
	enum http_names policy = section->http.names;

	if (policy == HTTP_NAMES_KEEP)
		return true;
	for (unsigned i = 0; i < txn->request.header_count;) {
		struct http_header *header = &txn->request.headers[i];

		if (plain_name(header->name))
			i++;
		else if (policy == HTTP_NAMES_DELETE)
			http_header_remove(&txn->request, header);
		else
			return false;
	}
	return true;
}
