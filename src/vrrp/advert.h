/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/advert.h - an instance's sockets: opening, advertisements out and in. */
#pragma once

#include <stdint.h>

#include "nl/link.h"
#include "vrrp/instance.h"

/* Once, before all else: what its advertisements look like. */
void advert_init(struct vrrp_instance *instance);

/*
 * Opens the sockets, or keeps them if they are open there: `receive` is the
 * interface that advertisements come in by, `send` the one they leave by; the
 * same, or with a VMAC another one. Both NULL for unicast without an
 * interface. 0 or negative errno.
 */
int advert_open(struct vrrp_instance *instance, const struct nl_link *receive,
		const struct nl_link *send) MUST_CHECK;
void advert_close(struct vrrp_instance *instance);

/* Sends one to the group or to each peer. What cannot be sent is as if lost on the way. */
void advert_send(struct vrrp_instance *instance, uint8_t priority, uint32_t sequence);

/* Reads what has arrived and hands it to `on_advert`; refused packets are logged sparingly. */
void advert_receive(struct vrrp_instance *instance,
		    void (*on_advert)(struct vrrp_instance *instance,
				      const struct vrrp_advert *advert));
