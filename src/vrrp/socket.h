/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/socket.h - the raw sockets of an instance, of either family: bound to
 * an interface and the protocol, with a filter for the virtual_router_id in
 * the kernel, so that other routers' advertisements do not wake the process.
 *
 * An instance whose advertisements leave through another interface than they
 * come in by (a VMAC) opens two: one that receives, and one that does not.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/ip.h"
#include "base/macros.h"
#include "vrrp/packet.h"

struct vrrp_socket_conf {
	const struct vrrp_form *form;
	const char *device;	/* an interface or VRF; NULL: whatever the route says (unicast) */
	unsigned ifindex;	/* of the interface; 0: none */
	bool receives;		/* false: nothing is ever queued */
	bool all_vrids;		/* no filter: every router's advertisements come in */
	unsigned receive_buffer; /* bytes; 0: the system's */
};

/* The descriptor (non-blocking), or negative errno. */
int vrrp_socket_open(const struct vrrp_socket_conf *conf) MUST_CHECK;

/*
 * The source that the kernel would choose for packets to `to`, by `device`
 * (a VRF; "": by any). 0 or negative errno.
 */
int vrrp_socket_route(const struct ip *to, const char *device, struct ip *ret) MUST_CHECK;

/*
 * Sends a packet as vrrp_packet_build made it. With IPv6 through `ifindex`,
 * whether that has the source or not; 0: as the route says. 0 or negative errno.
 */
int vrrp_socket_send(int fd, unsigned ifindex, const struct ip *source,
		     const struct ip *destination, const uint8_t *bytes, size_t len) MUST_CHECK;

/*
 * Reads one packet into `buffer` and says in *ret what it is; wall_us is left
 * to the caller. False when none waits. What is longer than `size` is cut to it.
 */
bool vrrp_socket_receive(int fd, uint8_t *buffer, size_t size, struct vrrp_packet *ret);
