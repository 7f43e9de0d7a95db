/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/tune.h - how the kernel treats the vrrp process: priority, processors, limits, name. */
#pragma once

struct vrrp_conf;

enum { TUNE_RT_PRIORITY = 20 };	/* of the vrrp process, unless vrrp_rt_priority says */

/*
 * Tells the kernel what the configuration wants of this process. Best effort:
 * calls `report` for each thing that is refused, with a positive errno, and
 * goes on: elections work without. Once, at the start of the process.
 */
void tune_process(const struct vrrp_conf *conf,
		  void (*report)(void *context, const char *what, int error), void *context);
