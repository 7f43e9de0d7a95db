/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/rival.h - does another machine have our address? Asked by ARP, or with
 * IPv6 by neighbour solicitation, because a Keepalived that loses an election
 * yields without a word: its winner must know of it to announce the address
 * again.
 *
 * A MASTER sends an ARP probe (RFC 5227, 2.1.1) right before each of its
 * advertisements. The kernel of a rival answers it at once, before any
 * daemon there has read the advertisement. With IPv6 the probe has a source:
 * the answer to one of duplicate address detection, which has none, goes to
 * all nodes and would turn every host on the link to the rival.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/macros.h"

enum { RIVAL_ADDRESSES = 60 };

/* What was heard. */
enum rival_sight {
	RIVAL_NOTHING,
	RIVAL_HAS,	/* ARP of one that has the address, or its neighbour advertisement */
	RIVAL_ASKS,	/* a probe of one that is about to take it, as RFC 5227 and RFC 4862 ask */
};

/*
 * A packet socket on `ifindex` that hears who else has one of `addresses`, all
 * of one family (at most RIVAL_ADDRESSES, more are not watched), and with
 * `probes` who asks for it. The descriptor (non-blocking), or negative errno.
 */
int rival_open(unsigned ifindex, const struct ip *addresses, unsigned count,
	       bool probes) MUST_CHECK;

/*
 * Asks who has `ip`; `mac` is the interface's, and `source` (IPv6 only) an
 * address of ours. What cannot be sent is as if lost.
 */
void rival_probe(int fd, unsigned ifindex, const uint8_t mac[6], const struct ip *source,
		 const struct ip *ip);

/* Reads one frame that waits, of whom and about which address; NOTHING when there is none. */
enum rival_sight rival_read(int fd, uint8_t ret_mac[6], struct ip *ret_ip);
