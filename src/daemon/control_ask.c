/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/control_ask.c - the side of those who ask (control.h): they may wait, and
 * print what comes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"
#include "daemon/control_private.h"

enum { ASK_TIMES = 5, OUTCOME_POLL_MS = 20, OUTCOME_POLLS = 150 };

const char *const control_diff_words[] = { [CONTROL_SAME] = "same",
						  [CONTROL_DIFFERS] = "differs",
						  [CONTROL_WRONG] = "wrong" };

int control_address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path));
	return 0;
}

int control_connect_to(const char *path)
{
	struct sockaddr_un address;
	int r = control_address(path, &address);

	if (r < 0)
		return r;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

int control_connect(const char *path, pid_t *ret_peer)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = control_connect_to(path);

	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	*ret_peer = peer.pid;
	return fd;
}

/* False: it was not read, for we were too slow (REQUEST_WAIT_MS), as on a loaded machine. */
static bool ask_once(int fd, const char *request, struct strbuf *ret_answer)
{
	char bytes[4096];
	ssize_t len;

	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return false;
	while ((len = read(fd, bytes, sizeof(bytes))) > 0)
		strbuf_add(ret_answer, bytes, (size_t)len);
	return len == 0 || ret_answer->len > 0;
}

/* The answer to `request`, in *ret_answer; false after a message. */
static bool ask(const char *path, const char *request, struct strbuf *ret_answer)
{
	bool answered = false;

	for (unsigned i = 0; i < ASK_TIMES && !answered; i++) {
		int fd = control_connect_to(path);

		if (fd < 0) {
			fprintf(stderr,
				"relevo: no relevo answers at %s: %s (--control names another)\n",
				path, strerror(-fd));
			return false;
		}
		answered = ask_once(fd, request, ret_answer);
		if (!answered && i + 1 == ASK_TIMES)
			perror("relevo: the control socket");
		close(fd);
	}
	strbuf_puts(ret_answer, ""); /* text is not NULL then */
	return answered;
}

int control_ask(const char *path, const char *request)
{
	struct strbuf answer = STRBUF_EMPTY;
	bool good = ask(path, request, &answer);

	if (good)
		fwrite(answer.text, 1, answer.len, stdout);
	strbuf_free(&answer);
	return good ? 0 : 1;
}

/* Prints an answer of "ok" or "failed" and lines. False if it is none. */
static bool print_outcome(const struct strbuf *answer, int *ret_status)
{
	const char *lines = strchr(answer->text, '\n');
	bool ok = strncmp(answer->text, "ok\n", 3) == 0;

	if (!ok && strncmp(answer->text, "failed\n", 7) != 0)
		return false;
	fputs(lines + 1, ok ? stdout : stderr);
	*ret_status = ok ? 0 : 1;
	return true;
}

bool control_find_cli(const char *path, struct strbuf *ret_socket)
{
	if (!ask(path, CLI_REQUEST, ret_socket))
		return false;
	if (ret_socket->len == 0)
		fprintf(stderr,
			"relevo: there is no 'stats socket' with a path; -s names another\n");
	return ret_socket->len != 0;
}

int control_reload(const char *path)
{
	struct strbuf answer = STRBUF_EMPTY;
	int status = 1;

	if (ask(path, RELOAD_REQUEST, &answer) && !print_outcome(&answer, &status))
		fprintf(stderr, "relevo: %s", answer.text);
	strbuf_free(&answer);
	return status;
}

/* The answer's outcome; its text goes where it belongs. */
static int print_diff(const struct strbuf *answer)
{
	char *rest = answer->text;
	size_t word = strcspn(rest, " "), findings = 0, lines = 0, got;
	int outcome = CONTROL_SAME;

	while (outcome <= CONTROL_WRONG &&
	       !slice_is((struct slice){ rest, word }, control_diff_words[outcome]))
		outcome++;
	if (outcome <= CONTROL_WRONG && rest[word] == ' ') {
		findings = strtoul(rest + word, &rest, 10);
		lines = strtoul(rest, &rest, 10);
	}
	if (*rest != '\n' || outcome > CONTROL_WRONG) {
		fprintf(stderr, "relevo: %s", answer->text);
		return CONTROL_WRONG;
	}
	rest++;
	got = answer->len - (size_t)(rest - answer->text);
	fwrite(rest, 1, got < findings ? got : findings, stderr);
	if (got > findings)
		fputs(rest + findings, stdout);
	if (got < findings + lines)
		fprintf(stderr, "\nrelevo: the rest of the answer is lost: it is too long\n");
	return outcome;
}

int control_diff(const char *path)
{
	struct strbuf answer = STRBUF_EMPTY;
	int status = ask(path, DIFF_REQUEST, &answer) ? print_diff(&answer) : CONTROL_WRONG;

	strbuf_free(&answer);
	return status;
}

/* The vrrp process answers within its patience for a hand-over; one that hangs does not. */
static int await_outcome(const char *path)
{
	const struct timespec pause = { .tv_nsec = OUTCOME_POLL_MS * 1000000L };

	for (unsigned i = 0; i < OUTCOME_POLLS; i++) {
		struct strbuf answer = STRBUF_EMPTY;
		int status = 1;
		bool wait = ask(path, "outcome\n", &answer) && !print_outcome(&answer, &status);

		strbuf_free(&answer);
		if (!wait)
			return status;
		nanosleep(&pause, NULL);
	}
	fprintf(stderr, "relevo: the vrrp process does not answer\n");
	return 1;
}

int control_operate(const char *path, const char *what, const char *instance)
{
	struct strbuf request = STRBUF_EMPTY, answer = STRBUF_EMPTY;
	int status = 1;

	strbuf_printf(&request, "%s %s\n", what, instance != NULL ? instance : "");
	if (ask(path, request.text, &answer)) {
		if (answer.text[0] >= '0' && answer.text[0] <= '9')
			status = await_outcome(path);
		else
			fprintf(stderr, "relevo: %s", answer.text);
	}
	strbuf_free(&request);
	strbuf_free(&answer);
	return status;
}
