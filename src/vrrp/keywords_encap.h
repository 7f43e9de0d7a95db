/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_encap.h - `encap KIND OPTION...` of a route or a nexthop. */
#pragma once

#include "nl/route.h"
#include "vrrp/iproute.h"

/*
 * Reads it from the node's first word, `encap`, on; returns
 * how many words it has, 0 after a report.
 */
unsigned vrrp_encap_read(struct vrrp_parse *parse, struct iproute_words *object,
			 const struct vrrp_node *node, struct nl_encap *ret);
