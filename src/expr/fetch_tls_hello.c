/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_tls_hello.c - what a TLS client says in the clear before its
 * connection is passed on (configuration manual 7.3.5).
 */
#include "expr/give.h"
#include "expr/tls_hello.h"

static enum expr_got hello_got(const struct expr_context *context, enum tls_hello_result result)
{
	if (result == TLS_HELLO_DONE)
		return EXPR_GOT;
	return result == TLS_HELLO_MORE && !context->bytes_end ? EXPR_LATER : EXPR_NONE;
}

static enum expr_got hello_client(struct expr_context *context, struct tls_hello *ret)
{
	enum expr_got got = hello_got(
		context, tls_hello_read(context->request_bytes, context->memory, ret));

	return got == EXPR_GOT && ret->type != TLS_HELLO_CLIENT ? EXPR_NONE : got;
}

static enum expr_got hello_get_type(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	struct tls_hello hello;
	enum expr_got got = hello_client(context, &hello);

	return got == EXPR_GOT ? expr_give_int(ret, hello.type) : got;
}

static enum expr_got hello_get_server_type(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	struct tls_hello hello;
	enum expr_got got = hello_got(
		context, tls_hello_read(context->response_bytes, context->memory, &hello));

	return got == EXPR_GOT ? expr_give_int(ret, hello.type) : got;
}

static enum expr_got hello_get_sni(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	struct tls_hello hello;
	struct slice name;
	enum expr_got got = hello_client(context, &hello);

	if (got != EXPR_GOT)
		return got;
	return tls_hello_server_name(&hello, &name) ? expr_give_text(ret, name) : EXPR_NONE;
}

/* The protocols in the client's order, one after the other. */
static enum expr_got hello_get_alpn(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	struct tls_hello hello;
	struct slice list, name;
	enum expr_got got = hello_client(context, &hello);

	if (got != EXPR_GOT)
		return got;
	if (!tls_hello_alpn(&hello, &list))
		return EXPR_NONE;
	for (uint32_t i = 0; tls_hello_alpn_next(&list, &name); i++) {
		if (i < ret->cursor.index)
			continue;
		ret->cursor.index = i + 1;
		ret->cursor.more = list.len > 0;
		return expr_give_text(ret, name);
	}
	return EXPR_NONE;
}

static enum expr_got hello_get_version(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	uint16_t version;
	enum expr_got got =
		hello_got(context, tls_hello_version(context->request_bytes, &version));

	if (got != EXPR_GOT)
		return got;
	return expr_give_int(ret, (version >> 8) * 65536 + (version & 0xff));
}

static enum expr_got hello_get_groups(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	struct tls_hello hello;
	struct slice content;
	enum expr_got got = hello_client(context, &hello);

	if (got != EXPR_GOT)
		return got;
	return tls_hello_extension(&hello, TLS_EXTENSION_SUPPORTED_GROUPS, &content)
		       ? expr_give_bool(ret, true)
		       : EXPR_NONE;
}

static enum expr_got hello_get_ticket(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	struct tls_hello hello;
	struct slice ticket;
	enum expr_got got = hello_client(context, &hello);

	if (got != EXPR_GOT)
		return got;
	if (!tls_hello_extension(&hello, TLS_EXTENSION_SESSION_TICKET, &ticket))
		return expr_give_int(ret, 0);
	return expr_give_int(ret, ticket.len == 0 ? 1 : 2);
}

#define HELLO(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }

const struct expr_fetch expr_fetches_tls[] = {
	{
		HELLO("req.ssl_alpn",
		      "The protocols a TLS client offers by ALPN, the one it prefers first.",
		      "use_backend acme if { req.ssl_alpn acme-tls/1 }"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST_BYTES, .method = "str",
		.get = hello_get_alpn,
	},
	{
		HELLO("req.ssl_ec_ext",
		      "True when a TLS client names the groups it supports, such as elliptic "
		      "curves.",
		      "use_backend ecc if { req.ssl_ec_ext }"),
		.type = EXPR_BOOL, .need = EXPR_HAVE_REQUEST_BYTES, .get = hello_get_groups,
	},
	{
		HELLO("req.ssl_hello_type",
		      "1 once the whole ClientHello of a TLS client is there.",
		      "tcp-request content accept if { req.ssl_hello_type 1 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST_BYTES, .get = hello_get_type,
	},
	{
		HELLO("req_ssl_hello_type", "Old form of 'req.ssl_hello_type'.",
		      "tcp-request content accept if { req_ssl_hello_type 1 }"),
		.stands_for = "req.ssl_hello_type",
	},
	{
		HELLO("req.ssl_sni", "The host name a TLS client asks for.",
		      "use_backend shop if { req.ssl_sni -i shop.example.org }"),
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST_BYTES, .method = "str",
		.get = hello_get_sni,
	},
	{
		HELLO("req_ssl_sni", "Old form of 'req.ssl_sni'.",
		      "use_backend shop if { req_ssl_sni -i shop.example.org }"),
		.stands_for = "req.ssl_sni",
	},
	{
		HELLO("req.ssl_st_ext",
		      "0 when a TLS client knows no session tickets, 1 when it would take one, 2 "
		      "when it brings one.",
		      "acl resumes req.ssl_st_ext 2"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST_BYTES, .get = hello_get_ticket,
	},
	{
		HELLO("req.ssl_ver",
		      "The version in a TLS client's hello, 65536 times major plus minor; ACLs "
		      "write it as 3.1.",
		      "acl outdated req.ssl_ver lt 3.3"),
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST_BYTES, .method = "version",
		.get = hello_get_version,
	},
	{
		HELLO("req_ssl_ver", "Old form of 'req.ssl_ver'.",
		      "acl outdated req_ssl_ver lt 3.3"),
		.stands_for = "req.ssl_ver",
	},
	{
		HELLO("res.ssl_hello_type",
		      "2 once the whole ServerHello of a TLS server is there.",
		      "tcp-response content accept if { res.ssl_hello_type 2 }"),
		.type = EXPR_INT, .need = EXPR_HAVE_RESPONSE_BYTES, .get = hello_get_server_type,
	},
	{
		HELLO("rep_ssl_hello_type", "Old form of 'res.ssl_hello_type'.",
		      "tcp-response content accept if { rep_ssl_hello_type 2 }"),
		.stands_for = "res.ssl_hello_type",
	},
	{ .doc = { .name = NULL } },
};
