/* SPDX-License-Identifier: Apache-2.0 */
/* net/pipe.c - see pipe.h. */
#include "net/pipe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	KEPT = 32,			/* idle pipes a thread keeps */
	WORTH = 32 * 1024,		/* a smaller pipe is slower than copying */
};

void net_pipe_pool_init(struct net_pipe_pool *pool, size_t size, unsigned max)
{
	*pool = (struct net_pipe_pool){ .size = size, .max = max };
}

static void pipe_close(struct net_pipe_pool *pool, struct net_pipe *pipe)
{
	close(pipe->read_fd);
	close(pipe->write_fd);
	free(pipe);
	pool->open_count--;
}

void net_pipe_pool_fini(struct net_pipe_pool *pool)
{
	struct net_pipe *pipe;

	while ((pipe = pool->free) != NULL) {
		pool->free = pipe->next;
		pipe_close(pool, pipe);
	}
	pool->free_count = 0;
}

/*
 * The capacity reached. Beyond pipe-max-size or the user's pipe-user-pages-soft
 * the kernel refuses (EPERM); then half of it is tried.
 */
static size_t pipe_grow(int fd, size_t wanted)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	for (size_t size_try = wanted; size > 0 && size_try > (size_t)size; size_try /= 2) {
		int grown = fcntl(fd, F_SETPIPE_SZ, (int)size_try);

		if (grown > 0)
			return (size_t)grown;
	}
	return size > 0 ? (size_t)size : 0;
}

static struct net_pipe *pipe_open(struct net_pipe_pool *pool)
{
	struct net_pipe *pipe = malloc(sizeof(*pipe));
	int fds[2];

	if (pipe == NULL)
		return NULL;
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0) {
		free(pipe);
		return NULL;
	}
	*pipe = (struct net_pipe){ .read_fd = fds[0], .write_fd = fds[1] };
	pipe->size = pipe_grow(fds[1], pool->size);
	pool->open_count++;
	if (pipe->size < WORTH && pipe->size < pool->size) {
		pipe_close(pool, pipe);
		return NULL;
	}
	return pipe;
}

struct net_pipe *net_pipe_get(struct net_pipe_pool *pool)
{
	struct net_pipe *pipe = pool->free;

	if (pipe == NULL)
		return pool->open_count < pool->max ? pipe_open(pool) : NULL;
	pool->free = pipe->next;
	pool->free_count--;
	pipe->next = NULL;
	return pipe;
}

void net_pipe_put(struct net_pipe_pool *pool, struct net_pipe *pipe)
{
	if (pipe->used != 0 || pool->free_count >= KEPT) {
		pipe_close(pool, pipe);
		return;
	}
	pipe->next = pool->free;
	pool->free = pipe;
	pool->free_count++;
}
