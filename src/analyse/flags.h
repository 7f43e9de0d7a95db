/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/flags.h - the words of `relevo log`: halog's, and files. */
#pragma once

#include <stdio.h>

#include "analyse/filter.h"
#include "base/doc.h"

struct analyse_output;

/* halog counts the words of a prefix from here, so that 1 is what syslog servers write. */
enum { SKIP_NONE = -4 };

struct analyse_flags {
	const struct analyse_output *output;
	struct filter filter;
	bool quiet, help, query;	/* query: URLs keep it */
	int64_t limit;			/* 0: none */
	int64_t skip;			/* words before the line, from SKIP_NONE */
	int64_t block, field;		/* -hdr */
	int64_t gap_ms, gap_count;	/* -ad, -ac */
	char **files;			/* borrowed from argv; none: standard input */
	int file_count;
};

/*
 * Fills *ret; argv[0] is passed over and files are moved to the
 * front. 0, or -EINVAL after a message.
 */
int analyse_flags_parse(int argc, char **argv, struct analyse_flags *ret);

/* The doc of the index-th flag; NULL after the last. */
const struct doc *analyse_flags_doc(unsigned index);

void analyse_flags_help(FILE *out);

/* The same as a section of the reference. */
void analyse_flags_reference(FILE *out);
