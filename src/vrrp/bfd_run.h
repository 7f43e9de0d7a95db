/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/bfd_run.h - the BFD sessions of the vrrp process, as results of
 * track_bfd (vrrp/bfd_service.h).
 *
 * A session is down until it is up, but for a process that is started again:
 * its neighbors get a moment to answer before an instance that was MASTER
 * gives up.
 */
#pragma once

#include "base/macros.h"
#include "loop/loop.h"

struct bfd_peer;
struct bfd_service;
struct vrrp_process;

struct bfd_run {
	struct vrrp_process *process;
	struct bfd_peer *peers;		/* by index */
	struct bfd_service *service;	/* NULL: none is configured, or it could not be opened */
	struct loop_timer patience;	/* of a process that is started again */
};

/* Once the instances and track results are there. 0 or negative errno. */
int bfd_run_open(struct vrrp_process *process) MUST_CHECK;
void bfd_run_close(struct vrrp_process *process);
