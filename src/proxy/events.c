/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/events.c - see events.h. A ring of bytes: heads, each with its text behind it. */
#include "proxy/events.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct event_head {
	uint64_t wall_us;
	size_t len;
};

struct events {
	pthread_mutex_t lock;
	size_t start, used;
	char bytes[EVENTS_SIZE];
};

struct events *events_new(void)
{
	struct events *events = calloc(1, sizeof(*events)); /* pages are there once written to */

	if (events != NULL)
		pthread_mutex_init(&events->lock, NULL);
	return events;
}

void events_free(struct events *events)
{
	if (events == NULL)
		return;
	pthread_mutex_destroy(&events->lock);
	free(events);
}

static void events_read(const struct events *events, size_t at, void *to, size_t len)
{
	size_t first = EVENTS_SIZE - at < len ? EVENTS_SIZE - at : len;

	memcpy(to, events->bytes + at, first);
	memcpy((char *)to + first, events->bytes, len - first);
}

static void events_put(struct events *events, const void *from, size_t len)
{
	size_t at = (events->start + events->used) % EVENTS_SIZE;
	size_t first = EVENTS_SIZE - at < len ? EVENTS_SIZE - at : len;

	memcpy(events->bytes + at, from, first);
	memcpy(events->bytes, (const char *)from + first, len - first);
	events->used += len;
}

static void events_drop(struct events *events)
{
	struct event_head head;

	events_read(events, events->start, &head, sizeof(head));
	events->start = (events->start + sizeof(head) + head.len) % EVENTS_SIZE;
	events->used -= sizeof(head) + head.len;
}

void events_add(struct events *events, uint64_t wall_us, struct slice text)
{
	struct event_head head = { wall_us, text.len < EVENTS_TEXT_MAX ? text.len
								       : EVENTS_TEXT_MAX };

	pthread_mutex_lock(&events->lock);
	while (EVENTS_SIZE - events->used < sizeof(head) + head.len)
		events_drop(events);
	events_put(events, &head, sizeof(head));
	if (head.len != 0)
		events_put(events, text.at, head.len);
	pthread_mutex_unlock(&events->lock);
}

struct slice events_copy(struct events *events)
{
	char *bytes = malloc(EVENTS_SIZE);
	size_t used = 0;

	if (bytes == NULL)
		return (struct slice){ NULL, 0 };
	pthread_mutex_lock(&events->lock);
	used = events->used;
	events_read(events, events->start, bytes, used);
	pthread_mutex_unlock(&events->lock);
	return (struct slice){ bytes, used };
}

bool events_take(struct slice *copy, uint64_t *ret_wall_us, struct slice *ret_text)
{
	struct event_head head;

	if (copy->len < sizeof(head))
		return false;
	memcpy(&head, copy->at, sizeof(head));
	*copy = slice_skip(*copy, sizeof(head));
	*ret_wall_us = head.wall_us;
	*ret_text = (struct slice){ copy->at, head.len };
	*copy = slice_skip(*copy, head.len);
	return true;
}
