/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/curve.h - the curves of a frontend or backend as inline SVG: requests,
 * errors, latency percentiles and sessions of the last five minutes.
 *
 * A path's coordinates are the values themselves (x: seconds, y: minus the
 * value, the view box does the scaling), so that page.js can read them back
 * and go on from there without being sent them twice. Pure.
 */
#pragma once

#include "admin/history.h"
#include "base/strbuf.h"

/*
 * The four figures; `id` is that of the section. With a `side` ("backend") they
 * have it as their title; neither needs escaping.
 */
enum { STATS_CURVES_NO_ID = -1 };
void stats_curves(const struct history_series *series, int id, const char *side,
		  struct strbuf *html);

/* The same requests once more, small: refers to the figure of stats_curves. */
void stats_curve_small(const struct history_series *series, int id, struct strbuf *html);

/* "480 us", "12 ms", "3.4 s", with narrow spaces. */
void stats_latency(struct strbuf *html, uint32_t us);

/* The end of the axis: 1, 2 or 5 times a power of ten that is not below `most`. */
uint32_t stats_curve_scale(uint32_t most);
