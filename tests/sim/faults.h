/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/faults.h - what befalls nodes and network, by the seed's dice: one-way
 * and two-way cuts, cuts of the advertisements alone, loss, duplicates,
 * freezes, pauses, crashes, power failures, faults, maintenance, clock jumps,
 * hand-over.
 */
#pragma once

#include "world.h"

/* One of them. */
void faults_strike(struct world *world);
/* The end of all of them. */
void faults_heal(struct world *world);
/* Tells a master to hand over; false: there is none that could. */
bool faults_hand_over(struct world *world, unsigned *ret_by);
