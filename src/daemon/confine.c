/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/confine.c - see confine.h.
 *
 * A system call outside the list fails with EPERM rather than killing the
 * process: a forgotten call must cost one operation, not the service.
 * Sanitizer runtimes make calls of their own, so their builds go without
 * the seccomp filter.
 */
#include "daemon/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif
#else
enum { SANITIZED = 0 };
#endif

static int drop_user(const struct confine *confine, const char **ret_what)
{
	/* What the table keeps must survive the change; the rest goes right after it. */
	*ret_what = "PR_SET_KEEPCAPS";
	if (confine->capabilities != NULL && confine->capabilities[0] != -1 &&
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	*ret_what = "setgroups";
	if (geteuid() == 0 && setgroups(0, NULL) < 0)
		return -errno;
	*ret_what = "setgid";
	if (setgid(confine->gid) < 0)
		return -errno;
	*ret_what = "setuid";
	if (setuid(confine->uid) < 0)
		return -errno;
	return 0;
}

/* `bounds`: nor can programs gain any others. */
static int keep_capabilities(const int *capabilities, bool bounds, const char **ret_what)
{
	*ret_what = capabilities[0] == -1 ? "dropping capabilities" : "keeping capabilities";
	if (geteuid() != 0 && capabilities[0] == -1)
		return 0; /* a plain user has none */
	capng_clear(CAPNG_SELECT_BOTH);
	for (const int *cap = capabilities; *cap >= 0; cap++) {
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)*cap) < 0)
			return -EINVAL;
	}
	return capng_apply(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}

static void forbid_files(void)
{
	struct landlock_ruleset_attr rules = {
		.handled_access_fs =
			LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
			LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
			LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
			LANDLOCK_ACCESS_FS_MAKE_SYM,
	};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (fd < 0)
		return; /* the kernel has no Landlock, or it is switched off */
	syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}

static int allow_calls(const int *calls)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = 0;

	if (filter == NULL)
		return -ENOMEM;
	for (const int *call = calls; *call != -1 && r == 0; call++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *call, 0);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

int confine_apply(const struct confine *confine, const char **ret_what)
{
	int r;

	if (confine->core_file) {
		const struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };

		*ret_what = "RLIMIT_CORE";
		if (setrlimit(RLIMIT_CORE, &any) < 0 || setrlimit(RLIMIT_FSIZE, &any) < 0)
			return -errno;
	}
	if (confine->chroot != NULL) {
		*ret_what = "chroot";
		if (chroot(confine->chroot) < 0 || chdir("/") < 0)
			return -errno;
	}
	if (confine->change_user) {
		r = drop_user(confine, ret_what);
		if (r < 0)
			return r;
	}
	if (confine->capabilities != NULL) {
		r = keep_capabilities(confine->capabilities, !confine->setuid_programs, ret_what);
		if (r < 0)
			return r;
	}
	/* After the change of user, which takes it away. */
	*ret_what = "PR_SET_DUMPABLE";
	if (confine->core_file && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return -errno;
	*ret_what = "PR_SET_NO_NEW_PRIVS";
	if (!confine->setuid_programs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (confine->no_files && !confine->core_file) /* which the kernel writes in our name */
		forbid_files();
	if (confine->system_calls != NULL && !SANITIZED) {
		r = allow_calls(confine->system_calls);
		*ret_what = "seccomp";
		if (r < 0 && r != -EINVAL && r != -ENOSYS) /* those: no seccomp in this kernel */
			return r;
	}
	return 0;
}

/* What the C library, threads and sleeping need in any process. */
#define COMMON_CALLS                                                                               \
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(dup2),        \
		SCMP_SYS(dup3), SCMP_SYS(fstat),                                                   \
		SCMP_SYS(newfstatat), SCMP_SYS(lseek), SCMP_SYS(mmap), SCMP_SYS(munmap),           \
		SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk),            \
		SCMP_SYS(futex), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(set_robust_list),     \
		SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),                \
		SCMP_SYS(sched_setaffinity), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),     \
		SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(tgkill), SCMP_SYS(getpid), \
		SCMP_SYS(gettid), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(clock_gettime),   \
		SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),            \
		SCMP_SYS(getrandom), SCMP_SYS(prctl), SCMP_SYS(restart_syscall),                   \
		SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),                \
		SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(poll), SCMP_SYS(ppoll),    \
		SCMP_SYS(eventfd2), SCMP_SYS(signalfd4), SCMP_SYS(timerfd_create),                 \
		SCMP_SYS(timerfd_settime), SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind),    \
		SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(setsockopt),                \
		SCMP_SYS(getsockopt), SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg),     \
		SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg), SCMP_SYS(fcntl),        \
		SCMP_SYS(ioctl), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(uname)

const int confine_proxy_calls[] = {
	COMMON_CALLS,
	SCMP_SYS(accept4),
	SCMP_SYS(accept),
	SCMP_SYS(listen),
	SCMP_SYS(shutdown),
	SCMP_SYS(splice),
	SCMP_SYS(pipe2),
	SCMP_SYS(readv),
	SCMP_SYS(prlimit64),
	-1,
};

const int confine_vrrp_calls[] = {
	COMMON_CALLS,
	SCMP_SYS(sched_setscheduler),
	SCMP_SYS(sched_getscheduler),
	SCMP_SYS(mlockall),
	SCMP_SYS(munlockall),
	SCMP_SYS(prlimit64),
	SCMP_SYS(pselect6), /* libnftables */
	SCMP_SYS(select),
	-1,
};
