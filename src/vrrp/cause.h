/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/cause.h - why an instance made a transition, for people. */
#pragma once

#include "vrrp/instance.h"

/* Writes the cause of what `event` did into `ret`. */
void cause_text(const struct vrrp_instance *instance, enum machine_event event,
		char ret[INSTANCE_CAUSE]);
