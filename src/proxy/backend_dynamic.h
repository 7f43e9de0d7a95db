/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/backend_dynamic.h - backends that come and go while the proxy runs
 * (`add backend`, `del backend`, `publish backend` of HAProxy 3.4).
 *
 * One is a copy of a model (struct backend_model) in a place of proxy->added.
 * Threads find it there by its name, for `use_backend %[...]`; nothing of the
 * file points to it. A deleted one lives on unseen, and keeps its place, until
 * no stream of any thread has it (burial.h). All is the main thread's but for
 * what says otherwise.
 */
#pragma once

#include "proxy/proxy.h"

struct strbuf;

/* Its name, the defaults section that it takes, and the mode's word; NULL: that of the defaults. */
struct backend_words {
	const char *name, *from, *mode;
};

/* Adds an unpublished one. 0 or negative errno, with *ret_why, in HAProxy's words where it has some. */
int backend_dynamic_add(struct worker *worker, const struct backend_words *words,
			struct strbuf *ret_why) MUST_CHECK;

/* Whether it was added at run time. */
static inline bool backend_is_added(const struct backend *backend)
{
	return backend->arena != NULL;
}

/* Why it cannot be deleted now, or NULL. */
const char *backend_dynamic_kept(const struct backend *backend);
/* Whether time alone may change that: it is kept by streams. */
bool backend_dynamic_waits(const char *kept);

/* Deletes it if nothing is against it; else says what. */
const char *backend_dynamic_delete(struct worker *worker, struct backend *backend);

/* Whether rules may choose it from now on; streams that are in it stay. */
static inline void backend_publish(struct backend *backend, bool published)
{
	atomic_store(&backend->unpublished, !published);
}
