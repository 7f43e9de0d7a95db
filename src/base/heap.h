/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/heap.h - a binary min-heap of embedded nodes; O(log n) in place, no
 * allocation after it has grown to its working size.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct heap_node {
	size_t pos; /* 1-based position; 0: not in a heap */
};

struct heap {
	struct heap_node **nodes; /* nodes[1..count] */
	size_t count, capacity;
	bool (*before)(const struct heap_node *a, const struct heap_node *b);
};

void heap_init(struct heap *heap,
	       bool (*before)(const struct heap_node *, const struct heap_node *));
void heap_fini(struct heap *heap); /* the nodes stay their owners' */

/* Inserts `node`, or restores order after its key changed. 0, or -ENOMEM on insert. */
int heap_place(struct heap *heap, struct heap_node *node) MUST_CHECK;
void heap_remove(struct heap *heap, struct heap_node *node); /* no-op if absent */

static inline struct heap_node *heap_top(const struct heap *heap)
{
	return heap->count != 0 ? heap->nodes[1] : NULL;
}
