/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/burial.h - the end of what was taken out of reach at run time while
 * streams may still have it: a deleted server, a deleted backend.
 *
 *   begun --each thread has gone through a turn--> visited: every thread says whether
 *      anything of its own has the object
 *   visited --some has--> visited again, a second later
 *   visited --none has--> each thread goes through one more turn --> freed
 *
 * After the first turn no thread finds it, so a thread that has said no once
 * will never have it again. The last turn lets messages arrive that were on
 * their way. All but the visits is the main thread's.
 */
#pragma once

#include <stdbool.h>

struct backend;
struct burial;
struct proxy;
struct worker;

struct burial_kind {
	/* In each thread: lets go of what it can, and says whether it still has the object. */
	bool (*visit)(struct worker *worker, void *object);
	/* Main thread: whether something else still needs it; or NULL. */
	bool (*needed)(const void *object);
	void (*free)(void *object);
};

/* NULL: no memory. It is not begun: burial_cancel, or burial_begin. */
struct burial *burial_new(struct worker *main, void *object, const struct burial_kind *kind);
void burial_cancel(struct burial *burial); /* NULL is fine */
void burial_begin(struct burial *burial);

/* Whether one that is not over is of this kind, and `is` says yes of its object. */
bool burial_any(const struct proxy *proxy, const struct burial_kind *kind,
		bool (*is)(const void *object, const void *what), const void *what);

/* At the end of the process, in the order in which they were begun. */
void burials_free_all(struct proxy *proxy);
