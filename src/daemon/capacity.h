/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/capacity.h - threads, connections, descriptors: what is asked, what the machine allows. */
#pragma once

#include <stdint.h>

#include "diag/report.h"
#include "proxy/conf.h"

struct capacity {
	unsigned threads;
	int64_t maxconn;	/* > 0 */
	uint64_t descriptors;	/* the limit now in force */
};

/*
 * Decides threads and maxconn (`wanted_maxconn` from -n, 0: the file's) and
 * raises RLIMIT_NOFILE to what they need. Where the system allows less,
 * maxconn is lowered, with a warning that says by how much. 0, or -EMFILE
 * after an error when not even one connection fits.
 */
int capacity_apply(const struct proxy_conf *conf, int64_t wanted_maxconn,
		   struct diag_report *report, struct capacity *ret);
