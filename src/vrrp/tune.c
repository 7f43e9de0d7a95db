/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/tune.c - see tune.h. */
#include "vrrp/tune.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "vrrp/conf.h"

static int tune_real_time(const struct vrrp_conf *conf)
{
	const struct sched_param param = {
		.sched_priority = conf->rt_priority != 0 ? conf->rt_priority : TUNE_RT_PRIORITY
	};

	return sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param) < 0 ? errno : 0;
}

static int tune_memory(void)
{
	/* A limit that stays would fail each later allocation once it is reached. */
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	bool unlimited = setrlimit(RLIMIT_MEMLOCK, &none) == 0;

	return mlockall(unlimited ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT) < 0 ? errno : 0;
}

static int tune_processors(uint64_t cpus)
{
	cpu_set_t set;

	if (cpus == 0)
		return 0;
	CPU_ZERO(&set);
	for (unsigned cpu = 0; cpu < 64; cpu++)
		if ((cpus >> cpu & 1) != 0)
			CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? errno : 0;
}

/* SIGXCPU ends a process that runs so long without waiting; the parent starts it again. */
static int tune_runtime(uint64_t us)
{
	const struct rlimit limit = { us, us };

	return us != 0 && setrlimit(RLIMIT_RTTIME, &limit) < 0 ? errno : 0;
}

static int tune_name(const char *name)
{
	return name != NULL && prctl(PR_SET_NAME, name) < 0 ? errno : 0;
}

void tune_process(const struct vrrp_conf *conf,
		  void (*report)(void *context, const char *what, int error), void *context)
{
	const struct {
		const char *what;
		int error;
	} steps[] = {
		{ "no real-time priority", tune_real_time(conf) },
		{ "memory is not locked", tune_memory() },
		{ "vrrp_cpu_affinity", tune_processors(conf->cpus) },
		{ "vrrp_rlimit_rttime", tune_runtime(conf->rlimit_rttime_us) },
		{ "vrrp_process_name", tune_name(conf->process_name) },
	};

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].error != 0)
			report(context, steps[i].what, steps[i].error);
}
