/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/malformed.c - see malformed.h. */
#include "proxy/malformed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/stream.h"

struct malformed_log {
	pthread_mutex_t lock;
	uint64_t total;
	unsigned sections;
	struct malformed *last[][MALFORMED_KINDS]; /* by section->index */
};

struct malformed_log *malformed_log_new(unsigned sections)
{
	struct malformed_log *log = calloc(1, sizeof(*log) + sections * sizeof(log->last[0]));

	if (log == NULL)
		return NULL;
	pthread_mutex_init(&log->lock, NULL);
	log->sections = sections;
	return log;
}

void malformed_log_free(struct malformed_log *log)
{
	if (log == NULL)
		return;
	for (unsigned i = 0; i < log->sections; i++)
		for (unsigned kind = 0; kind < MALFORMED_KINDS; kind++)
			free(log->last[i][kind]);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

/* Where the bytes that are kept begin: `at` is among them, or next to them. */
static size_t malformed_window(size_t len, size_t at, size_t most)
{
	if (len <= most || at <= most)
		return 0;
	return at - most / 2;
}

static struct malformed *malformed_new(struct stream *stream, const struct buffer *input, size_t at,
				       const char *why)
{
	const struct server_conf *server = stream->target != NULL ? stream->target->conf : NULL;
	size_t most = stream->worker->proxy->conf->global.bufsize, len = buffer_used(input);
	size_t name = server != NULL ? strlen(server->name) : 0;
	size_t from = malformed_window(len, at, most);
	struct malformed *one;

	/* A buffer may be larger than what is kept. */
	len = len - from < most ? len - from : most;
	one = malloc(sizeof(*one) + name + len);
	if (one == NULL)
		return NULL;
	*one = (struct malformed){
		.wall_us = worker_wall_us(stream->worker, worker_now(stream->worker)),
		.server_id = server != NULL ? server->id : -1,
		.src = stream->src,
		.why = why,
		.start = input->start + (uint32_t)from,
		.size = input->size,
		.at = at - from,
		.len = len,
		.server_len = name,
	};
	if (server != NULL)
		memcpy(one->text, server->name, name);
	memcpy(one->text + name, input->bytes + input->start + from, len);
	return one;
}

static void malformed_keep(struct malformed_log *log, const struct section *section,
			   enum malformed_kind kind, struct malformed *one)
{
	struct malformed *old;

	pthread_mutex_lock(&log->lock);
	one->number = log->total++;
	old = log->last[section->index][kind];
	log->last[section->index][kind] = one;
	pthread_mutex_unlock(&log->lock);
	free(old);
}

void malformed_request(struct stream *stream, const struct buffer *input, size_t at, const char *why)
{
	struct malformed *one = malformed_new(stream, input, at, why);

	if (one == NULL)
		return;
	one->other = stream->backend != NULL ? stream->backend->section : NULL;
	malformed_keep(stream->worker->proxy->malformed, stream->listener->frontend->section,
		       MALFORMED_REQUEST, one);
}

void malformed_response(struct stream *stream, const struct buffer *input, size_t at, const char *why)
{
	struct malformed *one = malformed_new(stream, input, at, why);

	if (one == NULL)
		return;
	one->other = stream->listener->frontend->section;
	malformed_keep(stream->worker->proxy->malformed, stream->backend->section,
		       MALFORMED_RESPONSE, one);
}

void malformed_body(struct stream *stream, const struct stream_end *from, const struct buffer *input,
		    size_t used)
{
	static const char why[] = "malformed chunk, or trailer";
	size_t at = used != 0 ? used - 1 : 0;

	if (from == &stream->client)
		malformed_request(stream, input, at, why);
	else
		malformed_response(stream, input, at, why);
}

void malformed_forget(struct malformed_log *log, const struct section *section)
{
	pthread_mutex_lock(&log->lock);
	for (unsigned i = 0; i < log->sections; i++)
		for (unsigned kind = 0; kind < MALFORMED_KINDS; kind++) {
			struct malformed **one = &log->last[i][kind];

			if (*one != NULL && (*one)->other == section)
				(*one)->other = NULL;
			if (i == section->index) {
				free(*one);
				*one = NULL;
			}
		}
	pthread_mutex_unlock(&log->lock);
}

struct malformed *malformed_last(struct malformed_log *log, const struct section *section,
				 enum malformed_kind kind)
{
	const struct malformed *kept;
	struct malformed *copy = NULL;

	pthread_mutex_lock(&log->lock);
	kept = log->last[section->index][kind];
	if (kept != NULL) {
		size_t size = sizeof(*kept) + kept->server_len + kept->len;

		copy = malloc(size);
		if (copy != NULL)
			memcpy(copy, kept, size);
	}
	pthread_mutex_unlock(&log->lock);
	return copy;
}

uint64_t malformed_total(struct malformed_log *log)
{
	uint64_t total;

	pthread_mutex_lock(&log->lock);
	total = log->total;
	pthread_mutex_unlock(&log->lock);
	return total;
}
