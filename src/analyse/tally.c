/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/tally.c - see tally.h: open addressing over row numbers, at most half full. */
#include "analyse/tally.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/macros.h"

enum { SLOTS_FIRST = 1024, TIMES_PRECISION = 8 };

void tally_init(struct tally *tally)
{
	*tally = (struct tally){
		.memory = arena_new(),
		.slots = calloc(SLOTS_FIRST, sizeof(*tally->slots)),
		.mask = SLOTS_FIRST - 1,
	};
	ASSERT(tally->slots != NULL);
}

void tally_free(struct tally *tally)
{
	for (size_t i = 0; i < tally->count; i++)
		histogram_free(&tally->rows[i]->times);
	free(tally->rows);
	free(tally->slots);
	arena_free(tally->memory);
	*tally = (struct tally){ 0 };
}

/* The slot of that name, or the free one where it belongs. */
static uint32_t *find_slot(const struct tally *tally, struct slice name)
{
	size_t at = (size_t)hash_xxh3(name.at, name.len, 0) & tally->mask;

	while (tally->slots[at] != 0 &&
	       !slice_equal(tally->rows[tally->slots[at] - 1]->name, name))
		at = (at + 1) & tally->mask;
	return &tally->slots[at];
}

static void grow_slots(struct tally *tally)
{
	free(tally->slots);
	tally->mask = 2 * (tally->mask + 1) - 1;
	tally->slots = calloc(tally->mask + 1, sizeof(*tally->slots));
	ASSERT(tally->slots != NULL);
	for (size_t i = 0; i < tally->count; i++)
		*find_slot(tally, tally->rows[i]->name) = (uint32_t)i + 1;
}

static struct tally_row *add_row(struct tally *tally, struct slice name)
{
	struct tally_row *row = arena_zalloc(tally->memory, sizeof(*row));

	if (tally->count == tally->room) {
		tally->room = tally->room != 0 ? 2 * tally->room : 64;
		tally->rows = realloc(tally->rows, tally->room * sizeof(*tally->rows));
		ASSERT(tally->rows != NULL);
	}
	row->name = (struct slice){ arena_strndup(tally->memory, name.len != 0 ? name.at : "",
						  name.len),
				    name.len };
	row->times.precision = TIMES_PRECISION;
	tally->rows[tally->count++] = row;
	ASSERT(tally->count < UINT32_MAX);
	return row;
}

struct tally_row *tally_row(struct tally *tally, struct slice name)
{
	uint32_t *slot = find_slot(tally, name);

	if (*slot != 0)
		return tally->rows[*slot - 1];

	struct tally_row *row = add_row(tally, name);
	*slot = (uint32_t)tally->count;
	if (2 * tally->count > tally->mask)
		grow_slots(tally);
	return row;
}

static int compare_names(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len != 0 ? memcmp(a.at, b.at, len) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static int compare_forwards(const void *a, const void *b)
{
	const struct tally_row *const *first = a, *const *second = b;

	return compare_names((*first)->name, (*second)->name);
}

static int compare_measures(const void *a, const void *b, void *measure)
{
	const struct tally_row *const *first = a, *const *second = b;
	tally_measure *of = *(tally_measure **)measure;
	uint64_t one = of != NULL ? of(*first) : 0, other = of != NULL ? of(*second) : 0;

	if (one != other)
		return one > other ? -1 : 1;
	return compare_names((*second)->name, (*first)->name);
}

void tally_sort(struct tally *tally, tally_measure *measure)
{
	if (tally->count != 0)
		qsort_r(tally->rows, tally->count, sizeof(struct tally_row *), compare_measures,
			&measure);
}

void tally_sort_names(struct tally *tally)
{
	if (tally->count != 0)
		qsort(tally->rows, tally->count, sizeof(struct tally_row *), compare_forwards);
}
