/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/listener.c - see listener.h. Each step says in *ret_why what it was about
 * to do, so a failure needs no text of its own.
 */
#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/option.h"

static int listener_socket(const struct net_listener_conf *conf)
{
	int type = conf->datagrams ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(conf->address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* A socket belongs to the namespace it was made in, so only its making happens there. */
static int listener_socket_there(const struct net_listener_conf *conf)
{
	char path[4096];
	int here, there, fd;

	if (snprintf(path, sizeof(path), "/run/netns/%s", conf->netns) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (here < 0)
		return -errno;
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (there < 0 || setns(there, CLONE_NEWNET) < 0) {
		fd = -errno;
	} else {
		fd = listener_socket(conf);
		ASSERT(setns(here, CLONE_NEWNET) == 0);
	}
	if (there >= 0)
		close(there);
	close(here);
	return fd;
}

/* Before it listens: who connects at once inherits them, too. */
static void listener_set_buffers(int fd, const struct net_listener_conf *conf)
{
	if (conf->receive_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &conf->receive_buffer, sizeof(int));
	if (conf->send_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &conf->send_buffer, sizeof(int));
}

static int listener_set_family(int fd, const struct net_listener_conf *conf, const char **ret_why)
{
	bool v6 = conf->address.storage.ss_family == AF_INET6;
	int error = 0;

	if (v6 && (conf->v6only || conf->v4v6)) {
		*ret_why = "cannot choose between IPv6 and both families";
		error = net_option_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, conf->v6only);
	}
	if (error == 0 && conf->transparent) {
		*ret_why = "cannot make the socket transparent";
		error = v6 ? net_option_int(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
			   : net_option_int(fd, IPPROTO_IP, IP_TRANSPARENT, 1);
	}
	if (error == 0) {
		*ret_why = "cannot allow addresses the machine does not hold";
		error = v6 ? net_option_int(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1)
			   : net_option_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
	}
	return error;
}

static int listener_set_ip(int fd, const struct net_listener_conf *conf, const char **ret_why)
{
	const struct net_option_conf option = {
		.interface = conf->interface,
		.mss = conf->mss,
		.tcp_user_timeout_ms = conf->tcp_user_timeout_ms,
		.keepalive = conf->keepalive,
	};
	int error;

	*ret_why = "cannot share the address";
	error = net_option_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (error == 0 && !conf->alone)
		error = net_option_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (error == 0)
		error = listener_set_family(fd, conf, ret_why);
	if (conf->datagrams && error == 0 && conf->interface != NULL)
		return net_option_interface(fd, conf->interface, ret_why);
	if (error == 0 && !conf->datagrams)
		error = net_option_set(fd, conf->address.storage.ss_family, &option, ret_why);
	if (error == 0 && conf->defer_accept && !conf->datagrams) {
		*ret_why = "cannot defer accepting";
		error = net_option_int(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
	}
	if (error == 0 && conf->tfo && !conf->datagrams) {
		*ret_why = "cannot enable TCP Fast Open";
		error = net_option_int(fd, IPPROTO_TCP, TCP_FASTOPEN, conf->backlog);
	}
	return error;
}

static int listener_bind(int fd, const struct sockaddr_storage *to, socklen_t len,
			 const char **ret_why)
{
	*ret_why = "cannot bind";
	if (bind(fd, (const struct sockaddr *)to, len) < 0)
		return -errno;
	return 0;
}

static int listener_listen(int fd, const struct net_listener_conf *conf, const char **ret_why)
{
	*ret_why = "cannot listen";
	return !conf->datagrams && listen(fd, conf->backlog) < 0 ? -errno : 0;
}

static int listener_own(const char *path, const struct net_listener_conf *conf,
			const char **ret_why)
{
	*ret_why = "cannot change the owner of the socket";
	if ((conf->unix_uid >= 0 || conf->unix_gid >= 0) &&
	    chown(path, (uid_t)conf->unix_uid, (gid_t)conf->unix_gid) < 0)
		return -errno;
	*ret_why = "cannot change the mode of the socket";
	if (conf->unix_mode >= 0 && chmod(path, (mode_t)conf->unix_mode) < 0)
		return -errno;
	return 0;
}

/* Clients find either the old socket or the finished new one under the path. */
static int listener_bind_path(int fd, const struct net_listener_conf *conf, const char **ret_why)
{
	struct sockaddr_storage temporary = conf->address.storage;
	const struct sockaddr_un *un = (const struct sockaddr_un *)&conf->address.storage;
	struct sockaddr_un *temporary_un = (struct sockaddr_un *)&temporary;
	struct stat status;
	int error;

	*ret_why = "cannot use the path of the socket";
	if (lstat(un->sun_path, &status) == 0 && !S_ISSOCK(status.st_mode))
		return -EEXIST;
	/*
	 * HAProxy's form: it knows such a name by which a socket
	 * of ours is bound (-x), and we its.
	 */
	if (snprintf(temporary_un->sun_path, sizeof(un->sun_path), "%s.%d.tmp", un->sun_path,
		     (int)getpid()) >= (int)sizeof(un->sun_path))
		return -ENAMETOOLONG;
	unlink(temporary_un->sun_path);
	error = listener_bind(fd, &temporary, sizeof(*un), ret_why);
	if (error == 0)
		error = listener_listen(fd, conf, ret_why);
	if (error == 0)
		error = listener_own(temporary_un->sun_path, conf, ret_why);
	if (error == 0 && rename(temporary_un->sun_path, un->sun_path) < 0) {
		*ret_why = "cannot rename the socket";
		error = -errno;
	}
	if (error < 0)
		unlink(temporary_un->sun_path);
	return error;
}

static int listener_bind_any(int fd, const struct net_listener_conf *conf, const char **ret_why)
{
	const struct net_address *address = &conf->address;
	int error;

	if (address->storage.ss_family != AF_UNIX) {
		error = listener_set_ip(fd, conf, ret_why);
		if (error < 0)
			return error;
	} else if (((const struct sockaddr_un *)&address->storage)->sun_path[0] != '\0') {
		return listener_bind_path(fd, conf, ret_why);
	}
	return listener_bind(fd, &address->storage, address->len, ret_why);
}

/* fd@N: bound by whoever started us, perhaps listening already. */
static int listener_inherit(int fd, int backlog, const char **ret_why)
{
	int listening = 0, flags;
	socklen_t len = sizeof(listening);

	*ret_why = "cannot use the file descriptor";
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
		return -errno;
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	*ret_why = "cannot listen";
	return listening || listen(fd, backlog) == 0 ? fd : -errno;
}

int net_listener_bind(const struct net_listener_conf *conf, const char **ret_why)
{
	int fd, error;

	if (conf->address.fd >= 0)
		return listener_inherit(conf->address.fd, conf->backlog, ret_why);
	*ret_why = conf->netns != NULL ? "cannot open a socket in the network namespace"
				       : "cannot open a socket";
	fd = conf->netns != NULL ? listener_socket_there(conf) : listener_socket(conf);
	if (fd < 0)
		return fd;
	listener_set_buffers(fd, conf);
	error = listener_bind_any(fd, conf, ret_why);
	if (error == 0 && conf->address.storage.ss_family == AF_UNIX)
		error = listener_listen(fd, conf, ret_why);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

int net_listener_open(const struct net_listener_conf *conf, const char **ret_why)
{
	int fd = net_listener_bind(conf, ret_why);
	int error;

	if (fd < 0 || conf->address.fd >= 0 || conf->address.storage.ss_family == AF_UNIX)
		return fd;
	error = listener_listen(fd, conf, ret_why);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

void net_listener_settle(int fd, const struct net_listener_conf *conf)
{
	const struct net_option_conf option = {
		.mss = conf->mss,
		.tcp_user_timeout_ms = conf->tcp_user_timeout_ms,
		.keepalive = conf->keepalive,
	};
	const struct sockaddr_un *un = (const struct sockaddr_un *)&conf->address.storage;
	const char *why;
	int error = 0;

	listener_set_buffers(fd, conf);
	if (conf->address.fd >= 0)
		return; /* whoever started us has made it so */
	if (conf->address.storage.ss_family == AF_UNIX && un->sun_path[0] != '\0') {
		error = listener_own(un->sun_path, conf, &why);
	} else if (!conf->datagrams && conf->address.storage.ss_family != AF_UNIX) {
		error = net_option_set(fd, conf->address.storage.ss_family, &option, &why);
		if (error == 0)
			error = net_option_int(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT,
					       conf->defer_accept);
	}
	if (error == 0 && !conf->datagrams)
		listen(fd, conf->backlog);
}
