/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/main.c - `sim --seeds N [--first K]`: that many seeds, and figures;
 * `sim --seed N`: one, with a trace of every event. Exits 1 if one fails,
 * having named it; --keep-going names all of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

struct options {
	uint64_t first, count;
	bool trace, keep_going;
};

static int usage(void)
{
	fputs("usage: sim [--seeds N] [--first K] [--keep-going] | --seed N\n", stderr);
	return 2;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--keep-going") == 0) {
			ret->keep_going = true;
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
			*ret = (struct options){ .first = number, .count = 1, .trace = true };
		} else {
			return false;
		}
		i++;
	}
	return true;
}

static void print_figures(const struct scenario_figures *figures, double seconds)
{
	printf("%lu seeds in %.1f s: %.0f seeds per second, %.0f moments a seed; %lu contests, %lu gaps, "
	       "%lu hand-overs, %lu fail-overs; the longest contest took %.0f %% of what is allowed, the longest gap "
	       "%.0f %%\n",
	       (unsigned long)figures->seeds, seconds, (double)figures->seeds / seconds,
	       (double)figures->events / (double)figures->seeds, (unsigned long)figures->contests,
	       (unsigned long)figures->gaps, (unsigned long)figures->hand_overs, (unsigned long)figures->fail_overs,
	       100 * figures->worst_pair, 100 * figures->worst_gap);
}

int main(int argc, char **argv)
{
	struct options options = { .first = 1, .count = 20000 };
	struct scenario_figures figures = { 0 };
	struct world *world = malloc(sizeof(*world));
	struct moment start = moment_now();
	uint64_t failed = 0;

	if (world == NULL || !read_options(argc, argv, &options))
		return usage();
	for (uint64_t i = 0; i < options.count && (failed == 0 || options.keep_going); i++) {
		if (scenario_run(world, options.first + i, options.trace ? stdout : NULL, &figures))
			continue;
		failed++;
		printf("seed %lu: %s (make sim SEED=%lu)\n", (unsigned long)world->seed,
		       world->failure, (unsigned long)world->seed);
	}
	print_figures(&figures, (double)moment_since(start, moment_now()) / 1e6);
	free(world);
	return failed != 0;
}
