/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_keepalived.c - what the parent does because keepalived.conf or
 * keepalived's command line say so: pid files, log files, reloads at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/parent_private.h"
#include "daemon/pid_files.h"
#include "daemon/status.h"

#define CORE_PATTERN "/proc/sys/kernel/core_pattern"

/* ---- log files ---- */

static char *keepalived_copy(const char *text)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	ASSERT((copy == NULL) == (text == NULL));
	return copy;
}

/* A file with `suffix` before the last dot of `name`. A descriptor, or -1 after a message. */
static int keepalived_open_log(const char *name, const char *suffix)
{
	const char *slash = strrchr(name, '/'), *dot = strrchr(name, '.');
	size_t head = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - name) :
								     strlen(name);
	struct strbuf path = STRBUF_EMPTY;
	int fd;

	strbuf_printf(&path, "%.*s%s%s", (int)head, name, suffix, name + head);
	fd = path.failed ? -1 : open(path.text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		fprintf(stderr, "relevo: cannot open the log file %s: %s\n",
			path.failed ? name : path.text, strerror(errno));
	strbuf_free(&path);
	return fd;
}

int parent_keepalived_open(struct parent *parent)
{
	const struct options *options = parent->options;
	struct keepalived_side *side = &parent->keepalived;

	*side = (struct keepalived_side){ .pidfile = keepalived_copy(options->pidfile),
					  .vrrp_pidfile = keepalived_copy(options->vrrp_pidfile),
					  .log_fd = -1, .vrrp_log_fd = -1 };
	if (options->core_pattern != NULL)
		side->core_pattern = keepalived_copy(options->core_pattern[0] != '\0' ?
							     options->core_pattern : "core");
	parent->given.vrrp_flags = (struct vrrp_flags){
		.keep_addresses = options->keep_addresses,
		.tell_addresses = options->tell_addresses, .no_bfd = options->no_bfd };
	if (options->log_file == NULL)
		return 0;
	side->log_fd = keepalived_open_log(options->log_file, "");
	side->vrrp_log_fd = keepalived_open_log(options->log_file, "_vrrp");
	return side->log_fd < 0 || side->vrrp_log_fd < 0 ? -EIO : 0;
}

void parent_keepalived_free(struct parent *parent)
{
	struct keepalived_side *side = &parent->keepalived;

	free(side->pidfile);
	free(side->vrrp_pidfile);
	free(side->core_pattern);
	free(side->core_before);
	if (side->log_fd >= 0)
		close(side->log_fd);
	if (side->vrrp_log_fd >= 0)
		close(side->vrrp_log_fd);
}

void parent_keepalived_choose_log(struct parent *parent, struct inheritance *given)
{
	struct log_conf *log = &given->event_log;
	struct log_target *targets = parent->event_targets;

	if (parent->options->facility >= 0)
		for (unsigned i = 0; i < log->count; i++)
			targets[i].facility = (uint8_t)parent->options->facility;
	if (parent->keepalived.log_fd >= 0)
		targets[log->count++] = (struct log_target){
			.kind = LOG_TO_FD, .fd = parent->keepalived.log_fd,
			.format = LOG_FORMAT_ISO, .max_level = LOG_LEVEL_DEBUG, .length = 1024 };
	memcpy(parent->vrrp_targets, targets, sizeof(parent->vrrp_targets));
	if (parent->keepalived.log_fd >= 0)
		parent->vrrp_targets[log->count - 1].fd = parent->keepalived.vrrp_log_fd;
	given->vrrp_log = *log;
	given->vrrp_log.targets = parent->vrrp_targets;
}

/* ---- core files ---- */

static int keepalived_set_pattern(const char *pattern)
{
	int fd = open(CORE_PATTERN, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, pattern, strlen(pattern)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static char *keepalived_get_pattern(void)
{
	int fd = open(CORE_PATTERN, O_RDONLY | O_CLOEXEC);
	char text[256];
	ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (len < 0)
		return NULL;
	text[len] = '\0';
	return strdup(text);
}

static void keepalived_cores(struct parent *parent)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct keepalived_side *side = &parent->keepalived;
	int error = 0;

	if (!parent->options->core_dump && side->core_pattern == NULL)
		return;
	if (setrlimit(RLIMIT_CORE, &unlimited) < 0)
		parent_event(parent, LOG_LEVEL_WARNING, "the size of core files stays limited: %s",
			     strerror(errno));
	if (side->core_pattern == NULL)
		return;
	side->core_before = keepalived_get_pattern();
	error = keepalived_set_pattern(side->core_pattern);
	if (error < 0)
		parent_event(parent, LOG_LEVEL_WARNING, "cannot write " CORE_PATTERN ": %s",
			     strerror(-error));
}

void parent_keepalived_prepare(struct parent *parent)
{
	const struct vrrp_conf *conf = parent->given.vrrp_conf;

	if (parent->options->umask >= 0)
		umask((mode_t)parent->options->umask);
	else if (conf != NULL && conf->umask >= 0)
		umask((mode_t)conf->umask);
	keepalived_cores(parent);
}

/* ---- -d ---- */

void parent_keepalived_ready(struct parent *parent)
{
	struct strbuf text = STRBUF_EMPTY;

	if (!parent->options->dump_conf)
		return;
	status_keepalived_data(parent->given.page, &text);
	for (const char *line = text.text, *end; line != NULL && *line != '\0';
	     line = end + (*end == '\n')) {
		end = strchrnul(line, '\n');
		log_send(parent->log, &parent->given.event_log, LOG_LEVEL_INFO, line,
			 (size_t)(end - line));
	}
	log_flush(parent->log);
	strbuf_free(&text);
}

/* ---- pid files, reloads at a time ---- */

static void keepalived_on_due(struct reload_clock *clock)
{
	parent_reload_by_signal(container_of(clock, struct parent, keepalived.clock));
}

static void keepalived_say(struct reload_clock *clock, enum log_level level, const char *text)
{
	parent_event(container_of(clock, struct parent, keepalived.clock), level, "%s", text);
}

/* Only under that name: others have -p, and a relevo of two files is no Keepalived. */
static const char *keepalived_pid_path(const struct parent *parent, const char *process,
				       const char *chosen, char buf[PID_FILES_PATH])
{
	if (parent->options->manner != OPTIONS_KEEPALIVED)
		return NULL;
	return chosen != NULL ? chosen : pid_files_path(parent->given.vrrp_conf, process, buf);
}

static void keepalived_write_pid(struct parent *parent, const char *process, const char *chosen,
				 int pid)
{
	char buf[PID_FILES_PATH];
	const char *path = keepalived_pid_path(parent, process, chosen, buf);
	int error = path != NULL ? pid_files_write(path, pid) : 0;

	if (error < 0)
		parent_event(parent, LOG_LEVEL_WARNING, "cannot write the pid file %s: %s", path,
			     strerror(-error));
}

static void keepalived_remove_pid(const struct parent *parent, const char *process,
				  const char *chosen)
{
	char buf[PID_FILES_PATH];
	const char *path = keepalived_pid_path(parent, process, chosen, buf);

	if (path != NULL)
		unlink(path);
}

void parent_keepalived_child(const struct child *child)
{
	if (child->process == &processes[PROCESS_VRRP])
		keepalived_write_pid(child->parent, "vrrp", child->parent->keepalived.vrrp_pidfile,
				     (int)child->pid);
}

void parent_keepalived_start(struct parent *parent)
{
	const struct vrrp_conf *conf = parent->given.vrrp_conf;

	reload_clock_init(&parent->keepalived.clock, parent->loop);
	parent->keepalived.clock.on_due = keepalived_on_due;
	parent->keepalived.clock.say = keepalived_say;
	reload_clock_set(&parent->keepalived.clock, conf);
	if (conf == NULL)
		return;
	pid_files_end_reading(conf);
	keepalived_write_pid(parent, "keepalived", parent->keepalived.pidfile, (int)getpid());
}

static bool keepalived_is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool parent_keepalived_may_reload(const struct parent *parent, const struct vrrp_conf *next,
				  struct strbuf *ret_text)
{
	const struct vrrp_conf *now = parent->given.vrrp_conf;
	bool same_netns = keepalived_is_same(now->net_namespace, next->net_namespace);
	bool same_name = keepalived_is_same(now->instance_name, next->instance_name);
	const char *word = !same_netns ? "net_namespace" :
			   !same_name ? "instance" :
			   now->use_pid_dir != next->use_pid_dir ? "use_pid_dir" : NULL;

	if (word != NULL)
		strbuf_printf(ret_text, "'%s' cannot be changed by a reload\n", word);
	return word == NULL;
}

void parent_keepalived_reloaded(struct parent *parent)
{
	reload_clock_set(&parent->keepalived.clock, parent->given.vrrp_conf);
}

void parent_keepalived_stop(struct parent *parent)
{
	reload_clock_close(&parent->keepalived.clock);
	if (parent->keepalived.core_before != NULL)
		(void)!keepalived_set_pattern(parent->keepalived.core_before);
	if (parent->given.vrrp_conf == NULL)
		return;
	keepalived_remove_pid(parent, "vrrp", parent->keepalived.vrrp_pidfile);
	keepalived_remove_pid(parent, "keepalived", parent->keepalived.pidfile);
}
