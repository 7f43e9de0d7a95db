/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_conn.c - a connection to a stats socket: bytes in, commands, bytes
 * out. Without `prompt` it ends when all that had come is answered.
 *
 * `in` holds the current line and its payload from its beginning on; behind
 * `used` stands what came after them. A line that does not fit ends the
 * connection, as with HAProxy.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/cli_ask.h"
#include "admin/cli_private.h"

enum { OUT_PIECE = 16384, OUT_MAX = 64 * 1024 };

static struct loop *conn_loop(const struct cli_conn *conn)
{
	return conn->listener->cli->worker->loop;
}

void cli_conn_free(struct cli_conn *conn)
{
	strbuf_free(&conn->out);
	free(conn);
}

static void conn_free_later(struct loop *loop, struct loop_deferred *deferred)
{
	cli_conn_free(container_of(deferred, struct cli_conn, defer));
}

static void end_command(struct cli_conn *conn)
{
	if (!conn->running)
		return;
	if (conn->run.end != NULL)
		conn->run.end(&conn->run);
	cli_ask_forget(&conn->run);
	conn->running = false;
}

void cli_conn_end(struct cli_conn *conn)
{
	struct loop *loop = conn_loop(conn);

	conn->ended = true;
	end_command(conn);
	list_remove(&conn->node);
	loop_timer_disarm(loop, &conn->idle);
	loop_file_close(loop, &conn->file);
	cli_service_left(conn->listener);
}

static void conn_close(struct cli_conn *conn)
{
	if (conn->ended)
		return;
	cli_conn_end(conn);
	loop_defer(conn_loop(conn), &conn->defer, conn_free_later);
}

static void touch(struct cli_conn *conn)
{
	struct loop *loop = conn_loop(conn);

	if (loop_timer_arm(loop, &conn->idle,
			   moment_after(loop_now(loop),
					(uint64_t)conn->session.timeout_ms * 1000)) < 0)
		conn_close(conn);
}

static void idle_over(struct loop *loop, struct loop_timer *timer)
{
	conn_close(container_of(timer, struct cli_conn, idle));
}

/* ---- bytes out ---- */

/* Sends what can be sent; false: the connection has ended, or the client must read first. */
static bool flush(struct cli_conn *conn)
{
	while (conn->sent < conn->out.len && conn->can_write) {
		ssize_t sent = send(conn->file.fd, conn->out.text + conn->sent,
				    conn->out.len - conn->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN) {
			conn_close(conn);
			return false;
		}
		conn->can_write = sent >= 0;
		if (sent > 0) {
			conn->sent += (size_t)sent;
			touch(conn);
		}
	}
	if (conn->ended || conn->out.failed) {
		conn_close(conn);
		return false;
	}
	if (conn->sent == conn->out.len) {
		conn->sent = conn->out.len = 0;
		if (conn->out.capacity > OUT_MAX)
			strbuf_free(&conn->out);
	}
	return conn->out.len - conn->sent < OUT_PIECE;
}

/* ---- bytes in ---- */

/* Forgets the line and the payload that are answered. */
static void drop_used(struct cli_conn *conn)
{
	memmove(conn->in, conn->in + conn->used, conn->len - conn->used);
	conn->len -= conn->used;
	conn->used = conn->scanned = 0;
	conn->payload = NULL;
}

/* False: the connection has ended. */
static bool receive(struct cli_conn *conn)
{
	while (conn->can_read && conn->len < conn->size) {
		ssize_t got = recv(conn->file.fd, conn->in + conn->len, conn->size - conn->len,
				   MSG_DONTWAIT);

		if (got > 0) {
			conn->len += (size_t)got;
			touch(conn);
		} else if (got < 0 && errno == EINTR) {
			continue;
		} else {
			conn->can_read = false;
			conn->hung_up |= got == 0 || errno != EAGAIN;
		}
	}
	return !conn->ended;
}

/* The next whole line, without its end; NULL: there is none. */
static char *next_line(struct cli_conn *conn, size_t *ret_len)
{
	char *from = conn->in + conn->used;
	char *newline = memchr(conn->in + conn->scanned, '\n', conn->len - conn->scanned);

	if (newline == NULL) {
		conn->scanned = conn->len;
		return NULL;
	}
	conn->used = conn->scanned = (size_t)(newline - conn->in) + 1;
	if (newline > from && newline[-1] == '\r')
		newline--;
	*newline = '\0';
	*ret_len = (size_t)(newline - from);
	return from;
}

/* One more line of the payload; it is complete with an empty one. */
static void collect_line(struct cli_conn *conn, char *line, size_t len)
{
	if (len == 0) {
		conn->collects = false;
		conn->payload[conn->payload_len] = '\0';
		return;
	}
	if (conn->session.prompt)
		strbuf_puts(&conn->out, "+ ");
	memmove(conn->payload + conn->payload_len, line, len);
	conn->payload_len += len;
	conn->payload[conn->payload_len++] = '\n';
}

static void begin_line(struct cli_conn *conn, char *line, size_t len)
{
	conn->line = line;
	conn->payload = NULL;
	if (!cli_line_cut_payload_mark(line, len))
		return;
	conn->collects = true;
	conn->payload = conn->in + conn->used;
	conn->payload_len = 0;
	/* An empty payload ends with NUL where its first line's newline stood. */
	if (conn->session.prompt)
		strbuf_puts(&conn->out, "+ ");
}

/* A line with its payload is there to be answered; false: more bytes are needed. */
static bool have_line(struct cli_conn *conn)
{
	size_t len;
	char *line;

	if (conn->line == NULL && conn->used != 0)
		drop_used(conn);
	while (conn->line == NULL || conn->collects) {
		line = next_line(conn, &len);
		if (line == NULL)
			return false;
		if (conn->collects)
			collect_line(conn, line, len);
		else
			begin_line(conn, line, len);
	}
	return true;
}

/* ---- commands ---- */

static void begin_command(struct cli_conn *conn)
{
	struct cli_run *run = &conn->run;
	struct cli *cli = conn->listener->cli;

	*run = (struct cli_run){
		.cli = cli,
		.proxy = cli->proxy,
		.worker = cli->worker,
		.session = &conn->session,
		.out = &conn->out,
	};
	if (!cli_line_next(&conn->line, &run->words))
		return;
	/* The payload is that of the last command. */
	if (conn->line == NULL && conn->payload != NULL)
		run->payload = (struct slice){ conn->payload, conn->payload_len };
	conn->running = true;
	conn->answered = true;
	cli_dispatch(run);
	if (run->quit) {
		end_command(conn);
		conn->hung_up = true;
		conn->line = NULL;
		conn->used = conn->scanned = conn->len;
	}
}

/* True when the command has said all. */
static bool go_on(struct cli_conn *conn)
{
	struct cli_run *run = &conn->run;

	if (run->asked != 0)
		return false;
	if (run->more != NULL && run->more(run))
		return false;
	end_command(conn);
	strbuf_puts(&conn->out, conn->session.prompt ? "\n> " : "\n");
	return true;
}

/*
 * What came and was not answered is not done: a line without
 * its end, a payload, one that is too long.
 */
static void end_talk(struct cli_conn *conn)
{
	if ((conn->len != conn->used || conn->collects) && conn->session.status < CLI_REFUSED)
		conn->session.status = CLI_REFUSED;
	if (conn->session.tells_status) {
		strbuf_add(&conn->out, "", 1);
		strbuf_printf(&conn->out, "%d", conn->session.status);
	}
	conn->told = true;
}

/* Nothing is left to be answered: is there more to come? */
static bool is_over(const struct cli_conn *conn)
{
	if (conn->hung_up || conn->len == conn->size)
		return true;
	return conn->answered && !conn->session.prompt && conn->len == 0 && !conn->collects;
}

static void work(struct cli_conn *conn)
{
	for (;;) {
		if (!flush(conn))
			return;
		if (conn->running) {
			if (!go_on(conn) && conn->run.asked != 0)
				return;
			continue;
		}
		if (!receive(conn))
			return;
		if (have_line(conn)) {
			begin_command(conn);
			if (conn->ended)
				return;
		} else if (is_over(conn) && !conn->told) {
			end_talk(conn);
		} else if (is_over(conn)) {
			if (conn->sent == conn->out.len)
				conn_close(conn);
			return;
		} else {
			if (!conn->can_read)
				return;
		}
	}
}

void cli_conn_work(struct cli_conn *conn)
{
	if (!conn->ended)
		work(conn);
	if (!conn->ended)
		flush(conn);
}

static void conn_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct cli_conn *conn = container_of(file, struct cli_conn, file);

	conn->can_read |= (ready & (LOOP_IN | LOOP_HUP | LOOP_ERROR)) != 0;
	conn->can_write |= (ready & LOOP_OUT) != 0;
	if ((ready & LOOP_ERROR) != 0) {
		conn_close(conn);
		return;
	}
	cli_conn_work(conn);
}

struct cli_conn *cli_conn_open(struct cli_listener *listener, int fd)
{
	const struct proxy_global *global = &listener->cli->proxy->conf->global;
	struct cli_conn *conn = calloc(1, sizeof(*conn) + global->bufsize + 1);

	if (conn == NULL) {
		close(fd);
		return NULL;
	}
	conn->size = global->bufsize;
	conn->listener = listener;
	conn->session = (struct cli_session){
		.level = (enum cli_level)listener->conf->level,
		.severity = (enum cli_severity)listener->conf->severity,
		.timeout_ms = global->cli_timeout_ms,
	};
	conn->idle.on_expire = idle_over;
	conn->file.fd = -1;
	if (loop_file_add(conn_loop(conn), &conn->file, fd, conn_ready) < 0) {
		free(conn);
		close(fd);
		return NULL;
	}
	list_append(&listener->cli->open, &conn->node);
	listener->connections++;
	listener->cli->connections++;
	touch(conn);
	return conn;
}
