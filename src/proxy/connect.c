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

static int bind_source(int fd, const struct net_address *source, const char *interface)
{
	if (interface != NULL && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
					    (socklen_t)strlen(interface) + 1) < 0)
		return -errno;
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

/* What is the default costs no system call. */
static int set_options(int fd, const struct server *server)
{
	const struct server_conf *conf = server->conf;
	const struct backend_conf *back = &server->backend->section->back;
	bool own = conf->source.len != 0 || conf->source_interface != NULL;

	set_buffers(fd, &server->backend->proxy->conf->global);
	if (conf->tcp_user_timeout_ms != 0)
		set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)conf->tcp_user_timeout_ms);
	if (conf->mss > 0)
		set_int(fd, IPPROTO_TCP, TCP_MAXSEG, (int)conf->mss);
	if (back->tcp_smart_connect)
		set_int(fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	int error = net_option_keepalive(fd, &back->keepalive);
	return error < 0 ? error
			 : bind_source(fd, own ? &conf->source : &back->source,
				       own ? conf->source_interface : back->source_interface);
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

int connect_server(const struct server *server, struct stream *stream)
{
	struct net_address copy;
	const struct net_address *address = target_address(server, stream, &copy);
	int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;

	set_packets(fd, stream->txn);
	int error = set_options(fd, server);
	if (error == 0 && connect(fd, (const struct sockaddr *)&address->storage, address->len) < 0 &&
	    errno != EINPROGRESS)
		error = -errno;
	if (error < 0) {
		close(fd);
		return error;
	}
	return fd;
}

int connect_introduce(struct stream *stream, unsigned version)
{
	uint8_t bytes[PROXYPROTO_V2_MAX];
	struct proxyproto_info info = { .src = stream->src, .dst = *stream_dst(stream) };
	size_t len;

	info.local = info.src.family == AF_UNSPEC;
	len = proxyproto_write(version, &info, bytes);
	ssize_t sent = send(stream->server->file.fd, bytes, len, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == len ? 0 : -EAGAIN;
}
