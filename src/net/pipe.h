/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/pipe.h - pooled pipes through which splice moves bulk. One pool a thread.
 */
#pragma once

#include <stddef.h>

struct net_pipe {
	int read_fd, write_fd;
	size_t used;			/* bytes inside */
	size_t size;			/* capacity in bytes */
	struct net_pipe *next;		/* in the pool */
};

struct net_pipe_pool {
	struct net_pipe *free;
	unsigned free_count, open_count, max; /* max: tune/maxpipes */
	size_t size;			/* wanted capacity; 1 MiB, or tune.pipesize */
};

void net_pipe_pool_init(struct net_pipe_pool *pool, size_t size, unsigned max);
void net_pipe_pool_fini(struct net_pipe_pool *pool);
/* NULL when the cap is reached or the kernel has none: go on copying. */
struct net_pipe *net_pipe_get(struct net_pipe_pool *pool);
/* An empty pipe goes back to the pool (a few are kept); one with bytes is closed. */
void net_pipe_put(struct net_pipe_pool *pool, struct net_pipe *pipe);
