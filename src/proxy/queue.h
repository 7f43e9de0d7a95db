/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/queue.h - streams that wait for a place on a server (maxconn), across
 * threads (configuration manual "maxconn", "maxqueue", "timeout queue").
 *
 * A place that becomes free goes to the oldest waiter (of the lowest
 * set-priority-class, set-priority-offset counted) by a message to its
 * thread, with the place already taken, so that no newcomer can be faster.
 */
#pragma once

#include <stdbool.h>

struct server;
struct stream;

enum queue_result {
	QUEUE_WAITS,
	QUEUE_FULL,	/* maxqueue, or no memory */
	QUEUE_SERVED,	/* a place was free: stream->target has it, counted */
};

/*
 * Waits for `server`, or for any of the backend's when it is NULL. The owner
 * of the stream calls; its detour's `granted` is delivered later, with
 * stream->target set and counted, or NULL when a server must be chosen anew.
 */
enum queue_result queue_enter(struct stream *stream, struct server *server);

/* Stops waiting; false when the message is already on its way. */
bool queue_leave(struct stream *stream);

/* Hands out the places that `server` has. Any thread, after one was freed or it came up. */
void queue_serve(struct server *server);

/* The server is down: its waiters choose anew. Any thread. */
void queue_send_away(struct server *server);
