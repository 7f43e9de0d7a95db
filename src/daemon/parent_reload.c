/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_reload.c - both files read anew.
 *
 *   read --wrong--> refused
 *     | a proxy process starts from the new haproxy.cfg, beside the old one
 *     |--it ends, or does not serve in time--> refused
 *   serves: the page speaks of it, the old one lets go of the sockets and
 *   drains (parent_veterans.c), the vrrp process is changed (parent_vrrp.c)
 *
 * Until it serves nothing has changed for anybody.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ctl.h"
#include "daemon/differ.h"
#include "daemon/generation.h"
#include "daemon/parent_private.h"
#include "daemon/pid_files.h"
#include "daemon/service.h"

enum { RELOAD_POLL_US = 2000, RELOAD_PATIENCE_US = 10000000, RELOAD_WILL_US = 1000000 };

/* ---- the end of it ---- */

static void reload_tell(struct reload_asker **askers, bool good, const char *text)
{
	while (*askers != NULL) {
		struct reload_asker *asker = *askers;

		*askers = asker->next;
		asker->done(asker, good, text);
	}
}

static void reload_answer(struct parent *parent, bool good)
{
	struct reloading *reloading = &parent->reloading;
	const char *text = reloading->said.text != NULL ? reloading->said.text : "";

	if (!good)
		parent_event_lines(parent, LOG_LEVEL_ALERT, "reload refused: ", text);
	parent->reload_failed = !good;
	parent->reloads += good;
	parent->reloads_failed += !good;
	parent->startup_logs.len = 0;
	strbuf_puts(&parent->startup_logs, text);
	service_notify("READY=1");
	reload_tell(&reloading->askers, good, text);
	strbuf_free(&reloading->said);
}

static void reload_over(struct parent *parent, bool good)
{
	struct reloading *reloading = &parent->reloading;
	loop_timer_disarm(parent->loop, &reloading->poll);
	reloading->busy = reloading->committed = false;
	reload_answer(parent, good);
	parent_reload_if_asked(parent);
}

static void reload_drop(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;

	generation_close(&reloading->given);
	if (reloading->vrrp != NULL) {
		close(parent->next_ends[0]);
		close(parent->next_ends[1]);
		vrrp_conf_free(reloading->vrrp);
		reloading->vrrp = NULL;
	}
}

static void reload_refuse(struct parent *parent)
{
	struct child *old = &parent->child[PROCESS_PROXY];

	if (parent->reloading.checker.pid != 0)
		kill(parent->reloading.checker.pid, SIGKILL);
	reload_drop(parent);
	/* It may have died while another one was on its way. */
	if (parent->phase == RUNNING && parent->given.proxy_conf != NULL && old->pid == 0 &&
	    old->restart.node.pos == 0)
		parent_start_child(old);
	reload_over(parent, false);
}

/* ---- the new one serves ---- */

static void reload_adopt(struct child *child, struct child *started)
{
	loop_timer_disarm(child->parent->loop, &child->restart);
	child->pid = started->pid;
	child->started = started->started;
	child->quick_deaths = 0;
	started->pid = 0;
}

static void reload_tell_page(struct parent *parent, const struct inheritance *given)
{
	struct page_proxy *page = &parent->given.page->proxy;

	atomic_store(&page->threads, given->capacity.threads);
	atomic_store(&page->generation, given->generation);
	page_proxy_set_state(parent->given.page, PAGE_PROXY_SERVING);
}

static void reload_commit_proxy(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;
	struct inheritance before = parent->given;
	pid_t proxy = parent->child[PROCESS_PROXY].pid;
	pid_t checker = parent->child[PROCESS_CHECKER].pid;
	struct moment started = parent->child[PROCESS_PROXY].started;

	generation_mark_kept(&before, &reloading->given);
	parent->given = reloading->given;
	generation_clear(&reloading->given);
	reload_adopt(&parent->child[PROCESS_PROXY], &reloading->proxy);
	reload_adopt(&parent->child[PROCESS_CHECKER], &reloading->checker);
	reload_tell_page(parent, &parent->given);
	binds_settle(&parent->given.binds);
	parent_open_log(parent);
	parent->control.cli = ctl_socket(parent->given.proxy_conf);
	parent_wish_start(parent);
	parent_veterans_add(parent, &before, proxy, checker, started);
	generation_close(&before);
	parent_event(parent, LOG_LEVEL_NOTICE,
		     "reload: haproxy.cfg is in effect, proxy process %d serves",
		     (int)parent->child[PROCESS_PROXY].pid);
}

static void reload_commit(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;
	struct vrrp_conf *vrrp = reloading->vrrp;

	reloading->vrrp = NULL;
	if (parent->given.proxy_conf != NULL)
		reload_commit_proxy(parent);
	if (vrrp != NULL)
		parent_vrrp_begin(parent, vrrp);
	reloading->committed = true;
	if (parent_veterans_accept(parent))
		return; /* for a moment */
	reload_over(parent, true);
}

void parent_reload_settled(struct parent *parent)
{
	if (parent->reloading.committed)
		reload_over(parent, true);
}

/* ---- the new one starts ---- */

static bool reload_start(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;
	const struct child like = { .parent = parent, .given = &reloading->given };

	reloading->proxy = reloading->checker = like;
	reloading->proxy.process = &processes[PROCESS_PROXY];
	reloading->checker.process = &processes[PROCESS_CHECKER];
	reloading->given.generation = atomic_load(&parent->given.page->proxy.generation) + 1;
	if (reloading->checker.process->wanted(&reloading->given))
		parent_start_child(&reloading->checker);
	parent_start_child(&reloading->proxy);
	if (reloading->proxy.pid == 0) {
		strbuf_printf(&reloading->said, "cannot start a proxy process: %s\n",
			      strerror(errno));
		return false;
	}
	if (loop_timer_arm(parent->loop, &reloading->poll, moment_now()) < 0)
		kill(reloading->proxy.pid, SIGKILL);
	return true;
}

/* One that hangs leaves nothing; the new one may be what it is reloaded for. */
static void reload_await_will(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;
	const struct ledger_page *page = parent->given.ledger->page;
	bool made = atomic_load(&page->will_made) == atomic_load(&page->will_asked);

	if (!made && parent->child[PROCESS_PROXY].pid != 0 &&
	    moment_since(reloading->asked, loop_now(parent->loop)) < RELOAD_WILL_US &&
	    loop_timer_arm(parent->loop, &reloading->poll,
			   moment_after(loop_now(parent->loop), RELOAD_POLL_US)) == 0)
		return;
	if (!reload_start(parent))
		reload_refuse(parent);
}

static void reload_on_poll(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, reloading.poll);
	struct reloading *reloading = &parent->reloading;

	if (reloading->proxy.pid == 0) {
		reload_await_will(parent);
		return;
	}
	if (atomic_load(&reloading->given.ledger->page->state) == LEDGER_SERVING) {
		reload_commit(parent);
		return;
	}
	reloading->too_late =
		moment_since(reloading->proxy.started, loop_now(loop)) > RELOAD_PATIENCE_US;
	if (reloading->too_late ||
	    loop_timer_arm(loop, timer, moment_after(loop_now(loop), RELOAD_POLL_US)) < 0)
		kill(reloading->proxy.pid, SIGKILL);
}

/* ---- the new one does not ---- */

bool parent_reload_ended(struct parent *parent, pid_t pid, int status)
{
	struct reloading *reloading = &parent->reloading;
	char end[64];

	if (pid == reloading->checker.pid) {
		reloading->checker.pid = 0;
		return true;
	}
	if (pid != reloading->proxy.pid)
		return false;
	reloading->proxy.pid = 0;
	parent_describe_end(status, end, sizeof(end));
	if (reloading->too_late)
		strbuf_puts(&reloading->said, "the new proxy process does not begin to serve\n");
	else
		strbuf_printf(&reloading->said,
			      "the new proxy process ended while starting (%s)%s%.*s\n", end,
			      reloading->given.ledger->page->failure[0] != '\0' ? ": " : "",
			      (int)sizeof(reloading->given.ledger->page->failure) - 1,
			      reloading->given.ledger->page->failure);
	reload_refuse(parent);
	return true;
}

void parent_reload_cancel(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;

	parent_reload_settled(parent);
	reloading->again = false;
	reload_tell(&reloading->waiting, false, "relevo is stopping\n");
	if (!reloading->busy)
		return;
	if (reloading->proxy.pid != 0) {
		kill(reloading->proxy.pid, SIGKILL);
		waitpid(reloading->proxy.pid, NULL, 0);
		reloading->proxy.pid = 0;
	}
	strbuf_puts(&reloading->said, "relevo is stopping\n");
	reload_refuse(parent);
}

/* ---- the beginning ---- */

static int reload_open_proxy(struct parent *parent, struct proxy_conf *conf)
{
	struct reloading *reloading = &parent->reloading;
	struct diag_report *report = diag_report_new();
	int r;

	diag_report_warnings_fatal(report, parent->options->warnings_fatal);
	r = generation_open(&reloading->given, conf, &parent->given, parent->options->maxconn,
			    report);
	diag_report_render(report, &reloading->said);
	if (r == 0 && diag_count(report, DIAG_ERROR) != 0)
		r = -EINVAL;
	diag_report_free(report);
	if (r == 0)
		parent_choose_event_log(parent, &reloading->given);
	return r;
}

/* The old process writes down what the new one is to go on from. */
static bool reload_ask_will(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;
	pid_t proxy = parent->child[PROCESS_PROXY].pid;

	reloading->poll.on_expire = reload_on_poll;
	reloading->too_late = false;
	reloading->proxy.pid = reloading->checker.pid = 0;
	reloading->asked = moment_now();
	atomic_fetch_add(&parent->given.ledger->page->will_asked, 1);
	if (proxy != 0)
		kill(proxy, SIGHUP);
	return loop_timer_arm(parent->loop, &reloading->poll, moment_now()) == 0;
}

static bool reload_read_files(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;
	struct proxy_conf *proxy_conf;
	bool good;
	const struct vrrp_conf *vrrp = parent->given.vrrp_conf;
	int r = vrrp != NULL ? pid_files_begin_reading(vrrp) : 0;

	if (r < 0)
		parent_event(parent, LOG_LEVEL_WARNING, "reload_file: %s", strerror(-r));
	reloading->given = parent->given;
	generation_clear(&reloading->given);
	good = reload_read(&parent->reload, &reloading->said, &proxy_conf, &reloading->vrrp);
	if (vrrp != NULL)
		pid_files_end_reading(vrrp);
	if (!good)
		return false;
	r = 0;
	if (reloading->vrrp != NULL &&
	    !parent_keepalived_may_reload(parent, reloading->vrrp, &reloading->said)) {
		proxy_conf_free(proxy_conf);
		vrrp_conf_free(reloading->vrrp);
		reloading->vrrp = NULL;
		return false;
	}
	if (proxy_conf != NULL && reload_open_proxy(parent, proxy_conf) < 0)
		r = -1;
	if (reloading->vrrp != NULL) {
		int ends = parent_vrrp_prepare(parent);

		if (ends < 0) {
			strbuf_printf(&reloading->said, "socketpair: %s\n", strerror(-ends));
			vrrp_conf_free(reloading->vrrp);
			reloading->vrrp = NULL;
			r = ends;
		}
	}
	return r == 0;
}

static bool reload_may_begin(struct parent *parent)
{
	return parent->phase == RUNNING && !parent->reloading.busy && parent->next_conf == NULL &&
	       (parent->given.vrrp_conf == NULL || parent->child[PROCESS_VRRP].pid != 0);
}

static void reload_notify(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, moment_now().us);
	service_notify(text);
}

static void reload_begin(struct parent *parent)
{
	struct reloading *reloading = &parent->reloading;

	reload_notify();
	reloading->busy = true;
	reloading->again = false;
	reloading->askers = reloading->waiting;
	reloading->waiting = NULL;
	if (!reload_read_files(parent)) {
		reload_drop(parent);
		reload_over(parent, false);
	} else if (reloading->given.proxy_conf == NULL) {
		reload_commit(parent);
	} else if (!reload_ask_will(parent)) {
		reload_refuse(parent);
	}
}

void parent_reload_if_asked(struct parent *parent)
{
	if ((parent->reloading.again || parent->reloading.waiting != NULL) &&
	    reload_may_begin(parent))
		reload_begin(parent);
}

void parent_reload(struct parent *parent, struct reload_asker *asker)
{
	if (parent->phase > RUNNING) {
		if (asker != NULL)
			asker->done(asker, false, "relevo is stopping\n");
		return;
	}
	if (asker != NULL) {
		asker->next = parent->reloading.waiting;
		parent->reloading.waiting = asker;
	} else {
		parent->reloading.again = true;
	}
	parent_reload_if_asked(parent);
}

void parent_reload_by_signal(struct parent *parent)
{
	parent_reload(parent, NULL);
}

/* ---- the control socket ---- */

static void control_done(struct reload_asker *asker, bool good, const char *text)
{
	control_reply(asker->fd, good, text);
	free(asker);
}

void parent_on_reload(struct control *control, int client)
{
	struct reload_asker *asker = malloc(sizeof(*asker));

	ASSERT(asker != NULL);
	*asker = (struct reload_asker){ .done = control_done, .fd = client };
	parent_reload(container_of(control, struct parent, control), asker);
}

void parent_on_diff(struct control *control, int client)
{
	struct parent *parent = container_of(control, struct parent, control);
	const struct inheritance *given = &parent->given;
	enum control_diff outcome = CONTROL_WRONG;
	struct strbuf findings = STRBUF_EMPTY, text = STRBUF_EMPTY;
	struct proxy_conf *proxy_conf;
	struct vrrp_conf *vrrp_conf;

	if (reload_read(&parent->reload, &findings, &proxy_conf, &vrrp_conf)) {
		bool differs = given->proxy_conf != NULL &&
			       differ_proxy(given->proxy_conf, proxy_conf, &text);

		differs |= given->vrrp_conf != NULL &&
			   differ_vrrp(given->vrrp_conf, vrrp_conf, &text);
		outcome = differs ? CONTROL_DIFFERS : CONTROL_SAME;
		if (!differs)
			strbuf_puts(&text, "nothing would change\n");
	}
	control_reply_diff(client, outcome, &findings, &text);
	strbuf_free(&findings);
	strbuf_free(&text);
	proxy_conf_free(proxy_conf);
	vrrp_conf_free(vrrp_conf);
}
