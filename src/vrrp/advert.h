/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/advert.h - an instance's socket: opening, advertisements out and in. */
#pragma once

#include <stdint.h>

#include "vrrp/instance.h"

/* Opens the socket on `ifindex`, or keeps it if it is open there. 0 or negative errno. */
int advert_open(struct vrrp_instance *instance, unsigned ifindex) MUST_CHECK;
void advert_close(struct vrrp_instance *instance);

/* Sends one to the group or to each peer. What cannot be sent is as if lost on the way. */
void advert_send(struct vrrp_instance *instance, uint8_t priority, uint32_t sequence);

/* Reads what has arrived and hands it to `on_advert`; refused packets are logged sparingly. */
void advert_receive(struct vrrp_instance *instance,
		    void (*on_advert)(struct vrrp_instance *instance,
				      const struct vrrp_advert *advert));
