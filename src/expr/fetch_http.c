/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_http.c - the first line of a request or response, and what is
 * made of it and Host (configuration manual 7.3.6).
 */
#include "base/hash.h"
#include "expr/give.h"
#include "expr/request.h"

static struct slice http_host(const struct http_message *request)
{
	const struct http_header *host = http_find(request, HTTP_HOST, NULL);

	return host != NULL ? host->value : (struct slice){ NULL, 0 };
}

/* The path with its query; empty for "*" and for CONNECT. */
static struct slice http_whole_path(const struct http_message *request)
{
	return request->form == HTTP_TARGET_ORIGIN || request->form == HTTP_TARGET_ABSOLUTE
		       ? request->path
		       : (struct slice){ NULL, 0 };
}

/* Without the query. */
static struct slice http_bare_path(const struct http_message *request)
{
	struct slice path = http_whole_path(request);

	return path.len == 0 ? path : http_path(request);
}

/* Both together; in memory only when there are two. */
static enum expr_got http_give_joined(struct expr_context *context, struct slice a, struct slice b,
				      struct expr_sample *ret)
{
	char *text;

	if (a.len == 0 || b.len == 0)
		return a.len + b.len == 0 ? EXPR_NONE : expr_give_text(ret, a.len == 0 ? b : a);
	text = bump_alloc(context->memory, a.len + b.len);
	if (text == NULL)
		return EXPR_NONE;
	memcpy(text, a.at, a.len);
	memcpy(text + a.len, b.at, b.len);
	return expr_give_text(ret, (struct slice){ text, a.len + b.len });
}

static enum expr_got http_get_method(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct http_message *request;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	ret->type = EXPR_METHOD;
	ret->value.method.id = request->method_id;
	ret->value.method.name = request->method;
	return EXPR_GOT;
}

static enum expr_got http_get_url(struct expr_context *context, const struct expr_args *args,
				  struct expr_sample *ret)
{
	const struct http_message *request;
	enum expr_got got = expr_request(context, &request);

	return got == EXPR_GOT ? expr_give_text(ret, request->target) : got;
}

static enum expr_got http_get_path(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	const struct http_message *request;
	struct slice path;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	path = http_bare_path(request);
	return path.len == 0 ? EXPR_NONE : expr_give_text(ret, path);
}

static enum expr_got http_get_pathq(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	const struct http_message *request;
	struct slice path;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	path = http_whole_path(request);
	return path.len == 0 ? EXPR_NONE : expr_give_text(ret, path);
}

static enum expr_got http_get_query(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	const struct http_message *request;
	struct slice query;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	query = http_query(request);
	return query.at == NULL ? EXPR_NONE : expr_give_text(ret, query);
}

static enum expr_got http_get_base(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	const struct http_message *request;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	return http_give_joined(context, http_host(request), http_bare_path(request), ret);
}

static enum expr_got http_get_baseq(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	const struct http_message *request;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	return http_give_joined(context, http_host(request), http_whole_path(request), ret);
}

/* As the converter sdbm(1) does. */
static enum expr_got http_hash(struct expr_context *context, enum expr_got got,
			       struct expr_sample *ret)
{
	if (got != EXPR_GOT)
		return got;
	return expr_give_int(ret, hash_avalanche(hash_sdbm(ret->value.text.at,
							   ret->value.text.len)));
}

static enum expr_got http_get_base32(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	return http_hash(context, http_get_base(context, args, ret), ret);
}

static enum expr_got http_get_url32(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	return http_hash(context, http_get_baseq(context, args, ret), ret);
}

/* The hash in network order, then the address. */
static enum expr_got http_join_src(struct expr_context *context, enum expr_got got,
				   struct expr_sample *ret)
{
	const struct net_endpoint *src = context->src;
	uint64_t hash = (uint64_t)ret->value.integer;
	size_t ip_len = src != NULL && src->family == AF_INET6 ? 16 : 4;
	char *bytes;

	if (got != EXPR_GOT)
		return got;
	if (src == NULL || (src->family != AF_INET && src->family != AF_INET6))
		return EXPR_NONE;
	bytes = bump_alloc(context->memory, 4 + ip_len);
	if (bytes == NULL)
		return EXPR_NONE;
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (char)(hash >> (24 - 8 * i));
	memcpy(bytes + 4, src->ip, ip_len);
	return expr_give_bytes(ret, (struct slice){ bytes, 4 + ip_len });
}

static enum expr_got http_get_base32_src(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	return http_join_src(context, http_get_base32(context, args, ret), ret);
}

static enum expr_got http_get_url32_src(struct expr_context *context,
					const struct expr_args *args, struct expr_sample *ret)
{
	return http_join_src(context, http_get_url32(context, args, ret), ret);
}

/* The host and the port ("" when there is none) of a URL that names a server by its address. */
static enum expr_got http_url_server(struct expr_context *context, struct slice *ret_host,
				     struct slice *ret_port)
{
	const struct http_message *request;
	const char *end = NULL;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	if (request->form != HTTP_TARGET_ABSOLUTE || request->authority.len == 0)
		return EXPR_NONE;
	*ret_host = request->authority;
	if (*ret_host->at == '[') {
		end = memchr(ret_host->at, ']', ret_host->len);
		if (end == NULL)
			return EXPR_NONE;
		*ret_port = slice_skip(*ret_host, (size_t)(end + 1 - ret_host->at));
		*ret_host = (struct slice){ ret_host->at + 1, (size_t)(end - ret_host->at - 1) };
	} else {
		end = memchr(ret_host->at, ':', ret_host->len);
		*ret_port = slice_skip(*ret_host, end != NULL ? (size_t)(end - ret_host->at)
							      : ret_host->len);
		ret_host->len -= ret_port->len;
	}
	*ret_port = slice_skip(*ret_port, 1);
	return EXPR_GOT;
}

static enum expr_got http_get_url_ip(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	struct slice host, port;
	enum expr_got got = http_url_server(context, &host, &port);

	if (got != EXPR_GOT)
		return got;
	expr_give_text(ret, host);
	return expr_cast(ret, EXPR_ADDRESS, context->memory) ? EXPR_GOT : EXPR_NONE;
}

static enum expr_got http_get_url_port(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	struct slice host, port;
	enum expr_got got = http_url_server(context, &host, &port);

	if (got != EXPR_GOT)
		return got;
	expr_give_text(ret, host);
	if (!expr_cast(ret, EXPR_ADDRESS, context->memory))
		return EXPR_NONE;
	expr_give_text(ret, port.len > 0 ? port : SLICE("80"));
	return expr_cast(ret, EXPR_INT, context->memory) ? EXPR_GOT : EXPR_NONE;
}

static enum expr_got http_give_version(struct expr_sample *ret, const struct http_message *message)
{
	return expr_give_text(ret, message->minor == 0 ? SLICE("1.0") : SLICE("1.1"));
}

static enum expr_got http_get_req_ver(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	const struct http_message *request;
	enum expr_got got = expr_request(context, &request);

	return got == EXPR_GOT ? http_give_version(ret, request) : got;
}

static enum expr_got http_get_res_ver(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	const struct http_message *response;
	enum expr_got got = expr_response(context, &response);

	return got == EXPR_GOT ? http_give_version(ret, response) : got;
}

static enum expr_got http_get_status(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct http_message *response;
	enum expr_got got = expr_response(context, &response);

	return got == EXPR_GOT ? expr_give_int(ret, response->status) : got;
}

#define HTTP(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }

const struct expr_fetch expr_fetches_http[] = {
	{
		HTTP("base",
		     "The value of Host and the path, without a query: "
		     "www.example.org/favicon.ico.",
		     "acl icon base -i www.example.org/favicon.ico"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .method = "str",
		.get = http_get_base,
	},
	{
		HTTP("base32", "A 32-bit hash of 'base', as base,sdbm(1) makes it.",
		     "http-request set-header X-Key %[base32]"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, .get = http_get_base32,
	},
	{
		HTTP("base32+src", "The bytes of 'base32' and of the client's address.",
		     "http-request set-var(txn.key) base32+src"),
		.type = EXPR_BINARY, .need = EXPR_HAVE_REQUEST, .get = http_get_base32_src,
	},
	{
		HTTP("baseq", "The value of Host, the path and its query.",
		     "http-request set-var(txn.what) baseq"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .get = http_get_baseq,
	},
	{
		HTTP("method", "The method of the request.", "acl reads method GET HEAD"),
		.type = EXPR_METHOD, .need = EXPR_HAVE_REQUEST, .method = "str",
		.get = http_get_method,
	},
	{
		HTTP("path", "The path of the request's URL, from the first slash up to the query.",
		     "acl login path /login /signin"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .method = "str",
		.get = http_get_path,
	},
	{
		HTTP("pathq", "The path of the request's URL with its query.",
		     "http-request set-var(txn.what) pathq"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .get = http_get_pathq,
	},
	{
		HTTP("query",
		     "What follows the first question mark of the request's URL; not there without "
		     "one.",
		     "acl has_query query -m found"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .get = http_get_query,
	},
	{
		HTTP("req.ver", "The version of the request: 1.0 or 1.1.", "acl old req.ver 1.0"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .method = "str",
		.get = http_get_req_ver,
	},
	{
		HTTP("req_ver", "Old form of 'req.ver'.", "acl old req_ver 1.0"),
		.stands_for = "req.ver",
	},
	{
		HTTP("res.ver", "The version of the response: 1.0 or 1.1.",
		     "http-response set-header X-Old yes if { res.ver 1.0 }"),
		.type = EXPR_STRING, .need = EXPR_HAVE_RESPONSE, .method = "str",
		.get = http_get_res_ver,
	},
	{
		HTTP("resp_ver", "Old form of 'res.ver'.",
		     "http-response set-header X-Old yes if { resp_ver 1.0 }"),
		.stands_for = "res.ver",
	},
	{
		HTTP("status", "The status code of the response.",
		     "http-response del-header Location if !{ status 300:399 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_RESPONSE, .get = http_get_status,
	},
	{
		HTTP("url", "The URL as the request has it.", "acl everything url *"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST, .method = "str",
		.get = http_get_url,
	},
	{
		HTTP("url32", "A 32-bit hash of the value of Host, the path and its query.",
		     "http-request set-header X-Key %[url32]"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, .get = http_get_url32,
	},
	{
		HTTP("url32+src", "The bytes of 'url32' and of the client's address.",
		     "http-request set-var(txn.key) url32+src"),
		.type = EXPR_BINARY, .need = EXPR_HAVE_REQUEST, .get = http_get_url32_src,
	},
	{
		HTTP("url_ip", "The address in a URL such as http://10.0.0.1/x.",
		     "acl inside url_ip 10.0.0.0/8"),
		.type = EXPR_ADDRESS, .need = EXPR_HAVE_REQUEST, .get = http_get_url_ip,
	},
	{
		HTTP("url_port",
		     "The port in a URL such as http://10.0.0.1:81/x; 80 when it names none.",
		     "acl odd url_port 81"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST, .get = http_get_url_port,
	},
	{ .doc = { .name = NULL } },
};
