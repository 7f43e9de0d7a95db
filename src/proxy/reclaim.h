/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/reclaim.h - memory that other threads may still be looking at.
 *
 * A thread holds what it has read from a shared pointer at most until the end
 * of its turn of the loop. So what was taken out of reach is freed when every
 * worker has gone through one more turn: a message to each says so.
 */
#pragma once

struct proxy;

/*
 * Calls release(object) once no thread can have it any more, in some worker's
 * thread. Without memory for that, never: it is then kept. Any worker's thread.
 */
void proxy_reclaim(struct proxy *proxy, void *object, void (*release)(void *object));
