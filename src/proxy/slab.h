/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/slab.h - objects of one size for one thread. Chunks are kept until the
 * slab ends; objects are aligned to 16 bytes; freed objects are reused last in, first out, while they are warm.
 */
#pragma once

#include <stddef.h>

struct slab_chunk;

struct slab {
	size_t size;			/* of an object */
	struct slab_object *free;
	struct slab_chunk *chunks;
	size_t allocated, spare;	/* objects: all, and those nobody has */
};

void slab_init(struct slab *slab, size_t size);
void slab_fini(struct slab *slab);
void *slab_get(struct slab *slab);	/* not zeroed; NULL: out of memory */
void slab_put(struct slab *slab, void *object);
