/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/control.c - see control.h. The parent serves it, so it never waits
 * for a client: what a client has not sent when it is accepted, or does not
 * read at once, is lost to that client alone.
 */
#include "daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"
#include "daemon/control_private.h"
#include "daemon/yield.h"

enum { REQUEST_MAX = 256, SEND_USUALLY = 65536, SEND_MOST = 1 << 28, REQUEST_WAIT_MS = 100 };

static void serve_request(struct control *control, const char *request, size_t len,
			  struct strbuf *ret_answer)
{
	if (slice_is((struct slice){ request, len }, CLI_REQUEST))
		strbuf_puts(ret_answer, control->cli != NULL ? control->cli : "");
	else
		control_answer(control->page, request, len, ret_answer);
}

/*
 * We wait for nobody: what does not fit into the socket is
 * lost, and a long difference has to fit.
 */
static void make_room(int client, size_t len)
{
	int size = len < SEND_MOST ? (int)len * 2 : 2 * SEND_MOST;

	if (len > SEND_USUALLY &&
	    setsockopt(client, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		/*
		 * Without the right to: as much as everybody may. Who
		 * asks sees that the end is not there.
		 */
		(void)!setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void send_answer(int client, const struct strbuf *answer)
{
	make_room(client, answer->len);
	for (size_t sent = 0; sent < answer->len;) {
		ssize_t n = send(client, answer->text + sent, answer->len - sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	close(client);
}

static void reply(int client, const char *outcome, const char *text)
{
	struct strbuf answer = STRBUF_EMPTY;

	strbuf_printf(&answer, "%s\n", outcome);
	strbuf_puts(&answer, text);
	send_answer(client, &answer);
	strbuf_free(&answer);
}

void control_reply(int client, bool good, const char *text)
{
	reply(client, good ? "ok" : "failed", text);
}

/* "differs N M", and behind that line N bytes of findings and M of the lines of the difference. */
void control_reply_diff(int client, enum control_diff outcome, const struct strbuf *findings,
			const struct strbuf *lines)
{
	struct strbuf first = STRBUF_EMPTY, rest = STRBUF_EMPTY;

	strbuf_printf(&first, "%s %zu %zu", control_diff_words[outcome], findings->len, lines->len);
	strbuf_add(&rest, findings->text, findings->len);
	strbuf_add(&rest, lines->text, lines->len);
	reply(client, first.text, rest.text != NULL ? rest.text : "");
	strbuf_free(&first);
	strbuf_free(&rest);
}

static void serve(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct control *control = container_of(file, struct control, file);
	int fd = accept4(file->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct strbuf answer = STRBUF_EMPTY;
	char request[REQUEST_MAX];

	if (fd < 0)
		return;
	if (poll(&readable, 1, REQUEST_WAIT_MS) == 1) {
		ssize_t len = recv(fd, request, sizeof(request), MSG_DONTWAIT);

		if (len > 0 && slice_is((struct slice){ request, (size_t)len }, RELOAD_REQUEST)) {
			control->on_reload(control, fd);
			return;
		}
		if (len > 0 && slice_is((struct slice){ request, (size_t)len }, YIELD_REQUEST)) {
			control->on_yield(control, fd);
			return;
		}
		if (len > 0 && slice_is((struct slice){ request, (size_t)len }, DIFF_REQUEST)) {
			control->on_diff(control, fd);
			return;
		}
		if (len > 0)
			serve_request(control, request, (size_t)len, &answer);
	}
	send_answer(fd, &answer);
	strbuf_free(&answer);
}

/* Makes the last directory of the path; one that exists already is fine. */
static void make_directory(const char *path)
{
	char *copy = strdup(path);
	char *slash = copy != NULL ? strrchr(copy, '/') : NULL;

	if (slash != NULL && slash != copy) {
		*slash = '\0';
		mkdir(copy, 0755);
	}
	free(copy);
}

static int bind_and_listen(int fd, const char *path)
{
	struct sockaddr_un address;
	int r = control_address(path, &address);

	if (r < 0)
		return r;
	make_directory(path);
	int other = control_connect_to(path);
	if (other >= 0) {
		close(other);
		return -EADDRINUSE;
	}
	unlink(path);

	mode_t mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && listen(fd, 16) < 0)
		r = -errno;
	return r;
}

/* Who takes our place puts its own there. */
static void remember_path(struct control *control)
{
	struct stat status;

	if (stat(control->path, &status) == 0) {
		control->made.device = status.st_dev;
		control->made.inode = status.st_ino;
	}
}

static bool is_path_ours(const struct control *control)
{
	struct stat status;

	return stat(control->path, &status) == 0 && status.st_dev == control->made.device &&
	       status.st_ino == control->made.inode;
}

int control_open(struct control *control, struct loop *loop, const char *path, struct page *page)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*control = (struct control){ .page = page, .file.fd = -1 };
	if (fd < 0)
		return -errno;
	int r = bind_and_listen(fd, path);
	if (r == 0) {
		control->path = strdup(path);
		remember_path(control);
		r = loop_file_add_level(loop, &control->file, fd, serve);
	}
	if (r < 0)
		close(fd);
	return r;
}

void control_close(struct control *control, struct loop *loop)
{
	if (control->file.fd < 0)
		return;
	loop_file_close(loop, &control->file);
	if (is_path_ours(control))
		unlink(control->path);
	free(control->path);
	control->path = NULL;
}
