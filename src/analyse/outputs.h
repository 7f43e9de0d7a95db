/* SPDX-License-Identifier: Apache-2.0 */
/* analyse/outputs.h - every output of `relevo log`; flags.c says which flag asks for which. */
#pragma once

#include "analyse/run.h"

extern const struct analyse_output output_summary;	/* summary.c */

extern const struct analyse_output output_lines;	/* tables.c */
extern const struct analyse_output output_count;
extern const struct analyse_output output_captures;
extern const struct analyse_output output_statuses;
extern const struct analyse_output output_terminations;
extern const struct analyse_output output_cookies;
extern const struct analyse_output output_servers;
extern const struct analyse_output output_clients;

extern const struct analyse_output output_urls;		/* urls.c */
extern const struct analyse_output output_urls_count;
extern const struct analyse_output output_urls_errors;
extern const struct analyse_output output_urls_average;
extern const struct analyse_output output_urls_total;
extern const struct analyse_output output_urls_good_average;
extern const struct analyse_output output_urls_good_total;
extern const struct analyse_output output_urls_bytes_average;
extern const struct analyse_output output_urls_bytes;

extern const struct analyse_output output_percentiles;	/* times.c */
extern const struct analyse_output output_graph;
extern const struct analyse_output output_accepts;

/* Counts a request in a row whose time is `time`, or for errors (below 0) the whole one. */
void urls_count(struct tally_row *row, const struct analyse_line *line, int32_t time);

/* The columns of URLs and of clients. */
void urls_print(struct analyse_run *run, struct tally *tally);

/* Without its query and parameters, unless the flags keep them. */
struct slice urls_name(const struct analyse_run *run, const struct analyse_line *line);

/* Counts a request or session in the row of its server. */
void servers_count(struct tally_row *row, const struct analyse_line *line);
