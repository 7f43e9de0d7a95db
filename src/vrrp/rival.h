/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/rival.h - does another machine have our address? Asked by ARP, because
 * a Keepalived that loses an election yields without a word: its winner must
 * know of it to announce the address again.
 *
 * A MASTER sends an ARP probe (RFC 5227, 2.1.1) right before each of its
 * advertisements. The kernel of a rival answers it at once, before any
 * daemon there has read the advertisement.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

enum { RIVAL_ADDRESSES = 60, RIVAL_ARP = 28 };

/*
 * A packet socket on `ifindex` that hears ARP whose sender is one of
 * `addresses` (at most RIVAL_ADDRESSES, more are not watched). The
 * descriptor (non-blocking), or negative errno.
 */
int rival_open(unsigned ifindex, const struct in_addr *addresses, unsigned count) MUST_CHECK;

/* Asks who has `ip`. What cannot be sent is as if lost. */
void rival_probe(int fd, unsigned ifindex, const uint8_t mac[6], struct in_addr ip);

/* Reads one frame that waits: false when there is none; true with its sender otherwise. */
bool rival_read(int fd, uint8_t ret_mac[6], struct in_addr *ret_ip);
