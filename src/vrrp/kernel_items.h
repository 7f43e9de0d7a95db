/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/kernel_items.h - addresses, routes and rules of the configuration put
 * into the kernel, for instances (lease.c) and static ones (statics.c).
 */
#pragma once

#include "nl/monitor.h"
#include "vrrp/conf.h"
#include "vrrp/links.h"
#include "vrrp/route_conf.h"

enum { KERNEL_ITEM_TEXT = 96 };

/* The name of an address's interface; `fallback` is the instance's, or NULL. */
const char *item_interface(const struct vrrp_address_conf *address, const char *fallback);

/* As nl/ takes it, valid for `valid_s` (0: ever), put on `age_s` ago. -ENODEV: no interface. */
int item_address(const struct vrrp_address_conf *from, const char *fallback,
		 const struct links *links, uint32_t valid_s, uint64_t age_s,
		 struct nl_address *ret) MUST_CHECK;

/* Adds or removes. 0 or negative errno: -ENODEV: an interface is missing. */
int item_route(const struct vrrp_route_conf *from, struct nl_socket *nl, const struct links *links,
	       int (*change)(struct nl_socket *nl, const struct nl_route *route)) MUST_CHECK;

/* Whether the kernel told that this is gone. */
bool item_address_gone(const struct vrrp_address_conf *address, const char *fallback,
		       const struct nl_event *event, const struct links *links);
bool item_route_gone(const struct vrrp_route_conf *route, const struct nl_event *event,
		     const struct links *links);
bool item_rule_gone(const struct vrrp_rule_conf *rule, const struct nl_event *event);

/* What it is called in messages. */
void item_address_text(const struct vrrp_address_conf *address, char ret[KERNEL_ITEM_TEXT]);
void item_route_text(const struct vrrp_route_conf *route, char ret[KERNEL_ITEM_TEXT]);
void item_rule_text(const struct vrrp_rule_conf *rule, char ret[KERNEL_ITEM_TEXT]);
