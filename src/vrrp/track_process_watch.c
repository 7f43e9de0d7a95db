/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/track_process_watch.c - see track_process_watch.h. */
#include "vrrp/track_process_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nl/procs.h"

enum {
	WATCH_POLL_US = 500000,		/* where the kernel does not tell */
	WATCH_COMMAND = 4096,		/* of a command line, what is compared */
	WATCH_STAT = 512,
};

struct track_process_watch {
	struct track_process_watch_args args;
	struct loop_file file;		/* fd -1: the kernel does not tell */
	struct loop_timer timer;
	bool need_command;		/* some track compares command lines */
	unsigned count;
	struct track_process tracks[];
};

/* --- one process, as /proc shows it --- */

static size_t proc_read(pid_t pid, const char *what, char *buf, size_t size)
{
	char path[64];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, buf, size);
	close(fd);
	return len > 0 ? (size_t)len : 0;
}

/* The name in "PID (NAME) S ..."; false for one that is gone, or a zombie. */
static bool proc_name(pid_t pid, char ret_name[WATCH_STAT])
{
	char stat[WATCH_STAT];
	size_t len = proc_read(pid, "stat", stat, sizeof(stat) - 1);
	char *start, *end;

	stat[len] = '\0';
	start = strchr(stat, '(');
	end = strrchr(stat, ')');
	if (start == NULL || end == NULL || end < start || end[1] != ' ' || end[2] == 'Z' ||
	    end[2] == 'X')
		return false;
	*end = '\0';
	memcpy(ret_name, start + 1, (size_t)(end - start));
	return true;
}

/* --- changes --- */

static void watch_judge(struct track_process_watch *watch, pid_t pid)
{
	char name[WATCH_STAT], command[WATCH_COMMAND];
	bool alive = proc_name(pid, name);
	size_t len = 0;

	if (alive && watch->need_command)
		len = proc_read(pid, "cmdline", command, sizeof(command));
	for (unsigned i = 0; i < watch->count; i++) {
		struct track_process *track = &watch->tracks[i];

		if (!alive || !track_process_matches(track->conf, name, command, len))
			track_process_remove(track, pid);
		else if (track_process_add(track, pid) < 0)
			watch->args.say(watch->args.context, LOG_LEVEL_ERR,
					"no memory to count processes");
	}
}

static void watch_changed(const struct nl_proc_event *event, void *context)
{
	struct track_process_watch *watch = context;

	switch (event->change) {
	case NL_PROC_FORKED: /* still the name and command of its parent */
		for (unsigned i = 0; i < watch->count; i++)
			if (track_process_has(&watch->tracks[i], event->parent)) {
				watch_judge(watch, event->pid);
				break;
			}
		break;
	case NL_PROC_EXECUTED:
	case NL_PROC_RENAMED:
		watch_judge(watch, event->pid);
		break;
	case NL_PROC_GONE:
		for (unsigned i = 0; i < watch->count; i++)
			track_process_remove(&watch->tracks[i], event->pid);
		break;
	}
}

static void watch_walk(struct track_process_watch *watch)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	for (unsigned i = 0; i < watch->count; i++)
		track_process_clear(&watch->tracks[i]);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && pid > 0)
			watch_judge(watch, (pid_t)pid);
	}
	closedir(dir);
}

/* --- what follows --- */

static void watch_settle(struct track_process_watch *watch, const unsigned *before)
{
	struct moment now = moment_now();
	struct moment next = watch->file.fd < 0 ? moment_after(now, WATCH_POLL_US) : MOMENT_NEVER;

	for (unsigned i = 0; i < watch->count; i++) {
		struct track_process *track = &watch->tracks[i];

		if (track_process_settle(track, now, track->count > before[i]))
			watch->args.on_news(watch->args.context, track);
		if (moment_before(track->due, next))
			next = track->due;
	}
	if (loop_timer_arm(watch->args.loop, &watch->timer, next) < 0)
		watch->args.say(watch->args.context, LOG_LEVEL_ERR, "no memory for a timer");
}

/* `change` brings the processes up to date. */
static void watch_update(struct track_process_watch *watch,
			 void (*change)(struct track_process_watch *watch))
{
	unsigned *before = calloc(watch->count + 1, sizeof(*before));

	if (before == NULL)
		return;
	for (unsigned i = 0; i < watch->count; i++)
		before[i] = watch->tracks[i].count;
	change(watch);
	watch_settle(watch, before);
	free(before);
}

static void watch_read(struct track_process_watch *watch)
{
	if (nl_procs_read(watch->file.fd, watch_changed, watch) < 0)
		watch_walk(watch);
}

static void watch_on_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	watch_update(container_of(file, struct track_process_watch, file), watch_read);
}

static void watch_nothing(struct track_process_watch *watch)
{
}

static void watch_on_timer(struct loop *loop, struct loop_timer *timer)
{
	struct track_process_watch *watch = container_of(timer, struct track_process_watch, timer);

	watch_update(watch, watch->file.fd < 0 ? watch_walk : watch_nothing);
}

static void watch_listen(struct track_process_watch *watch)
{
	int fd = nl_procs_open(), error = fd;
	char text[160];

	watch->file.fd = -1;
	if (fd >= 0) {
		error = loop_file_add(watch->args.loop, &watch->file, fd, watch_on_ready);
		if (error == 0)
			return;
		close(fd);
	}
	snprintf(text, sizeof(text),
		 "the kernel does not tell of processes here (%s): /proc is read twice a second",
		 strerror(-error));
	watch->args.say(watch->args.context, LOG_LEVEL_INFO, text);
}

struct track_process_watch *track_process_watch_open(const struct track_process_watch_args *args)
{
	unsigned count = args->conf->process_count;
	struct track_process_watch *watch =
		calloc(1, sizeof(*watch) + count * sizeof(watch->tracks[0]));

	if (watch == NULL)
		return NULL;
	watch->args = *args;
	watch->count = count;
	watch->timer.on_expire = watch_on_timer;
	watch->file.fd = -1;
	for (const struct vrrp_process_conf *conf = args->conf->processes; conf != NULL;
	     conf = conf->next) {
		track_process_init(&watch->tracks[conf->index], conf);
		watch->need_command |= track_process_needs_command(conf);
	}
	if (count == 0)
		return watch;
	watch_listen(watch); /* first: what comes while /proc is walked is told */
	watch_update(watch, watch_walk);
	return watch;
}

void track_process_watch_close(struct track_process_watch *watch)
{
	if (watch == NULL)
		return;
	loop_timer_disarm(watch->args.loop, &watch->timer);
	if (watch->file.fd >= 0)
		loop_file_close(watch->args.loop, &watch->file);
	for (unsigned i = 0; i < watch->count; i++)
		track_process_free(&watch->tracks[i]);
	free(watch);
}

void track_process_watch_repeat(struct track_process_watch *watch)
{
	for (unsigned i = 0; i < watch->count; i++)
		if (watch->tracks[i].known)
			watch->args.on_news(watch->args.context, &watch->tracks[i]);
}
