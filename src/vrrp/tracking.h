/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/tracking.h - what tracked scripts and interfaces make of an instance:
 * its effective priority, or a cause of FAULT (man keepalived.conf, "track_*").
 *
 * Pure. A weight of 0 means that failure is FAULT, any other one moves the
 * priority: a positive one upwards on success, a negative one downwards on
 * failure; `reverse` turns the direction round.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vrrp/conf.h"

enum track_state { TRACK_UNKNOWN, TRACK_UP, TRACK_DOWN };

enum { TRACK_CAUSE = 160 };

struct tracking {
	const enum track_state *scripts; /* by script index */
	bool (*link_is_up)(void *context, const char *name);
	void *context;
};

/* Before any result: unknown, or down with init_fail. */
enum track_state tracking_first(const struct vrrp_script_conf *script);

/* 1..254, or 255 untouched: the owner of the addresses is not weighed. */
uint8_t tracking_priority(const struct vrrp_instance_conf *conf, const struct tracking *tracking);

/* True with a cause for people, if a script or an interface means FAULT. */
bool tracking_fault(const struct vrrp_instance_conf *conf, const struct tracking *tracking,
		    char ret_cause[TRACK_CAUSE]);

/* True while a script whose failure means FAULT has no result yet. */
bool tracking_waits(const struct vrrp_instance_conf *conf, const struct tracking *tracking);

/* True while any tracked script has no result yet. */
bool tracking_unknown(const struct vrrp_instance_conf *conf, const struct tracking *tracking);
