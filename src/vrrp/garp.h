/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/garp.h - gratuitous ARP: tells everybody on an interface which machine
 * has an address now (RFC 5227, 1.1; the request form, as Keepalived sends it).
 */
#pragma once

#include <netinet/in.h>
#include <stdint.h>

#include "base/macros.h"

enum { GARP_FRAME = 42 };

/* A packet socket that receives nothing. The descriptor, or negative errno. */
int garp_open(void) MUST_CHECK;

/* The frame: a broadcast request whose sender and target are `ip`. */
void garp_build(const uint8_t mac[6], struct in_addr ip, uint8_t ret[GARP_FRAME]);

/* Sends one. 0 or negative errno. */
int garp_send(int fd, unsigned ifindex, const uint8_t mac[6], struct in_addr ip) MUST_CHECK;
