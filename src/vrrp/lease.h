/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/lease.h - the addresses of an instance, put on as a lease: with a
 * valid lifetime of LEASE_VALID_S that the vrrp process renews. When every
 * process of relevo is gone, the kernel takes them off by itself, 3 to 4 s
 * after the last renewal.
 */
#pragma once

#include "base/clock.h"
#include "base/macros.h"
#include "nl/socket.h"
#include "vrrp/conf.h"
#include "vrrp/links.h"

enum {
	LEASE_VALID_S = 3,
	LEASE_RENEW_US = 1000 * 1000,
	LEASE_SAFE_US = 2500 * 1000, /* renewed so recently, it is certainly still on */
};

/*
 * Puts every address on, or renews it. Goes on after a failure, and returns
 * the first one's negative errno with its address in *ret_failed; else 0.
 */
int lease_take(const struct vrrp_instance_conf *conf, struct nl_socket *nl,
	       const struct links *links, const struct vrrp_address_conf **ret_failed) MUST_CHECK;

/* Takes every address off. Returns as lease_take. */
int lease_drop(const struct vrrp_instance_conf *conf, struct nl_socket *nl,
	       const struct links *links, const struct vrrp_address_conf **ret_failed) MUST_CHECK;

/* Whether an address of the configuration is on the machine now. */
bool lease_is_on(const struct vrrp_instance_conf *conf, const struct links *links);

/* The interface that an address belongs on; NULL if there is none of that name. */
const struct nl_link *lease_link(const struct vrrp_instance_conf *conf,
				 const struct vrrp_address_conf *address,
				 const struct links *links);
