/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/master.c - see master.h: the address, and who connects. */
#include "daemon/master.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The words of a bind line, which say what is wrong in them as in a file named "-S". */
static void master_read(struct master *master, const char *value, struct diag_report *report)
{
	struct strbuf *text = &master->text;
	size_t address = strcspn(value, ",");

	strbuf_printf(text,
		      "frontend MASTER\n mode tcp\n timeout client 1m\n bind %.*s level admin %s\n",
		      (int)address, value, value + address + (value[address] == ','));
	for (size_t i = 0; i < text->len; i++)
		if (text->text[i] == ',')
			text->text[i] = ' ';
	master->conf = proxy_conf_read_text("-S", text->text, text->len, report);
}

static int master_bind(struct master *master, bool beside, struct diag_report *report)
{
	struct binds before = { .conf = NULL };
	int r;

	if (diag_count(report, DIAG_ERROR) != 0)
		return -EINVAL;
	if (beside)
		binds_prepare(master->conf, 1, &before);
	r = binds_open(master->conf, 1, beside ? &before : NULL, report, &master->binds);
	binds_close(&before);
	return r;
}

int master_open(struct master *master, const char *value, bool beside)
{
	struct diag_report *report = diag_report_new();
	struct strbuf said = STRBUF_EMPTY;
	int r;

	list_init(&master->conns);
	master_read(master, value, report);
	r = master_bind(master, beside, report);
	/* now: it shows lines of the configuration, which may go */
	diag_report_render(report, &said);
	if (said.len != 0)
		fwrite(said.text, 1, said.len, stderr);
	strbuf_free(&said);
	diag_report_free(report);
	return r;
}

static void master_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct master_listener *listener = container_of(file, struct master_listener, file);
	int fd = accept4(file->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (listener->master->conn_count >= MASTER_CONNS)
		close(fd);
	else
		master_conn_open(listener, fd);
}

int master_serve(struct master *master, struct parent *parent, struct loop *loop)
{
	unsigned count = master->conf != NULL ? master->conf->bind_count : 0;

	master->parent = parent;
	if (count == 0)
		return 0;
	binds_settle(&master->binds);
	for (unsigned i = 0; i < count && i < MASTER_LISTENERS; i++) {
		struct master_listener *listener = &master->listener[i];
		int r;

		listener->master = master;
		listener->level = (enum cli_level)master->conf->binds[i]->level;
		r = loop_file_add_level(loop, &listener->file,
					master->binds.fds[i * master->binds.width], master_ready);
		if (r < 0)
			return r;
	}
	return 0;
}

void master_close(struct master *master)
{
	if (master->conf == NULL)
		return;
	list_for_each_safe(node, &master->conns) {
		struct master_conn *conn = container_of(node, struct master_conn, node);

		master_conn_end(conn);
		strbuf_free(&conn->out);
		free(conn);
	}
	binds_close(&master->binds);
	proxy_conf_free(master->conf);
	strbuf_free(&master->text);
	master->conf = NULL;
}

void master_leave(struct master *master)
{
	struct binds binds = master->binds; /* the copy of a child */

	if (master->conf == NULL)
		return;
	binds_close(&binds);
	list_for_each(node, &master->conns) {
		struct master_conn *conn = container_of(node, struct master_conn, node);

		if (conn->file.fd >= 0)
			close(conn->file.fd);
		if (conn->worker.fd >= 0)
			close(conn->worker.fd);
	}
}
