/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/differ.h - `relevo diff`: what a reload of haproxy.cfg and
 * keepalived.conf would change, for people. Lines are compared as they were
 * read: without comments, quotes and layout, with variables in place. Files
 * that they name are not looked into.
 */
#pragma once

#include "base/strbuf.h"
#include "proxy/conf.h"
#include "vrrp/conf.h"

/* Appends lines to `text`; false, and none, when nothing would change. */
bool differ_proxy(const struct proxy_conf *now, const struct proxy_conf *next, struct strbuf *text);
bool differ_vrrp(const struct vrrp_conf *now, const struct vrrp_conf *next, struct strbuf *text);
