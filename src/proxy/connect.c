/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/connect.c - see connect.h; configuration manual 5.2 "source", and
 * "server" for addresses that follow the client's destination.
 */
#include "proxy/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/option.h"
#include "net/proxyproto.h"
#include "proxy/captures.h"
#include "proxy/server.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static void set_int(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof(value));
}

static bool is_any_address(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ((const struct sockaddr_in *)address)->sin_addr.s_addr == INADDR_ANY;
	if (address->ss_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
	return false;
}

/* 0.0.0.0: where the client wanted to go; no port, or a relative one: the client's. */
static void follow_client(struct net_address *address, const struct server_conf *conf,
			  struct stream *stream)
{
	const struct net_endpoint *dst = stream_dst(stream);
	uint16_t port = net_address_port(address);

	if (conf->port_relative)
		port = (uint16_t)(dst->port + conf->port_offset);
	else if (port == 0)
		port = dst->port;
	if (is_any_address(&address->storage) && dst->family != AF_UNSPEC)
		address->len = net_endpoint_to_sockaddr(dst, &address->storage);
	net_address_set_port(address, port);
}

bool connect_follows_client(const struct server *server)
{
	const struct net_address *address = server_address_of(server);

	return address->storage.ss_family != AF_UNIX &&
	       (server->conf->port_relative || net_address_port(address) == 0 ||
		is_any_address(&address->storage));
}

/* The address as it stands in the configuration, or a copy made for this client. */
static const struct net_address *target_address(const struct server *server,
						struct stream *stream, struct net_address *copy)
{
	const struct net_address *address = server_address_of(server);

	if (!connect_follows_client(server))
		return address;
	*copy = *address;
	follow_client(copy, server->conf, stream);
	return copy;
}

bool connect_note_source(struct stream *stream)
{
	const struct foreign_source *header = stream->backend->section->back.header_source;
	struct txn *txn = stream->txn;
	struct expr_context context;
	struct expr_sample sample = { 0 };
	struct net_endpoint *source;

	if (header == NULL)
		return true;
	txn_context(txn, &context);
	if (!expr_get_as(header->expr, &context, EXPR_ADDRESS, &sample))
		return true;
	source = bump_alloc(&txn->memory, sizeof(*source));
	if (source == NULL)
		return false;
	*source = (struct net_endpoint){
		.family = sample.value.address.family == 6 ? AF_INET6 : AF_INET,
	};
	memcpy(source->ip, sample.value.address.ip, sizeof(source->ip));
	txn->source = source;
	return true;
}

/* The address that `usesrc` says; false: there is none, and `source` itself holds. */
static bool foreign_address(const struct foreign_source *foreign, const struct stream *stream,
			    struct net_address *ret)
{
	struct net_endpoint who = stream->src;

	if (foreign->kind == FOREIGN_ADDRESS) {
		*ret = foreign->address;
		return true;
	}
	if (foreign->kind == FOREIGN_HEADER) {
		if (stream->txn == NULL || stream->txn->source == NULL)
			return false;
		who = *stream->txn->source;
	}
	if (who.family != AF_INET && who.family != AF_INET6)
		return false;
	if (foreign->kind == FOREIGN_CLIENT_IP)
		who.port = 0;
	*ret = (struct net_address){ .fd = -1 };
	ret->len = net_endpoint_to_sockaddr(&who, &ret->storage);
	return true;
}

/* Needs CAP_NET_ADMIN; the answers come back only if this machine is on their way. */
static int bind_foreign(int fd, const struct net_address *address)
{
	int error = net_option_int(fd, IPPROTO_IP, IP_TRANSPARENT, 1);

	if (error < 0)
		return error;
	if (net_address_port(address) == 0)
		set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	else
		set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	return bind(fd, (const struct sockaddr *)&address->storage, address->len) < 0 ? -errno : 0;
}

static int bind_interface(int fd, const char *interface)
{
	if (interface != NULL && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
					    (socklen_t)strlen(interface) + 1) < 0)
		return -errno;
	return 0;
}

static int bind_source(int fd, const struct net_address *source)
{
	if (source->len == 0)
		return 0;
	/* The port is chosen by connect, which may share it between servers. */
	if (net_address_port(source) == 0)
		set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	else
		set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (const struct sockaddr *)&source->storage, source->len) < 0)
		return -errno;
	return 0;
}

static void set_buffers(int fd, const struct proxy_global *global)
{
	if (global->rcvbuf_server != 0)
		set_int(fd, SOL_SOCKET, SO_RCVBUF, (int)global->rcvbuf_server);
	if (global->sndbuf_server != 0)
		set_int(fd, SOL_SOCKET, SO_SNDBUF, (int)global->sndbuf_server);
}

/* `attempt`: of the ports of a range. */
static int set_source(int fd, const struct server *server, struct stream *stream, unsigned attempt)
{
	const struct server_conf *conf = server->conf;
	const struct backend_conf *back = &server->backend->section->back;
	bool own = conf->source.len != 0 || conf->source_interface != NULL;
	const struct net_address *source = own ? &conf->source : &back->source;
	const struct foreign_source *foreign = own ? conf->foreign : back->foreign;
	unsigned ports = conf->source_ports;
	struct net_address copy;
	int error = bind_interface(fd, own ? conf->source_interface : back->source_interface);

	if (error < 0)
		return error;
	if (foreign != NULL && foreign_address(foreign, stream, &copy))
		return bind_foreign(fd, &copy);
	if (ports == 0)
		return bind_source(fd, source);
	copy = *source;
	net_address_set_port(&copy, (uint16_t)(net_address_port(source) + attempt % ports));
	return bind_source(fd, &copy);
}

/* Who waits for the server to speak first would wait for ever: its SYN goes with the first bytes. */
static bool speaks_first(const struct stream *stream, const struct server_conf *conf)
{
	return stream->http || conf->send_proxy != 0 ||
	       (stream->client.held != NULL && buffer_used(stream->client.held) != 0);
}

/* Those that need not be there before the connection. */
static int set_lasting(int fd, const struct server *server)
{
	const struct server_conf *conf = server->conf;

	set_buffers(fd, &server->backend->proxy->conf->global);
	if (conf->tcp_user_timeout_ms != 0)
		set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)conf->tcp_user_timeout_ms);
	return net_option_keepalive(fd, &server->backend->section->back.keepalive);
}

void connect_adopt(const struct server *server, int fd)
{
	(void)!set_lasting(fd, server);
}

/* What is the default costs no system call. */
static int set_options(int fd, const struct server *server, struct stream *stream, unsigned attempt)
{
	const struct server_conf *conf = server->conf;
	const struct backend_conf *back = &server->backend->section->back;
	int error = set_lasting(fd, server);

	if (conf->mss > 0)
		set_int(fd, IPPROTO_TCP, TCP_MAXSEG, (int)conf->mss);
	if (back->tcp_smart_connect)
		set_int(fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	if (conf->tfo && speaks_first(stream, conf))
		set_int(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	return error < 0 ? error : set_source(fd, server, stream, attempt);
}

void connect_close(int fd)
{
	close(fd);
}

/* set-bc-mark, set-bc-tos: before the first packet. */
static void set_packets(int fd, const struct txn *txn)
{
	if (txn == NULL)
		return;
	if (txn->has_server_mark)
		net_set_mark(fd, txn->server_mark);
	if (txn->has_server_tos)
		net_set_tos(fd, txn->server_tos);
}

static int begin(const struct server *server, struct stream *stream,
		 const struct net_address *address, unsigned attempt)
{
	int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;

	set_packets(fd, stream->txn);
	int error = set_options(fd, server, stream, attempt);
	if (error == 0 && connect(fd, (const struct sockaddr *)&address->storage, address->len) < 0 &&
	    errno != EINPROGRESS)
		error = -errno;
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

/* A range of source ports: from one on that chance chooses, the first that is free. */
static int begin_in_range(const struct server *server, struct stream *stream,
			  const struct net_address *address, unsigned ports)
{
	unsigned first = (unsigned)worker_random(stream->worker) % ports;
	int fd = -EADDRINUSE;

	for (unsigned i = 0; i < ports && (fd == -EADDRINUSE || fd == -EADDRNOTAVAIL); i++)
		fd = begin(server, stream, address, first + i);
	return fd;
}

int connect_server(const struct server *server, struct stream *stream)
{
	struct net_address copy;
	const struct net_address *address = target_address(server, stream, &copy);
	unsigned ports = server->conf->source_ports;

	return ports == 0 ? begin(server, stream, address, 0)
			  : begin_in_range(server, stream, address, ports);
}

/* Of mode tcp it is made here, unless rules have asked for it before. */
static struct slice unique_id(struct stream *stream)
{
	const struct format *format = stream->listener->frontend->section->http.unique_id;
	struct expr_context context;

	if (stream->txn != NULL)
		return txn_unique_id(stream->txn);
	if (format == NULL)
		return (struct slice){ NULL, 0 };
	stream_context(stream, &context);
	return format_text(format, &context);
}

int connect_introduce(struct stream *stream, unsigned version)
{
	uint8_t bytes[PROXYPROTO_V2_MAX];
	struct proxyproto_info info = { .src = stream->src, .dst = *stream_dst(stream) };
	unsigned options = version == 2 ? stream->target->conf->proxy_options : 0;
	size_t len;

	info.local = info.src.family == AF_UNSPEC;
	info.checksum = (options & PROXY_V2_CRC32C) != 0;
	if ((options & PROXY_V2_UNIQUE_ID) != 0)
		info.unique_id = unique_id(stream);
	if ((options & PROXY_V2_AUTHORITY) != 0 && stream->session != NULL)
		info.authority = stream->session->authority;
	len = proxyproto_write(version, &info, bytes);
	ssize_t sent = send(stream->server->file.fd, bytes, len, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == len ? 0 : -EAGAIN;
}
