/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/process.c - see process.h. */
#include "daemon/process.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "admin/cli.h"
#include "admin/prometheus.h"
#include "admin/stats.h"
#include "daemon/checker.h"
#include "daemon/service.h"
#include "daemon/title.h"
#include "proxy/run.h"
#include "vrrp/run.h"
#include "vrrp/scripts.h"

struct confine_job {
	const struct inheritance *given;
	const struct process *process;
};

/* Called by the process itself when all that needs privileges is done. */
static int confine_now(void *context)
{
	const struct confine_job *job = context;
	const struct inheritance *given = job->given;
	bool is_proxy = job->process == &processes[PROCESS_PROXY];
	bool is_checker = job->process == &processes[PROCESS_CHECKER];
	const struct confine confine = {
		.chroot = is_proxy ? given->proxy_conf->global.chroot : NULL,
		.change_user = (is_proxy || is_checker) && given->change_user,
		.uid = given->uid,
		.gid = given->gid,
		.capabilities = is_proxy && given->proxy_conf->sets_marks
					? job->process->mark_capabilities
					: job->process->capabilities,
		.setuid_programs = is_checker && given->proxy_conf->global.setuid_wanted,
		.no_files = job->process->no_files,
		.core_file = is_proxy && given->proxy_conf->global.dumpable,
		.system_calls = job->process->system_calls,
	};
	const char *what = "";
	int null = given->in_background ? service_open_null() : -1; /* no file opens afterwards */
	int r = confine_apply(&confine, &what);

	if (r < 0) {
		fprintf(stderr, "relevo: %s: %s: %s\n", job->process->name, what, strerror(-r));
		if (is_proxy)
			ledger_fail(given->ledger, what, strerror(-r));
	} else {
		service_detach(null);
	}
	return r;
}

static bool proxy_wanted(const struct inheritance *given)
{
	return given->proxy_conf != NULL;
}

static bool checker_wanted(const struct inheritance *given)
{
	return given->proxy_conf != NULL &&
	       (given->proxy_conf->runs_programs || given->proxy_conf->sends_mail);
}

static bool vrrp_wanted(const struct inheritance *given)
{
	return given->vrrp_conf != NULL;
}

/* -m: of the process that clients may make grow. */
static int limit_memory(const struct proxy_conf *conf)
{
	rlim_t bytes = (rlim_t)conf->global.memory_mb << 20;
	const struct rlimit limit = { .rlim_cur = bytes, .rlim_max = bytes };

	return bytes == 0 ? 0 : setrlimit(RLIMIT_AS, &limit);
}

/* Streams of an earlier configuration end here. */
static void show_draining(void)
{
	title_set("relevo: proxy (draining)", processes[PROCESS_PROXY].comm);
}

static int run_proxy(const struct inheritance *given)
{
	struct confine_job job = { given, &processes[PROCESS_PROXY] };

	if (limit_memory(given->proxy_conf) < 0) {
		perror("relevo: -m");
		return 1;
	}

	if (given->scripts_ends[0] >= 0) {
		close(given->scripts_ends[0]);
		close(given->scripts_ends[1]);
	}
	if (given->checker_ends[1] >= 0)
		close(given->checker_ends[1]);
	if (given->master_ends[0] >= 0)
		close(given->master_ends[0]);
	return proxy_run(&(struct proxy_args){
		.checker_fd = given->checker_ends[0],
		.conf = given->proxy_conf,
		.page = given->page,
		.listen_fds = given->binds.fds,
		.listen_width = given->binds.width,
		.threads = given->capacity.threads,
		.maxconn = given->capacity.maxconn,
		.generation = given->generation,
		.ledger = given->ledger,
		.parent_fd = given->life_read,
		.http_service = &admin_stats_service,
		.metrics_service = &admin_prometheus_service,
		.cli_fds = given->binds.cli_fds,
		.cli_service = &admin_cli_service,
		.master_fd = given->master_ends[1],
		.ready_to_confine = confine_now,
		.confine_context = &job,
		.handed_over = show_draining,
	});
}

static void close_ends(const int ends[2])
{
	for (unsigned i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
}

/* What belongs to the proxy and its checker. */
static void close_checker(const struct inheritance *given)
{
	close_ends(given->checker_ends);
}

static void close_listeners(const struct inheritance *given)
{
	struct binds binds = given->binds; /* the copy of a child */

	binds_close(&binds);
	close_ends(given->master_ends);
}

void process_leave_out(const struct inheritance *given)
{
	close_listeners(given);
	close_checker(given);
}

static int run_vrrp(const struct inheritance *given)
{
	struct confine_job job = { given, &processes[PROCESS_VRRP] };

	close_listeners(given);
	close_checker(given);
	close(given->scripts_ends[1]);
	return vrrp_run(&(struct vrrp_args){
		.conf = given->vrrp_conf,
		.before = given->vrrp_before,
		.flags = given->vrrp_flags,
		.page = given->page,
		.scripts_socket = given->scripts_ends[0],
		.parent_fd = given->life_read,
		.log = &given->vrrp_log,
		.ready_to_confine = confine_now,
		.confine_context = &job,
	});
}

static int run_scripts(const struct inheritance *given)
{
	close_listeners(given);
	close_checker(given);
	close(given->scripts_ends[0]);
	if (given->in_background)
		service_detach(service_open_null());
	return scripts_run(&(struct scripts_args){
		.conf = given->vrrp_conf,
		.before = given->vrrp_before,
		.page = given->page,
		.socket = given->scripts_ends[1],
		.parent_fd = given->life_read,
		.log = &given->vrrp_log,
	});
}

static int run_checker(const struct inheritance *given)
{
	struct confine_job job = { given, &processes[PROCESS_CHECKER] };

	close_listeners(given);
	close(given->checker_ends[0]);
	for (unsigned i = 0; i < 2; i++)
		if (given->scripts_ends[i] >= 0)
			close(given->scripts_ends[i]);
	return checker_run(&(struct checker_args){
		.conf = given->proxy_conf,
		.socket = given->checker_ends[1],
		.parent_fd = given->life_read,
		.ready_to_confine = confine_now,
		.confine_context = &job,
	});
}

static const int no_capabilities[] = { -1 };
static const int mark_capabilities[] = { CAP_NET_ADMIN, -1 };
static const int vrrp_capabilities[] = { CAP_NET_ADMIN, CAP_NET_RAW, -1 };

const struct process processes[PROCESS_COUNT] = {
	/* Sees no byte from outside but exit codes; must change to any script's user. */
	[PROCESS_SCRIPTS] = {
		.name = "scripts", .title = "relevo: scripts", .comm = "relevo: scripts",
		.wanted = vrrp_wanted, .run = run_scripts,
	},
	/* Sees adverts and ARP of the local network, no client's byte. */
	[PROCESS_VRRP] = {
		.name = "vrrp", .title = "relevo: vrrp", .comm = "relevo: vrrp",
		.wanted = vrrp_wanted, .run = run_vrrp,
		.capabilities = vrrp_capabilities, .system_calls = confine_vrrp_calls,
		.no_files = true,
	},
	/* Sees numbers of servers from the proxy, and exit codes; runs what the file names. */
	[PROCESS_CHECKER] = {
		.name = "checker", .title = "relevo: checker", .comm = "relevo: checker",
		.wanted = checker_wanted, .run = run_checker,
		.capabilities = no_capabilities,
	},
	/* Sees everything the clients send. comm: `killall -0 haproxy` has to find it. */
	[PROCESS_PROXY] = {
		.name = "proxy", .title = "relevo: proxy", .comm = "haproxy",
		.wanted = proxy_wanted, .run = run_proxy,
		.capabilities = no_capabilities, .mark_capabilities = mark_capabilities,
		.system_calls = confine_proxy_calls,
		.no_files = true,
	},
};
