/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/ctl.c - see ctl.h: the client's side, which may wait. */
#include "daemon/ctl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "daemon/control.h"
#include "net/address.h"

const char *ctl_socket(const struct proxy_conf *conf)
{
	const struct bind_conf *best = NULL;
	const struct sockaddr_un *address;

	if (conf == NULL || conf->global.cli == NULL)
		return NULL;
	for (const struct bind_conf *bind = conf->global.cli->front.binds; bind != NULL;
	     bind = bind->next) {
		address = (const struct sockaddr_un *)&bind->listener.address.storage;
		if (address->sun_family == AF_UNIX && address->sun_path[0] != '\0' &&
		    (best == NULL || bind->level > best->level))
			best = bind;
	}
	if (best == NULL)
		return NULL;
	address = (const struct sockaddr_un *)&best->listener.address.storage;
	return address->sun_path;
}

static int ctl_connect(const char *where)
{
	struct net_parsed parsed;
	const char *why;

	if (!net_address_parse(where, NET_UNIX | NET_NAMES | NET_NEED_PORT, &parsed, &why)) {
		fprintf(stderr, "relevo: '%s' is no address of a stats socket: %s\n", where, why);
		return -EINVAL;
	}
	int fd = socket(parsed.address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&parsed.address.storage,
			      parsed.address.len) < 0) {
		fprintf(stderr, "relevo: no stats socket answers at %s: %s\n", where,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return -ECONNREFUSED;
	}
	return fd;
}

static bool ctl_send(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR) {
			fprintf(stderr, "relevo: cannot send: %s\n", strerror(errno));
			return false;
		}
		if (sent > 0) {
			bytes += sent;
			len -= (size_t)sent;
		}
	}
	return true;
}

/* Whether the socket can say how commands went: HAProxy's, and older relevos', cannot. */
static bool ctl_tells_status(const char *where)
{
	static const char question[] = "_status\n", answer[] = "\n\0000";
	char bytes[sizeof(answer)];
	size_t len = 0;
	ssize_t got;
	int fd = ctl_connect(where);

	if (fd < 0 || !ctl_send(fd, question, strlen(question))) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	shutdown(fd, SHUT_WR);
	while (len < sizeof(bytes) && ((got = read(fd, bytes + len, sizeof(bytes) - len)) > 0 ||
				       (got < 0 && errno == EINTR)))
		len += got > 0 ? (size_t)got : 0;
	close(fd);
	return len == sizeof(answer) - 1 && memcmp(bytes, answer, len) == 0;
}

/* The words as one line; without any, what standard input has. */
static bool ctl_ask(int fd, int argc, char **argv, bool with_status)
{
	struct strbuf text = STRBUF_EMPTY;
	char bytes[4096];
	size_t got;

	if (with_status)
		strbuf_puts(&text, "_status\n");
	for (int i = 0; i < argc; i++)
		strbuf_printf(&text, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
	while (argc == 0 && (got = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
		strbuf_add(&text, bytes, got);
	if (text.len != 0 && text.text[text.len - 1] != '\n')
		strbuf_puts(&text, "\n");

	bool good = !text.failed && ctl_send(fd, text.text != NULL ? text.text : "", text.len);
	strbuf_free(&text);
	return good;
}

/* All but the newline that answers `_status`, and the two bytes it has asked for at the end. */
static int ctl_print(int fd, bool with_status)
{
	char bytes[16384];
	size_t skip = with_status ? 1 : 0, kept = 0, hold = with_status ? 2 : 0;
	ssize_t got;

	while ((got = read(fd, bytes + kept, sizeof(bytes) - kept)) > 0 ||
	       (got < 0 && errno == EINTR)) {
		kept += got > 0 ? (size_t)got : 0;
		if (kept < skip + hold)
			continue;
		fwrite(bytes + skip, 1, kept - skip - hold, stdout);
		memmove(bytes, bytes + kept - hold, hold);
		kept = hold;
		skip = 0;
	}
	if (fflush(stdout) != 0 || got != 0)
		return 1;
	if (!with_status)
		return 0;
	return kept == 2 && skip == 0 && bytes[0] == '\0' ? bytes[1] - '0' : 1;
}

static int ctl_usage(void)
{
	printf("Usage: relevo [--control PATH] ctl [-s SOCKET] [COMMAND...]\n"
	       "Sends a command of the runtime API, or the lines of standard input, and prints "
	       "the\n"
	       "answer. SOCKET is a path or HOST:PORT; without it the running relevo's stats "
	       "socket.\n"
	       "Exit status: 0 all done, 1 no answer, 2 a command was refused, 3 one is not "
	       "known.\n"
	       "`relevo ctl help` lists the commands.\n");
	return 0;
}

int ctl_main(int argc, char **argv, const char *control)
{
	struct strbuf found = STRBUF_EMPTY;
	const char *where = NULL;
	int at = 1, status = 1;

	if (argc > 1 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		return ctl_usage();
	if (argc > 2 && (strcmp(argv[1], "-s") == 0 || strcmp(argv[1], "--socket") == 0)) {
		where = argv[2];
		at = 3;
	} else if (control_find_cli(control, &found)) {
		where = found.text;
	}
	int fd = where != NULL ? ctl_connect(where) : -1;
	if (fd >= 0) {
		bool with_status = ctl_tells_status(where);

		if (ctl_ask(fd, argc - at, argv + at, with_status)) {
			shutdown(fd, SHUT_WR);
			status = ctl_print(fd, with_status);
		}
		close(fd);
	}
	strbuf_free(&found);
	return status;
}
