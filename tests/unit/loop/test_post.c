/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between threads: each is delivered once, in its sender's order, and
 * no wake-up is lost. Run it under TSan too.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "loop/loop.h"

enum { SENDERS = 4, POSTS = 5000, ROUNDS = 3000 };

struct post {
	struct loop_message message;
	struct sender *sender;
	unsigned number;
};

struct sender {
	pthread_t thread;
	struct loop *loop;
	struct post *posts;
	unsigned expected;		/* the loop's thread only */
	bool in_order;
};

static unsigned total;

static void take_post(struct loop *loop, struct loop_message *message)
{
	struct post *post = container_of(message, struct post, message);
	struct sender *sender = post->sender;

	sender->in_order = sender->in_order && post->number == sender->expected;
	sender->expected++;
	if (++total == SENDERS * POSTS)
		loop_stop(loop);
}

static void *send_posts(void *arg)
{
	struct sender *sender = arg;

	for (unsigned i = 0; i < POSTS; i++) {
		struct post *post = &sender->posts[i];

		post->sender = sender;
		post->number = i;
		post->message.deliver = take_post;
		loop_post(sender->loop, &post->message);
		if (i % 512 == 0)
			sched_yield();
	}
	return NULL;
}

static void every_post_arrives_once_and_in_order(void **state)
{
	struct sender senders[SENDERS] = { 0 };
	struct loop *loop = loop_new(NULL);

	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i].loop = loop;
		senders[i].in_order = true;
		senders[i].posts = calloc(POSTS, sizeof(struct post));
		assert_int_equal(pthread_create(&senders[i].thread, NULL, send_posts, &senders[i]), 0);
	}
	assert_int_equal(loop_run(loop), 0);
	for (unsigned i = 0; i < SENDERS; i++) {
		assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
		assert_int_equal(senders[i].expected, POSTS);
		assert_true(senders[i].in_order);
		free(senders[i].posts);
	}
	assert_int_equal(loop_counters(loop)->messages, SENDERS * POSTS);
	loop_free(loop);
}

/* Two loops throw one message to and fro: a lost wake-up would hang them for ever. */
struct ball {
	struct loop_message message;
	struct loop *to, *back;
	unsigned throws;
};

static void throw_back(struct loop *loop, struct loop_message *message)
{
	struct ball *ball = container_of(message, struct ball, message);
	struct loop *next = loop == ball->to ? ball->back : ball->to;

	if (ball->throws >= ROUNDS)
		loop_stop(loop);
	if (ball->throws++ <= ROUNDS)
		loop_post(next, message);
}

static void *run_loop(void *arg)
{
	return loop_run(arg) == 0 ? arg : NULL;
}

static void no_wake_up_is_lost(void **state)
{
	struct ball ball = { .message.deliver = throw_back, .to = loop_new(NULL),
			     .back = loop_new(NULL) };
	pthread_t thread;
	void *ret;

	assert_int_equal(pthread_create(&thread, NULL, run_loop, ball.to), 0);
	loop_post(ball.to, &ball.message);
	assert_int_equal(loop_run(ball.back), 0);
	assert_int_equal(pthread_join(thread, &ret), 0);
	assert_non_null(ret);
	assert_int_equal(ball.throws, ROUNDS + 2);
	loop_free(ball.to);
	loop_free(ball.back);
}

static void *wake_it(void *arg)
{
	loop_wake(arg);
	return NULL;
}

static void a_wake_ends_one_sleep(void **state)
{
	struct loop *loop = loop_new(NULL);
	struct moment before = moment_now();
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, wake_it, loop), 0);
	assert_int_equal(loop_turn(loop, 20 * 1000000), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	loop_wake(loop);
	loop_wake(loop);
	assert_int_equal(loop_turn(loop, 20 * 1000000), 0);
	assert_true(moment_since(before, moment_now()) < 10 * 1000000);
	before = moment_now();
	assert_int_equal(loop_turn(loop, 2000), 0);
	assert_true(moment_since(before, moment_now()) >= 2000);
	loop_free(loop);
}

static void own_posts_do_not_wait(void **state)
{
	struct sender sender = { .in_order = true };
	struct post post = { .sender = &sender, .message.deliver = take_post };
	struct loop *loop = loop_new(NULL);

	total = 0;
	loop_post(loop, &post.message);
	assert_int_equal(loop_turn(loop, UINT64_MAX), 0);
	assert_int_equal(sender.expected, 1);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_post_arrives_once_and_in_order),
		cmocka_unit_test(no_wake_up_is_lost),
		cmocka_unit_test(a_wake_ends_one_sleep),
		cmocka_unit_test(own_posts_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
