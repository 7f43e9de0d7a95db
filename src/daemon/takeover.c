/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/takeover.c - see takeover.h. At the start only, so it may wait. */
#include "daemon/takeover.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/strbuf.h"

enum {
	TAKEOVER_PATIENCE_S = 5,
	TAKEOVER_MOST = 1 << 16,	/* sockets */
	TAKEOVER_AT_ONCE = 253,		/* descriptors of a message: the kernel's limit */
	TAKEOVER_BYTES = TAKEOVER_AT_ONCE * (2 * 256 + 4),
};

/* ---- what came ---- */

/* A byte that is the length, and a name: its end in `bytes`, or 0. */
static size_t takeover_name(const unsigned char *bytes, size_t len, size_t at, char *ret)
{
	size_t name = at < len ? bytes[at] : len;

	if (at >= len || len - at - 1 < name)
		return 0;
	memcpy(ret, bytes + at + 1, name);
	ret[name] = '\0';
	return at + 1 + name;
}

bool takeover_parse(const unsigned char *bytes, size_t len, struct takeover_socket *sockets,
		    unsigned count)
{
	size_t at = 0;

	for (unsigned i = 0; i < count; i++) {
		struct takeover_socket *socket = &sockets[i];

		at = takeover_name(bytes, len, at, socket->netns);
		if (at != 0)
			at = takeover_name(bytes, len, at, socket->interface);
		if (at == 0 || len - at < sizeof(int))
			return false;
		at += sizeof(int); /* options, which say nothing */
		socket->like.netns = socket->netns[0] != '\0' ? socket->netns : NULL;
		socket->like.interface = socket->interface[0] != '\0' ? socket->interface : NULL;
	}
	return at == len;
}

/* A path is bound by a name of its own and renamed: "/run/x.sock.1234.tmp". */
static void takeover_final_path(struct sockaddr_un *address)
{
	char *end = strrchr(address->sun_path, '.'), *digits = end;

	if (address->sun_path[0] == '\0' || end == NULL || strcmp(end, ".tmp") != 0)
		return;
	while (digits > address->sun_path && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	if (digits != end && digits > address->sun_path && digits[-1] == '.')
		memset(digits - 1, 0,
		       sizeof(address->sun_path) - (size_t)(digits - 1 - address->sun_path));
}

/* What the system knows of it. False: it is no socket that could be listened on. */
static bool takeover_look(struct takeover_socket *taken)
{
	struct net_address *address = &taken->like.address;
	int type = 0, only = 0;
	socklen_t size = sizeof(type);

	address->fd = -1;
	address->len = sizeof(address->storage);
	if (getsockname(taken->fd, (struct sockaddr *)&address->storage, &address->len) < 0 ||
	    getsockopt(taken->fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return false;
	taken->like.datagrams = type == SOCK_DGRAM;
	if (address->storage.ss_family == AF_UNIX)
		takeover_final_path((struct sockaddr_un *)(void *)&address->storage);
	size = sizeof(only);
	if (address->storage.ss_family == AF_INET6 &&
	    getsockopt(taken->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size) == 0) {
		taken->like.v6only = only != 0;
		taken->like.v4v6 = only == 0;
	}
	return true;
}

/* ---- asking ---- */

static int takeover_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = TAKEOVER_PATIENCE_S };
	int fd, r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}

static void takeover_keep(struct takeover *takeover, const struct msghdr *message, unsigned most)
{
	for (struct cmsghdr *rights = CMSG_FIRSTHDR(message); rights != NULL;
	     rights = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, rights)) {
		if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= rights->cmsg_len - CMSG_LEN(0);
		     at += sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(rights) + at, sizeof(fd));
			if (takeover->count < most)
				takeover->sockets[takeover->count++].fd = fd;
			else
				close(fd);
		}
	}
}

/* One message; its bytes are appended. 0 or negative errno. */
static int takeover_receive(int from, struct takeover *takeover, unsigned most,
			    struct strbuf *about)
{
	static const int zero;
	union {
		char bytes[CMSG_SPACE(TAKEOVER_AT_ONCE * sizeof(int))];
		struct cmsghdr align;
	} control;
	char *bytes = malloc(TAKEOVER_BYTES);
	struct iovec where = { bytes, TAKEOVER_BYTES };
	struct msghdr message = { .msg_iov = &where, .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t got;

	ASSERT(bytes != NULL);
	do {
		got = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	int r = got < 0 ? -errno : got == 0 ? -EPROTO : 0;
	if (r == 0) {
		strbuf_add(about, bytes, (size_t)got);
		takeover_keep(takeover, &message, most);
		/* HAProxy waits for it before the next message; who has gone needs none. */
		(void)!send(from, &zero, sizeof(zero), MSG_NOSIGNAL);
	}
	free(bytes);
	return r;
}

static int takeover_receive_all(int from, struct takeover *takeover)
{
	struct strbuf about = STRBUF_EMPTY;
	int count = 0, r = 0;
	ssize_t got = recv(from, &count, sizeof(count), MSG_WAITALL);

	if (got != sizeof(count))
		return got < 0 ? -errno : -EPROTO;
	if (count <= 0 || count > TAKEOVER_MOST)
		return count == 0 ? -EACCES : -EPROTO;
	takeover->sockets = calloc((size_t)count, sizeof(*takeover->sockets));
	ASSERT(takeover->sockets != NULL);
	while (r == 0 && takeover->count < (unsigned)count)
		r = takeover_receive(from, takeover, (unsigned)count, &about);
	if (r == 0 && !takeover_parse((const unsigned char *)about.text, about.len,
				      takeover->sockets, takeover->count))
		r = -EPROTO;
	for (unsigned i = 0; r == 0 && i < takeover->count; i++)
		if (!takeover_look(&takeover->sockets[i]))
			r = -EPROTO;
	strbuf_free(&about);
	return r;
}

int takeover_ask(const char *path, struct takeover *ret)
{
	static const char command[] = "_getsocks\n";
	struct takeover takeover = { .count = 0 };
	int fd = takeover_connect(path), r = 0;

	if (fd < 0)
		return fd;
	if (send(fd, command, strlen(command), MSG_NOSIGNAL) != (ssize_t)strlen(command))
		r = -errno;
	if (r == 0)
		r = takeover_receive_all(fd, &takeover);
	close(fd);
	if (r == 0)
		*ret = takeover;
	else
		takeover_close(&takeover);
	return r;
}

void takeover_close(struct takeover *takeover)
{
	for (unsigned i = 0; i < takeover->count; i++)
		if (takeover->sockets[i].fd >= 0)
			close(takeover->sockets[i].fd);
	free(takeover->sockets);
	*takeover = (struct takeover){ .count = 0 };
}

/* ---- who wants what ---- */

static bool takeover_is_for(const struct takeover_socket *taken, const struct bind_conf *bind)
{
	return taken->fd >= 0 && binds_same_socket(&bind->listener, &taken->like);
}

static unsigned takeover_most(const struct takeover *takeover, const struct proxy_conf *conf)
{
	unsigned most = 0;

	for (unsigned i = 0; i < conf->bind_count; i++) {
		unsigned count = 0;

		for (unsigned j = 0; j < takeover->count; j++)
			count += takeover_is_for(&takeover->sockets[j], conf->binds[i]);
		if (count > most)
			most = count;
	}
	return most;
}

static void takeover_move(struct takeover *takeover, const struct bind_conf *bind, int *fds,
			  unsigned most)
{
	unsigned count = 0;

	for (unsigned i = 0; i < takeover->count && count < most; i++) {
		struct takeover_socket *taken = &takeover->sockets[i];

		if (!takeover_is_for(taken, bind))
			continue;
		fds[count++] = taken->fd;
		taken->fd = -1;
	}
}

void takeover_binds(struct takeover *takeover, const struct proxy_conf *conf, unsigned threads,
		    struct binds *ret)
{
	unsigned most = takeover != NULL ? takeover_most(takeover, conf) : 0;

	binds_prepare(conf, most > threads ? most : threads, ret);
	if (takeover == NULL)
		return;
	for (unsigned i = 0; i < conf->bind_count; i++)
		takeover_move(takeover, conf->binds[i], &ret->fds[(size_t)i * ret->width],
			      ret->width);
	for (const struct bind_conf *bind =
		     conf->global.cli != NULL ? conf->global.cli->front.binds : NULL;
	     bind != NULL; bind = bind->next)
		takeover_move(takeover, bind, &ret->cli_fds[bind->index], 1);
}
