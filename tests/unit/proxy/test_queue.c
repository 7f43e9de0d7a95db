/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for a server gets its place in turn; and a server's memory of refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proxy/queue.h"
#include "proxy/run.h"
#include "proxy/server_admin.h"
#include "proxy/server_set.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

enum { STREAMS = 8 };

/* A backend of two servers with one place each, and streams of one thread. */
struct world {
	struct server_conf confs[2];
	struct section section;
	struct proxy_args args;
	struct proxy proxy;
	struct backend backend;
	struct server servers[2];
	struct server_set *set;
	struct worker worker;
	struct stream streams[STREAMS];
	struct stream_detour detours[STREAMS];
	unsigned delivered;
};

static void count_delivery(struct loop *loop, struct loop_message *message)
{
	struct stream *stream = container_of(message, struct stream_detour, granted)->stream;

	stream->grant_pending = false;
	container_of(stream->backend, struct world, backend)->delivered++;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->section.back.server_count = 2;
	w->section.back.lb.algo = &lb_roundrobin;
	w->backend.section = &w->section;
	w->proxy.args = &w->args;
	w->backend.proxy = &w->proxy;
	w->set = server_set_new(2);
	w->set->count = 2;
	w->set->at[0] = &w->servers[0];
	w->set->at[1] = &w->servers[1];
	w->backend.servers = w->set;
	w->backend.fullconn = 10;
	list_init(&w->backend.queue.waiting);
	pthread_mutex_init(&w->backend.lock, NULL);
	for (unsigned i = 0; i < 2; i++) {
		w->confs[i] = (struct server_conf){ .maxconn = 1, .weight = 1, .id = i + 1 };
		server_init(&w->servers[i], &w->backend, &w->confs[i], i);
	}
	backend_regroup(&w->backend);
	w->worker.proxy = &w->proxy;
	w->worker.loop = loop_new(&w->worker);
	for (unsigned i = 0; i < STREAMS; i++) {
		w->streams[i].worker = &w->worker;
		w->streams[i].backend = &w->backend;
		w->streams[i].wait_began.us = i;
		w->streams[i].detour = &w->detours[i];
		w->detours[i].stream = &w->streams[i];
		w->detours[i].granted.deliver = count_delivery;
	}
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	loop_free(w->worker.loop);
	pthread_mutex_destroy(&w->backend.lock);
	free(w->set);
	free(w);
	return 0;
}

static void deliver(struct world *w)
{
	assert_int_equal(loop_turn(w->worker.loop, 0), 0);
}

static void leave(struct world *w, struct stream *stream)
{
	struct server *server = stream->target;

	assert_true(stream->counted_active);
	stream->counted_active = false;
	lb_release(&server->lb);
	server_leave_place(server);
	queue_serve(server);
}

static void test_a_free_place_is_taken_at_once(void **state)
{
	struct world *w = *state;

	assert_int_equal(queue_enter(&w->streams[0], NULL), QUEUE_SERVED);
	assert_ptr_equal(w->streams[0].target, &w->servers[0]);
	assert_int_equal(queue_enter(&w->streams[1], NULL), QUEUE_SERVED);
	assert_ptr_equal(w->streams[1].target, &w->servers[1]);
	assert_int_equal(queue_enter(&w->streams[2], NULL), QUEUE_WAITS);
	assert_int_equal(w->backend.waiting, 1);
}

static void test_first_come_first_served(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 5; i++)
		queue_enter(&w->streams[i], NULL);
	assert_int_equal(w->detours[4].backend_queue, 3);
	assert_int_equal(w->detours[1].backend_queue, 0);
	leave(w, &w->streams[1]);
	assert_ptr_equal(w->streams[2].target, &w->servers[1]);
	assert_true(w->streams[2].counted_active);
	assert_false(w->streams[3].counted_active);
	deliver(w);
	assert_int_equal(w->delivered, 1);
	leave(w, &w->streams[2]);
	leave(w, &w->streams[0]);
	deliver(w);
	assert_int_equal(w->delivered, 3);
	assert_int_equal(w->backend.waiting, 0);
	assert_int_equal(w->backend.queue.max_len, 3);
	assert_int_equal(w->servers[0].lb.active + w->servers[1].lb.active, 2);
}

static void test_the_older_of_both_queues(void **state)
{
	struct world *w = *state;

	queue_enter(&w->streams[0], NULL);
	queue_enter(&w->streams[1], NULL);
	assert_int_equal(queue_enter(&w->streams[3], &w->servers[0]), QUEUE_WAITS);
	assert_int_equal(queue_enter(&w->streams[2], NULL), QUEUE_WAITS);
	assert_int_equal(w->servers[0].lb.queued, 1);
	leave(w, &w->streams[0]);
	assert_true(w->streams[2].counted_active);
	assert_true(w->streams[3].in_queue);
	leave(w, &w->streams[1]);
	assert_true(w->streams[3].in_queue); /* it waits for the other server */
	leave(w, &w->streams[2]);
	assert_false(w->streams[3].in_queue);
	assert_ptr_equal(w->streams[3].target, &w->servers[0]);
	assert_int_equal(w->servers[0].lb.queued, 0);
}

static void test_priorities(void **state)
{
	struct world *w = *state;
	struct txn txns[STREAMS] = { { .priority_class = 0 } };

	for (unsigned i = 0; i < STREAMS; i++) {
		w->streams[i].wait_began.us = i * 1000000;
		w->streams[i].txn = &txns[i];
	}
	txns[3].priority_class = -1;		/* before all others */
	txns[4].priority_class = 1;		/* behind them */
	txns[5].priority_offset = -2500;	/* as if it had come between 2 and 3 */
	txns[2].priority_offset = 10000;	/* behind all of its class */
	for (unsigned i = 0; i < 7; i++)
		queue_enter(&w->streams[i], i == 6 ? &w->servers[0] : NULL);
	static const unsigned order[] = { 3, 5, 6, 2, 4 };
	for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct stream *before = i == 0 ? &w->streams[0] : &w->streams[order[i - 1]];

		leave(w, before);
		assert_ptr_equal(w->streams[order[i]].target, &w->servers[0]);
		assert_true(w->streams[order[i]].counted_active);
	}
	deliver(w);
	assert_int_equal(w->delivered, 5);
	assert_int_equal(w->backend.waiting, 0);
}

static void test_maxqueue(void **state)
{
	struct world *w = *state;

	w->confs[0].maxqueue = 1;
	assert_int_equal(queue_enter(&w->streams[0], &w->servers[0]), QUEUE_SERVED);
	assert_int_equal(queue_enter(&w->streams[1], &w->servers[0]), QUEUE_WAITS);
	assert_int_equal(queue_enter(&w->streams[2], &w->servers[0]), QUEUE_FULL);
}

static void test_leaving(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++)
		queue_enter(&w->streams[i], NULL);
	assert_true(queue_leave(&w->streams[2]));
	leave(w, &w->streams[0]);
	assert_true(w->streams[3].counted_active);
	assert_false(queue_leave(&w->streams[3])); /* too late: the message is on its way */
	deliver(w);
	assert_int_equal(w->delivered, 1);
	assert_int_equal(w->backend.waiting, 0);
}

static void test_a_server_that_dies_sends_its_queue_away(void **state)
{
	struct world *w = *state;

	queue_enter(&w->streams[0], &w->servers[0]);
	queue_enter(&w->streams[1], &w->servers[0]);
	queue_enter(&w->streams[2], &w->servers[0]);
	queue_send_away(&w->servers[0]);
	deliver(w);
	assert_int_equal(w->delivered, 2);
	assert_null(w->streams[1].target);
	assert_false(w->streams[1].counted_active);
	assert_int_equal(w->servers[0].queue.len, 0);
	assert_int_equal(w->servers[0].lb.active, 1);
}

static void test_a_server_out_of_use_serves_nobody(void **state)
{
	struct world *w = *state;

	w->servers[0].state = SERVER_DOWN;
	backend_regroup(&w->backend);
	assert_int_equal(queue_enter(&w->streams[0], NULL), QUEUE_SERVED);
	assert_ptr_equal(w->streams[0].target, &w->servers[1]);
	assert_int_equal(queue_enter(&w->streams[1], NULL), QUEUE_WAITS);
}

static void test_dynamic_limit(void **state)
{
	struct world *w = *state;

	w->confs[0].minconn = 10;
	w->confs[0].maxconn = 100;
	server_set_maxconn(&w->servers[0], 100);
	w->backend.fullconn = 1000;
	assert_int_equal(server_limit(&w->servers[0]), 10);
	w->backend.load.now = 500;
	assert_int_equal(server_limit(&w->servers[0]), 50);
	w->backend.load.now = 5000;
	assert_int_equal(server_limit(&w->servers[0]), 100);
}

static void test_backups(void **state)
{
	struct world *w = *state;

	w->confs[1].backup = true;
	backend_regroup(&w->backend);
	assert_true(w->servers[0].lb.usable);
	assert_false(w->servers[1].lb.usable);
	w->servers[0].state = SERVER_DOWN;
	backend_regroup(&w->backend);
	assert_false(w->servers[0].lb.usable);
	assert_true(w->servers[1].lb.usable);
}

static void test_only_the_first_backup_unless_all(void **state)
{
	struct world *w = *state;

	w->confs[0].backup = w->confs[1].backup = true;
	backend_regroup(&w->backend);
	assert_true(w->servers[0].lb.usable);
	assert_false(w->servers[1].lb.usable);
	w->section.back.allbackups = true;
	backend_regroup(&w->backend);
	assert_true(w->servers[1].lb.usable);
}

static void test_memory_of_refusals(void **state)
{
	struct world *w = *state;
	struct server *server = &w->servers[0];
	struct moment now = loop_now(w->worker.loop);
	const uint64_t second = 1000000;

	assert_true(server_try(server, now));
	server_failed(&w->worker, server);
	assert_true(server_avoided(server, now));
	assert_false(server_try(server, moment_after(now, second / 2)));

	struct moment later = moment_after(now, second);
	assert_false(server_avoided(server, later));
	assert_true(server_try(server, later)); /* one finds out */
	assert_false(server_try(server, later)); /* the others do not */
	assert_true(server_avoided(server, moment_after(later, second)));
	assert_false(server_avoided(server, moment_after(later, 2 * second)));

	server_connected(server);
	assert_false(server_avoided(server, later));
	assert_true(server_try(server, later));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_free_place_is_taken_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_first_come_first_served, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_older_of_both_queues, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_priorities, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_maxqueue, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leaving, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_server_that_dies_sends_its_queue_away, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_server_out_of_use_serves_nobody, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_dynamic_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_backups, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_the_first_backup_unless_all, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_memory_of_refusals, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
