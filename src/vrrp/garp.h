/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/garp.h - tells everybody on an interface which machine has an address
 * now: by gratuitous ARP (RFC 5227, 1.1; the request form, as Keepalived sends
 * it), or with IPv6 by an unsolicited neighbour advertisement (RFC 4861, 7.2.6).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/macros.h"

enum { GARP_FRAME = 86 }; /* bytes of the longer one */

/* What is announced. */
struct garp {
	struct ip ip;
	uint8_t mac[6];		/* of who has it: of the frame, and in it */
	bool router;		/* IPv6: it forwards */
};

/* A packet socket that receives nothing. The descriptor, or negative errno. */
int garp_open(void) MUST_CHECK;

/* The frame, from its Ethernet header on; returns its length. */
size_t garp_build(const struct garp *garp, uint8_t ret[GARP_FRAME]);

/* Sends one. 0 or negative errno. */
int garp_send(int fd, unsigned ifindex, const struct garp *garp) MUST_CHECK;
