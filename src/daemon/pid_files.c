/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/pid_files.c - see pid_files.h. */
#include "daemon/pid_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PID_FILES_RUN "/run"

static bool pid_files_have_directory(const struct vrrp_conf *conf)
{
	return conf->use_pid_dir || conf->instance_name != NULL || conf->net_namespace != NULL;
}

static void pid_files_directory(const struct vrrp_conf *conf, char buf[PID_FILES_PATH])
{
	snprintf(buf, PID_FILES_PATH, PID_FILES_RUN "%s%s%s",
		 pid_files_have_directory(conf) ? "/keepalived" : "",
		 conf->net_namespace != NULL ? "/" : "",
		 conf->net_namespace != NULL ? conf->net_namespace : "");
}

char *pid_files_path(const struct vrrp_conf *conf, const char *process, char buf[PID_FILES_PATH])
{
	size_t len;

	pid_files_directory(conf, buf);
	len = strlen(buf);
	snprintf(buf + len, PID_FILES_PATH - len, "/%s%s%s.pid", process,
		 conf->instance_name != NULL ? "_" : "",
		 conf->instance_name != NULL ? conf->instance_name : "");
	return buf;
}

/* Each directory on the way that is below /run. */
static void pid_files_make_directories(const char *path)
{
	char part[PID_FILES_PATH];

	if (strncmp(path, PID_FILES_RUN "/", strlen(PID_FILES_RUN "/")) != 0)
		return;
	for (const char *slash = strchr(path + strlen(PID_FILES_RUN "/"), '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return; /* the open that follows says why */
	}
}

static int pid_files_open(const char *path)
{
	int fd;

	pid_files_make_directories(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

int pid_files_write(const char *path, int pid)
{
	int fd = pid_files_open(path), error = 0;

	if (fd < 0)
		return fd;
	if (dprintf(fd, "%d\n", pid) < 0)
		error = -errno;
	close(fd);
	return error;
}

/* NULL: there is none. */
static const char *pid_files_reload(const struct vrrp_conf *conf, char buf[PID_FILES_PATH])
{
	size_t len;

	if (conf->reload_file == NULL || conf->reload_file[0] != '\0')
		return conf->reload_file;
	pid_files_directory(conf, buf);
	len = strlen(buf);
	snprintf(buf + len, PID_FILES_PATH - len, "/keepalived.reload");
	return buf;
}

int pid_files_begin_reading(const struct vrrp_conf *conf)
{
	char buf[PID_FILES_PATH];
	const char *path = pid_files_reload(conf, buf);
	int fd = path != NULL ? pid_files_open(path) : -1;

	if (path == NULL || fd < 0)
		return path == NULL ? 0 : fd;
	close(fd);
	return 0;
}

void pid_files_end_reading(const struct vrrp_conf *conf)
{
	char buf[PID_FILES_PATH];
	const char *path = pid_files_reload(conf, buf);

	if (path != NULL)
		unlink(path);
}
