/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_sockets.c - `_getsocks` (configuration manual "expose-fd
 * listeners"): the listening sockets go to who connects, so that another
 * process accepts on them without a gap. HAProxy asks with -x; what it reads:
 *
 *   an int: how many descriptors come
 *   messages of up to 253 descriptors (SCM_RIGHTS), whose bytes say of each
 *   the network namespace and the interface (a length and the name), and an int
 *   of options
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "admin/cli_commands.h"
#include "admin/cli_private.h"
#include "proxy/ledger.h"
#include "proxy/run.h"

enum { SOCKETS_AT_ONCE = 253 };

struct sockets_batch {
	int fds[SOCKETS_AT_ONCE];
	unsigned count;
	struct strbuf about;
};

static void sockets_put_name(struct strbuf *about, const char *name)
{
	size_t len = name == NULL ? 0 : strlen(name) > 255 ? 255 : strlen(name);
	char byte = (char)len;

	strbuf_add(about, &byte, 1);
	strbuf_add(about, name != NULL ? name : "", len);
}

/*
 * HAProxy does not take one that may be bound to a foreign
 * address; once bound it makes no difference.
 */
static void sockets_settle(int fd, int family)
{
	const int off = 0;

	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &off, sizeof(off));
	else if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &off, sizeof(off));
}

static void sockets_add(struct sockets_batch *batch, const struct bind_conf *bind, int fd)
{
	const int options = 0;

	if (!bind->listener.transparent)
		sockets_settle(fd, bind->listener.address.storage.ss_family);
	batch->fds[batch->count++] = fd;
	sockets_put_name(&batch->about, bind->listener.netns);
	sockets_put_name(&batch->about, bind->listener.interface);
	strbuf_add(&batch->about, (const char *)&options, sizeof(options));
}

/* False: the peer does not take it. */
static bool sockets_send(int to, struct sockets_batch *batch)
{
	union {
		char bytes[CMSG_SPACE(sizeof(batch->fds))];
		struct cmsghdr align;
	} control = { .bytes = "" };
	struct iovec bytes = { batch->about.text, batch->about.len };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = CMSG_SPACE(batch->count * sizeof(int)) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	if (batch->count == 0)
		return true;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(batch->count * sizeof(int));
	memcpy(CMSG_DATA(rights), batch->fds, batch->count * sizeof(int));

	bool sent = sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)batch->about.len;
	strbuf_free(&batch->about);
	batch->count = 0;
	return sent;
}

static unsigned sockets_width(const struct proxy *proxy)
{
	return proxy->args->listen_width != 0 ? proxy->args->listen_width : proxy->threads;
}

/* Place `n` of what the parent has opened for this bind; -1: there is none. */
static int sockets_of(const struct proxy *proxy, unsigned bind, unsigned n)
{
	return proxy->conf->binds[bind]->listener.datagrams
		       ? -1
		       : proxy->args->listen_fds[(size_t)bind * sockets_width(proxy) + n];
}

/*
 * All of each address: what waits in one that nobody takes is lost. Who wants
 * fewer, as HAProxy does, closes them.
 */
static unsigned sockets_count(const struct proxy *proxy)
{
	unsigned count = proxy->conf->global.cli_count;

	for (unsigned i = 0; i < proxy->conf->bind_count; i++)
		for (unsigned n = 0; n < sockets_width(proxy); n++)
			count += sockets_of(proxy, i, n) >= 0;
	return count;
}

static bool sockets_put(struct sockets_batch *batch, int to, const struct bind_conf *bind, int fd)
{
	sockets_add(batch, bind, fd);
	return batch->count < SOCKETS_AT_ONCE || sockets_send(to, batch);
}

static void sockets_send_all(struct cli_run *run, int to)
{
	const struct proxy *proxy = run->proxy;
	struct sockets_batch batch = { .count = 0 };
	bool good = true;

	for (unsigned i = 0; i < proxy->conf->bind_count; i++)
		for (unsigned n = 0; good && n < sockets_width(proxy); n++)
			if (sockets_of(proxy, i, n) >= 0)
				good = sockets_put(&batch, to, proxy->conf->binds[i],
						   sockets_of(proxy, i, n));
	for (unsigned i = 0; good && i < run->cli->listener_count; i++)
		good = sockets_put(&batch, to, run->cli->listeners[i].conf,
				   run->cli->listeners[i].fd);
	if (good)
		sockets_send(to, &batch);
	strbuf_free(&batch.about);
}

static void sockets_get(struct cli_run *run)
{
	struct cli_conn *conn = cli_conn_of(run);
	int count = (int)sockets_count(run->proxy);

	if (!conn->listener->conf->expose_listeners || run->proxy->args->listen_fds == NULL ||
	    run->proxy->handed_over) {
		cli_error(run, "Permission denied\n");
		return;
	}
	/*
	 * Before they are: whoever has them may tell us to end at once, and what the
	 * parent keeps open then listens on, with nobody who accepts.
	 */
	if (run->proxy->args->ledger != NULL)
		atomic_store(&run->proxy->args->ledger->page->exported, 1);
	/* What was said before must be gone: these bytes pass it by. */
	if (run->out->len == 0 &&
	    send(conn->file.fd, &count, sizeof(count),
		 MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(count))
		sockets_send_all(run, conn->file.fd);
	run->quit = true;
}

const struct cli_command cli_commands_sockets[] = {
	{ .doc = { .name = "_getsocks", .since = "0.3",
		   .summary =
			   "Hand the listening sockets to another process (expose-fd listeners).",
		   .example = "_getsocks" },
	  .level = CLI_ADMIN, .flags = CLI_HIDDEN, .run = sockets_get },
	CLI_COMMANDS_END,
};
