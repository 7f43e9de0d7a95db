/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/main.c - `sim --seeds N [--first K]`: that many seeds, and figures;
 * `sim --seed N`: one, with a trace of every event. Exits 1 if one fails,
 * having named it; --keep-going names all of them. Each fourth seed is that of
 * sync groups, too (sim/groups.h); with --groups each seed is of those alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "scenario.h"

struct options {
	uint64_t first, count;
	bool trace, keep_going, groups;
};

static int usage(void)
{
	fputs("usage: sim [--seeds N] [--first K] [--keep-going] [--groups] | "
	      "--seed N [--groups]\n",
	      stderr);
	return 2;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--keep-going") == 0) {
			ret->keep_going = true;
			continue;
		}
		if (strcmp(argv[i], "--groups") == 0) {
			ret->groups = true;
			continue;
		}
		if (i + 1 == argc)
			return false;
		uint64_t number = strtoull(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--seeds") == 0) {
			ret->count = number;
		} else if (strcmp(argv[i], "--first") == 0) {
			ret->first = number;
		} else if (strcmp(argv[i], "--seed") == 0) {
			ret->first = number;
			ret->count = 1;
			ret->trace = true;
		} else {
			return false;
		}
		i++;
	}
	return true;
}

static void print_figures(const struct scenario_figures *figures, double seconds)
{
	if (figures->groups != 0)
		printf("%lu seeds of sync groups, with contests in %lu networks\n",
		       (unsigned long)figures->groups, (unsigned long)figures->group_contests);
	if (figures->seeds == 0)
		return;
	printf("%lu seeds in %.1f s: %.0f seeds per second, %.0f moments a seed; %lu contests, %lu "
	       "gaps, %lu hand-overs, %lu fail-overs; the longest contest took %.0f %% of what is "
	       "allowed, the longest gap %.0f %%\n",
	       (unsigned long)figures->seeds, seconds, (double)figures->seeds / seconds,
	       (double)figures->events / (double)figures->seeds, (unsigned long)figures->contests,
	       (unsigned long)figures->gaps, (unsigned long)figures->hand_overs,
	       (unsigned long)figures->fail_overs,
	       100 * figures->worst_pair, 100 * figures->worst_gap);
}

static bool run_groups(struct groups *groups, uint64_t seed, FILE *trace,
		       struct scenario_figures *figures)
{
	const char *failure = "";

	if (groups_run(groups, seed, trace, figures, &failure))
		return true;
	printf("seed %lu of groups: %s (make sim GROUPS=1 SEED=%lu)\n", (unsigned long)seed,
	       failure, (unsigned long)seed);
	return false;
}

static bool run_seed(struct world *world, uint64_t seed, FILE *trace,
		     struct scenario_figures *figures)
{
	if (scenario_run(world, seed, trace, figures))
		return true;
	printf("seed %lu: %s (make sim SEED=%lu)\n", (unsigned long)seed, world->failure,
	       (unsigned long)seed);
	return false;
}

int main(int argc, char **argv)
{
	struct options options = { .first = 1, .count = 20000 };
	struct scenario_figures figures = { 0 };
	struct groups *groups = malloc(sizeof(*groups));
	struct moment start = moment_now();
	uint64_t failed = 0;

	if (groups == NULL || !read_options(argc, argv, &options))
		return usage();
	for (uint64_t i = 0; i < options.count && (failed == 0 || options.keep_going); i++) {
		uint64_t seed = options.first + i;
		FILE *trace = options.trace ? stdout : NULL;

		if (!options.groups)
			failed += !run_seed(&groups->world[0], seed, trace, &figures);
		if (options.groups || (!options.trace && seed % 4 == 0))
			failed += !run_groups(groups, seed, trace, &figures);
	}
	print_figures(&figures, (double)moment_since(start, moment_now()) / 1e6);
	free(groups);
	return failed != 0;
}
