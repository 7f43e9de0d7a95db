/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/firewall.h - packet filter rules for instances.
 *
 * no_accept (RFC 5798 chapter 6.1, Accept_Mode): what is sent to a virtual
 * address, or from it, is dropped, unless the instance owns it (priority 255);
 * neighbour discovery goes on. The rules stand whatever the state: a backup
 * does not have the address, and a packet it forwards does not come by them.
 *
 * VMACs: a backup's VMAC tells no multicast groups and solicits no routers, or
 * switches would look for the virtual MAC there. Groups are told by the
 * interface below.
 */
#pragma once

#include "base/strbuf.h"
#include "vrrp/conf.h"
#include "vrrp/links.h"

/* Whether the configuration needs rules at all. */
bool firewall_is_wanted(const struct vrrp_conf *conf);

/* Appends the commands that replace our tables by what is to hold for these links. */
void firewall_write(const struct vrrp_conf *conf, const struct links *links, struct strbuf *out);
