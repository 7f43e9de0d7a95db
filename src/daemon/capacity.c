/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/capacity.c - see capacity.h. */
#include "daemon/capacity.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <sys/resource.h>

#include "base/page.h"

enum {
	RESERVED = 64,		/* log sockets, epoll, eventfds, standard streams, control */
	PER_THREAD = 8,
	PER_CONNECTION = 2,	/* the client's and the server's side */
	SOCKETS_PER_NAMESERVER = 4,
};

static unsigned choose_threads(const struct proxy_conf *conf)
{
	cpu_set_t set;

	if (conf->global.nbthread > 0)
		return (unsigned)conf->global.nbthread;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;

	int count = CPU_COUNT(&set);
	return count < 1 ? 1 : count > PAGE_THREADS ? PAGE_THREADS : (unsigned)count;
}

/* Descriptors that are needed whatever the number of connections. */
static uint64_t fixed_need(const struct proxy_conf *conf, unsigned threads)
{
	uint64_t need = RESERVED + (uint64_t)threads * PER_THREAD +
			(uint64_t)conf->bind_count * threads;

	for (const struct section *section = conf->sections; section != NULL;
	     section = section->next) {
		if (section_connects(section))
			need += section->back.server_count; /* one check each */
	}
	for (const struct dns_conf *dns = conf->resolvers; dns != NULL; dns = dns->next)
		need += (uint64_t)dns->nameserver_count * SOCKETS_PER_NAMESERVER;
	if (conf->commanded)
		need += conf->global.cli_count + (uint64_t)conf->global.cli_maxconn;
	return need + 2 * (uint64_t)conf->global.maxpipes;
}

/* Raises the soft limit, and the hard one where we may. Returns what is in force. */
static uint64_t raise_limit(uint64_t want)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1024;
	if (limit.rlim_cur >= want)
		return limit.rlim_cur;

	struct rlimit more = { .rlim_cur = want,
			       .rlim_max = limit.rlim_max > want ? limit.rlim_max : want };
	if (setrlimit(RLIMIT_NOFILE, &more) == 0)
		return want;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

int capacity_apply(const struct proxy_conf *conf, int64_t wanted_maxconn,
		   struct diag_report *report, struct capacity *ret)
{
	const struct diag_span nowhere = { 0 };
	unsigned threads = choose_threads(conf);
	uint64_t fixed = fixed_need(conf, threads);
	int64_t maxconn = wanted_maxconn > 0 ? wanted_maxconn : conf->global.maxconn;
	uint64_t want = fixed + PER_CONNECTION * (uint64_t)maxconn;

	if (conf->global.ulimit_n > 0)
		want = (uint64_t)conf->global.ulimit_n;
	uint64_t limit = raise_limit(want);
	bool nothing_asked = maxconn == 0 && conf->global.ulimit_n == 0;
	if (nothing_asked && conf->global.fd_hard_limit > 0 &&
	    limit > (uint64_t)conf->global.fd_hard_limit)
		limit = (uint64_t)conf->global.fd_hard_limit;
	if (limit <= fixed + PER_CONNECTION) {
		diag_add(report, DIAG_ERROR, &diag_conflict, nowhere,
			 "raise it: 'LimitNOFILE=' in the systemd unit, or 'ulimit -Hn'",
			 "the descriptor limit is %" PRIu64 ", and %" PRIu64
			 " are needed before the first connection",
			 limit, fixed + PER_CONNECTION);
		return -EMFILE;
	}

	int64_t allowed = (int64_t)((limit - fixed) / PER_CONNECTION);
	if (maxconn > allowed) {
		diag_add(report, conf->global.strict_limits ? DIAG_ERROR : DIAG_WARNING,
			 &diag_conflict, nowhere,
			 "raise it: 'LimitNOFILE=' in the systemd unit, or 'ulimit -Hn'",
			 "maxconn %" PRId64 " needs %" PRIu64 " descriptors; the limit of %" PRIu64
			 " allows %" PRId64 " connections%s",
			 maxconn, fixed + PER_CONNECTION * (uint64_t)maxconn, limit, allowed,
			 conf->global.strict_limits ? " and 'strict-limits' asks for all"
						    : ", which is used instead");
	}
	if (maxconn == 0 || maxconn > allowed)
		maxconn = allowed;
	*ret = (struct capacity){ .threads = threads, .maxconn = maxconn, .descriptors = limit };
	return 0;
}
