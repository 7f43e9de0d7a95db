/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/script_once.h - a script that is waited for: startup_script and
 * shutdown_script (man keepalived.conf). For a process that has nothing else
 * to do meanwhile and no other children.
 */
#pragma once

#include "vrrp/conf.h"
#include "vrrp/script_child.h"

/*
 * Runs it to its end; when timeout_us is over it is ended. 0, negative errno
 * if it could not be started, or 1 with what happened to it in `ret_why`.
 * SIGCHLD must be blocked, or have its default.
 */
int script_once(const struct vrrp_command *command, uint64_t timeout_us,
		char ret_why[SCRIPT_STATUS_TEXT]) MUST_CHECK;
