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
#include "daemon/status.h"
#include "daemon/yield.h"

#define CLI_REQUEST "cli\n"
#define RELOAD_REQUEST "reload\n"
#define DIFF_REQUEST "diff\n"

static const char *const control_diff_words[] = { [CONTROL_SAME] = "same",
						  [CONTROL_DIFFERS] = "differs",
						  [CONTROL_WRONG] = "wrong" };

enum {
	REQUEST_MAX = 256,
	SEND_USUALLY = 65536,
	SEND_MOST = 1 << 28,
	REQUEST_WAIT_MS = 100,
	ASK_TIMES = 5,
	OUTCOME_POLL_MS = 20,
	OUTCOME_POLLS = 150,
};

static void answer_why(struct page *page, struct strbuf *text)
{
	uint64_t last = atomic_load(&page->event_count);
	uint64_t first = last > PAGE_EVENTS ? last - PAGE_EVENTS + 1 : 1;

	struct page_instance instance;

	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		if (!page_instance_get(page, i, &instance))
			continue;
		strbuf_printf(text, "%s is %s, priority %u, since ", instance.name,
			      page_vrrp_state_name(atomic_load(&instance.state)),
			      (unsigned)atomic_load(&instance.priority));
		status_time(text, atomic_load(&instance.since_wall_us));
		strbuf_puts(text, "\n");
	}
	for (uint64_t number = first; number <= last; number++) {
		struct page_event event;

		if (!page_event_get(page, number, &event))
			continue;
		status_time(text, event.wall_us);
		strbuf_printf(text, "%s\n", event.text);
	}
	if (last == 0)
		strbuf_puts(text, "Nothing has happened since the start.\n");
}

/* Puts a command on the page for the vrrp process. The answer is its number, or why not. */
static void answer_operate(struct page *page, enum page_command_kind kind, struct slice instance,
			   struct strbuf *text)
{
	struct page_command *command = &page->command;

	if (atomic_load(&page->vrrp_generation) == 0) {
		strbuf_puts(text, "there is no keepalived.conf: nothing to hand over\n");
	} else if (atomic_load(&command->asked) != atomic_load(&command->answered)) {
		strbuf_puts(text, "another command is being carried out\n");
	} else if (instance.len >= sizeof(command->instance)) {
		strbuf_puts(text, "there is no such vrrp_instance\n");
	} else {
		command->kind = kind;
		memset(command->instance, 0, sizeof(command->instance));
		memcpy(command->instance, instance.at, instance.len);
		strbuf_printf(text, "%lu\n",
			      (unsigned long)atomic_fetch_add(&command->asked, 1) + 1);
	}
}

static void answer_handover(struct page *page, struct slice word, struct strbuf *text)
{
	answer_operate(page, PAGE_HAND_OVER, word, text);
}

static void answer_maintenance_on(struct page *page, struct slice word, struct strbuf *text)
{
	answer_operate(page, PAGE_MAINTENANCE_ON, SLICE(""), text);
}

static void answer_maintenance_off(struct page *page, struct slice word, struct strbuf *text)
{
	answer_operate(page, PAGE_MAINTENANCE_OFF, SLICE(""), text);
}

/* "ok" or "failed" and the lines, or "wait". */
static void answer_outcome(struct page *page, struct slice word, struct strbuf *text)
{
	const struct page_command *command = &page->command;

	if (atomic_load(&command->asked) != atomic_load(&command->answered))
		strbuf_puts(text, "wait\n");
	else
		strbuf_printf(text, "%s\n%.*s", command->failed != 0 ? "failed" : "ok",
			      (int)sizeof(command->answer) - 1, command->answer);
}

static void answer_why_request(struct page *page, struct slice word, struct strbuf *text)
{
	answer_why(page, text);
}

static void answer_status(struct page *page, struct slice word, struct strbuf *text)
{
	status_text(page, text);
}

static void answer_status_json(struct page *page, struct slice word, struct strbuf *text)
{
	status_json(page, text);
}

static const struct request {
	const char *word;	/* what follows it is handed on */
	void (*answer)(struct page *page, struct slice word, struct strbuf *text);
} requests[] = {
	{ "why", answer_why_request },
	{ "status", answer_status },
	{ "status-json", answer_status_json },
	{ "handover", answer_handover },
	{ "maintenance-on", answer_maintenance_on },
	{ "maintenance-off", answer_maintenance_off },
	{ "outcome", answer_outcome },
};

void control_answer(struct page *page, const char *request, size_t len, struct strbuf *ret_answer)
{
	struct slice rest = { request, len };

	while (rest.len > 0 && strchr(" \r\n", rest.at[rest.len - 1]) != NULL)
		rest.len--;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		size_t word = strlen(requests[i].word);

		if (rest.len < word || memcmp(rest.at, requests[i].word, word) != 0 ||
		    (rest.len > word && rest.at[word] != ' '))
			continue;
		requests[i].answer(page, slice_skip(rest, word + 1), ret_answer);
		return;
	}
	strbuf_puts(ret_answer, "unknown request\n");
}

static void serve_request(struct control *control, const char *request, size_t len,
			  struct strbuf *ret_answer)
{
	if (slice_is((struct slice){ request, len }, CLI_REQUEST))
		strbuf_puts(ret_answer, control->cli != NULL ? control->cli : "");
	else
		control_answer(control->page, request, len, ret_answer);
}

/* We wait for nobody: what does not fit into the socket is lost, and a long difference has to fit. */
static void make_room(int client, size_t len)
{
	int size = len < SEND_MOST ? (int)len * 2 : 2 * SEND_MOST;

	if (len > SEND_USUALLY &&
	    setsockopt(client, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		/* Without the right to: as much as everybody may. Who asks sees that the end is not there. */
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

static int make_address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path));
	return 0;
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

static int connect_to(const char *path)
{
	struct sockaddr_un address;
	int r = make_address(path, &address);

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

static int bind_and_listen(int fd, const char *path)
{
	struct sockaddr_un address;
	int r = make_address(path, &address);

	if (r < 0)
		return r;
	make_directory(path);
	int other = connect_to(path);
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

int control_connect(const char *path, pid_t *ret_peer)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = connect_to(path);

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
		int fd = connect_to(path);

		if (fd < 0) {
			fprintf(stderr, "relevo: no relevo answers at %s: %s (--control names another)\n",
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
		fprintf(stderr, "relevo: there is no 'stats socket' with a path; -s names another\n");
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
