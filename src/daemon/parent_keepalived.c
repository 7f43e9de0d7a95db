/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_keepalived.c - what the parent does because keepalived.conf or
 * keepalived's command line say so: pid files, reloads at a time.
 */
#include <string.h>
#include <unistd.h>

#include "daemon/parent_private.h"
#include "daemon/pid_files.h"

static void keepalived_on_due(struct reload_clock *clock)
{
	parent_reload_by_signal(container_of(clock, struct parent, reload_clock));
}

static void keepalived_say(struct reload_clock *clock, enum log_level level, const char *text)
{
	parent_event(container_of(clock, struct parent, reload_clock), level, "%s", text);
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
		keepalived_write_pid(child->parent, "vrrp", child->parent->options->vrrp_pidfile,
				     (int)child->pid);
}

void parent_keepalived_start(struct parent *parent)
{
	const struct vrrp_conf *conf = parent->given.vrrp_conf;

	reload_clock_init(&parent->reload_clock, parent->loop);
	parent->reload_clock.on_due = keepalived_on_due;
	parent->reload_clock.say = keepalived_say;
	reload_clock_set(&parent->reload_clock, conf);
	if (conf == NULL)
		return;
	pid_files_end_reading(conf);
	keepalived_write_pid(parent, "keepalived", parent->options->pidfile, (int)getpid());
}

static bool keepalived_is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool parent_keepalived_may_reload(const struct parent *parent, const struct vrrp_conf *next,
				  struct strbuf *ret_text)
{
	const struct vrrp_conf *now = parent->given.vrrp_conf;
	const char *word = !keepalived_is_same(now->net_namespace, next->net_namespace) ? "net_namespace" :
			   !keepalived_is_same(now->instance_name, next->instance_name) ? "instance" :
			   now->use_pid_dir != next->use_pid_dir ? "use_pid_dir" : NULL;

	if (word != NULL)
		strbuf_printf(ret_text, "'%s' cannot be changed by a reload\n", word);
	return word == NULL;
}

void parent_keepalived_reloaded(struct parent *parent)
{
	reload_clock_set(&parent->reload_clock, parent->given.vrrp_conf);
}

void parent_keepalived_stop(struct parent *parent)
{
	reload_clock_close(&parent->reload_clock);
	if (parent->given.vrrp_conf == NULL)
		return;
	keepalived_remove_pid(parent, "vrrp", parent->options->vrrp_pidfile);
	keepalived_remove_pid(parent, "keepalived", parent->options->pidfile);
}
