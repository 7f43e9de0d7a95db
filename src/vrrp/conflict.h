/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/conflict.h - an instance's eye for rivals (vrrp/rival.h).
 *
 * The address is announced again when a rival appears, and when it has gone;
 * not while it stays: two masters that cannot hear each other's VRRP would
 * else take the address from each other without end.
 *
 * A machine that probes for an address of ours, to take it if it is free, is
 * answered by the kernel and logged; not at once, for a peer that becomes
 * MASTER asks the same right before the advertisement that says so.
 *
 * It is the instance's interface that is watched and asked by, with a VMAC,
 * too: both machines have its MAC, so that answers to it would be lost.
 */
#pragma once

#include "base/clock.h"
#include "vrrp/instance.h"

/* Watches the instance's interface. Best effort: without it elections work as Keepalived's. */
void conflict_open(struct vrrp_instance *instance);
void conflict_close(struct vrrp_instance *instance);

/* Right before each advertisement of a MASTER. */
void conflict_probe(struct vrrp_instance *instance);
