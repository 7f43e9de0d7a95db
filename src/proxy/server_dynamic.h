/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_dynamic.h - servers that come and go while the proxy runs
 * (management manual 9.3 "add server", "del server").
 *
 * A change makes the backend's set of servers and its algorithm's instance
 * anew and publishes both; what threads may still look at is freed later. A
 * deleted server lives on unseen until no stream of any thread has it.
 */
#pragma once

#include "conf/line.h"
#include "proxy/proxy.h"

struct arena;
struct strbuf;

/*
 * server_words.c: the settings of "server words[0] words[1] ..." in `arena`,
 * which must live as long; it has an id of its own, and begins in maintenance.
 * NULL: *ret_why says why not, in HAProxy's words where it has some, in `arena`.
 */
const struct server_conf *server_words_read(const struct backend *backend, struct arena *arena,
					    const char *const *words, unsigned count,
					    const char **ret_why);

/* Why the backend takes none at run time, or NULL. */
const char *server_dynamic_refused(const struct backend *backend);

/*
 * Adds the server of these words, with `why` as above. 0 or negative errno.
 * Main thread.
 */
int server_dynamic_add(struct worker *worker, struct backend *backend, const char *const *words,
		       unsigned count, struct strbuf *ret_why) MUST_CHECK;

/* Why it cannot be deleted now, or NULL. Any thread. */
const char *server_dynamic_kept(const struct server *server);

/* Whether a deleted server of it is not freed yet. Main thread. */
bool server_dynamic_dying(const struct backend *backend);

/* Deletes it if nothing is against it; else says what. Main thread. */
const char *server_dynamic_delete(struct worker *worker, struct server *server);
