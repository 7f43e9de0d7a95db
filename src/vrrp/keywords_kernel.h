/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_kernel.h - what keepalived.conf puts into the kernel: lists of
 * addresses, routes and rules, those of an instance and static ones, and links.
 */
#pragma once

#include "vrrp/keyword.h"

/*
 * One line of addresses, routes or rules; `where` is what may stand in it:
 * VRRP_ADDRESS, VRRP_ROUTE or VRRP_RULE, and the bit of virtual or static ones.
 * NULL after a report.
 */
struct vrrp_address_conf *vrrp_address_read(struct vrrp_parse *parse, const struct conf_line *line,
					    unsigned where);
struct vrrp_route_conf *vrrp_route_read(struct vrrp_parse *parse, const struct conf_line *line,
					unsigned where);
struct vrrp_rule_conf *vrrp_rule_read(struct vrrp_parse *parse, const struct conf_line *line,
				      unsigned where);

/* The name of a track_group that was defined before; NULL after a report (or with `word` NULL). */
const char *vrrp_track_group_named(struct vrrp_parse *parse, const struct conf_word *word);

/* keywords_vmac.c: name and MAC of the VMACs, when the whole file is known. */
void vrrp_vmac_finish(struct vrrp_parse *parse);
/* keywords_kernel.c: the members of track groups, and static addresses' interfaces. */
void vrrp_kernel_finish(struct vrrp_parse *parse);
