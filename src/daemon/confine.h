/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/confine.h - what a process gives up before it meets the network.
 *
 * The table in daemon/process.c says for each process what it keeps.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/macros.h"

struct confine {
	const char *chroot;	/* or NULL */
	bool change_user;
	uid_t uid;
	gid_t gid;
	const int *capabilities;	/* CAP_*, ends in -1: what is kept; NULL: everything is */
	bool setuid_programs;	/* what it runs may gain privileges by execve */
	bool no_files;		/* Landlock: no path can be opened any more */
	bool core_file;		/* a crash may leave one: raises the limits,
				 * and does without no_files */
	const int *system_calls;	/* seccomp: those that are allowed, ends in -1; NULL: all */
};

/*
 * Applies all of it, for the calling process and its threads-to-be. Landlock
 * and seccomp are best effort where the kernel has none; all else must
 * work. 0, or negative errno with *ret_what naming the step that failed.
 */
int confine_apply(const struct confine *confine, const char **ret_what) MUST_CHECK;

/* The lists for the two processes that face the network; end in -1. */
extern const int confine_proxy_calls[];
extern const int confine_vrrp_calls[];
