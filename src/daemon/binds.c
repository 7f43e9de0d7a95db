/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/binds.c - see binds.h. Unix and inherited sockets cannot be
 * opened once for each thread: the threads share duplicates of one.
 */
#include "daemon/binds.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/macros.h"

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

static bool is_shared(const struct bind_conf *bind, const struct proxy_conf *conf)
{
	return bind->listener.address.storage.ss_family == AF_UNIX ||
	       bind->listener.address.fd >= 0 || conf->global.no_reuseport;
}

static int duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : copy;
}

/* ---- what another configuration has ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_address(const struct net_address *a, const struct net_address *b)
{
	return a->len == b->len && a->fd == b->fd && memcmp(&a->storage, &b->storage, a->len) == 0;
}

/* Whether one socket is both: all else can be changed while it listens. */
static bool same_socket(const struct net_listener_conf *a, const struct net_listener_conf *b)
{
	return same_address(&a->address, &b->address) && a->datagrams == b->datagrams &&
	       a->v6only == b->v6only && a->v4v6 == b->v4v6 &&
	       a->transparent == b->transparent && same_text(a->interface, b->interface) &&
	       same_text(a->netns, b->netns);
}

/* As the system tells an address: a path may end anywhere. */
static bool same_told(const struct net_address *conf, const struct net_address *told)
{
	const struct sockaddr_un *path = (const struct sockaddr_un *)&conf->storage;
	const struct sockaddr_un *other = (const struct sockaddr_un *)&told->storage;

	if (conf->fd >= 0 || conf->storage.ss_family != told->storage.ss_family)
		return false;
	if (conf->storage.ss_family != AF_UNIX || path->sun_path[0] == '\0')
		return same_address(conf, told);
	return strncmp(path->sun_path, other->sun_path, sizeof(path->sun_path)) == 0;
}

bool binds_same_socket(const struct net_listener_conf *conf, const struct net_listener_conf *told)
{
	return same_told(&conf->address, &told->address) && conf->datagrams == told->datagrams &&
	       (!conf->v6only || told->v6only) && (!conf->v4v6 || told->v4v6) &&
	       same_text(conf->interface, told->interface) && same_text(conf->netns, told->netns);
}

/* The n-th of the binds with the socket of `bind` in the list; NULL: there are fewer. */
static struct bind_conf *nth_like(struct bind_conf *const *list, unsigned count,
				  const struct bind_conf *bind, unsigned n)
{
	for (unsigned i = 0; i < count; i++)
		if (same_socket(&list[i]->listener, &bind->listener) && n-- == 0)
			return list[i];
	return NULL;
}

/* How many before `bind` have the same socket: an address may stand in a file twice. */
static unsigned number_among(const struct proxy_conf *conf, const struct bind_conf *bind)
{
	unsigned number = 0;

	for (unsigned i = 0; i < bind->index; i++)
		number += same_socket(&conf->binds[i]->listener, &bind->listener);
	return number;
}

static const struct bind_conf *find_cli(const struct proxy_conf *conf, const struct bind_conf *like)
{
	const struct bind_conf *bind = conf->global.cli != NULL ? conf->global.cli->front.binds
								: NULL;

	while (bind != NULL && !same_socket(&bind->listener, &like->listener))
		bind = bind->next;
	return bind;
}

static bool is_cli(const struct bind_conf *bind, const struct proxy_conf *conf)
{
	return conf->global.cli != NULL && bind->frontend == conf->global.cli;
}

/* The bind of `there` that has the socket of `bind`, which is of `conf`; or NULL. */
static const struct bind_conf *counterpart(const struct proxy_conf *conf,
					   const struct bind_conf *bind,
					   const struct proxy_conf *there)
{
	if (is_cli(bind, conf))
		return find_cli(there, bind);
	return nth_like(there->binds, there->bind_count, bind, number_among(conf, bind));
}

bool binds_kept(const struct proxy_conf *conf, const struct bind_conf *bind,
		const struct binds *after)
{
	return counterpart(conf, bind, after->conf) != NULL;
}

/* Takes duplicates of what `before` has for this bind into `fds`; how many, or negative errno. */
static int take_over(const struct proxy_conf *conf, const struct bind_conf *bind,
		     const struct binds *before, int *fds, unsigned most)
{
	const struct bind_conf *old = before != NULL ? counterpart(conf, bind, before->conf) : NULL;
	int taken = 0;

	if (old == NULL)
		return 0;
	for (unsigned i = 0; i < (is_cli(bind, conf) ? 1 : before->width) && i < most; i++) {
		int fd = is_cli(bind, conf) ? before->cli_fds[old->index]
					    : before->fds[(size_t)old->index * before->width + i];

		if (fd < 0)
			continue;
		fds[taken] = duplicate(fd);
		if (fds[taken] < 0)
			return fds[taken];
		taken++;
	}
	return taken;
}

/* ---- opening ---- */

static struct net_listener_conf listener_of(const struct bind_conf *bind,
					    const struct proxy_conf *conf)
{
	struct net_listener_conf listener = bind->listener;

	listener.alone = conf->global.no_reuseport;
	if (!is_cli(bind, conf)) {
		listener.receive_buffer = (int)conf->global.rcvbuf_client;
		listener.send_buffer = (int)conf->global.sndbuf_client;
	}
	return listener;
}

/* `early`: another process serves, and who comes must not be sent to one that may not start. */
static bool open_bind(const struct bind_conf *bind, const struct proxy_conf *conf, unsigned from,
		      unsigned threads, bool early, int *fds, struct diag_report *report)
{
	const struct net_listener_conf listener = listener_of(bind, conf);

	for (unsigned i = from; i < threads; i++) {
		const char *why = "cannot duplicate";

		fds[i] = i > 0 && is_shared(bind, conf) ? duplicate(fds[0])
			 : early		 ? net_listener_bind(&listener, &why)
						 : net_listener_open(&listener, &why);
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

	if (address->storage.ss_family == AF_UNIX || address->fd >= 0)
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

/* Ours from before is no other program's, whatever of it is gone now. */
static bool held_before(const struct bind_conf *bind, const struct binds *before)
{
	const struct net_listener_conf *wanted = &bind->listener;

	if (before == NULL)
		return false;
	for (unsigned i = 0; i < before->conf->bind_count; i++) {
		const struct net_listener_conf *had = &before->conf->binds[i]->listener;

		if (had->datagrams == wanted->datagrams &&
		    had->address.storage.ss_family != AF_UNIX &&
		    net_address_port(&had->address) == net_address_port(&wanted->address))
			return true;
	}
	return false;
}

static int *new_fds(size_t count)
{
	int *fds = malloc((count + 1) * sizeof(*fds));

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

void binds_close(struct binds *binds)
{
	if (binds->conf == NULL)
		return;
	close_fds(binds->fds, (size_t)binds->conf->bind_count * binds->width);
	close_fds(binds->cli_fds, binds->conf->global.cli_count);
	*binds = (struct binds){ .conf = NULL };
}

static bool open_or_take(const struct bind_conf *bind, unsigned threads, unsigned most,
			 const struct binds *before, int *fds, struct diag_report *report,
			 const struct proxy_conf *conf)
{
	/* Those that share one queue: there are as many as threads. */
	int taken = take_over(conf, bind, before, fds, is_shared(bind, conf) ? threads : most);

	if (taken < 0) {
		report_failure(report, bind, -taken, "cannot duplicate");
		return false;
	}
	return open_bind(bind, conf, (unsigned)taken, threads,
			 before != NULL && !is_cli(bind, conf), fds, report);
}

static bool open_all(struct binds *binds, unsigned threads, const struct binds *before,
		     struct diag_report *report)
{
	const struct proxy_conf *conf = binds->conf;
	bool good = true;

	/* Before any of ours is open: `*:80` beside `10.0.0.1:80` is fine in one file. */
	for (unsigned i = 0; i < conf->bind_count; i++)
		if (!held_before(conf->binds[i], before))
			good &= !in_use_elsewhere(conf->binds[i], report);
	/* Stats sockets first: who can connect to a service can ask about it. */
	for (const struct bind_conf *bind =
		     conf->global.cli != NULL ? conf->global.cli->front.binds : NULL;
	     good && bind != NULL; bind = bind->next) {
		bool ours = before != NULL && find_cli(before->conf, bind) != NULL;

		good &= (ours || !in_use_elsewhere(bind, report)) &&
			open_or_take(bind, 1, 1, before, &binds->cli_fds[bind->index], report,
				     conf);
	}
	for (unsigned i = 0; good && i < conf->bind_count; i++)
		good &= open_or_take(conf->binds[i], threads, binds->width, before,
				     &binds->fds[(size_t)i * binds->width], report, conf);
	return good;
}

void binds_prepare(const struct proxy_conf *conf, unsigned width, struct binds *ret)
{
	*ret = (struct binds){ .conf = conf, .width = width };
	ret->fds = new_fds((size_t)conf->bind_count * width);
	ret->cli_fds = new_fds(conf->global.cli_count);
}

int binds_open(const struct proxy_conf *conf, unsigned threads, const struct binds *before,
	       struct diag_report *report, struct binds *ret)
{
	struct binds binds;

	binds_prepare(conf, before != NULL && before->width > threads ? before->width : threads,
		      &binds);
	if (!open_all(&binds, threads, before, report)) {
		binds_close(&binds);
		return -EADDRINUSE;
	}
	*ret = binds;
	return 0;
}

void binds_settle(const struct binds *binds)
{
	const struct proxy_conf *conf = binds->conf;

	for (unsigned i = 0; i < conf->bind_count; i++) {
		const struct net_listener_conf listener = listener_of(conf->binds[i], conf);

		for (unsigned j = 0; j < binds->width; j++) {
			int fd = binds->fds[(size_t)i * binds->width + j];

			if (fd >= 0)
				net_listener_settle(fd, &listener);
		}
	}
	for (const struct bind_conf *bind =
		     conf->global.cli != NULL ? conf->global.cli->front.binds : NULL;
	     bind != NULL; bind = bind->next)
		net_listener_settle(binds->cli_fds[bind->index], &bind->listener);
}
