/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the vrrp process alone, as the parent of relevo would, for tests:
 *
 *   vrrp_driver KEEPALIVED.CONF
 *
 * A vrrp process that is killed is started again with the same page. SIGTERM
 * stops both. SIGUSR1 plays a proxy that begins to serve and makes progress,
 * SIGUSR2 one whose threads hang. Nothing runs scripts. The log goes to stderr.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "vrrp/run.h"
#include "vrrp/scripts.h"

static int start(const struct vrrp_conf *conf, struct page *page, int scripts, int parent_fd,
		 int keep_fd)
{
	struct log_target target = { .kind = LOG_TO_FD, .fd = 2, .format = LOG_FORMAT_TIMED,
				     .max_level = LOG_LEVEL_DEBUG, .length = 1024 };
	struct log_conf log = { .targets = &target, .count = 1 };
	struct vrrp_args args = { .conf = conf, .page = page, .scripts_socket = scripts,
				  .parent_fd = parent_fd, .log = &log };
	int pid = fork();

	if (pid != 0)
		return pid;
	close(keep_fd);
	_exit(vrrp_run(&args));
}

int main(int argc, char **argv)
{
	struct diag_report *report = diag_report_new();
	struct vrrp_conf *conf = vrrp_conf_read(argv[1], NULL, report);
	struct strbuf text = STRBUF_EMPTY;
	struct page *page = page_map();
	int scripts[2], parent[2], pid;
	bool serving = false;
	sigset_t set;

	if (argc != 2)
		return 2;
	diag_report_render(report, &text);
	if (text.len != 0)
		fprintf(stderr, "%s", text.text);
	if (diag_count(report, DIAG_ERROR) != 0)
		return 1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, scripts) < 0 || pipe(parent) < 0)
		return 1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	atomic_store(&page->vrrp_generation, 1);
	pid = start(conf, page, scripts[0], parent[0], parent[1]);
	fprintf(stderr, "vrrp process %d\n", pid);
	for (;;) {
		struct timespec wait = { 0, 20000000 };
		struct scripts_message message;
		int got = sigtimedwait(&set, NULL, &wait), status;

		while (recv(scripts[1], &message, sizeof(message), MSG_DONTWAIT) > 0)
			fprintf(stderr, "message %u state %u\n", message.kind, message.state);
		if (serving)
			atomic_store(&page->proxy.thread[0].stamp_us, moment_now().us);
		if (got == SIGUSR1) {
			atomic_store(&page->proxy.threads, 1);
			page_proxy_set_state(page, PAGE_PROXY_SERVING);
			serving = true;
		}
		if (got == SIGUSR2)
			serving = false;
		if (got == SIGTERM)
			kill(pid, SIGTERM);
		if (waitpid(pid, &status, WNOHANG) != pid)
			continue;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		atomic_fetch_add(&page->vrrp_generation, 1);
		pid = start(conf, page, scripts[0], parent[0], parent[1]);
		fprintf(stderr, "vrrp process %d\n", pid);
	}
}
