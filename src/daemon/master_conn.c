/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/master_conn.c - a connection to the master CLI: bytes in, commands,
 * bytes out. It ends like one of the runtime API (admin/cli_conn.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/master.h"
#include "daemon/parent_private.h"

enum { OUT_PIECE = 16384, OUT_MAX = 64 * 1024 };

/* The parent forks: what a child may have still must be taken out of the loop by name. */
static void conn_let_go(struct master_conn *conn, struct loop_file *file)
{
	int fd = file->fd;

	if (fd < 0)
		return;
	loop_file_remove(conn->master->parent->loop, file);
	close(fd);
	file->fd = -1;
}

void master_conn_end(struct master_conn *conn)
{
	conn->ended = true;
	master_asker_forget(conn->asker);
	conn->asker = NULL;
	list_remove(&conn->node);
	conn->master->conn_count--;
	conn_let_go(conn, &conn->file);
	conn_let_go(conn, &conn->worker);
}

static void conn_free_later(struct loop *loop, struct loop_deferred *deferred)
{
	struct master_conn *conn = container_of(deferred, struct master_conn, defer);

	strbuf_free(&conn->out);
	free(conn);
}

static void conn_close(struct master_conn *conn)
{
	if (conn->ended)
		return;
	master_conn_end(conn);
	loop_defer(conn->master->parent->loop, &conn->defer, conn_free_later);
}

/* ---- bytes ---- */

/* Sends what can be sent; false: it has ended, or the client must read first. */
static bool conn_flush(struct master_conn *conn)
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
		if (sent > 0)
			conn->sent += (size_t)sent;
	}
	if (conn->out.failed) {
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

static void conn_receive(struct master_conn *conn)
{
	while (conn->can_read && conn->len < MASTER_LINE) {
		ssize_t got = recv(conn->file.fd, conn->in + conn->len, MASTER_LINE - conn->len,
				   MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got > 0)
			conn->len += (size_t)got;
		conn->can_read = got > 0;
		conn->hung_up |= got == 0 || (got < 0 && errno != EAGAIN);
	}
}

/* What a proxy process says. False: nothing more now. */
static bool conn_relay(struct master_conn *conn)
{
	char bytes[OUT_PIECE];
	ssize_t got = -1;

	if (conn->worker_can_read)
		got = recv(conn->worker.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (got > 0) {
		strbuf_add(&conn->out, bytes, (size_t)got);
		return true;
	}
	if (got < 0 && (!conn->worker_can_read || errno == EAGAIN || errno == EINTR)) {
		conn->worker_can_read = errno == EINTR && conn->worker_can_read;
		return conn->worker_can_read;
	}
	conn_let_go(conn, &conn->worker);
	master_prompt(conn, &conn->out);
	return true;
}

/* ---- lines ---- */

static void conn_drop_used(struct master_conn *conn)
{
	memmove(conn->in, conn->in + conn->used, conn->len - conn->used);
	conn->len -= conn->used;
	conn->used = conn->scanned = 0;
}

/* The next whole line, without its end; NULL: there is none. */
static char *conn_next_line(struct master_conn *conn, size_t *ret_len)
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

static void conn_begin_line(struct master_conn *conn, char *line, size_t len)
{
	conn->line = line;
	conn->payload_len = 0;
	conn->collects = cli_line_cut_payload_mark(line, len);
	conn->payload = conn->used;
	if (conn->collects && conn->session.prompt)
		strbuf_puts(&conn->out, "+ ");
}

/* Lines of a payload stay where they are, but for their ends. */
static void conn_collect(struct master_conn *conn, const char *line, size_t len)
{
	if (len == 0) {
		conn->collects = false;
		return;
	}
	memmove(conn->in + conn->payload + conn->payload_len, line, len);
	conn->payload_len += len;
	conn->in[conn->payload + conn->payload_len++] = '\n';
	if (conn->session.prompt)
		strbuf_puts(&conn->out, "+ ");
}

/* A line with its payload is there; false: more bytes are needed. */
static bool conn_have_line(struct master_conn *conn)
{
	size_t len;
	char *line;

	if (conn->line == NULL && conn->used != 0)
		conn_drop_used(conn);
	while (conn->line == NULL || conn->collects) {
		line = conn_next_line(conn, &len);
		if (line == NULL)
			return false;
		if (conn->collects)
			conn_collect(conn, line, len);
		else
			conn_begin_line(conn, line, len);
	}
	return true;
}

/* ---- commands ---- */

/* False after a message: there is no such process. */
static bool conn_resolve(struct master_conn *conn, const struct master_prefix *prefix, pid_t *ret)
{
	const struct parent *parent = conn->master->parent;
	bool found = false;

	if (prefix->kind == MASTER_HERE) {
		*ret = conn->session.target;
		found = *ret == 0 || master_worker_exists(parent, *ret);
	} else if (prefix->kind == MASTER_SELF) {
		*ret = 0;
		found = true;
	} else if (prefix->kind == MASTER_NUMBER) {
		*ret = master_worker_nth(parent, prefix->number);
		found = *ret != 0;
	} else if (prefix->kind == MASTER_PID) {
		*ret = (pid_t)prefix->number;
		found = master_worker_exists(parent, *ret);
	}
	if (!found && prefix->kind == MASTER_HERE)
		strbuf_printf(&conn->out, "Can't find the target PID matching the prefix '@!%d'\n",
			      (int)*ret);
	else if (!found)
		strbuf_printf(&conn->out, "Can't find the target PID matching the prefix '%.*s'\n",
			      (int)prefix->len, prefix->text);
	return found;
}

/* As HAProxy, who asked for what is not there gets nothing more. */
static void conn_give_up(struct master_conn *conn)
{
	conn->line = NULL;
	if (conn->session.prompt) {
		conn->session.target = 0;
		master_prompt(conn, &conn->out);
		return;
	}
	conn->hung_up = true;
	conn->used = conn->scanned = conn->len;
}

static void conn_begin_command(struct master_conn *conn)
{
	struct master_prefix prefix;
	char *command;
	pid_t target = 0;

	if (!master_line_next(&conn->line, &command))
		return;
	conn->answered = true;
	prefix = master_line_prefix(&command);
	if (!conn_resolve(conn, &prefix, &target)) {
		conn_give_up(conn);
		return;
	}
	if (*command == '\0' && prefix.kind != MASTER_HERE) {
		conn->session.target = target;
		master_prompt(conn, &conn->out);
	} else if (target == 0 || (prefix.kind == MASTER_HERE && master_is_of_session(command))) {
		master_run(conn, command);
	} else if (!master_worker_send(conn, target, command,
				       conn->line == NULL ? conn->in + conn->payload : NULL,
				       conn->line == NULL ? conn->payload_len : 0)) {
		strbuf_puts(&conn->out, "Can't connect to the target CLI!\n");
		conn_give_up(conn);
	}
}

/* Nothing is left to be answered: is there more to come? */
static bool conn_is_over(const struct master_conn *conn)
{
	return conn->hung_up || conn->len == MASTER_LINE ||
	       (conn->answered && !conn->session.prompt && conn->len == 0 && !conn->collects);
}

static void conn_turn(struct master_conn *conn)
{
	while (conn_flush(conn)) {
		if (conn->worker.fd >= 0) {
			if (!conn_relay(conn))
				return;
			continue;
		}
		if (conn->asker != NULL)
			return;
		conn_receive(conn);
		if (conn_have_line(conn)) {
			conn_begin_command(conn);
		} else if (conn_is_over(conn)) {
			if (conn->sent == conn->out.len)
				conn_close(conn);
			return;
		} else if (!conn->can_read) {
			return;
		}
	}
}

void master_conn_work(struct master_conn *conn)
{
	if (conn->ended || conn->works)
		return;
	conn->works = true;
	conn_turn(conn);
	conn->works = false;
}

static void conn_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct master_conn *conn = container_of(file, struct master_conn, file);

	conn->can_read |= (ready & (LOOP_IN | LOOP_HUP | LOOP_ERROR)) != 0;
	conn->can_write |= (ready & LOOP_OUT) != 0;
	if ((ready & LOOP_ERROR) != 0)
		conn_close(conn);
	else
		master_conn_work(conn);
}

void master_conn_open(struct master_listener *listener, int fd)
{
	struct master *master = listener->master;
	struct master_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		close(fd);
		return;
	}
	conn->master = master;
	conn->session.level = listener->level;
	conn->file.fd = conn->worker.fd = -1;
	if (loop_file_add(master->parent->loop, &conn->file, fd, conn_ready) < 0) {
		free(conn);
		close(fd);
		return;
	}
	list_append(&master->conns, &conn->node);
	master->conn_count++;
}
