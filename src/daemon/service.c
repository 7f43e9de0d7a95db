/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/service.c - see service.h. */
#include "daemon/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The foreground's last act: exits as the background process says. */
static _Noreturn void wait_for_verdict(int fd, pid_t child)
{
	char verdict;
	int status = 0;

	if (read(fd, &verdict, 1) == 1)
		_exit(0);
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
}

int service_background(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	pid_t child = fork();
	if (child < 0) {
		int r = -errno;

		close(ends[0]);
		close(ends[1]);
		return r;
	}
	if (child > 0) {
		close(ends[1]);
		wait_for_verdict(ends[0], child);
	}
	close(ends[0]);
	setsid();
	return ends[1];
}

void service_ready(int background_fd)
{
	/* A failure means that nobody waits any more. */
	ssize_t ignored = write(background_fd, "+", 1);

	(void)ignored;
	close(background_fd);
}

int service_open_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

void service_detach(int null_fd)
{
	if (null_fd < 0)
		return;
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	dup2(null_fd, STDERR_FILENO);
	close(null_fd);
}

int service_write_pidfile(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	int r = dprintf(fd, "%d\n", (int)getpid()) < 0 ? -errno : 0;
	close(fd);
	return r;
}

void service_notify(const char *state)
{
	const struct timeval patience = { .tv_sec = 1 };
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = '\0';

	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Who does not read its notices must not stop us. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}
