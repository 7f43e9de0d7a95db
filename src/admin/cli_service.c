/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_service.c - the stats sockets in the main thread: who may connect,
 * and how many at one time. See cli.h.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/cli.h"
#include "admin/cli_ask.h"
#include "admin/cli_private.h"
#include "base/arena.h"
#include "proxy/run.h"

enum { PAUSE_US = 100000, ACCEPTS = 16 };

static void service_listener_ready(struct loop *loop, struct loop_file *file, unsigned ready);

/* `stats maxconn` counts all sockets, `maxconn` on the line this one. */
static bool service_full(const struct cli_listener *listener)
{
	const struct cli *cli = listener->cli;

	return cli->connections >= (uint64_t)cli->proxy->conf->global.cli_maxconn ||
	       (listener->conf->maxconn > 0 &&
		listener->connections >= (uint64_t)listener->conf->maxconn);
}

static void service_listen(struct cli_listener *listener)
{
	struct loop *loop = listener->cli->worker->loop;

	if (listener->fd < 0 || listener->file.fd >= 0 || service_full(listener) ||
	    listener->cli->pause.node.pos != 0)
		return;
	if (loop_file_add_level(loop, &listener->file, listener->fd, service_listener_ready) < 0 &&
	    loop_timer_arm(loop, &listener->cli->pause, moment_after(loop_now(loop), PAUSE_US)) < 0)
		listener->file.fd = -1;
}

static void service_listen_all(struct cli *cli)
{
	for (unsigned i = 0; i < cli->listener_count; i++)
		service_listen(&cli->listeners[i]);
}

static void service_pause_over(struct loop *loop, struct loop_timer *timer)
{
	service_listen_all(container_of(timer, struct cli, pause));
}

static void service_listener_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct cli_listener *listener = container_of(file, struct cli_listener, file);
	struct cli *cli = listener->cli;

	for (unsigned i = 0; i < ACCEPTS && !service_full(listener); i++) {
		int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			cli_conn_open(listener, fd);
			continue;
		}
		if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
			loop_file_remove(loop, &listener->file);
			if (loop_timer_arm(loop, &cli->pause,
					   moment_after(loop_now(loop), PAUSE_US)) < 0)
				service_listen(listener);
			return;
		}
		return;
	}
	if (service_full(listener))
		loop_file_remove(loop, &listener->file);
}

void cli_service_left(struct cli_listener *listener)
{
	listener->connections--;
	listener->cli->connections--;
	service_listen_all(listener->cli);
}

/*
 * The parent's master CLI (daemon/master_worker.c): a descriptor, and three bytes
 * of rights, the parent having looked at who asks.
 */
static int service_take(int from, char rights[3])
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec bytes = { rights, 3 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	int fd = -1;

	if (recvmsg(from, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 3)
		return -1;

	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void service_master_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct cli_listener *listener = container_of(file, struct cli_listener, file);
	char rights[3];
	int fd = service_take(file->fd, rights);
	struct cli_conn *conn = fd >= 0 ? cli_conn_open(listener, fd) : NULL;

	if (fd < 0 && (ready & LOOP_HUP) != 0)
		loop_file_remove(loop, file);
	if (conn == NULL)
		return;
	conn->session.level = (enum cli_level)rights[0];
	conn->session.expert = rights[1] != 0;
	conn->session.experimental = rights[2] != 0;
}

static int service_start_master(struct cli *cli)
{
	int fd = cli->proxy->args->master_fd;

	cli->master = (struct cli_listener){ .cli = cli, .conf = &cli->master_conf, .fd = -1,
					     .file.fd = -1 };
	return fd > 0 ? loop_file_add_level(cli->worker->loop, &cli->master.file, fd,
					    service_master_ready)
		      : 0;
}

static int service_start(struct proxy *proxy, const int *fds, void **ret_self)
{
	const struct proxy_global *global = &proxy->conf->global;
	struct cli *cli = calloc(1, sizeof(*cli));

	if (cli == NULL)
		return -ENOMEM;
	cli->proxy = proxy;
	cli->worker = &proxy->workers[0];
	cli->names = proxy->conf->names;
	cli->pause.on_expire = service_pause_over;
	list_init(&cli->open);
	list_init(&cli->asks);
	cli->listeners = calloc(global->cli_count + 1, sizeof(*cli->listeners));
	if (cli->listeners == NULL || service_start_master(cli) < 0) {
		free(cli->listeners);
		free(cli);
		return -ENOMEM;
	}
	cli->listener_count = global->cli_count;
	for (const struct bind_conf *bind = global->cli != NULL ? global->cli->front.binds : NULL;
	     bind != NULL; bind = bind->next) {
		struct cli_listener *listener = &cli->listeners[bind->index];

		*listener = (struct cli_listener){ .cli = cli, .conf = bind,
						   .fd = fds[bind->index], .file.fd = -1 };
		service_listen(listener);
	}
	*ret_self = cli;
	return 0;
}

static void service_hand_over(void *self)
{
	struct cli *cli = self;

	for (unsigned i = 0; i < cli->listener_count; i++) {
		loop_file_remove(cli->worker->loop, &cli->listeners[i].file);
		if (cli->listeners[i].fd >= 0)
			close(cli->listeners[i].fd);
		cli->listeners[i].fd = -1;
	}
	loop_timer_disarm(cli->worker->loop, &cli->pause);
}

static void service_look_again(void *self)
{
	struct cli *cli = self;

	for (unsigned i = 0; i < cli->listener_count; i++) {
		if (cli->listeners[i].file.fd < 0)
			continue;
		loop_file_remove(cli->worker->loop, &cli->listeners[i].file);
		service_listen(&cli->listeners[i]);
	}
}

static void service_stop(void *self)
{
	struct cli *cli = self;

	/* Before the connections end, which would listen again. */
	service_hand_over(cli);
	loop_file_remove(cli->worker->loop, &cli->master.file);
	list_for_each_safe(node, &cli->open)
	{
		struct cli_conn *conn = container_of(node, struct cli_conn, node);

		cli_conn_end(conn);
		cli_conn_free(conn);
	}
	list_for_each_safe(node, &cli->asks)
		cli_ask_free(container_of(node, struct cli_ask, node));
	free(cli->listeners);
	arena_free(cli->arena);
	free(cli);
}

const struct proxy_cli_service admin_cli_service = {
	.start = service_start,
	.stop = service_stop,
	.hand_over = service_hand_over,
	.look_again = service_look_again,
};
