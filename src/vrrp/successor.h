/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/successor.h - what a vrrp process that was started with another
 * configuration (a reload) takes over from the one before it, and what it
 * removes: instances and addresses that the new file does not have.
 */
#pragma once

struct vrrp_process;

/*
 * Once everything is open, before the instances start. Does
 * nothing without a configuration before.
 */
void successor_clean(struct vrrp_process *process);
