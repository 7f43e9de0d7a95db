/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent.h - the parent process: opens what needs privileges, starts
 * the others, starts again whichever dies, and ends them in order.
 */
#pragma once

#include "base/strbuf.h"
#include "daemon/options.h"
#include "diag/report.h"
#include "proxy/conf.h"
#include "vrrp/conf.h"

struct parent;

/*
 * Opens what the configurations need: listeners, limits, users, the shared
 * page. Either may be NULL, not both; `proxy_conf` is taken, `vrrp_conf` borrowed.
 * What cannot be had is in `report`; NULL after an error, with `proxy_conf` the caller's still.
 */
struct parent *parent_open(const struct options *options, struct proxy_conf *proxy_conf,
			   const struct vrrp_conf *vrrp_conf, struct diag_report *report);

/* Takes the text of what was found at the start, for `show startup-logs`; *text is empty then. */
void parent_said(struct parent *parent, struct strbuf *text);

/*
 * Goes to the background if asked to, runs until told to stop; returns the exit
 * status: PARENT_SIGNAL and a number when it is to end by that signal.
 */
enum { PARENT_SIGNAL = 0x100 };
int parent_serve(struct parent *parent);
void parent_free(struct parent *parent); /* NULL is fine */
