/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/track_file.c - see track_file.h. */
#include "vrrp/track_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/macros.h"

enum {
	FILES_QUIET_US = 200000,	/* since it was written to, and not closed */
	FILES_RETRY_US = 1000000,	/* for a directory that is missing */
	FILES_TEXT = 64,
	FILES_CLOSED = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE,
	FILES_TOUCHED = IN_MODIFY | IN_CREATE,
	FILES_DIRECTORY_GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT,
};

struct tracked_file {
	const struct vrrp_file_conf *conf;
	const char *name;	/* within its directory */
	int watch;		/* of the directory; -1: it is missing */
	bool known, complained;
	int value;
};

struct track_files {
	struct track_files_args args;
	struct loop_file file;		/* inotify */
	struct loop_timer timer;
	unsigned count;
	struct tracked_file tracked[];
};

static void files_say(struct track_files *files, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void files_say(struct track_files *files, enum log_level level, const char *format, ...)
{
	char text[PATH_MAX + 160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	files->args.say(files->args.context, level, text);
}

/* --- one file --- */

bool track_file_parse(const char *text, size_t len, int *ret_value)
{
	char number[FILES_TEXT];
	long value;

	if (len > sizeof(number) - 1)
		len = sizeof(number) - 1;
	memcpy(number, text, len);
	number[len] = '\0';
	errno = 0;
	value = strtol(number, NULL, 0);
	if (errno == ERANGE || value < INT_MIN || value > INT_MAX)
		return false;
	*ret_value = (int)value;
	return true;
}

/* What is missing, or not to be read, holds 0. */
static size_t file_read(const char *path, char text[FILES_TEXT])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return 0;
	len = read(fd, text, FILES_TEXT);
	close(fd);
	return len > 0 ? (size_t)len : 0;
}

static void file_update(struct track_files *files, struct tracked_file *tracked)
{
	char text[FILES_TEXT];
	int value = 0;

	if (!track_file_parse(text, file_read(tracked->conf->path, text), &value)) {
		if (!tracked->complained)
			files_say(files, LOG_LEVEL_WARNING,
				  "track_file '%s': the number in %s does not fit: it is not read",
				  tracked->conf->name, tracked->conf->path);
		tracked->complained = true;
		if (tracked->known)
			return;
	} else {
		tracked->complained = false;
	}
	if (tracked->known && tracked->value == value)
		return;
	tracked->known = true;
	tracked->value = value;
	files->args.on_value(files->args.context, tracked->conf, value);
}

static void file_init(struct track_files *files, const struct vrrp_file_conf *conf)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (conf->init_overwrite ? O_TRUNC : O_EXCL);
	int fd;

	if (!conf->init)
		return;
	fd = open(conf->path, flags, 0644);
	if (fd < 0 && errno == EEXIST)
		return;
	if (fd < 0 || dprintf(fd, "%ld\n", conf->init_value) < 0)
		files_say(files, LOG_LEVEL_WARNING, "track_file '%s': cannot write %s: %s",
			  conf->name, conf->path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* --- directories --- */

static void file_watch(struct track_files *files, struct tracked_file *tracked)
{
	char directory[PATH_MAX];
	size_t len = (size_t)(tracked->name - tracked->conf->path);

	if (len >= sizeof(directory))
		return;
	memcpy(directory, tracked->conf->path, len);
	directory[len] = '\0';
	tracked->watch = inotify_add_watch(files->file.fd, directory,
					   FILES_CLOSED | FILES_TOUCHED | IN_DELETE_SELF |
						   IN_MOVE_SELF | IN_ONLYDIR);
}

static void files_arm(struct track_files *files, uint64_t us)
{
	struct moment when = moment_after(moment_now(), us);

	if (files->timer.node.pos != 0 && moment_before(files->timer.when, when))
		return;
	if (loop_timer_arm(files->args.loop, &files->timer, when) < 0)
		files_say(files, LOG_LEVEL_ERR, "no memory for a timer");
}

/* Looks at all of them, and for the directories that are missing. */
static void files_update(struct track_files *files)
{
	bool missing = false;

	for (unsigned i = 0; i < files->count; i++) {
		struct tracked_file *tracked = &files->tracked[i];

		if (tracked->watch < 0)
			file_watch(files, tracked);
		missing = missing || tracked->watch < 0;
		file_update(files, tracked);
	}
	if (missing)
		files_arm(files, FILES_RETRY_US);
}

static void files_on_timer(struct loop *loop, struct loop_timer *timer)
{
	files_update(container_of(timer, struct track_files, timer));
}

static void files_event(struct track_files *files, const struct inotify_event *event)
{
	if ((event->mask & IN_Q_OVERFLOW) != 0)
		files_update(files);
	for (unsigned i = 0; i < files->count; i++) {
		struct tracked_file *tracked = &files->tracked[i];

		if (tracked->watch != event->wd)
			continue;
		if ((event->mask & FILES_DIRECTORY_GONE) != 0) {
			if ((event->mask & IN_MOVE_SELF) != 0)
				inotify_rm_watch(files->file.fd, event->wd);
			tracked->watch = -1;
			files_arm(files, 0);
		} else if (event->len == 0 || strcmp(event->name, tracked->name) != 0) {
			continue;
		} else if ((event->mask & FILES_CLOSED) != 0) {
			file_update(files, tracked);
		} else {
			files_arm(files, FILES_QUIET_US);
		}
	}
}

static void files_on_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	struct track_files *files = container_of(file, struct track_files, file);
	_Alignas(struct inotify_event) char buffer[4096];
	ssize_t len;

	while ((len = read(file->fd, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer;

		while (at < buffer + len) {
			const struct inotify_event *event = (const void *)at;

			files_event(files, event);
			at += sizeof(*event) + event->len;
		}
	}
}

/* --- all of them --- */

static int files_listen(struct track_files *files)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	error = loop_file_add(files->args.loop, &files->file, fd, files_on_ready);
	if (error < 0)
		close(fd);
	return error;
}

struct track_files *track_files_open(const struct track_files_args *args)
{
	unsigned count = args->conf->file_count;
	struct track_files *files = calloc(1, sizeof(*files) + count * sizeof(files->tracked[0]));
	int error = 0;

	if (files == NULL)
		return NULL;
	files->args = *args;
	files->count = count;
	files->file.fd = -1;
	files->timer.on_expire = files_on_timer;
	if (count > 0)
		error = files_listen(files);
	if (error < 0) {
		free(files);
		errno = -error;
		return NULL;
	}
	for (const struct vrrp_file_conf *conf = args->conf->files; conf != NULL;
	     conf = conf->next) {
		const char *slash = strrchr(conf->path, '/');

		files->tracked[conf->index] = (struct tracked_file){
			.conf = conf, .name = slash + 1, .watch = -1,
		};
		file_init(files, conf);
	}
	files_update(files);
	return files;
}

void track_files_close(struct track_files *files)
{
	if (files == NULL)
		return;
	loop_timer_disarm(files->args.loop, &files->timer);
	if (files->file.fd >= 0)
		loop_file_close(files->args.loop, &files->file);
	free(files);
}

void track_files_repeat(struct track_files *files)
{
	for (unsigned i = 0; i < files->count; i++)
		files->args.on_value(files->args.context, files->tracked[i].conf,
				     files->tracked[i].value);
}
