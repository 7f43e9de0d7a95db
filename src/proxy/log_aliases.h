/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_aliases.h - the %aliases of log-format strings (configuration
 * manual 8.2.6), which read the stream of their context. In tables by
 * subject, each ending in .doc.name NULL.
 */
#pragma once

#include "expr/format.h"
#include "proxy/timers.h"

struct stream;
struct worker;

extern const struct format_alias proxy_log_aliases[];		/* names, addresses, counts */
extern const struct format_alias proxy_log_aliases_time[];	/* dates and timers */
extern const struct format_alias proxy_log_aliases_http[];	/* what was asked, captures */

/* All of them, for struct expr_language; ends in NULL. */
extern const struct format_alias *const proxy_log_alias_tables[];

/* The moments that timers are made of. */
void stream_timers(struct stream *stream, struct timers *ret);
/* When the session began; of a later request on it: when it could have come. */
struct moment stream_accept_moment(const struct stream *stream);
/* The first byte of the request, or when it could have come. */
struct moment stream_request_moment(const struct stream *stream);

/* The number of the request or session, from 0: given when it is first asked for (%rt, req.counter). */
uint32_t stream_number(struct stream *stream);

/* Shared by the tables. */
#define LOG_ALIAS_DOC(word, what)                                                                  \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = "log-format %" word }

/* The number, with FORMAT_HEX as at least `width` digits. */
void log_alias_number(unsigned flags, unsigned width, uint64_t number, struct out *out);
