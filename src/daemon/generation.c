/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/generation.c - see generation.h. */
#include "daemon/generation.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/capacity.h"

/* uid and gid of the proxy, by number or by name. */
static int resolve_user(struct inheritance *given, struct diag_report *report)
{
	const struct proxy_global *global = &given->proxy_conf->global;
	const struct diag_span nowhere = { 0 };

	given->uid = global->uid >= 0 ? (uid_t)global->uid : getuid();
	given->gid = global->gid >= 0 ? (gid_t)global->gid : getgid();
	if (global->user != NULL) {
		const struct passwd *user = getpwnam(global->user);

		if (user == NULL) {
			diag_add(report, DIAG_ERROR, &diag_unresolved, nowhere, NULL,
				 "user '%s' does not exist", global->user);
			return -ENOENT;
		}
		given->uid = user->pw_uid;
		if (global->group == NULL && global->gid < 0)
			given->gid = user->pw_gid;
	}
	if (global->group != NULL) {
		const struct group *group = getgrnam(global->group);

		if (group == NULL) {
			diag_add(report, DIAG_ERROR, &diag_unresolved, nowhere, NULL,
				 "group '%s' does not exist", global->group);
			return -ENOENT;
		}
		given->gid = group->gr_gid;
	}
	given->change_user = given->uid != getuid() || given->gid != getgid();
	return 0;
}

static int open_checker(struct inheritance *given, struct diag_report *report)
{
	const struct diag_span nowhere = { 0 };

	if (!(given->proxy_conf->runs_programs || given->proxy_conf->sends_mail) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       given->checker_ends) == 0)
		return 0;
	diag_add(report, DIAG_ERROR, &diag_cannot_read, nowhere, NULL, "socketpair: %s",
		 strerror(errno));
	return -errno;
}

static int open_master(struct inheritance *given, struct diag_report *report)
{
	const struct diag_span nowhere = { 0 };

	if (!given->master || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
					 given->master_ends) == 0)
		return 0;
	diag_add(report, DIAG_ERROR, &diag_cannot_read, nowhere, NULL, "socketpair: %s",
		 strerror(errno));
	return -errno;
}

static int open_ledger(struct inheritance *given, const struct inheritance *before,
		       struct diag_report *report)
{
	const struct diag_span nowhere = { 0 };

	given->ledger = ledger_new(given->proxy_conf, given->capacity.threads,
				   before != NULL ? before->ledger : NULL);
	if (given->ledger != NULL)
		return 0;
	diag_add(report, DIAG_ERROR, &diag_cannot_read, nowhere, NULL,
		 "cannot map shared memory: %s", strerror(errno));
	return -ENOMEM;
}

void generation_clear(struct inheritance *given)
{
	given->proxy_conf = NULL;
	given->binds = (struct binds){ .conf = NULL };
	given->ledger = NULL;
	given->checker_ends[0] = given->checker_ends[1] = -1;
	given->master_ends[0] = given->master_ends[1] = -1;
}

int generation_open(struct inheritance *given, struct proxy_conf *conf,
		    const struct inheritance *before, int64_t maxconn, struct diag_report *report)
{
	int r;

	generation_clear(given);
	given->proxy_conf = conf;
	r = resolve_user(given, report);
	if (r == 0)
		r = capacity_apply(conf, maxconn, report, &given->capacity);
	if (r == 0)
		r = binds_open(conf, given->capacity.threads,
			       before != NULL ? &before->binds : NULL, report, &given->binds);
	if (r == 0)
		r = open_ledger(given, before, report);
	if (r == 0)
		r = open_checker(given, report);
	if (r == 0)
		r = open_master(given, report);
	return r;
}

void generation_close(struct inheritance *given)
{
	binds_close(&given->binds);
	for (unsigned i = 0; i < 2; i++) {
		if (given->checker_ends[i] >= 0)
			close(given->checker_ends[i]);
		given->checker_ends[i] = -1;
		if (given->master_ends[i] >= 0)
			close(given->master_ends[i]);
		given->master_ends[i] = -1;
	}
	ledger_unref(given->ledger);
	given->ledger = NULL;
	proxy_conf_free(given->proxy_conf);
	given->proxy_conf = NULL;
}

void generation_mark_kept(const struct inheritance *before, const struct inheritance *after)
{
	const struct proxy_conf *conf = before->proxy_conf;

	for (unsigned i = 0; i < conf->bind_count; i++)
		before->ledger->page->kept[i] = binds_kept(conf, conf->binds[i], &after->binds);
}
