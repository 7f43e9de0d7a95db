/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/nameserver.c - see nameserver.h. The loop is edge-triggered and c-ares
 * reads one message of a stream at a time, so a socket is given to it until the
 * kernel has nothing more. Datagrams go from a new port when no query is out any
 * more, which makes answers harder to forge; a stream stays open.
 */
#include "dns/nameserver.h"

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
	SOCKETS = 4,		/* of one channel: it has one server, and
				 * may be replacing its socket */
	BUFFER_BYTES = 4096,	/* c-ares takes no larger datagram */
	READS_MAX = 64,		/* in one wake-up */
	TYPE_A = 1,
	TYPE_AAAA = 28,
	TYPE_SRV = 33,
	CLASS_IN = 1,
	TRUNCATED_BIT = 0x02,	/* in byte 2 of the header (RFC 1035, 4.1.1) */
};

static const int nameserver_types[] = {
	[DNS_A] = TYPE_A,
	[DNS_AAAA] = TYPE_AAAA,
	[DNS_SRV] = TYPE_SRV,
};

struct dns_channel {
	struct dns_nameserver *nameserver;
	ares_channel ares;
	struct loop_timer timer;	/* when c-ares wants to be called */
	struct dns_socket {
		struct loop_file file;	/* fd -1: none */
		struct dns_channel *channel;
	} sockets[SOCKETS];
};

static void channel_arm(struct dns_channel *channel)
{
	struct loop *loop = channel->nameserver->loop;
	struct moment when = MOMENT_NEVER;
	struct timeval left;

	if (ares_timeout(channel->ares, NULL, &left) != NULL)
		when = moment_after(loop_now(loop),
				    (uint64_t)left.tv_sec * 1000000 + (uint64_t)left.tv_usec);
	/* Without memory for it c-ares notices at the next event what has timed out. */
	(void)!loop_timer_arm(loop, &channel->timer, when);
}

static void channel_expire(struct loop *loop, struct loop_timer *timer)
{
	struct dns_channel *channel = container_of(timer, struct dns_channel, timer);

	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	channel_arm(channel);
}

static bool socket_has_more(const struct dns_socket *one)
{
	int bytes = 0;

	return one->file.fd >= 0 && ioctl(one->file.fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

static void socket_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct dns_socket *one = container_of(file, struct dns_socket, file);
	struct dns_channel *channel = one->channel;
	int fd = file->fd;

	for (unsigned i = 0; i < READS_MAX; i++) {
		ares_process_fd(channel->ares, fd, (ready & LOOP_OUT) != 0 ? fd : ARES_SOCKET_BAD);
		if (file->fd != fd || !socket_has_more(one))
			break;
	}
	/* The end of the stream comes behind the last bytes. */
	if (file->fd == fd && (ready & (LOOP_HUP | LOOP_ERROR)) != 0)
		ares_process_fd(channel->ares, fd, ARES_SOCKET_BAD);
	if (file->fd == fd && socket_has_more(one))
		loop_file_again(loop, file);
	channel_arm(channel);
}

static struct dns_socket *channel_socket(struct dns_channel *channel, int fd)
{
	for (unsigned i = 0; i < SOCKETS; i++)
		if (channel->sockets[i].file.fd == fd)
			return &channel->sockets[i];
	return NULL;
}

/* c-ares says what it waits for on a socket; neither: it is about to close it. */
static void channel_socket_changed(void *context, ares_socket_t fd, int readable, int writable)
{
	struct dns_channel *channel = context;
	struct loop *loop = channel->nameserver->loop;
	struct dns_socket *one = channel_socket(channel, fd);

	if (!readable && !writable) {
		if (one != NULL)
			loop_file_remove(loop, &one->file);
		return;
	}
	if (one == NULL)
		one = channel_socket(channel, -1);
	/* Without it the query goes unanswered, which its timeout tells. */
	if (one != NULL && one->file.fd != fd)
		(void)!loop_file_add(loop, &one->file, fd, socket_ready);
}

/* ---- opening ---- */

static int channel_set_server(struct dns_channel *channel, const struct net_address *address)
{
	struct ares_addr_port_node node = { .family = address->storage.ss_family };
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;

	if (node.family == AF_INET)
		node.addr.addr4 = v4->sin_addr;
	else
		memcpy(&node.addr.addr6, &v6->sin6_addr, sizeof(node.addr.addr6));
	node.udp_port = node.tcp_port = net_address_port(address);
	return ares_set_servers_ports(channel->ares, &node);
}

/* Everything is said here, so that no file is looked at. */
static int channel_start(struct dns_channel *channel, uint32_t timeout_ms, uint32_t payload,
			 bool stream)
{
	struct in_addr nobody = { .s_addr = 0 };
	char lookups[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP |
			 ARES_FLAG_IGNTC | ARES_FLAG_EDNS |
			 (stream ? ARES_FLAG_USEVC | ARES_FLAG_STAYOPEN : 0),
		.timeout = (int)timeout_ms,
		.tries = 1,
		.ndots = 1,
		.servers = &nobody,
		.nservers = 1,
		.lookups = lookups,
		.sock_state_cb = channel_socket_changed,
		.sock_state_cb_data = channel,
		.ednspsz = (int)(payload < BUFFER_BYTES ? payload : BUFFER_BYTES),
	};
	int status = ares_init_options(&channel->ares, &options,
				       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
					       ARES_OPT_NDOTS | ARES_OPT_SERVERS |
					       ARES_OPT_DOMAINS |
					       ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST |
					       ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ |
					       ARES_OPT_NOROTATE);

	if (status != ARES_SUCCESS)
		return -ENOMEM;
	if (channel_set_server(channel, &channel->nameserver->conf->address) == ARES_SUCCESS)
		return 0;
	ares_destroy(channel->ares);
	return -ENOMEM;
}

static struct dns_channel *channel_open(struct dns_nameserver *nameserver, uint32_t timeout_ms,
					uint32_t payload, bool stream)
{
	struct dns_channel *channel = calloc(1, sizeof(*channel));

	if (channel == NULL)
		return NULL;
	channel->nameserver = nameserver;
	channel->timer.on_expire = channel_expire;
	for (unsigned i = 0; i < SOCKETS; i++) {
		channel->sockets[i].file.fd = -1;
		channel->sockets[i].channel = channel;
	}
	if (channel_start(channel, timeout_ms, payload, stream) < 0) {
		free(channel);
		return NULL;
	}
	return channel;
}

static void channel_close(struct dns_channel *channel)
{
	if (channel == NULL)
		return;
	loop_timer_disarm(channel->nameserver->loop, &channel->timer);
	ares_destroy(channel->ares);
	free(channel);
}

int dns_nameserver_open(struct dns_nameserver *nameserver, struct loop *loop,
			const struct dns_nameserver_conf *conf, uint32_t timeout_ms,
			uint32_t payload)
{
	*nameserver = (struct dns_nameserver){ .conf = conf, .loop = loop };
	nameserver->stream = channel_open(nameserver, timeout_ms, payload, true);
	if (!conf->stream)
		nameserver->datagram = channel_open(nameserver, timeout_ms, payload, false);
	if (nameserver->stream != NULL && (conf->stream || nameserver->datagram != NULL))
		return 0;
	dns_nameserver_close(nameserver);
	return -ENOMEM;
}

void dns_nameserver_close(struct dns_nameserver *nameserver)
{
	channel_close(nameserver->datagram);
	channel_close(nameserver->stream);
	nameserver->datagram = nameserver->stream = NULL;
}

/* ---- asking ---- */

static void query_send(struct dns_query *query);

static void query_answered(void *context, int status, int timeouts, unsigned char *bytes, int len)
{
	struct dns_query *query = context;
	struct dns_nameserver *nameserver = query->nameserver;
	bool closing = status == ARES_EDESTRUCTION;

	if (!closing && bytes != NULL && len > 2 && (bytes[2] & TRUNCATED_BIT) != 0 &&
	    !query->by_stream && nameserver->datagram != NULL) {
		nameserver->counters.truncated++;
		query->by_stream = true;
		query_send(query);
		return;
	}
	if (status == ARES_ECONNREFUSED)
		nameserver->counters.send_error++;
	if (!closing)
		query->on_answer(query, len > 0 ? bytes : NULL, len > 0 ? (size_t)len : 0);
	free(query);
}

static void query_send(struct dns_query *query)
{
	struct dns_nameserver *nameserver = query->nameserver;
	struct dns_channel *channel = query->by_stream || nameserver->datagram == NULL
					      ? nameserver->stream
					      : nameserver->datagram;

	nameserver->counters.sent++;
	ares_query(channel->ares, query->asked.name, CLASS_IN, nameserver_types[query->asked.type],
		   query_answered, query);
	channel_arm(channel);
}

int dns_nameserver_ask(struct dns_nameserver *nameserver, const struct dns_query *query)
{
	struct dns_query *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return -ENOMEM;
	*copy = *query;
	copy->nameserver = nameserver;
	copy->by_stream = false;
	query_send(copy);
	return 0;
}
