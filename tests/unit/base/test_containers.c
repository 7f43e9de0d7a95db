/* SPDX-License-Identifier: Apache-2.0 */
/* Arena, heap, list and strbuf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/strbuf.h"

struct number {
	struct heap_node node;
	int value;
};

static bool smaller(const struct heap_node *a, const struct heap_node *b)
{
	return container_of(a, struct number, node)->value <
	       container_of(b, struct number, node)->value;
}

static void heap_gives_the_smallest_after_any_change(void **state)
{
	enum { COUNT = 300 };
	static struct number numbers[COUNT];
	struct heap heap;
	uint32_t random = 1;

	heap_init(&heap, smaller);
	for (int i = 0; i < COUNT; i++) {
		random = random * 1664525 + 1013904223;
		numbers[i].value = (int)(random >> 8);
		assert_int_equal(heap_place(&heap, &numbers[i].node), 0);
	}
	for (int i = 0; i < COUNT; i += 3)
		heap_remove(&heap, &numbers[i].node);
	for (int i = 1; i < COUNT; i += 3) {
		random = random * 1664525 + 1013904223;
		numbers[i].value = (int)(random >> 8);
		assert_int_equal(heap_place(&heap, &numbers[i].node), 0);
	}
	heap_remove(&heap, &numbers[0].node); /* not in it: nothing happens */

	int last = -1, seen = 0;
	for (struct heap_node *top; (top = heap_top(&heap)) != NULL; seen++) {
		int value = container_of(top, struct number, node)->value;

		assert_true(value >= last);
		last = value;
		heap_remove(&heap, top);
	}
	assert_int_equal(seen, COUNT - COUNT / 3);
	heap_fini(&heap);
}

static void arena_memory_is_zeroed_aligned_and_distinct(void **state)
{
	struct arena *arena = arena_new();
	char *last = NULL;

	for (size_t size = 0; size < 20000; size = size * 2 + 1) {
		char *memory = arena_zalloc(arena, size);

		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		assert_ptr_not_equal(memory, last);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
		last = memory;
	}
	assert_string_equal(arena_printf(arena, "%s-%d", "x", 7), "x-7");
	assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
	arena_free(arena);
	arena_free(NULL);
}

static void arena_append_keeps_what_was_there(void **state)
{
	struct arena *arena = arena_new();
	int *numbers = NULL;
	size_t count = 0;

	for (int i = 0; i < 1000; i++)
		*ARENA_APPEND(arena, numbers, count) = i;
	assert_int_equal(count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], i);
	arena_free(arena);
}

static void list_keeps_order_and_survives_double_removal(void **state)
{
	struct list head, a, b, c;

	list_init(&head);
	assert_true(list_empty(&head));
	assert_null(list_pop(&head));
	list_append(&head, &a);
	list_append(&head, &b);
	list_append(&head, &c);
	list_remove(&b);
	list_remove(&b);
	assert_ptr_equal(list_pop(&head), &a);
	assert_ptr_equal(list_pop(&head), &c);
	assert_true(list_empty(&head));
}

static void strbuf_grows(void **state)
{
	struct strbuf text = STRBUF_EMPTY;

	for (int i = 0; i < 1000; i++)
		strbuf_printf(&text, "%d,", i % 10);
	assert_int_equal(text.len, 2000);
	strbuf_puts(&text, "end");
	assert_string_equal(text.text + 2000, "end");
	assert_false(text.failed);
	strbuf_free(&text);
	assert_int_equal(text.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heap_gives_the_smallest_after_any_change),
		cmocka_unit_test(arena_memory_is_zeroed_aligned_and_distinct),
		cmocka_unit_test(arena_append_keeps_what_was_there),
		cmocka_unit_test(list_keeps_order_and_survives_double_removal),
		cmocka_unit_test(strbuf_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
