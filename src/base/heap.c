/* SPDX-License-Identifier: Apache-2.0 */
/* base/heap.c - see heap.h. */
#include "base/heap.h"

#include <errno.h>

void heap_init(struct heap *heap,
	       bool (*before)(const struct heap_node *, const struct heap_node *))
{
	*heap = (struct heap){ .before = before };
}

void heap_fini(struct heap *heap)
{
	free(heap->nodes);
	*heap = (struct heap){ .before = heap->before };
}

static void put(struct heap *heap, size_t pos, struct heap_node *node)
{
	heap->nodes[pos] = node;
	node->pos = pos;
}

static void sift(struct heap *heap, struct heap_node *node)
{
	size_t pos = node->pos;

	while (pos > 1 && heap->before(node, heap->nodes[pos / 2])) {
		put(heap, pos, heap->nodes[pos / 2]);
		pos /= 2;
	}
	for (size_t child; (child = 2 * pos) <= heap->count; pos = child) {
		if (child < heap->count && heap->before(heap->nodes[child + 1], heap->nodes[child]))
			child++;
		if (!heap->before(heap->nodes[child], node))
			break;
		put(heap, pos, heap->nodes[child]);
	}
	put(heap, pos, node);
}

int heap_place(struct heap *heap, struct heap_node *node)
{
	if (node->pos == 0) {
		if (heap->count + 1 >= heap->capacity) {
			size_t capacity = heap->capacity == 0 ? 16 : 2 * heap->capacity;
			struct heap_node **nodes =
				reallocarray(heap->nodes, capacity, sizeof(struct heap_node *));

			if (nodes == NULL)
				return -ENOMEM;
			heap->nodes = nodes;
			heap->capacity = capacity;
		}
		put(heap, ++heap->count, node);
	}
	sift(heap, node);
	return 0;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	if (node->pos == 0)
		return;

	struct heap_node *last = heap->nodes[heap->count--];
	if (last != node) {
		put(heap, node->pos, last);
		sift(heap, last);
	}
	node->pos = 0;
}
