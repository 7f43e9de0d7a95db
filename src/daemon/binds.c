/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/binds.c - see listeners.h. Unix and inherited sockets cannot be
 * opened once for each thread: the threads share duplicates of one.
 */
#include "daemon/binds.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static void report_failure(struct diag_report *report, const struct bind_conf *bind, int error,
			   const char *why)
{
	char text[NET_ADDRESS_TEXT];
	const char *hint = NULL;

	if (error == EADDRINUSE)
		hint = "another program listens there: 'ss -ltnp' shows which";
	else if (error == EACCES || error == EPERM)
		hint = "ports below 1024 need root or CAP_NET_BIND_SERVICE";
	diag_add(report, DIAG_ERROR, &diag_bad_address, bind->span, hint, "%s %s: %s", why,
		 net_address_text(&bind->listener.address, text), strerror(error));
}

static bool is_shared(const struct bind_conf *bind)
{
	return bind->listener.address.storage.ss_family == AF_UNIX ||
	       bind->listener.address.fd >= 0;
}

/* Accepted sockets inherit the sizes; 0 leaves them to the kernel. */
static void size_buffers(int fd, const struct proxy_global *global)
{
	int receive = (int)global->rcvbuf_client, send = (int)global->sndbuf_client;

	if (receive > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof(receive));
	if (send > 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof(send));
}

static bool open_bind(const struct bind_conf *bind, unsigned threads, int *fds,
		      const struct proxy_global *global, struct diag_report *report)
{
	for (unsigned i = 0; i < threads; i++) {
		const char *why = "cannot duplicate";

		if (i > 0 && is_shared(bind)) {
			fds[i] = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
			if (fds[i] < 0)
				fds[i] = -errno;
		} else {
			fds[i] = net_listener_open(&bind->listener, &why);
		}
		if (fds[i] >= 0)
			size_buffers(fds[i], global);
		if (fds[i] < 0) {
			report_failure(report, bind, -fds[i], why);
			return false;
		}
	}
	return true;
}

/*
 * With SO_REUSEPORT two relevos of one user would share a port without a
 * word: a first socket without it finds out.
 */
static bool in_use_elsewhere(const struct bind_conf *conf, struct diag_report *report)
{
	const struct net_address *address = &conf->listener.address;
	int on = 1;

	if (is_shared(conf))
		return false;
	int type = conf->listener.datagrams ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(address->storage.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (type == SOCK_STREAM) /* of datagrams it would let both have the port */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	if (address->storage.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));

	bool in_use = bind(fd, (const struct sockaddr *)&address->storage, address->len) < 0 &&
		      errno == EADDRINUSE;
	close(fd);
	if (in_use)
		report_failure(report, conf, EADDRINUSE, "cannot bind");
	return in_use;
}

static int *new_fds(size_t count)
{
	int *fds = calloc(count + 1, sizeof(*fds));

	ASSERT(fds != NULL);
	memset(fds, -1, (count + 1) * sizeof(*fds));
	return fds;
}

static void close_fds(int *fds, size_t count)
{
	for (size_t i = 0; fds != NULL && i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	free(fds);
}

int *binds_open(const struct proxy_conf *conf, unsigned threads, struct diag_report *report)
{
	int *fds = new_fds((size_t)conf->bind_count * threads);
	bool good = true;

	/* Before any of ours is open: `*:80` beside `10.0.0.1:80` is fine in one file. */
	for (unsigned i = 0; i < conf->bind_count; i++)
		good &= !in_use_elsewhere(conf->binds[i], report);
	for (unsigned i = 0; good && i < conf->bind_count; i++)
		good &= open_bind(conf->binds[i], threads, &fds[(size_t)i * threads],
				  &conf->global, report);
	if (good)
		return fds;
	binds_close(fds, conf, threads);
	return NULL;
}

void binds_close(int *fds, const struct proxy_conf *conf, unsigned threads)
{
	close_fds(fds, (size_t)conf->bind_count * threads);
}

int *binds_open_cli(const struct proxy_conf *conf, struct diag_report *report)
{
	int *fds = new_fds(conf->global.cli_count);
	bool good = true;

	if (conf->global.cli == NULL)
		return fds;
	for (const struct bind_conf *bind = conf->global.cli->front.binds; bind != NULL;
	     bind = bind->next)
		good &= !in_use_elsewhere(bind, report) &&
			open_bind(bind, 1, &fds[bind->index], &conf->global, report);
	if (good)
		return fds;
	binds_close_cli(fds, conf);
	return NULL;
}

void binds_close_cli(int *fds, const struct proxy_conf *conf)
{
	close_fds(fds, conf->global.cli_count);
}
