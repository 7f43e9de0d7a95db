/* SPDX-License-Identifier: Apache-2.0 */
/* net/connect.c - see connect.h. */
#include "net/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

static int connect_from(int fd, const struct net_address *source)
{
	int error;

	if (net_address_port(source) != 0)
		error = net_option_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	else if (source->storage.ss_family != AF_UNIX)
		error = net_option_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	else
		error = 0;
	if (error == 0 && bind(fd, (const struct sockaddr *)&source->storage, source->len) < 0)
		error = -errno;
	return error;
}

static int connect_prepare(int fd, const struct net_connect_conf *conf, int family)
{
	static const struct net_option_conf plain;
	const char *why;
	int error = net_option_set(fd, family, conf != NULL ? &conf->option : &plain, &why);

	if (error == 0 && conf != NULL && conf->source != NULL && conf->source->len != 0)
		error = connect_from(fd, conf->source);
	return error;
}

int net_connect(const struct net_connect_conf *conf, const struct net_address *to)
{
	int fd, error;

	if (to->len == 0)
		return -EDESTADDRREQ;
	fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	error = net_connect_again(fd, conf, to);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}

int net_connect_poll(int fd, const struct net_address *to)
{
	if (connect(fd, (const struct sockaddr *)&to->storage, to->len) == 0 || errno == EISCONN)
		return 0;
	return errno == EALREADY ? -EINPROGRESS : -errno;
}

int net_disconnect(int fd)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	return connect(fd, &nobody, sizeof(nobody)) < 0 ? -errno : 0;
}

int net_connect_again(int fd, const struct net_connect_conf *conf, const struct net_address *to)
{
	int error = connect_prepare(fd, conf, to->storage.ss_family);

	if (error == 0 && connect(fd, (const struct sockaddr *)&to->storage, to->len) < 0 &&
	    errno != EINPROGRESS)
		error = -errno;
	return error;
}

int net_connect_result(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}
