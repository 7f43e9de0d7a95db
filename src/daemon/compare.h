/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/compare.h - `relevo -c --peer FILE`: do the keepalived.confs of two nodes agree? */
#pragma once

#include "base/strbuf.h"
#include "vrrp/conf.h"

/*
 * Appends a line for each thing that both must have alike and have not;
 * virtual routers are matched by number and family. Returns how many.
 */
unsigned compare_peer(const struct vrrp_conf *ours, const struct vrrp_conf *theirs,
		      struct strbuf *ret_lines);
