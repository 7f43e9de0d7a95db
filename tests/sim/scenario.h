/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/scenario.h - a seed from its beginning to its end: nodes start, perhaps
 * one hands over or loses its power while nothing is wrong, one to six faults strike, everything
 * heals, and what must then be is checked.
 */
#pragma once

#include "world.h"

/* What many seeds have seen, for the figures. */
struct scenario_figures {
	uint64_t seeds, events, contests, gaps, hand_overs, fail_overs;
	uint64_t groups, group_contests;
	double worst_pair, worst_gap; /* as parts of what is allowed */
};

/* False: it failed, and world->failure says how. `trace` may be NULL. */
bool scenario_run(struct world *world, uint64_t seed, FILE *trace,
		  struct scenario_figures *figures);
