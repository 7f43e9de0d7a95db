/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/backend_dynamic.c - see backend_dynamic.h. */
#include "proxy/backend_dynamic.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "proxy/burial.h"
#include "proxy/malformed.h"
#include "proxy/run.h"
#include "proxy/server_dynamic.h"
#include "proxy/stream.h"
#include "proxy/txn.h"
#include "proxy/worker.h"

/* ---- a new one ---- */

static const char *added_kind(const struct section *section)
{
	switch (section->kind) {
	case SECTION_FRONTEND:
		return "frontend";
	case SECTION_LISTEN:
		return "listen";
	default:
		return "backend";
	}
}

static bool added_name_good(const struct proxy *proxy, const char *name, struct strbuf *why)
{
	struct proxy_part part;

	for (const char *at = name; *at != '\0'; at++) {
		if (isalnum((unsigned char)*at) || strchr("-_.:", *at) != NULL)
			continue;
		strbuf_printf(why, "character '%c' is not permitted in backend name '%s'.\n", *at,
			      name);
		return false;
	}
	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);) {
		if (strcmp(part.section->name, name) != 0)
			continue;
		strbuf_printf(why,
			      "Error during backend creation : name is already used by other "
			      "proxy '%s %s'.\n",
			      added_kind(part.section), name);
		return false;
	}
	return true;
}

/* The model's section of the mode that was asked for. */
static const struct section *added_model(const struct proxy *proxy,
					 const struct backend_words *words, struct strbuf *why)
{
	const struct backend_model *model = proxy->conf->models;
	enum proxy_mode mode;

	while (model != NULL && strcmp(model->name, words->from) != 0)
		model = model->next;
	if (model == NULL) {
		strbuf_printf(why, "No such defaults section '%s'.\n", words->from);
		return NULL;
	}
	mode = model->mode;
	if (words->mode == NULL && !model->mode_given) {
		strbuf_printf(why, "Mode is required: the defaults section '%s' has none.\n",
			      words->from);
		return NULL;
	}
	if (words->mode != NULL && strcmp(words->mode, "tcp") != 0 &&
	    strcmp(words->mode, "http") != 0) {
		strbuf_puts(why, "Mode must be 'tcp' or 'http'.\n");
		return NULL;
	}
	if (words->mode != NULL)
		mode = strcmp(words->mode, "http") == 0 ? PROXY_MODE_HTTP : PROXY_MODE_TCP;
	if (model->of[mode].why != NULL) {
		strbuf_printf(why, "Error during backend creation : %s.\n", model->of[mode].why);
		return NULL;
	}
	return model->of[mode].section;
}

/* PROXY_ADDED: all are taken. */
static unsigned added_place(const struct proxy *proxy)
{
	unsigned place = 0;

	while (place < PROXY_ADDED && proxy->added_taken[place])
		place++;
	return place;
}

/* The least id that nobody has; `arena` is for the search. */
static int64_t added_id(const struct proxy *proxy, struct arena *arena)
{
	int64_t id = 1 + (proxy->conf->global.cli != NULL); /* as resolve.c begins */
	int64_t most = id + proxy_part_end(proxy);
	bool *taken = arena_zalloc(arena, (size_t)most + 1);
	struct proxy_part part;

	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);)
		if (part.section->id >= 0 && part.section->id <= most)
			taken[part.section->id] = true;
	while (taken[id])
		id++;
	return id;
}

static struct backend *added_new(struct proxy *proxy, const struct section *model, const char *name,
				 unsigned place)
{
	struct arena *arena = arena_new();
	struct section *section = arena_zalloc(arena, sizeof(*section));
	struct backend *backend;

	*section = *model;
	section->name = arena_strdup(arena, name);
	section->id = added_id(proxy, arena);
	section->index = proxy_part_index(proxy, place);
	if (section->back.fullconn == 0)
		section->back.fullconn = proxy->args->maxconn < 10 ? 1 : proxy->args->maxconn / 10;
	backend = proxy_backend_new(proxy, section);
	if (backend == NULL) {
		arena_free(arena);
		return NULL;
	}
	backend->arena = arena;
	backend->unpublished = true;
	return backend;
}

int backend_dynamic_add(struct worker *worker, const struct backend_words *words,
			struct strbuf *ret_why)
{
	struct proxy *proxy = worker->proxy;
	const struct section *model;
	struct backend *backend;
	unsigned place;

	if (!added_name_good(proxy, words->name, ret_why))
		return -EEXIST;
	model = added_model(proxy, words, ret_why);
	if (model == NULL)
		return -EINVAL;
	place = added_place(proxy);
	if (place == PROXY_ADDED) {
		strbuf_printf(ret_why,
			      "Error during backend creation : %u backends were added already.\n",
			      (unsigned)PROXY_ADDED);
		return -ENOSPC;
	}
	backend = added_new(proxy, model, words->name, place);
	if (backend == NULL) {
		strbuf_puts(ret_why, "out of memory.\n");
		return -ENOMEM;
	}
	backend->changed_us = worker_now(worker).us;
	proxy->added_taken[place] = true;
	atomic_store(&proxy->added[place], backend);
	if (place >= atomic_load(&proxy->added_end))
		atomic_store(&proxy->added_end, place + 1);
	return 0;
}

/* ---- one that goes ---- */

static const char added_busy[] = "Backend still has attached streams on it.";

const char *backend_dynamic_kept(const struct backend *backend)
{
	if (!backend_is_added(backend))
		return "This proxy cannot be removed at runtime due to other configuration elements "
		       "pointing to it.";
	if (!atomic_load(&backend->unpublished))
		return "Backend must be unpublished prior to its deletion.";
	if (backend_servers(backend)->count != 0)
		return "Only a backend without server can be deleted.";
	if (atomic_load(&backend->load.now) != 0)
		return added_busy;
	return NULL;
}

bool backend_dynamic_waits(const char *kept)
{
	return kept == added_busy;
}

static bool added_visit(struct worker *worker, void *object)
{
	const struct backend *backend = object;

	list_for_each(node, &worker->streams)
	{
		const struct stream *stream = container_of(node, struct stream, node);

		if (stream->backend == backend ||
		    (stream->txn != NULL && stream->txn->run.section == backend->section))
			return true;
	}
	return false;
}

static bool added_needed(const void *object)
{
	return server_dynamic_dying(object);
}

static void added_free(void *object)
{
	struct backend *backend = object;
	struct proxy *proxy = backend->proxy;

	malformed_forget(proxy->malformed, backend->section);
	proxy->added_taken[proxy_part_place(proxy, backend->section)] = false;
	proxy_backend_free(backend);
}

static const struct burial_kind added_burial = {
	.visit = added_visit,
	.needed = added_needed,
	.free = added_free,
};

const char *backend_dynamic_delete(struct worker *worker, struct backend *backend)
{
	const char *kept = backend_dynamic_kept(backend);
	struct burial *burial = kept == NULL ? burial_new(worker, backend, &added_burial) : NULL;

	if (kept != NULL)
		return kept;
	if (burial == NULL)
		return "Out of memory.";
	atomic_store(&worker->proxy->added[proxy_part_place(worker->proxy, backend->section)], NULL);
	burial_begin(burial);
	return NULL;
}
