/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/statics.h - static_ipaddress, static_routes and static_rules: what this
 * machine has while relevo runs, in whatever state.
 *
 * They are no lease: when relevo is killed they stay, until it starts again.
 */
#pragma once

#include "base/macros.h"
#include "nl/monitor.h"
#include "nl/socket.h"
#include "vrrp/conf.h"
#include "vrrp/links.h"

enum { STATICS_WHAT = 96 };

/*
 * Puts on what is missing, and with `first` what is no_track too. Goes on after a failure, and
 * returns the first one's negative errno, with what it was in ret_failed; else 0.
 */
int statics_take(const struct vrrp_conf *conf, struct nl_socket *nl, const struct links *links,
		 bool first, char ret_failed[STATICS_WHAT]) MUST_CHECK;

/* Takes everything off. Returns as statics_take. */
int statics_drop(const struct vrrp_conf *conf, struct nl_socket *nl, const struct links *links,
		 char ret_failed[STATICS_WHAT]) MUST_CHECK;

/*
 * Something was removed from the kernel: puts it back if it is one of them and
 * not no_track. *ret_what: what it was; *ret_group: the track_group that must
 * hear of a failure, or NULL. 1: it was put back; 0: it is none of them; or
 * negative errno.
 */
int statics_restore(const struct vrrp_conf *conf, struct nl_socket *nl, const struct links *links,
		    const struct nl_event *event, char ret_what[STATICS_WHAT],
		    const char **ret_group) MUST_CHECK;

/* Whether an instance is in the track_group. */
bool statics_group_has(const struct vrrp_conf *conf, const char *group,
		       const struct vrrp_instance_conf *instance);
