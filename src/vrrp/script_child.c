/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/script_child.c - one running command. */
#include "vrrp/script_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"

enum {
	CHILD_KILL_AFTER_US = 1000000,	/* from SIGTERM to SIGKILL */
	CHILD_CANNOT_RUN = 127,		/* exit status, as a shell's */
};

/* --- in the child: only what is safe between fork and exec --- */

static bool child_become(const struct vrrp_command *command)
{
	if (geteuid() != 0)
		return command->uid == geteuid();
	const gid_t *groups = command->groups != NULL ? command->groups : &command->gid;
	size_t count = command->groups != NULL ? command->group_count : 1;

	/*
	 * In a user namespace that denies it there are no groups to
	 * give up; elsewhere setgid fails too.
	 */
	if (setgroups(count, groups) < 0 && errno != EPERM)
		return false;
	return setgid(command->gid) == 0 && setuid(command->uid) == 0;
}

static void child_default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_files(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null >= 0)
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
	close_range(3, ~0u, 0);
}

static void child_run(const struct vrrp_command *command, char *const *argv, char *const *envp,
		      pid_t parent)
{
	setpgid(0, 0);
	child_default_signals();
	child_files();
	if (!child_become(command))
		_exit(CHILD_CANNOT_RUN);
	/* After the change of user, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(CHILD_CANNOT_RUN);
	execve(command->path, argv, envp);
	_exit(CHILD_CANNOT_RUN);
}

/* --- starting --- */

static size_t child_count(const char *const *words)
{
	size_t count = 0;

	while (words != NULL && words[count] != NULL)
		count++;
	return count;
}

/* argv and `extra` in one; the caller frees it. */
static char **child_argv(const struct vrrp_command *command, const char *const *extra)
{
	size_t own = child_count((const char *const *)command->argv), more = child_count(extra);
	char **argv = calloc(own + more + 1, sizeof(*argv));

	if (argv == NULL)
		return NULL;
	memcpy(argv, command->argv, own * sizeof(*argv));
	for (size_t i = 0; i < more; i++)
		argv[own + i] = (char *)extra[i];
	return argv;
}

/* The variables of ours that a script may see; `ret_envp` has room for them and a NULL. */
static void child_environment(char *ret_envp[4])
{
	static const char *const names[] = { "PATH=", "LANG=", "TZ=" };
	size_t count = 0;

	for (char **variable = environ; variable != NULL && *variable != NULL; variable++)
		for (size_t i = 0; i < ARRAY_LEN(names) && count < 3; i++)
			if (strncmp(*variable, names[i], strlen(names[i])) == 0)
				ret_envp[count++] = *variable;
	ret_envp[count] = NULL;
}

static void child_on_timer(struct loop *loop, struct loop_timer *timer);

static void child_arm(struct script_child *child, uint64_t us)
{
	struct moment when = moment_after(moment_now(), us);

	child->timer.on_expire = child_on_timer;
	/* Without memory for a timer the command just has no limit. */
	if (loop_timer_arm(child->loop, &child->timer, when) < 0)
		return;
}

int script_child_start(struct script_child *child, struct loop *loop, struct list *running,
		       const struct vrrp_command *command, const char *const *extra,
		       uint64_t timeout_us)
{
	char **argv = child_argv(command, extra), *envp[4];
	pid_t parent = getpid(), pid;

	ASSERT(child->pid == 0);
	if (argv == NULL)
		return -ENOMEM;
	child_environment(envp);
	pid = fork();
	if (pid == 0)
		child_run(command, argv,
			  child->environment != NULL ? (char *const *)child->environment : envp,
			  parent);
	free(argv);
	if (pid < 0)
		return -errno;
	setpgid(pid, pid); /* in both: whichever is first */
	child->pid = pid;
	child->late = false;
	child->loop = loop;
	list_append(running, &child->node);
	if (timeout_us > 0)
		child_arm(child, timeout_us);
	return 0;
}

/* --- ending --- */

static void child_end(struct script_child *child)
{
	kill(-child->pid, child->late ? SIGKILL : SIGTERM);
	if (!child->late)
		child_arm(child, CHILD_KILL_AFTER_US);
	child->late = true;
}

static void child_on_timer(struct loop *loop, struct loop_timer *timer)
{
	struct script_child *child = container_of(timer, struct script_child, timer);
	bool first = !child->late;

	child_end(child);
	if (first && child->on_late != NULL)
		child->on_late(child);
}

void script_child_stop(struct script_child *child)
{
	if (child->pid != 0 && !child->late)
		child_end(child);
}

void script_children_reap(struct list *running)
{
	list_for_each_safe(node, running) {
		struct script_child *child = container_of(node, struct script_child, node);
		int status;

		if (waitpid(child->pid, &status, WNOHANG) != child->pid)
			continue;
		/* What it left behind of its group after its time has no say any more. */
		if (child->late)
			kill(-child->pid, SIGKILL);
		list_remove(&child->node);
		loop_timer_disarm(child->loop, &child->timer);
		child->pid = 0;
		child->on_end(child, status);
	}
}

char *script_status_text(int status, char buf[SCRIPT_STATUS_TEXT])
{
	if (WIFSIGNALED(status))
		snprintf(buf, SCRIPT_STATUS_TEXT, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == CHILD_CANNOT_RUN)
		snprintf(buf, SCRIPT_STATUS_TEXT, "exit status 127, it could not be run");
	else
		snprintf(buf, SCRIPT_STATUS_TEXT, "exit status %d", WEXITSTATUS(status));
	return buf;
}
