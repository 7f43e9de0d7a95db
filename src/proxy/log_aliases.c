/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_aliases.c - who, where to and how many: names, addresses, bytes,
 * counts and states of a stream in its log line (configuration manual 8.2).
 */
#include "proxy/log_aliases.h"

#include <sys/socket.h>
#include <unistd.h>

#include "proxy/server.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static struct stream *stream_of(const struct expr_context *context)
{
	return context->stream;
}

void log_alias_number(unsigned flags, unsigned width, uint64_t number, struct out *out)
{
	static const char hex[] = "0123456789ABCDEF";
	char digits[16];
	unsigned at = sizeof(digits);

	if (!(flags & FORMAT_HEX)) {
		out_number(out, number);
		return;
	}
	do
		digits[--at] = hex[number & 15];
	while ((number >>= 4) != 0 || sizeof(digits) - at < width);
	out_bytes(out, digits + at, sizeof(digits) - at);
}

/* ---- addresses ---- */

static void write_ip(const struct net_endpoint *endpoint, unsigned flags, struct out *out)
{
	char text[NET_TEXT];
	unsigned size = endpoint->family == AF_INET ? 4 : endpoint->family == AF_INET6 ? 16 : 0;

	if (endpoint->family == AF_UNSPEC)
		return;
	if (size == 0 || !(flags & FORMAT_HEX)) {
		out_text(out, net_endpoint_text(endpoint, text));
		return;
	}
	for (unsigned i = 0; i < size; i++)
		log_alias_number(flags, 2, endpoint->ip[i], out);
}

/* A Unix socket has no port: the listener's id stands for it. */
static void write_port(const struct stream *stream, const struct net_endpoint *endpoint,
		       unsigned flags, struct out *out)
{
	const struct bind_conf *conf = stream->listener->conf;

	if (endpoint->family == AF_INET || endpoint->family == AF_INET6)
		log_alias_number(flags, 4, endpoint->port, out);
	else if (endpoint->family != AF_UNSPEC)
		out_number(out, conf->id != 0 ? (uint64_t)conf->id : conf->index + 1);
}

static void write_client_ip(struct expr_context *context, unsigned flags, struct out *out)
{
	write_ip(&stream_of(context)->src, flags, out);
}

static void write_client_port(struct expr_context *context, unsigned flags, struct out *out)
{
	write_port(stream_of(context), &stream_of(context)->src, flags, out);
}

static void write_frontend_ip(struct expr_context *context, unsigned flags, struct out *out)
{
	write_ip(stream_dst(stream_of(context)), flags, out);
}

static void write_frontend_port(struct expr_context *context, unsigned flags, struct out *out)
{
	write_port(stream_of(context), stream_dst(stream_of(context)), flags, out);
}

/* Our end of the connection to the server, or the server's. */
static struct net_endpoint server_side(const struct stream *stream,
				       int (*name)(int, struct sockaddr *restrict,
						   socklen_t *restrict))
{
	struct net_endpoint endpoint = { .family = AF_UNSPEC };
	struct sockaddr_storage storage;
	socklen_t len = sizeof(storage);

	if (stream->server != NULL &&
	    name(stream->server->file.fd, (struct sockaddr *)&storage, &len) == 0)
		net_endpoint_from_sockaddr(&endpoint, (struct sockaddr *)&storage);
	return endpoint;
}

/* Where the connection goes, or would have gone. */
static struct net_endpoint server_address(struct stream *stream)
{
	struct net_endpoint endpoint = server_side(stream, getpeername);
	const struct server_conf *conf;

	if (endpoint.family != AF_UNSPEC || stream->target == NULL)
		return endpoint;
	conf = stream->target->conf;
	net_endpoint_from_sockaddr(
		&endpoint, (const struct sockaddr *)&server_address_of(stream->target)->storage);
	if (conf->port_relative)
		endpoint.port = (uint16_t)(stream_dst(stream)->port + conf->port_offset);
	else if (endpoint.port == 0)
		endpoint.port = stream_dst(stream)->port;
	return endpoint;
}

static void write_backend_ip(struct expr_context *context, unsigned flags, struct out *out)
{
	struct net_endpoint own = server_side(stream_of(context), getsockname);

	write_ip(&own, flags, out);
}

static void write_backend_port(struct expr_context *context, unsigned flags, struct out *out)
{
	struct net_endpoint own = server_side(stream_of(context), getsockname);

	write_port(stream_of(context), &own, flags, out);
}

static void write_server_ip(struct expr_context *context, unsigned flags, struct out *out)
{
	struct net_endpoint server = server_address(stream_of(context));

	write_ip(&server, flags, out);
}

static void write_server_port(struct expr_context *context, unsigned flags, struct out *out)
{
	struct net_endpoint server = server_address(stream_of(context));

	write_port(stream_of(context), &server, flags, out);
}

/* ---- names ---- */

static void write_frontend(struct expr_context *context, unsigned flags, struct out *out)
{
	out_text(out, stream_of(context)->listener->frontend->section->name);
}

static void write_backend(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream *stream = stream_of(context);

	out_text(out, stream->backend != NULL ? stream->backend->section->name
					      : stream->listener->frontend->section->name);
}

static void write_server(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream *stream = stream_of(context);

	if (stream->target != NULL)
		out_text(out, stream->target->conf->name);
	else if (stream->txn != NULL && stream->txn->service_reply.len != 0)
		out_text(out, "<STATS>");
	else
		out_text(out, "<NOSRV>");
}

static void write_hostname(struct expr_context *context, unsigned flags, struct out *out)
{
	const char *name = stream_of(context)->worker->proxy->conf->global.hostname;

	if (name != NULL)
		out_text(out, name);
}

static void write_pid(struct expr_context *context, unsigned flags, struct out *out)
{
	struct worker *worker = stream_of(context)->worker;

	if (worker->pid == 0)
		worker->pid = (uint32_t)getpid();
	log_alias_number(flags, 4, worker->pid, out);
}

/* ---- counts ---- */

static uint32_t load_now(const struct load *load)
{
	return atomic_load_explicit(&load->now, memory_order_relaxed);
}

static void write_process_connections(struct expr_context *context, unsigned flags,
				      struct out *out)
{
	out_number(out, gate_now(&stream_of(context)->worker->proxy->gate));
}

static void write_frontend_connections(struct expr_context *context, unsigned flags,
				       struct out *out)
{
	out_number(out, gate_now(&stream_of(context)->listener->frontend->gate));
}

static void write_backend_connections(struct expr_context *context, unsigned flags,
				      struct out *out)
{
	const struct backend *backend = stream_of(context)->backend;

	out_number(out, backend != NULL ? load_now(&backend->load) : 0);
}

static void write_server_connections(struct expr_context *context, unsigned flags,
				     struct out *out)
{
	const struct server *server = stream_of(context)->target;

	out_number(out, server == NULL ? 0 : atomic_load_explicit(&server->lb.active,
								   memory_order_relaxed));
}

static void write_retries(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream *stream = stream_of(context);

	if (stream->redispatched)
		out_char(out, '+');
	out_number(out, stream->retries);
}

static void write_server_queue(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream_detour *detour = stream_of(context)->detour;

	out_number(out, detour != NULL ? detour->server_queue : 0);
}

static void write_backend_queue(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream_detour *detour = stream_of(context)->detour;

	out_number(out, detour != NULL ? detour->backend_queue : 0);
}

static void write_bytes_out(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream *stream = stream_of(context);

	if (stream_front(stream)->logasap)
		out_char(out, '+');
	out_number(out, stream_bytes_out(stream));
}

static void write_bytes_in(struct expr_context *context, unsigned flags, struct out *out)
{
	out_number(out, stream_bytes_in(stream_of(context)));
}

/* Lines of this frontend so far, this one included. */
static void write_line_number(struct expr_context *context, unsigned flags, struct out *out)
{
	struct frontend *frontend = stream_of(context)->listener->frontend;

	log_alias_number(flags, 4, atomic_load_explicit(&frontend->lines, memory_order_relaxed), out);
}

uint32_t stream_number(struct stream *stream)
{
	if (stream->number == 0)
		stream->number = 1 + atomic_fetch_add_explicit(&stream->worker->proxy->numbers, 1,
							       memory_order_relaxed);
	return stream->number - 1;
}

static void write_request_number(struct expr_context *context, unsigned flags, struct out *out)
{
	log_alias_number(flags, 4, stream_number(stream_of(context)), out);
}

/* ---- state ---- */

static void write_state(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct stream *stream = stream_of(context);

	out_char(out, stream->cause != 0 ? stream->cause : '-');
	out_char(out, stream->phase != 0 ? stream->phase : '-');
}

static void write_state_cookies(struct expr_context *context, unsigned flags, struct out *out)
{
	const struct txn *txn = stream_of(context)->txn;

	write_state(context, flags, out);
	out_char(out, txn != NULL && txn->cookie_request != 0 ? txn->cookie_request : '-');
	out_char(out, txn != NULL && txn->cookie_response != 0 ? txn->cookie_response : '-');
}

static void write_origin(struct expr_context *context, unsigned flags, struct out *out)
{
	const char *origin = stream_of(context)->worker->log_origin;

	if (origin != NULL)
		out_text(out, origin);
}

#define NUMBER(word, what, function)                                                               \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_NUMBER, .write = function }
#define NAME(word, what, function)                                                                 \
	{ LOG_ALIAS_DOC(word, what), .style = FORMAT_NAME, .write = function }

const struct format_alias proxy_log_aliases[] = {
	NUMBER("B", "Bytes sent to the client; with option logasap a '+' stands before it.", write_bytes_out),
	NAME("H", "This machine's name.", write_hostname),
	NAME("OG", "What made the line be logged: txn_close, http-req.", write_origin),
	NUMBER("U", "Bytes read from the client.", write_bytes_in),
	NUMBER("ac", "Connections of the process.", write_process_connections),
	NAME("b", "The backend's name, or the frontend's when none was chosen.", write_backend),
	NUMBER("bc", "Connections of the backend.", write_backend_connections),
	NAME("bi", "Our address on the connection to the server.", write_backend_ip),
	NUMBER("bp", "Our port on the connection to the server.", write_backend_port),
	NUMBER("bq", "Places in front of it in the backend's queue.", write_backend_queue),
	NAME("ci", "The client's address.", write_client_ip),
	NUMBER("cp", "The client's port.", write_client_port),
	NAME("f", "The frontend's name.", write_frontend),
	NUMBER("fc", "Connections of the frontend.", write_frontend_connections),
	NAME("fi", "The address the client connected to.", write_frontend_ip),
	NUMBER("fp", "The port the client connected to.", write_frontend_port),
	NAME("ft", "The frontend's name, with '~' behind it over TLS.", write_frontend),
	NUMBER("lc", "Number of this log line of the frontend.", write_line_number),
	NUMBER("pid", "The process's id.", write_pid),
	NUMBER("rc", "Retries; '+' stands before it when another server was chosen.", write_retries),
	NUMBER("rt", "Number of the request or session, from 0.", write_request_number),
	NAME("s", "The server's name; <NOSRV> when there is none, <STATS> for the statistics.", write_server),
	NUMBER("sc", "Connections of the server.", write_server_connections),
	NAME("si", "The server's address.", write_server_ip),
	NUMBER("sp", "The server's port.", write_server_port),
	NUMBER("sq", "Places in front of it in the server's queue.", write_server_queue),
	{ LOG_ALIAS_DOC("ts", "How it ended, in two characters."), .style = FORMAT_PLAIN,
	  .write = write_state },
	{ LOG_ALIAS_DOC("tsc", "How it ended, and what became of the persistence cookie."),
	  .style = FORMAT_PLAIN, .need = EXPR_HAVE_REQUEST, .write = write_state_cookies },
	{ .doc = { .name = NULL } },
};

const struct format_alias *const proxy_log_alias_tables[] = {
	proxy_log_aliases,
	proxy_log_aliases_time,
	proxy_log_aliases_http,
	NULL,
};
