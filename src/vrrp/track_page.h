/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/track_page.h - everything that instances track, on the shared page: for
 * `relevo status` and the statistics page.
 */
#pragma once

struct vrrp_instance;
struct vrrp_process;

/*
 * Once the instances are made: a row for each line of track_*, of theirs and of
 * their groups. One that a former process had keeps the moment of its last change.
 */
void track_page_open(struct vrrp_process *process);

/* What this instance tracks, as it is now. */
void track_page_show(const struct vrrp_instance *instance);
