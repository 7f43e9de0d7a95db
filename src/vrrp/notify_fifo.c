/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/notify_fifo.c - see notify_fifo.h. */
#include "vrrp/notify_fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"

enum {
	FIFO_FAREWELL_MS = 200,	/* for the script to read the last lines */
	FIFO_STEP_MS = 10,
};

static void fifo_say(struct notify_fifo *fifo, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void fifo_say(struct notify_fifo *fifo, enum log_level level, const char *format, ...)
{
	char text[FIFO_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fifo->say(fifo->context, level, text);
}

/* Open for reading too, so that writing never fails for want of a reader. */
static int fifo_open_file(struct notify_fifo *fifo)
{
	const struct vrrp_fifo_conf *conf = fifo->conf;
	struct stat status;
	int fd;

	fifo->made = mkfifo(conf->path, S_IRUSR | S_IWUSR) == 0;
	if (!fifo->made && errno != EEXIST)
		return -errno;
	fd = open(conf->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || !S_ISFIFO(status.st_mode)) {
		close(fd);
		return -EEXIST;
	}
	if (fifo->made && (conf->uid != geteuid() || conf->gid != getegid()) &&
	    fchown(fd, conf->uid, conf->gid) < 0)
		fifo_say(fifo, LOG_LEVEL_WARNING, "FIFO %s: cannot give it to its user: %s",
			 conf->path, strerror(errno));
	return fd;
}

static void fifo_on_script_end(struct script_child *child, int status)
{
	struct notify_fifo *fifo = container_of(child, struct notify_fifo, script);
	char why[SCRIPT_STATUS_TEXT];

	fifo_say(fifo, LOG_LEVEL_WARNING, "the script of FIFO %s has ended: %s", fifo->conf->path,
		 script_status_text(status, why));
}

static void fifo_on_farewell(struct script_child *child, int status)
{
}

static void fifo_start_script(struct notify_fifo *fifo, struct loop *loop)
{
	const char *const extra[] = { fifo->conf->path, NULL };
	int error;

	if (fifo->conf->script.argv == NULL)
		return;
	fifo->script.on_end = fifo_on_script_end;
	error = script_child_start(&fifo->script, loop, &fifo->running, &fifo->conf->script, extra,
				   0);
	if (error < 0)
		fifo_say(fifo, LOG_LEVEL_ERR, "the script of FIFO %s could not be started: %s",
			 fifo->conf->path, strerror(-error));
}

void notify_fifo_open(struct notify_fifo *fifo, struct loop *loop,
		      const struct vrrp_fifo_conf *conf,
		      void (*say)(void *context, enum log_level level, const char *text),
		      void *context)
{
	*fifo = (struct notify_fifo){ .conf = conf, .fd = -1, .say = say, .context = context };
	list_init(&fifo->running);
	if (conf->path == NULL)
		return;
	fifo->fd = fifo_open_file(fifo);
	if (fifo->fd < 0) {
		fifo_say(fifo, LOG_LEVEL_ERR, "FIFO %s: %s", conf->path,
			 fifo->fd == -EEXIST ? "there is a file of that name that is none" :
					       strerror(-fifo->fd));
		fifo->fd = -1;
		return;
	}
	fifo_start_script(fifo, loop);
}

size_t notify_fifo_line(char line[FIFO_LINE], const char *kind, const char *name,
			const char *state, unsigned priority)
{
	int len = snprintf(line, FIFO_LINE, "%s \"%s\" %s %u\n", kind, name, state, priority);

	if (len >= FIFO_LINE) {
		line[FIFO_LINE - 2] = '\n';
		return FIFO_LINE - 1;
	}
	return (size_t)len;
}

void notify_fifo_write(struct notify_fifo *fifo, const char *line, size_t len)
{
	bool fits;

	if (fifo->fd < 0)
		return;
	/* A pipe takes such a line whole, or not at all. */
	fits = write(fifo->fd, line, len) == (ssize_t)len;
	if (!fits) {
		fifo->lost++;
		if (!fifo->losing)
			fifo_say(fifo, LOG_LEVEL_WARNING,
				 "FIFO %s is full, nobody reads it: lines are lost",
				 fifo->conf->path);
	}
	fifo->losing = !fits;
}

void notify_fifo_reap(struct notify_fifo *fifo)
{
	script_children_reap(&fifo->running);
}

void notify_fifo_close(struct notify_fifo *fifo)
{
	if (fifo->fd < 0)
		return;
	close(fifo->fd);
	fifo->fd = -1;
	if (fifo->made)
		unlink(fifo->conf->path);
	fifo->script.on_end = fifo_on_farewell;
	for (unsigned ms = 0; ms < FIFO_FAREWELL_MS && !list_empty(&fifo->running);
	     ms += FIFO_STEP_MS) {
		nanosleep(&(struct timespec){ 0, FIFO_STEP_MS * 1000000L }, NULL);
		script_children_reap(&fifo->running);
	}
	script_child_stop(&fifo->script);
}
