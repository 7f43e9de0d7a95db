/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/tell.h - who hears of what: one log line and one event on the page for
 * each transition, with its cause; notify scripts; mail.
 */
#pragma once

#include "base/macros.h"
#include "base/page.h"
#include "diag/log.h"

struct vrrp_group;
struct vrrp_instance;

enum { TELL_LINE = 320 };

/* One line "(NAME) ..." on the log and as an event on the page. */
void tell(struct vrrp_instance *instance, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* The instance is in `state` now. */
void tell_entered(struct vrrp_instance *instance, enum page_vrrp_state state, const char *cause);

/* All instances of a sync group are in `state` now. */
void tell_group(struct vrrp_group *group, enum page_vrrp_state state);

/* Its priority is another one now: for FIFOs, where they are to be told. */
void tell_priority(struct vrrp_instance *instance);

/* As MASTER it has heard an advertisement of lower priority. */
void tell_rx_lower(struct vrrp_instance *instance);
