/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/line.h - one line of a log file, taken apart.
 *
 * The lines are those that mode tcp and mode http write (configuration
 * manual 8.2.2, 8.2.3, 8.2.5 and the CLF forms of both), after a syslog prefix
 * of any form or none: the date in brackets is what a line is known by. All
 * slices borrow from the line, or from the struct itself (`joined`), so the
 * struct is not copied.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum analyse_line_kind {
	LINE_OTHER,	/* no line of traffic: a server's state, another program's */
	LINE_BROKEN,	/* begins like one and ends too early */
	LINE_REFUSED,	/* a connection that came to no request; `reason` says why */
	LINE_TCP,
	LINE_HTTP,
};

enum { LINE_JOINED = 256 };

struct analyse_line {
	enum analyse_line_kind kind;
	bool clf;
	struct slice source;		/* the client's address without its port */
	struct slice date;		/* "06/Feb/2009:12:12:51.443"; CLF has a zone for the .ms */
	struct slice frontend;		/* without '~' */
	struct slice server;		/* "backend/server" */
	int32_t request, queue, connect, response, total; /* ms; -1: never came to it */
	int32_t status;			/* 0 in mode tcp; -1: none was sent */
	uint64_t bytes;
	char termination[4];		/* mode tcp: the two last are '-' */
	uint32_t retries, server_queue, backend_queue;
	struct slice captures;		/* "{a|b} {c}"; empty in CLF */
	struct slice url;		/* with its query; <BADREQ> keeps its quotes */
	struct slice reason;
	char joined[LINE_JOINED];
};

/* Takes `text`, a line without its end, apart. `skip` fields are passed over unread first. */
void analyse_line_parse(struct slice text, unsigned skip, struct analyse_line *ret);

/* Of the date, as if it were UTC: seconds since 1970, milliseconds since midnight. */
int64_t analyse_line_seconds(const struct analyse_line *line);
uint32_t analyse_line_day_ms(const struct analyse_line *line);

/* The field of the captured headers' block, both from 1; empty when there is none. */
struct slice analyse_line_capture(const struct analyse_line *line, unsigned block, unsigned field);

/* Neither of mode tcp, nor refused: it has a status, a URL and five timers. */
static inline bool analyse_line_is_http(const struct analyse_line *line)
{
	return line->kind == LINE_HTTP;
}

/* A request or a session. */
static inline bool analyse_line_is_traffic(const struct analyse_line *line)
{
	return line->kind >= LINE_TCP;
}
