/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scripts process, forked, with this test as its vrrp process: results of
 * check scripts, notify scripts in order, timeouts, restarts, the end.
 */
#include "fixture_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "vrrp/script_check.h"
#include "vrrp/scripts.h"

enum { SOON_US = 20000000 };

struct node {
	char dir[64];
	struct fixture f;
	struct page *page;
	uint64_t stop_us;
	int ends[2];		/* vrrp, scripts */
	int life[2];
	pid_t pid;
};

static void node_path(const struct node *node, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", node->dir, name);
}

static void node_script(const struct node *node, const char *name, const char *body)
{
	char path[128];
	FILE *file;

	node_path(node, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\ncd %s\n%s\n", node->dir, body);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
}

static void node_touch(const struct node *node, const char *name)
{
	char path[128];
	int fd;

	node_path(node, name, path);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	assert_true(fd >= 0);
	close(fd);
}

static void node_remove(const struct node *node, const char *name)
{
	char path[128];

	node_path(node, name, path);
	assert_int_equal(unlink(path), 0);
}

/* The file's text; "" while there is none. */
static void node_read(const struct node *node, const char *name, char text[1024])
{
	char path[128];
	FILE *file;
	size_t len;

	node_path(node, name, path);
	file = fopen(path, "r");
	len = file == NULL ? 0 : fread(text, 1, 1023, file);
	text[len] = '\0';
	if (file != NULL)
		fclose(file);
}

static void node_init(struct node *node)
{
	strcpy(node->dir, "/tmp/relevo-scripts-XXXXXX");
	assert_non_null(mkdtemp(node->dir));
	assert_int_equal(chmod(node->dir, 0777), 0);
	node->page = page_map();
	assert_non_null(node->page);
	assert_int_equal(pipe(node->life), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, node->ends), 0);
}

/* `text` names scripts in the node's directory as @/name. */
static void node_start(struct node *node, const char *text)
{
	struct strbuf whole = STRBUF_EMPTY;

	for (; *text != '\0'; text++)
		if (*text == '@')
			strbuf_puts(&whole, node->dir);
		else
			strbuf_add(&whole, text, 1);
	fixture_fine(&node->f, whole.text);
	strbuf_free(&whole);
	node->pid = fork();
	assert_true(node->pid >= 0);
	if (node->pid == 0) {
		struct scripts_args args = {
			.conf = node->f.conf, .page = node->page, .socket = node->ends[1],
			.parent_fd = node->life[0], .stop_us = node->stop_us,
		};

		close(node->life[1]);
		close(node->ends[0]);
		_exit(scripts_run(&args));
	}
}

/* Waits for the process to end; its exit status, -1 after `us`. */
static int node_wait(struct node *node, uint64_t us)
{
	struct moment start = moment_now();
	int status;

	while (moment_since(start, moment_now()) < us) {
		if (waitpid(node->pid, &status, WNOHANG) == node->pid) {
			node->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
		}
		usleep(2000);
	}
	return -1;
}

static void node_end(struct node *node)
{
	char command[128];

	if (node->pid != 0) {
		kill(node->pid, SIGTERM);
		assert_int_equal(node_wait(node, 8000000), 0);
	}
	for (int i = 0; i < 2; i++) {
		close(node->ends[i]);
		if (node->life[i] >= 0)
			close(node->life[i]);
	}
	snprintf(command, sizeof(command), "rm -r %s", node->dir);
	assert_int_equal(system(command), 0);
	page_unmap(node->page);
	fixture_close(&node->f);
}

/* The next result within `us`; false if there is none. */
static bool node_result(struct node *node, uint64_t us, struct scripts_message *ret)
{
	struct moment start = moment_now();

	while (moment_since(start, moment_now()) < us) {
		ssize_t got = recv(node->ends[0], ret, sizeof(*ret), MSG_DONTWAIT);

		if (got > 0) {
			assert_int_equal(got, sizeof(*ret));
			assert_int_equal(ret->kind, SCRIPTS_RESULT);
			return true;
		}
		usleep(2000);
	}
	return false;
}

static void node_expect(struct node *node, unsigned index, int up)
{
	struct scripts_message message;

	assert_true(node_result(node, SOON_US, &message));
	assert_int_equal(message.index, index);
	assert_int_equal(message.up, up);
}

/* Waits for room, as the outbox of the vrrp process does. */
static void node_send(struct node *node, struct scripts_message message)
{
	ssize_t sent;

	while ((sent = send(node->ends[0], &message, sizeof(message), 0)) < 0 && errno == EAGAIN)
		usleep(1000);
	assert_int_equal(sent, sizeof(message));
}

static void node_notify(struct node *node, uint32_t state, uint32_t priority)
{
	node_send(node, (struct scripts_message){
		.kind = SCRIPTS_NOTIFY, .state = state, .priority = priority });
}

/* Waits until the file has the text. */
static void node_file_becomes(struct node *node, const char *name, const char *expected)
{
	struct moment start = moment_now();
	char text[1024];

	do {
		node_read(node, name, text);
		if (strcmp(text, expected) == 0)
			return;
		usleep(2000);
	} while (moment_since(start, moment_now()) < SOON_US);
	fail_msg("%s is \"%s\", not \"%s\"", name, text, expected);
}

#define TRACK "vrrp_instance VI_1 {\n interface lo\n virtual_router_id 51\n" ADDRESS
#define CHECK(more) "vrrp_script a {\n script \"@/check\"\n interval 0.02\n timeout 5\n" more "}\n" \
	TRACK "track_script {\n a\n}\n}\n"

/* --- counting --- */

static void first_result_decides(void **state)
{
	struct script_count up = { .rise = 3, .fall = 3 }, down = up;

	assert_true(script_count_result(&up, true));
	assert_int_equal(up.state, SCRIPT_UP);
	assert_true(script_count_result(&down, false));
	assert_int_equal(down.state, SCRIPT_DOWN);
}

static void rise_and_fall_are_in_a_row(void **state)
{
	struct script_count count = { .rise = 2, .fall = 3, .state = SCRIPT_UP };
	const bool results[] = { 0, 0, 1, 0, 0, 0, 1, 0, 1, 1 };
	const bool changes[] = { 0, 0, 0, 0, 0, 1, 0, 0, 0, 1 };

	for (size_t i = 0; i < sizeof(results); i++)
		assert_int_equal(script_count_result(&count, results[i]), changes[i]);
	assert_int_equal(count.state, SCRIPT_UP);
}

/* --- check scripts --- */

static void results_are_reported_as_they_change(void **state)
{
	struct scripts_message message;
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "check", "test ! -e bad || exit 3");
	node_start(&node, CHECK("fall 2\n rise 2\n"));
	node_expect(&node, 0, 1);
	assert_false(node_result(&node, 100000, &message));
	node_touch(&node, "bad");
	assert_true(node_result(&node, SOON_US, &message));
	assert_int_equal(message.up, 0);
	assert_int_equal(WEXITSTATUS(message.status), 3);
	node_remove(&node, "bad");
	node_expect(&node, 0, 1);
	node_end(&node);
}

static void scripts_run_at_once_and_at_their_interval(void **state)
{
	struct moment start;
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "check", "echo x >>runs");
	start = moment_now();
	node_start(&node, "vrrp_script a {\n script @/check\n interval 0.5\n}\n" TRACK
			  "track_script {\n a\n}\n}\n");
	node_expect(&node, 0, 1);
	assert_true(moment_since(start, moment_now()) < 450000);
	/* At 0, 0.5, 1 s. Not before; and how late is a matter of the machine. */
	node_file_becomes(&node, "runs", "x\nx\nx\n");
	assert_true(moment_since(start, moment_now()) >= 1000000);
	node_end(&node);
}

static void init_fail_is_down_until_rise(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "check", "exit 0");
	node_start(&node, CHECK("init_fail\n rise 3\n"));
	node_expect(&node, 0, 0);
	node_expect(&node, 0, 1);
	node_end(&node);
}

/* Its whole group is ended, even if it does not want to. */
static void a_script_without_end_times_out(void **state)
{
	struct scripts_message message;
	struct node node = { 0 };
	struct moment start;
	char text[1024];
	pid_t child;

	node_init(&node);
	node_script(&node, "check", "trap '' TERM\nsleep 1000 &\necho $! >sleeper\n"
				    "while :; do sleep 1000; done");
	start = moment_now();
	node_start(&node, "vrrp_script a {\n script @/check\n interval 0.1\n timeout 0.3\n}\n" TRACK
			  "track_script {\n a\n}\n}\n");
	assert_true(node_result(&node, SOON_US, &message));
	assert_int_equal(message.up, 0);
	assert_int_equal(message.status, -1);
	assert_true(moment_since(start, moment_now()) >= 300000);
	assert_true(moment_since(start, moment_now()) < 2500000);
	node_read(&node, "sleeper", text);
	child = atoi(text);
	assert_true(child > 1);
	while (kill(child, 0) == 0 && moment_since(start, moment_now()) < SOON_US) {
		char stat[64], line[256] = "";
		FILE *file;

		/* Its new parent may not reap it: a zombie is gone for us. */
		snprintf(stat, sizeof(stat), "/proc/%d/stat", child);
		file = fopen(stat, "r");
		if (file == NULL || fgets(line, sizeof(line), file) == NULL ||
		    strstr(line, ") Z ") != NULL) {
			if (file != NULL)
				fclose(file);
			break;
		}
		fclose(file);
		usleep(5000);
	}
	assert_true(moment_since(start, moment_now()) < SOON_US);
	node_end(&node);
}

static void chatty_scripts_do_not_block(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "check", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2; "
				    "read x && exit 9; exit 0");
	node_start(&node, CHECK("timeout 3\n"));
	node_expect(&node, 0, 1);
	node_end(&node);
}

static void only_files_and_variables_meant_for_scripts(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	setenv("SECRET", "x", 1);
	node_script(&node, "check", "ls /proc/$$/fd | wc -l >fds.tmp\n"
				    "test -z \"$SECRET\" && test -n \"$PATH\" && mv fds.tmp fds");
	node_start(&node, CHECK("timeout 5\n"));
	node_expect(&node, 0, 1);
	unsetenv("SECRET");
	/* 0, 1, 2 and the shell's own of the script. */
	node_file_becomes(&node, "fds", "4\n");
	node_end(&node);
}

static void a_restarted_vrrp_asks_again(void **state)
{
	struct scripts_message message;
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "check", "exit 1");
	node_start(&node, CHECK(""));
	node_expect(&node, 0, 0);
	assert_false(node_result(&node, 100000, &message));
	node_send(&node, (struct scripts_message){ .kind = SCRIPTS_QUERY });
	node_expect(&node, 0, 0);
	node_end(&node);
}

/* Nobody reads: nothing blocks, and the last state arrives when somebody does. */
static void a_full_socket_loses_no_state(void **state)
{
	struct scripts_message message, last = { 0 };
	struct node node = { 0 };
	int size = 1;

	node_init(&node);
	assert_int_equal(setsockopt(node.ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	/* Succeeds and fails by turns, then succeeds for good. */
	node_script(&node, "check", "echo x >>n; n=$(wc -l <n); test $n -gt 40 && echo yes >done && "
				    "exit 0; exit $((n % 2))");
	node_start(&node, "vrrp_script a {\n script @/check\n interval 0.01\n timeout 5\n}\n" TRACK
			  "track_script {\n a\n}\n}\n");
	node_file_becomes(&node, "done", "yes\n");
	usleep(100000);
	while (node_result(&node, 300000, &message))
		last = message;
	assert_int_equal(last.kind, SCRIPTS_RESULT);
	assert_int_equal(last.up, 1);
	node_end(&node);
}

static void scripts_run_as_their_user(void **state)
{
	struct node node = { 0 };

	if (geteuid() != 0) {
		skip();
		return;
	}
	node_init(&node);
	node_script(&node, "check", "id -u >who; id -G >>who; exit 0");
	node_start(&node, "vrrp_script a {\n script @/check\n interval 5\n user nobody nogroup\n}\n"
			  TRACK "track_script {\n a\n}\n}\n");
	node_expect(&node, 0, 1);
	node_file_becomes(&node, "who", "65534\n65534\n");
	node_end(&node);
}

/* --- notify scripts --- */

#define NOTIFY TRACK "notify @/any\n notify_master \"@/own m 'x y'\"\n notify_backup @/own\n" \
	"notify_fault @/own\n notify_stop \"@/own s\"\n}\n"

static void notify_scripts_get_what_is_documented(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "any", "echo \"$#:$1:$2:$3:$4\" >>any.out");
	node_script(&node, "own", "echo \"$#:$1:$2\" >>own.out");
	node_start(&node, NOTIFY);
	node_notify(&node, PAGE_VRRP_MASTER, 103);
	node_notify(&node, PAGE_VRRP_BACKUP, 99);
	node_notify(&node, PAGE_VRRP_FAULT, 0);
	node_notify(&node, PAGE_VRRP_STOPPED, 101);
	node_file_becomes(&node, "any.out",
			  "4:INSTANCE:VI_1:MASTER:103\n4:INSTANCE:VI_1:BACKUP:99\n"
			  "4:INSTANCE:VI_1:FAULT:0\n4:INSTANCE:VI_1:STOP:101\n");
	node_file_becomes(&node, "own.out", "2:m:x y\n0::\n0::\n1:s:\n");
	node_end(&node);
}

static void slow_notify_scripts_keep_their_order(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "any", "test $3 = MASTER && sleep 0.3; echo $3 >>any.out");
	node_script(&node, "own", "");
	node_start(&node, NOTIFY);
	node_notify(&node, PAGE_VRRP_MASTER, 1);
	node_notify(&node, PAGE_VRRP_BACKUP, 1);
	node_notify(&node, PAGE_VRRP_MASTER, 1);
	node_file_becomes(&node, "any.out", "MASTER\nBACKUP\nMASTER\n");
	node_end(&node);
}

static void checks_go_on_while_a_notify_script_runs(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "any", "exec sleep 1");
	node_script(&node, "check", "test ! -e bad");
	node_start(&node, "vrrp_script a {\n script @/check\n interval 0.02\n}\n" TRACK
			  "notify @/any\n track_script {\n a\n}\n}\n");
	node_expect(&node, 0, 1);
	node_notify(&node, PAGE_VRRP_MASTER, 1);
	usleep(50000);
	node_touch(&node, "bad");
	node_expect(&node, 0, 0);
	node_end(&node);
}

static void messages_that_make_no_sense_are_dropped(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "any", "echo $3 >>any.out");
	node_script(&node, "own", "");
	node_start(&node, NOTIFY);
	node_send(&node, (struct scripts_message){ .kind = SCRIPTS_NOTIFY, .index = 7 });
	node_send(&node, (struct scripts_message){ .kind = 99 });
	assert_int_equal(send(node.ends[0], "x", 1, 0), 1);
	node_notify(&node, PAGE_VRRP_MASTER, 1);
	node_file_becomes(&node, "any.out", "MASTER\n");
	node_end(&node);
}

/* --- the end --- */

static void stop_waits_for_notify_scripts(void **state)
{
	struct node node = { 0 };
	char text[1024];

	node_init(&node);
	node_script(&node, "any", "echo yes >begun; sleep 0.3; echo $3 >>any.out");
	node_script(&node, "own", "");
	node_start(&node, NOTIFY);
	node_notify(&node, PAGE_VRRP_MASTER, 1);
	node_file_becomes(&node, "begun", "yes\n");
	node_notify(&node, PAGE_VRRP_STOPPED, 1);
	kill(node.pid, SIGTERM);
	assert_int_equal(node_wait(&node, SOON_US), 0);
	node_read(&node, "any.out", text);
	assert_string_equal(text, "MASTER\nSTOP\n");
	node_end(&node);
}

/* A service manager tells every process to stop at once. */
static void stop_waits_for_the_vrrp_process(void **state)
{
	struct node node = { 0 };
	char text[1024];

	node_init(&node);
	node_script(&node, "any", "echo $3 >>any.out");
	node_script(&node, "own", "");
	atomic_store(&node.page->instance[0].state, PAGE_VRRP_MASTER);
	atomic_store(&node.page->instance[0].used, 1);
	node_start(&node, NOTIFY);
	node_notify(&node, PAGE_VRRP_MASTER, 1);
	node_file_becomes(&node, "any.out", "MASTER\n");
	kill(node.pid, SIGTERM);
	usleep(100000);
	atomic_store(&node.page->stopping, 1);
	usleep(600000);
	atomic_store(&node.page->instance[0].state, PAGE_VRRP_STOPPED);
	node_notify(&node, PAGE_VRRP_STOPPED, 1);
	assert_int_equal(node_wait(&node, SOON_US), 0);
	node_read(&node, "any.out", text);
	assert_string_equal(text, "MASTER\nSTOP\n");
	node_end(&node);
}

static void stop_of_us_alone_is_quick(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "any", "echo $3 >>any.out");
	node_script(&node, "own", "");
	atomic_store(&node.page->instance[0].state, PAGE_VRRP_MASTER);
	atomic_store(&node.page->instance[0].used, 1);
	node_start(&node, NOTIFY);
	node_notify(&node, PAGE_VRRP_MASTER, 1);
	node_file_becomes(&node, "any.out", "MASTER\n");
	kill(node.pid, SIGTERM);
	assert_int_equal(node_wait(&node, 1000000), 0);
	node_end(&node);
}

static void the_parent_is_gone(void **state)
{
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "check", "exec sleep 1000");
	node_start(&node, CHECK("timeout 100\n"));
	usleep(100000);
	close(node.life[1]);
	node.life[1] = -1;
	assert_int_equal(node_wait(&node, SOON_US), 0);
	node_end(&node);
}

static void stop_does_not_wait_for_ever(void **state)
{
	struct node node = { 0 };
	struct moment start;

	node_init(&node);
	node.stop_us = 1000000;
	node_script(&node, "any", "echo yes >begun; exec sleep 1000");
	node_script(&node, "own", "");
	node_start(&node, NOTIFY);
	node_notify(&node, PAGE_VRRP_STOPPED, 1);
	node_file_becomes(&node, "begun", "yes\n");
	start = moment_now();
	kill(node.pid, SIGTERM);
	assert_int_equal(node_wait(&node, SOON_US), 0);
	assert_true(moment_since(start, moment_now()) >= 500000);
	assert_true(moment_since(start, moment_now()) < 2000000);
	node_end(&node);
}

/* --- processes, files, FIFOs --- */

/* The next message of that kind. */
static bool node_message(struct node *node, uint32_t kind, struct scripts_message *message)
{
	struct moment start = moment_now();

	do {
		if (recv(node->ends[0], message, sizeof(*message), MSG_DONTWAIT) ==
			    sizeof(*message) &&
		    message->kind == kind)
			return true;
		usleep(1000);
	} while (moment_since(start, moment_now()) < SOON_US);
	return false;
}

static void files_are_read_as_they_change(void **state)
{
	struct scripts_message message;
	struct node node = { 0 };
	char from[128], to[128], text[1024];

	node_init(&node);
	node_start(&node, "track_file F {\n file @/sub/F\n}\ntrack_file G {\n file @/G\n init_file 5\n}\n"
			  TRACK "track_file {\n F\n G\n}\n}\n");
	assert_true(node_message(&node, SCRIPTS_FILE, &message));
	assert_int_equal(message.index, 0);
	assert_int_equal(message.status, 0); /* even its directory is missing */
	assert_true(node_message(&node, SCRIPTS_FILE, &message));
	assert_int_equal(message.index, 1);
	assert_int_equal(message.status, 5);
	node_read(&node, "G", text);
	assert_string_equal(text, "5\n");
	node_path(&node, "sub", from);
	assert_int_equal(mkdir(from, 0755), 0);
	node_script(&node, "sub/F", ""); /* "#!/bin/sh": no number */
	node_path(&node, "new", from);
	FILE *file = fopen(from, "w");
	fprintf(file, "42\n");
	fclose(file);
	node_path(&node, "sub/F", to);
	assert_int_equal(rename(from, to), 0);
	assert_true(node_message(&node, SCRIPTS_FILE, &message));
	assert_int_equal(message.status, 42);
	file = fopen(to, "w");
	fprintf(file, "-3");
	fflush(file); /* and not closed */
	assert_true(node_message(&node, SCRIPTS_FILE, &message));
	assert_int_equal(message.status, -3);
	fclose(file);
	node_remove(&node, "sub/F");
	assert_true(node_message(&node, SCRIPTS_FILE, &message));
	assert_int_equal(message.status, 0);
	node_path(&node, "sub", from);
	assert_int_equal(rmdir(from), 0);
	node_end(&node);
}

static void processes_are_counted(void **state)
{
	struct scripts_message message;
	struct node node = { 0 };
	char path[128];

	node_init(&node);
	node_start(&node, "vrrp_track_process P {\n process relevo-test-p\n}\n"
			  TRACK "track_process {\n P\n}\n}\n");
	assert_true(node_message(&node, SCRIPTS_PROCESS, &message));
	assert_int_equal(message.up, 0);
	node_path(&node, "relevo-test-p", path);
	assert_int_equal(symlink("/bin/sleep", path), 0);
	for (unsigned i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			execl(path, path, "60", (char *)NULL);
			_exit(1);
		}
		assert_true(node_message(&node, SCRIPTS_PROCESS, &message));
		assert_int_equal(message.up, 1);
		assert_int_equal(message.status, 1);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_true(node_message(&node, SCRIPTS_PROCESS, &message));
		assert_int_equal(message.up, 0);
		assert_int_equal(message.status, 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	node_send(&node, (struct scripts_message){ .kind = SCRIPTS_QUERY });
	assert_true(node_message(&node, SCRIPTS_PROCESS, &message));
	assert_int_equal(message.up, 0);
	node_end(&node);
}

/* Bytes as Keepalived 2.2.7 wrote them. */
static void fifos_get_lines(void **state)
{
	static const struct scripts_message changes[] = {
		{ .kind = SCRIPTS_PRIORITY, .state = PAGE_VRRP_BACKUP, .priority = 98 },
		{ .kind = SCRIPTS_NOTIFY_GROUP, .state = PAGE_VRRP_BACKUP },
		{ .kind = SCRIPTS_NOTIFY, .state = PAGE_VRRP_BACKUP, .priority = 98 },
		{ .kind = SCRIPTS_NOTIFY, .state = PAGE_VRRP_MASTER, .priority = 98 },
		{ .kind = SCRIPTS_RX_LOWER, .priority = 98 },
		{ .kind = SCRIPTS_PRIORITY, .state = PAGE_VRRP_MASTER, .priority = 88 },
		{ .kind = SCRIPTS_NOTIFY, .state = PAGE_VRRP_FAULT, .priority = 88 },
		{ .kind = SCRIPTS_NOTIFY_GROUP, .state = PAGE_VRRP_FAULT },
		{ .kind = SCRIPTS_SAME, .state = PAGE_VRRP_FAULT, .priority = 88 },
		{ .kind = SCRIPTS_SAME_GROUP, .state = PAGE_VRRP_FAULT },
		{ .kind = SCRIPTS_NOTIFY, .state = PAGE_VRRP_STOPPED, .priority = 88 },
	};
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "reader", "while read line; do echo \"$line\" >>lines; done <$1");
	node_script(&node, "lower", "echo lower $# >>lower.out");
	node_script(&node, "any", "echo $* >>any.out");
	node_start(&node, "global_defs {\n script_user root\n vrrp_notify_fifo @/fifo\n"
			  " vrrp_notify_fifo_script @/reader\n}\n"
			  "vrrp_sync_group G1 {\n group {\n  VI_1\n }\n notify @/any\n}\n" TRACK
			  "notify_deleted\nnotify_master_rx_lower_pri @/lower\n}\n");
	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		node_send(&node, changes[i]);
	node_file_becomes(&node, "lines",
			  "INSTANCE \"VI_1\" BACKUP_PRIORITY 98\n"
			  "GROUP \"G1\" BACKUP 0\n"
			  "INSTANCE \"VI_1\" BACKUP 98\n"
			  "INSTANCE \"VI_1\" MASTER 98\n"
			  "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 98\n"
			  "INSTANCE \"VI_1\" MASTER_PRIORITY 88\n"
			  "INSTANCE \"VI_1\" FAULT 88\n"
			  "GROUP \"G1\" FAULT 0\n"
			  "INSTANCE \"VI_1\" FAULT 88\n"
			  "GROUP \"G1\" FAULT 0\n"
			  "INSTANCE \"VI_1\" STOP 88\n");
	node_file_becomes(&node, "lower.out", "lower 0\n");
	node_file_becomes(&node, "any.out", "GROUP G1 BACKUP 0\nGROUP G1 FAULT 0\n");
	node_end(&node);
}

/* Nobody reads: lines beyond a pipe's size are lost, and nothing waits. */
static void a_fifo_without_reader_blocks_nobody(void **state)
{
	const struct scripts_message change = { .kind = SCRIPTS_PRIORITY,
						.state = PAGE_VRRP_BACKUP, .priority = 98 };
	struct node node = { 0 };

	node_init(&node);
	node_script(&node, "backup", "echo x >>backup.out");
	node_start(&node, "global_defs {\n script_user root\n notify_fifo @/fifo\n}\n" TRACK
			  "notify_backup @/backup\n}\n");
	for (unsigned i = 0; i < 5000; i++)
		node_send(&node, change);
	node_notify(&node, PAGE_VRRP_BACKUP, 98);
	node_file_becomes(&node, "backup.out", "x\n");
	node_end(&node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_result_decides),
		cmocka_unit_test(rise_and_fall_are_in_a_row),
		cmocka_unit_test(results_are_reported_as_they_change),
		cmocka_unit_test(scripts_run_at_once_and_at_their_interval),
		cmocka_unit_test(init_fail_is_down_until_rise),
		cmocka_unit_test(a_script_without_end_times_out),
		cmocka_unit_test(chatty_scripts_do_not_block),
		cmocka_unit_test(only_files_and_variables_meant_for_scripts),
		cmocka_unit_test(a_restarted_vrrp_asks_again),
		cmocka_unit_test(a_full_socket_loses_no_state),
		cmocka_unit_test(scripts_run_as_their_user),
		cmocka_unit_test(notify_scripts_get_what_is_documented),
		cmocka_unit_test(slow_notify_scripts_keep_their_order),
		cmocka_unit_test(checks_go_on_while_a_notify_script_runs),
		cmocka_unit_test(messages_that_make_no_sense_are_dropped),
		cmocka_unit_test(stop_waits_for_notify_scripts),
		cmocka_unit_test(stop_waits_for_the_vrrp_process),
		cmocka_unit_test(stop_of_us_alone_is_quick),
		cmocka_unit_test(the_parent_is_gone),
		cmocka_unit_test(stop_does_not_wait_for_ever),
		cmocka_unit_test(files_are_read_as_they_change),
		cmocka_unit_test(processes_are_counted),
		cmocka_unit_test(fifos_get_lines),
		cmocka_unit_test(a_fifo_without_reader_blocks_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
