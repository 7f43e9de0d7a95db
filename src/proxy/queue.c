/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/queue.c - see queue.h.
 *
 * No place is lost: who enters adds itself to `waiting` and then looks for a
 * free place, who frees a place then looks at `waiting`, both in one total
 * order. The fast path of who frees, with nobody waiting, takes no lock.
 *
 * Lists are in the order in which places are given: by set-priority-class,
 * then by when the wait began, moved by set-priority-offset. A stream's
 * transaction does not change while it waits, so that any thread may look at
 * it under the lock.
 */
#include "proxy/queue.h"

#include "proxy/server.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static struct stream *first_of(const struct wait_list *list)
{
	return list_empty(&list->waiting)
		       ? NULL
		       : container_of(list->waiting.next, struct stream_detour, waiting)->stream;
}

static int class_of(const struct stream *stream)
{
	return stream->txn != NULL ? stream->txn->priority_class : 0;
}

static int64_t turn_of(const struct stream *stream)
{
	int64_t offset_ms = stream->txn != NULL ? stream->txn->priority_offset : 0;

	return (int64_t)stream->wait_began.us + offset_ms * 1000;
}

/* Who has waited as long as another stays behind it. */
static bool comes_before(const struct stream *stream, const struct stream *other)
{
	if (class_of(stream) != class_of(other))
		return class_of(stream) < class_of(other);
	return turn_of(stream) < turn_of(other);
}

/* Behind all whose turn is before its own: without priorities the last place. */
static struct list *place_for(struct wait_list *list, const struct stream *stream)
{
	struct list *at = list->waiting.prev;

	while (at != &list->waiting &&
	       comes_before(stream, container_of(at, struct stream_detour, waiting)->stream))
		at = at->prev;
	return at->next;
}

static void append(struct wait_list *list, struct stream *stream)
{
	list_append(place_for(list, stream), &stream->detour->waiting);
	stream->in_queue = true;

	uint32_t len = atomic_fetch_add(&list->len, 1) + 1;
	if (len > atomic_load_explicit(&list->max_len, memory_order_relaxed))
		atomic_store_explicit(&list->max_len, len, memory_order_relaxed);
	atomic_fetch_add(&stream->backend->waiting, 1);
	if (stream->queued_on_server)
		atomic_fetch_add(&stream->target->lb.queued, 1);
}

static void take_out(struct stream *stream)
{
	struct wait_list *list = stream->queued_on_server ? &stream->target->queue
							  : &stream->backend->queue;

	list_remove(&stream->detour->waiting);
	stream->in_queue = false;
	atomic_fetch_sub(&list->len, 1);
	atomic_fetch_sub(&stream->backend->waiting, 1);
	if (stream->queued_on_server)
		atomic_fetch_sub(&stream->target->lb.queued, 1);
}

/* The first of those that may have a place on `server`: while it drains, who must go there. */
static struct stream *next_for(const struct server *server)
{
	struct stream *own = first_of(&server->queue);
	struct stream *any = atomic_load(&server->lb.usable) ? first_of(&server->backend->queue)
							     : NULL;

	if (own == NULL || any == NULL)
		return own != NULL ? own : any;
	return comes_before(any, own) ? any : own;
}

/* `self` is told by the return value of queue_enter, the others by message. */
static void grant(struct stream *stream, struct server *server, const struct stream *self)
{
	take_out(stream);
	stream->target = server;
	stream->counted_active = server != NULL && lb_claim(&server->lb);
	if (stream == self)
		return;
	stream->grant_pending = true;
	loop_post(stream->worker->loop, &stream->detour->granted);
}

static void serve(struct server *server, const struct stream *self)
{
	struct stream *stream;

	if (atomic_load(&server->state) != SERVER_UP)
		return;
	while ((stream = next_for(server)) != NULL && server_take_place(server))
		grant(stream, server, self);
}

static bool queue_full(const struct server *server)
{
	return server != NULL && server->conf->maxqueue > 0 &&
	       atomic_load(&server->queue.len) >= (uint32_t)server->conf->maxqueue;
}

enum queue_result queue_enter(struct stream *stream, struct server *server)
{
	struct backend *backend = stream->backend;
	struct wait_list *list = server != NULL ? &server->queue : &backend->queue;
	enum queue_result result = QUEUE_FULL;
	uint32_t place;

	if (stream_take_detour(stream) == NULL)
		return QUEUE_FULL;
	pthread_mutex_lock(&backend->lock);
	if (!queue_full(server)) {
		stream->target = server;
		stream->queued_on_server = server != NULL;
		append(list, stream);
		place = atomic_load(&list->len);
		if (server != NULL)
			serve(server, stream);
		const struct server_set *set = backend_servers(backend);
		for (unsigned i = 0; server == NULL && i < set->count; i++)
			serve(set->at[i], stream);
		result = stream->in_queue ? QUEUE_WAITS : QUEUE_SERVED;
		if (result == QUEUE_WAITS)
			*(server != NULL ? &stream->detour->server_queue
					 : &stream->detour->backend_queue) += place;
	}
	pthread_mutex_unlock(&backend->lock);
	return result;
}

bool queue_leave(struct stream *stream)
{
	struct backend *backend = stream->backend;

	pthread_mutex_lock(&backend->lock);
	bool waited = stream->in_queue;
	if (waited)
		take_out(stream);
	pthread_mutex_unlock(&backend->lock);
	return waited;
}

void queue_serve(struct server *server)
{
	struct backend *backend = server->backend;

	if (atomic_load(&backend->waiting) == 0)
		return;
	pthread_mutex_lock(&backend->lock);
	serve(server, NULL);
	pthread_mutex_unlock(&backend->lock);
}

void queue_send_away(struct server *server)
{
	struct stream *stream;

	if (atomic_load(&server->queue.len) == 0)
		return;
	pthread_mutex_lock(&server->backend->lock);
	while ((stream = first_of(&server->queue)) != NULL)
		grant(stream, NULL, NULL);
	pthread_mutex_unlock(&server->backend->lock);
}
