/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nl/procs.h - the kernel's process connector: which processes begin, take
 * another name and end (linux/cn_proc.h).
 *
 * It is there only in the machine's first network namespace and for root.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"

enum nl_proc_change {
	NL_PROC_FORKED,		/* `pid` is a copy of `parent` */
	NL_PROC_EXECUTED,	/* another program, command line and name */
	NL_PROC_RENAMED,
	NL_PROC_GONE,
};

struct nl_proc_event {
	enum nl_proc_change change;
	pid_t pid, parent;
};

/*
 * A non-blocking socket that hears of all processes, or
 * negative errno where there is no telling.
 */
int nl_procs_open(void) MUST_CHECK;

/*
 * Reads what is waiting: changes of whole processes, not of their threads. 0,
 * or negative errno: -ENOBUFS when some were lost, after which /proc must be
 * read anew.
 */
int nl_procs_read(int fd, void (*each)(const struct nl_proc_event *event, void *context),
		  void *context) MUST_CHECK;

/* One datagram of the socket; whatever the bytes are. */
void nl_procs_parse(const void *bytes, size_t len,
		    void (*each)(const struct nl_proc_event *event, void *context), void *context);
