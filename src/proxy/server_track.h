/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_track.h - `track`: servers that go up, down and into maintenance
 * with another one, and have no checks of their own (configuration manual 5.2).
 */
#pragma once

#include "proxy/proxy.h"

struct conf_parse;
struct section;
struct worker;

/* Finds the tracked servers of the section; reports those that cannot be tracked. */
void server_track_resolve(struct conf_parse *parse, struct section *section);

/* Joins servers to those that they track, once all are made. */
void server_track_join(struct proxy *proxy);

/* One that was added at run time tracks another from now on, or no more. Main thread. */
void server_track_begin(struct server *server);
void server_track_end(struct server *server);

/* In maintenance it did not follow; soon it does again. No-op if it tracks none. */
void server_track_again(struct server *server);

/* `server` has changed: those that track it follow, each in the thread it is at home. */
void server_track_tell(struct server *server);
