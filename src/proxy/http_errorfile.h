/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_errorfile.h - messages of the operator's own, put together when
 * the configuration is read. All live in the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct arena;

/*
 * The message in a file of at most `limit` bytes. An empty file gives an empty
 * slice that is not NULL: the connection is closed without an answer. False:
 * *ret_why says what is wrong.
 */
bool http_errorfile_load(struct arena *arena, const char *path, size_t limit,
			 struct slice *ret_reply, const char **ret_why);

/*
 * The same of bytes in memory. Lines may end in LF alone; Connection headers are
 * left out, since the connection's fate is not the message's to say.
 */
bool http_errorfile_read(struct arena *arena, struct slice text, struct slice *ret_reply,
			 const char **ret_why);

/* The whole file as it is, at most `limit` bytes; at NULL and *ret_why. */
struct slice http_errorfile_bytes(struct arena *arena, const char *path, size_t limit,
				  const char **ret_why);

/* errorloc: a redirect without body. `url` must hold no control characters. */
struct slice http_errorfile_redirect(struct arena *arena, unsigned status, const char *url);
