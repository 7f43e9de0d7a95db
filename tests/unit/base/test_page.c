/* SPDX-License-Identifier: Apache-2.0 */
/* The page that processes share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/page.h"

static void events_are_kept_newest_first_to_go_last(void **state)
{
	struct page *page = page_map();
	struct page_event event;
	char text[32];

	assert_non_null(page);
	assert_false(page_event_get(page, 0, &event));
	assert_false(page_event_get(page, 1, &event));
	for (int i = 1; i <= PAGE_EVENTS + 5; i++) {
		snprintf(text, sizeof(text), "event %d", i);
		page_event_add(page, text);
	}
	assert_false(page_event_get(page, 5, &event)); /* overwritten */
	assert_true(page_event_get(page, 6, &event));
	assert_string_equal(event.text, "event 6");
	assert_true(page_event_get(page, PAGE_EVENTS + 5, &event));
	assert_true(event.wall_us > 1000000);
	page_unmap(page);
}

static void turns_of_an_instance_are_kept(void **state)
{
	struct page *page = page_map();
	struct page_turn turn = { .state = PAGE_VRRP_MASTER, .outage_us = 7 }, got;

	for (unsigned i = 1; i <= PAGE_TURNS + 3; i++) {
		turn.wall_us = i;
		snprintf(turn.cause, sizeof(turn.cause), "cause\n%u", i);
		page_turn_add(page, 5, &turn);
	}
	assert_int_equal(atomic_load(&page->turns[5].count), PAGE_TURNS + 3);
	assert_int_equal(atomic_load(&page->turns[4].count), 0);
	assert_false(page_turn_get(page, 5, 0, &got));
	assert_false(page_turn_get(page, 4, 1, &got));
	assert_false(page_turn_get(page, 5, 3, &got)); /* overwritten */
	assert_true(page_turn_get(page, 5, 4, &got));
	assert_int_equal(got.wall_us, 4);
	assert_int_equal(got.outage_us, 7);
	assert_int_equal(got.state, PAGE_VRRP_MASTER);
	assert_string_equal(got.cause, "cause 4");
	page_unmap(page);
}

static void event_text_is_one_printable_line(void **state)
{
	struct page *page = page_map();
	struct page_event event;
	char text[1000];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "a\nb\033c\x7f", 6);
	page_event_add(page, text);
	assert_true(page_event_get(page, 1, &event));
	assert_memory_equal(event.text, "a b c x", 7);
	assert_int_equal(strlen(event.text), sizeof(event.text) - 1);
	page_unmap(page);
}

static void a_child_writes_what_the_parent_reads(void **state)
{
	struct page *page = page_map();
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		page_proxy_set_state(page, PAGE_PROXY_SERVING);
		page_mail_add(page, "subject", "body");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(atomic_load(&page->proxy.state), PAGE_PROXY_SERVING);
	assert_true(atomic_load(&page->proxy.changed_us) > 0);
	assert_int_equal(atomic_load(&page->mails.head), 1);
	assert_string_equal(page->mails.mail[0].subject, "subject");
	page_unmap(page);
}

static void a_full_mail_ring_counts_what_it_drops(void **state)
{
	struct page *page = page_map();

	for (int i = 0; i < PAGE_MAILS; i++)
		assert_true(page_mail_add(page, "s", "b"));
	assert_false(page_mail_add(page, "s", "b"));
	assert_int_equal(atomic_load(&page->mails.dropped), 1);
	atomic_fetch_add(&page->mails.tail, 1);
	assert_true(page_mail_add(page, "s", "b"));
	page_unmap(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_kept_newest_first_to_go_last),
		cmocka_unit_test(turns_of_an_instance_are_kept),
		cmocka_unit_test(event_text_is_one_printable_line),
		cmocka_unit_test(a_child_writes_what_the_parent_reads),
		cmocka_unit_test(a_full_mail_ring_counts_what_it_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
