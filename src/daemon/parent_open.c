/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_open.c - what the parent opens before the
 * first child, and closes after the last.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/generation.h"
#include "daemon/parent_private.h"

/* Events go to the `log` lines of haproxy.cfg's global section, else to /dev/log. */
void parent_choose_event_log(struct parent *parent, struct inheritance *given)
{
	bool in_foreground = !parent->in_background && !parent->options->quiet;
	struct log_conf *log = &given->event_log;
	const struct proxy_conf *conf = given->proxy_conf;
	struct log_target *fallback = &parent->event_targets[0];
	struct sockaddr_un *address = (struct sockaddr_un *)(void *)&fallback->address;

	if (conf != NULL && conf->global.log.count > 0) {
		*log = given->vrrp_log = conf->global.log;
		return;
	}
	*fallback = (struct log_target){ .kind = LOG_TO_UNIX, .format = LOG_FORMAT_LOCAL,
					 .facility = 3 /* daemon */, .length = 1024,
					 .max_level = LOG_LEVEL_DEBUG,
					 .address_len = sizeof(*address) };
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	*log = (struct log_conf){ .targets = parent->event_targets,
				  .count = !parent->options->no_syslog };
	if (in_foreground)
		parent->event_targets[log->count++] = (struct log_target){
			.kind = LOG_TO_FD, .fd = STDERR_FILENO, .format = LOG_FORMAT_RAW,
			.max_level = LOG_LEVEL_DEBUG, .length = 1024 };
	parent_keepalived_choose_log(parent, given);
}

/* An older process serves until ours does. */
static int open_beside(struct parent *parent, struct diag_report *report)
{
	struct inheritance taken = { .ledger = NULL };
	struct inheritance *given = &parent->given;
	int r = parent_upgrade_open(parent, &taken.binds, report);

	if (r == 0)
		r = generation_open(given, given->proxy_conf, &taken, parent->options->maxconn,
				    report);
	binds_close(&taken.binds);
	return r;
}

static int open_everything(struct parent *parent, struct diag_report *report)
{
	const struct diag_span nowhere = { 0 };
	struct inheritance *given = &parent->given;
	int life[2];

	given->page = page_map();
	if (given->page == NULL || pipe2(life, O_CLOEXEC | O_NONBLOCK) < 0) {
		diag_add(report, DIAG_ERROR, &diag_cannot_read, nowhere, NULL,
			 "cannot map shared memory: %s", strerror(errno));
		return -errno;
	}
	given->life_read = life[0];
	given->life_write = life[1];
	if (given->vrrp_conf != NULL &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       given->scripts_ends) < 0)
		return -errno;
	if (given->proxy_conf == NULL)
		return 0;
	if (parent->upgrade.step != UPGRADE_NONE)
		return open_beside(parent, report);
	int r = generation_open(given, given->proxy_conf, NULL, parent->options->maxconn, report);
	if (r == 0)
		binds_settle(&given->binds);
	return r;
}

static bool wants_background(const struct options *options, const struct proxy_conf *conf)
{
	if (options->foreground || options->debug || options->systemd)
		return false;
	return options->background || options->manner == OPTIONS_KEEPALIVED ||
	       (conf != NULL && conf->global.daemon);
}

/* Who is served from here on may ask us to stop: it is heard when the loop runs. */
static void hold_stop_signals(void)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGUSR1);
	sigprocmask(SIG_BLOCK, &stop, NULL);
}

/* The report shows lines of the configuration: that stays the caller's. */
static struct parent *give_up(struct parent *parent)
{
	parent->given.proxy_conf = NULL;
	parent_free(parent);
	return NULL;
}

struct parent *parent_open(const struct options *options, struct proxy_conf *proxy_conf,
			   const struct vrrp_conf *vrrp_conf, struct diag_report *report)
{
	bool in_background = wants_background(options, proxy_conf);
	struct parent *parent = calloc(1, sizeof(*parent));

	ASSERT(parent != NULL);
	*parent = (struct parent){
		.options = options,
		.given = { .proxy_conf = proxy_conf, .vrrp_conf = vrrp_conf,
			   .life_read = -1, .life_write = -1, .scripts_ends = { -1, -1 },
			   .checker_ends = { -1, -1 }, .master_ends = { -1, -1 },
			   .master = options->master != NULL },
		.control.file.fd = -1, .yield.file.fd = -1,
		.in_background = in_background,
		.background_fd = in_background ? 0 : -1,
	};
	parent->control_path = strdup(options->control);
	ASSERT(parent->control_path != NULL);
	list_init(&parent->veterans);
	parent_upgrade_init(parent);
	reload_init(&parent->reload, options);
	signal(SIGPIPE, SIG_IGN);
	/*
	 * HAProxy's way to ask an old process for its ports: ours
	 * are shared, and we must not be stopped.
	 */
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	if (parent_keepalived_open(parent) < 0)
		return give_up(parent);
	hold_stop_signals();
	parent_choose_event_log(parent, &parent->given);
	if (options->master != NULL &&
	    master_open(&parent->master, options->master, parent->upgrade.step != UPGRADE_NONE) < 0)
		return give_up(parent);
	return open_everything(parent, report) < 0 ? give_up(parent) : parent;
}

void parent_said(struct parent *parent, struct strbuf *text)
{
	strbuf_free(&parent->startup_logs);
	parent->startup_logs = *text;
	memset(text, 0, sizeof(*text));
}

void parent_free(struct parent *parent)
{
	struct inheritance *given;

	if (parent == NULL)
		return;
	given = &parent->given;
	if (parent->loop != NULL) {
		control_close(&parent->control, parent->loop);
		master_close(&parent->master);
		loop_free(parent->loop);
	}
	if (parent->log != NULL)
		log_close(parent->log);
	generation_close(given);
	if (given->page != NULL)
		page_unmap(given->page);
	reload_free(&parent->reload);
	parent_keepalived_free(parent);
	master_close(&parent->master);
	strbuf_free(&parent->startup_logs);
	free(parent->control_path);
	vrrp_conf_free(parent->conf_before);
	vrrp_conf_free(parent->conf_now);
	vrrp_conf_free(parent->next_conf);
	free(parent);
}
