/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines over TCP, by way of a ring (RFC 6587), and structured data (RFC 5424, 6.3). */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "diag/log.h"

enum { ENOUGH = 100 * 1000 };

struct bench {
	struct log_ring ring;
	struct log_target target;
	struct log_conf conf;
	struct log *log;
	int listener, peer;
	char got[ENOUGH + 1];
	size_t len;
};

static int listen_at(struct log_ring *ring)
{
	struct sockaddr_in *at = (struct sockaddr_in *)&ring->address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int yes = 1;

	if (ring->address_len == 0)
		*at = (struct sockaddr_in){ .sin_family = AF_INET,
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	ring->address_len = sizeof(*at);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_return_code(bind(fd, (struct sockaddr *)at, sizeof(*at)), errno);
	assert_return_code(getsockname(fd, (struct sockaddr *)at, &ring->address_len), errno);
	assert_return_code(listen(fd, 4), errno);
	return fd;
}

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->listener = listen_at(&bench->ring);
	bench->peer = -1;
	bench->ring.format = LOG_FORMAT_RAW;
	bench->ring.length = 1024;
	bench->ring.size = 16384;
	bench->target = (struct log_target){ .kind = LOG_TO_RING, .ring = &bench->ring,
					     .facility = 16, .max_level = LOG_LEVEL_DEBUG };
	bench->conf = (struct log_conf){ .targets = &bench->target, .count = 1 };
	bench->log = log_open("haproxy", 123);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	log_close(bench->log);
	if (bench->peer >= 0)
		close(bench->peer);
	close(bench->listener);
	free(bench);
	return 0;
}

static void say(struct bench *bench, const char *text)
{
	log_send(bench->log, &bench->conf, LOG_LEVEL_INFO, text, strlen(text));
}

/* Flushes as a loop would, until `bytes` came or two seconds are over. */
static const char *hear(struct bench *bench, size_t bytes)
{
	for (unsigned turn = 0; turn < 200 && bench->len < bytes; turn++) {
		struct pollfd wait = { .fd = bench->peer < 0 ? bench->listener : bench->peer,
				       .events = POLLIN };
		ssize_t len;

		log_flush(bench->log);
		if (poll(&wait, 1, 10) != 1)
			continue;
		if (bench->peer < 0) {
			bench->peer = accept(bench->listener, NULL, NULL);
			continue;
		}
		len = read(bench->peer, bench->got + bench->len, ENOUGH - bench->len);
		assert_true(len > 0);
		bench->len += (size_t)len;
	}
	bench->got[bench->len] = '\0';
	return bench->got;
}

static void test_lines(void **state)
{
	struct bench *bench = *state;

	say(bench, "one");
	say(bench, "two");
	assert_string_equal(hear(bench, 8), "one\ntwo\n");
	say(bench, "three");
	assert_string_equal(hear(bench, 14), "one\ntwo\nthree\n");
	assert_int_equal(log_dropped(bench->log), 0);
}

static void test_octet_counts(void **state)
{
	struct bench *bench = *state;

	bench->ring.counted = true;
	bench->ring.format = LOG_FORMAT_PRIORITY;
	say(bench, "one");
	say(bench, "and two");
	assert_string_equal(hear(bench, 24), "8 <134>one12 <134>and two");
}

/* The ring's length, format and not the target's. */
static void test_the_rings_own(void **state)
{
	struct bench *bench = *state;

	bench->target.format = LOG_FORMAT_RFC5424;
	bench->target.length = 200;
	bench->ring.length = 80;
	say(bench, "0123456789012345678901234567890123456789012345678901234567890123456789"
		   "0123456789abc");
	assert_string_equal(hear(bench, 81), "0123456789012345678901234567890123456789"
					     "0123456789012345678901234567890123456789\n");
}

/* A server that is away gets what waited for it when it is there. */
static void test_server_comes_late(void **state)
{
	struct bench *bench = *state;

	close(bench->listener);
	say(bench, "early");
	log_flush(bench->log);
	usleep(20 * 1000);
	log_flush(bench->log);
	bench->listener = listen_at(&bench->ring);
	assert_string_equal(hear(bench, 6), "early\n");
	assert_int_equal(log_dropped(bench->log), 0);
}

static void test_server_goes_and_comes_back(void **state)
{
	struct bench *bench = *state;

	say(bench, "one");
	assert_string_equal(hear(bench, 4), "one\n");
	close(bench->peer);
	bench->peer = -1;
	usleep(20 * 1000);
	say(bench, "two");
	assert_string_equal(hear(bench, 8), "one\ntwo\n");
}

/* No more than `size` bytes wait; the newest are dropped and counted. */
static void test_full(void **state)
{
	struct bench *bench = *state;
	char text[1001];

	close(bench->listener);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < 40; i++)
		say(bench, text);
	assert_in_range(log_dropped(bench->log), 22, 24);
	bench->listener = listen_at(&bench->ring);
	hear(bench, 16 * 1001);
	assert_int_equal(bench->len % 1001, 0);
}

static void test_nobody_reads(void **state)
{
	struct bench *bench = *state;

	bench->ring.address_len = 0;
	say(bench, "nothing");
	log_flush(bench->log);
	assert_int_equal(log_dropped(bench->log), 0);
}

static void test_structured(void **state)
{
	struct bench *bench = *state;
	const char *end = " haproxy 123 - [id@1 a=\"b\"] text\n";
	struct slice data = SLICE("[id@1 a=\"b\"]");
	const char *got;

	bench->ring.format = LOG_FORMAT_RFC5424;
	log_send_structured(bench->log, &bench->conf, LOG_LEVEL_INFO, data, SLICE("text"));
	got = hear(bench, 60);
	assert_true(strlen(got) > strlen(end));
	assert_string_equal(got + strlen(got) - strlen(end), end);
}

static void test_no_place_for_structured(void **state)
{
	struct bench *bench = *state;

	log_send_structured(bench->log, &bench->conf, LOG_LEVEL_INFO, SLICE("[id@1]"), SLICE("text"));
	assert_string_equal(hear(bench, 5), "text\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(lines),		 TEST(octet_counts),
		TEST(the_rings_own),	 TEST(server_comes_late),
		TEST(server_goes_and_comes_back), TEST(full),
		TEST(nobody_reads),	 TEST(structured),
		TEST(no_place_for_structured),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("diag/log_ring", tests, NULL, NULL);
}
