/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/operator.h - what the operator asks of the running vrrp process, by
 * way of the page: `relevo handover`, `relevo maintenance on|off`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct vrrp_process;

enum { OPERATOR_POLL_US = 50 * 1000 };

struct operator {
	char instance[64];	/* the command's: a copy, since the page may change */
	bool busy;		/* with command number `asked` of the page */
	bool maintenance;	/* once everything is handed over */
	uint64_t number;
};

/* Begins a command that waits, and answers one that has come to its end. */
void operator_tick(struct vrrp_process *process, struct moment now);
