/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/socket.h - the raw socket of one instance: bound to its interface and
 * protocol, with a filter for its virtual_router_id in the kernel, so that
 * other routers' advertisements do not wake the process.
 */
#pragma once

#include <netinet/in.h>

#include "base/macros.h"
#include "vrrp/conf.h"

/* The descriptor (non-blocking), or negative errno. Packets go in and out with IP header. */
int vrrp_socket_open(const struct vrrp_instance_conf *conf, struct in_addr group,
		     unsigned ifindex) MUST_CHECK;
