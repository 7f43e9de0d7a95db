/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_connection.c - the connections of a stream: the server's
 * addresses, and what the kernel measures of the client's (configuration
 * manual 7.3.3, 7.3.4).
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "expr/give.h"
#include "proxy/fetches.h"

/* getsockname or getpeername of the server's connection. */
static bool connection_server_end(const struct expr_context *context,
				  int (*ask)(int fd, struct sockaddr *restrict address,
					     socklen_t *restrict len),
				  struct net_endpoint *ret)
{
	const struct stream *stream = context_stream(context);
	struct sockaddr_storage storage;
	socklen_t len = sizeof(storage);

	if (stream == NULL || stream->server == NULL ||
	    ask(stream->server->file.fd, (struct sockaddr *)&storage, &len) < 0)
		return false;
	net_endpoint_from_sockaddr(ret, (const struct sockaddr *)&storage);
	return true;
}

static enum expr_got connection_get_bc_src(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	struct net_endpoint end;

	return connection_server_end(context, getsockname, &end) ? expr_give_address(ret, &end)
								 : EXPR_NONE;
}

static enum expr_got connection_get_bc_src_port(struct expr_context *context,
						const struct expr_args *args,
						struct expr_sample *ret)
{
	struct net_endpoint end;

	return connection_server_end(context, getsockname, &end) ? expr_give_port(ret, &end)
								 : EXPR_NONE;
}

static enum expr_got connection_get_bc_dst(struct expr_context *context,
					   const struct expr_args *args, struct expr_sample *ret)
{
	struct net_endpoint end;

	return connection_server_end(context, getpeername, &end) ? expr_give_address(ret, &end)
								 : EXPR_NONE;
}

static enum expr_got connection_get_bc_dst_port(struct expr_context *context,
						const struct expr_args *args,
						struct expr_sample *ret)
{
	struct net_endpoint end;

	return connection_server_end(context, getpeername, &end) ? expr_give_port(ret, &end)
								 : EXPR_NONE;
}

static enum expr_got connection_get_bc_major(struct expr_context *context,
					     const struct expr_args *args, struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	return stream == NULL || stream->server == NULL ? EXPR_NONE : expr_give_int(ret, 1);
}

static enum expr_got connection_get_fc_major(struct expr_context *context,
					     const struct expr_args *args, struct expr_sample *ret)
{
	return context_stream(context) == NULL ? EXPR_NONE : expr_give_int(ret, 1);
}

/* They are kept only where an expression asks for them. */
static bool connection_check_tlvs(struct conf_parse *parse, struct expr_args *args,
				  struct diag_span span)
{
	((struct proxy_conf *)parse->context)->keeps_tlvs = true;
	return true;
}

static enum expr_got connection_give_tlv(struct slice value, struct expr_sample *ret)
{
	return value.at == NULL ? EXPR_NONE : expr_give_text(ret, value);
}

static enum expr_got connection_get_authority(struct expr_context *context,
					      const struct expr_args *args,
					      struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL || stream->session == NULL)
		return EXPR_NONE;
	return connection_give_tlv(stream->session->authority, ret);
}

static enum expr_got connection_get_unique_id(struct expr_context *context,
					      const struct expr_args *args,
					      struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL || stream->session == NULL)
		return EXPR_NONE;
	return connection_give_tlv(stream->session->unique_id, ret);
}

static enum expr_got connection_get_rcvd_proxy(struct expr_context *context,
					       const struct expr_args *args,
					       struct expr_sample *ret)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL)
		return EXPR_NONE;
	return expr_give_bool(ret, stream->expects_header &&
					   stream->state != STREAM_HEADER);
}

/* No TLS is spoken here, neither with clients nor with servers. */
static enum expr_got connection_get_tls(struct expr_context *context, const struct expr_args *args,
					struct expr_sample *ret)
{
	return expr_give_bool(ret, false);
}

/* ---- TCP_INFO ---- */

static bool connection_ask(int fd, struct tcp_info *ret)
{
	socklen_t len = sizeof(*ret);

	*ret = (struct tcp_info){ 0 };
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, ret, &len) == 0;
}

static bool connection_info(const struct expr_context *context, struct tcp_info *ret)
{
	const struct stream *stream = context_stream(context);

	return stream != NULL && connection_ask(stream->client.file.fd, ret);
}

static bool connection_server_info(const struct expr_context *context, struct tcp_info *ret)
{
	const struct stream *stream = context_stream(context);

	return stream != NULL && stream->server != NULL &&
	       connection_ask(stream->server->file.fd, ret);
}

/* .integer of the argument is how many microseconds the unit has. */
static bool connection_check_unit(struct conf_parse *parse, struct expr_args *args,
				  struct diag_span span)
{
	struct expr_arg *unit = &args->at[0];

	unit->integer = 1000;
	if (!unit->given || slice_is(unit->text, "ms"))
		return true;
	unit->integer = 1;
	if (slice_is(unit->text, "us"))
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, unit->span, "write ms or us",
		 "'%s' is no unit of time", unit->text.at);
	return false;
}

#define CONNECTION_INFO(function, ask, value)                                                      \
	static enum expr_got function(struct expr_context *context, const struct expr_args *args,  \
				      struct expr_sample *ret)                                     \
	{                                                                                          \
		struct tcp_info info;                                                              \
                                                                                                   \
		return ask(context, &info) ? expr_give_int(ret, (value)) : EXPR_NONE;              \
	}

CONNECTION_INFO(connection_get_rtt, connection_info, info.tcpi_rtt / args->at[0].integer)
CONNECTION_INFO(connection_get_rttvar, connection_info, info.tcpi_rttvar / args->at[0].integer)
CONNECTION_INFO(connection_get_bc_rtt, connection_server_info,
		info.tcpi_rtt / args->at[0].integer)
CONNECTION_INFO(connection_get_bc_rttvar, connection_server_info,
		info.tcpi_rttvar / args->at[0].integer)
CONNECTION_INFO(connection_get_unacked, connection_info, info.tcpi_unacked)
CONNECTION_INFO(connection_get_sacked, connection_info, info.tcpi_sacked)
CONNECTION_INFO(connection_get_retrans, connection_info, info.tcpi_retrans)
CONNECTION_INFO(connection_get_fackets, connection_info, info.tcpi_fackets)
CONNECTION_INFO(connection_get_lost, connection_info, info.tcpi_lost)
CONNECTION_INFO(connection_get_reordering, connection_info, info.tcpi_reordering)

#define CONNECTION(row_name, row_summary, row_example) \
	.doc = { .name = row_name, .summary = row_summary, .example = row_example, .since = "0.2" }
#define CONNECTION_CLIENT(row_name, row_summary)                                                   \
	CONNECTION(row_name, row_summary, "http-response set-header X-TCP %[" row_name "]"),       \
		.type = EXPR_INT, .need = EXPR_HAVE_CLIENT
#define CONNECTION_SERVER(row_name, row_summary)                                                   \
	.doc = { .name = row_name, .summary = row_summary, .since = "0.3",                         \
		 .example = "http-response set-header X-TCP %[" row_name "]" },                    \
	.type = EXPR_INT, .need = EXPR_HAVE_SERVER
#define CONNECTION_UNIT .args = {{EXPR_ARG_STRING, true, "unit"}}, .check = connection_check_unit

const struct expr_fetch proxy_fetches_connection[] = {
	{
		CONNECTION("bc_dst", "The address of the server's end of its connection.",
			   "http-response set-header X-Server %[bc_dst]"),
		.type = EXPR_ADDRESS,
		.need = EXPR_HAVE_SERVER,
		.get = connection_get_bc_dst,
	},
	{
		CONNECTION("bc_dst_port", "The port of the server's end of its connection.",
			   "http-response set-header X-Port %[bc_dst_port]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_SERVER,
		.get = connection_get_bc_dst_port,
	},
	{
		CONNECTION("bc_http_major", "The version of HTTP spoken with the server: 1.",
			   "http-response set-header X-HTTP %[bc_http_major]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_SERVER,
		.get = connection_get_bc_major,
	},
	{
		CONNECTION_SERVER("bc_rtt",
				  "The round trip time to the server as the kernel measures it, in "
				  "ms, or in us."),
		CONNECTION_UNIT,
		.get = connection_get_bc_rtt,
	},
	{
		CONNECTION_SERVER("bc_rttvar",
				  "How much the round trip time to the server varies, in ms, or in "
				  "us."),
		CONNECTION_UNIT,
		.get = connection_get_bc_rttvar,
	},
	{
		CONNECTION("bc_src", "The address from which the server was connected to.",
			   "http-response set-header X-From %[bc_src]"),
		.type = EXPR_ADDRESS,
		.need = EXPR_HAVE_SERVER,
		.get = connection_get_bc_src,
	},
	{
		CONNECTION("bc_src_port", "The port from which the server was connected to.",
			   "http-response set-header X-From %[bc_src_port]"),
		.type = EXPR_INT,
		.need = EXPR_HAVE_SERVER,
		.get = connection_get_bc_src_port,
	},
	{
		CONNECTION_CLIENT("fc_fackets",
				  "The kernel's count of forward acknowledgements on the client's "
				  "connection."),
		.get = connection_get_fackets,
	},
	{
		CONNECTION_CLIENT("fc_http_major",
				  "The version of HTTP spoken with the client: 1."),
		.get = connection_get_fc_major,
	},
	{
		CONNECTION_CLIENT("fc_lost",
				  "How many segments to the client the kernel counts as lost."),
		.get = connection_get_lost,
	},
	{
		CONNECTION("fc_pp_authority",
			   "The host name that the client asked for, as the PROXY protocol header "
			   "says.",
			   "http-request set-header X-Name %[fc_pp_authority]"),
		.type = EXPR_STRING,
		.need = EXPR_HAVE_CLIENT,
		.check = connection_check_tlvs,
		.get = connection_get_authority,
	},
	{
		CONNECTION("fc_pp_unique_id",
			   "The unique id in the PROXY protocol header.",
			   "http-request set-header X-Id %[fc_pp_unique_id]"),
		.type = EXPR_STRING,
		.need = EXPR_HAVE_CLIENT,
		.check = connection_check_tlvs,
		.get = connection_get_unique_id,
	},
	{
		CONNECTION("fc_rcvd_proxy",
			   "Whether the client's connection began with a PROXY protocol header.",
			   "http-request set-header X-Proxied yes if { fc_rcvd_proxy }"),
		.type = EXPR_BOOL,
		.need = EXPR_HAVE_CLIENT,
		.get = connection_get_rcvd_proxy,
	},
	{
		CONNECTION_CLIENT("fc_reordering",
				  "The kernel's measure of reordering on the client's connection."),
		.get = connection_get_reordering,
	},
	{
		CONNECTION_CLIENT("fc_retrans",
				  "How many segments to the client are sent again and not yet "
				  "acknowledged."),
		.get = connection_get_retrans,
	},
	{
		CONNECTION_CLIENT("fc_rtt",
				  "The round trip time to the client as the kernel measures it, in "
				  "ms, or in us."),
		CONNECTION_UNIT,
		.get = connection_get_rtt,
	},
	{
		CONNECTION_CLIENT("fc_rttvar",
				  "How much the round trip time to the client varies, in ms, or in "
				  "us."),
		CONNECTION_UNIT,
		.get = connection_get_rttvar,
	},
	{
		CONNECTION_CLIENT("fc_sacked",
				  "How many segments the client has acknowledged selectively."),
		.get = connection_get_sacked,
	},
	{
		CONNECTION_CLIENT("fc_unacked",
				  "How many segments the client has not acknowledged yet."),
		.get = connection_get_unacked,
	},
	{
		CONNECTION("ssl_bc", "Whether TLS is spoken with the server; it never is so far.",
			   "http-response set-header X-TLS yes if { ssl_bc }"),
		.type = EXPR_BOOL,
		.need = EXPR_HAVE_CLIENT,
		.get = connection_get_tls,
	},
	{
		CONNECTION("ssl_fc", "Whether TLS is spoken with the client; it never is so far.",
			   "http-request redirect scheme https unless { ssl_fc }"),
		.type = EXPR_BOOL,
		.need = EXPR_HAVE_CLIENT,
		.get = connection_get_tls,
	},
	{.doc = {.name = NULL}},
};
