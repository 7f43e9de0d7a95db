/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/suggest.c - the word the user may have meant.
 *
 * Damerau-Levenshtein in its "optimal string alignment" form, over three rows
 * of a table, case-insensitive. Runs only when something is wrong already.
 */
#include <ctype.h>
#include <string.h>

#include "diag/report.h"

enum { LONGEST = 64 }; /* longer words are no typing errors of a keyword */

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edits between a[0..i-1] and b[0..j-1], from the rows of one and two letters of `a` less. */
static unsigned suggest_cell(const char *a, unsigned i, const char *b, unsigned j,
			     const unsigned *row, const unsigned *above, const unsigned *two_above)
{
	unsigned edits = smaller(row[j - 1], above[j]) + 1;

	edits = smaller(edits, above[j - 1] + !same(a[i - 1], b[j - 1]));
	if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
		edits = smaller(edits, two_above[j - 2] + 1);
	return edits;
}

static unsigned suggest_distance(const char *a, unsigned a_len, const char *b, unsigned b_len)
{
	unsigned rows[3][LONGEST + 1];

	for (unsigned j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++)
			row[j] = suggest_cell(a, i, b, j, row, above, rows[(i + 1) % 3]);
	}
	return rows[a_len % 3][b_len];
}

const char *diag_closest(const char *word, const char *const *candidates)
{
	size_t len = strlen(word);
	const char *best = NULL;
	unsigned best_distance = (unsigned)(len / 3) + 1; /* the first that is too far */

	if (len > LONGEST)
		return NULL;
	for (; *candidates != NULL; candidates++) {
		size_t candidate_len = strlen(*candidates);

		if (candidate_len > LONGEST)
			continue;
		unsigned distance = suggest_distance(word, (unsigned)len, *candidates,
						     (unsigned)candidate_len);
		if (distance < best_distance) {
			best_distance = distance;
			best = *candidates;
		}
	}
	return best;
}
