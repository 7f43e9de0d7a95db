/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of loopback servers: rise and fall, intervals, result codes, what traffic adds. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/out.h"
#include "health/check.h"
#include "health/run.h"

struct watch {
	struct health_check check;
	struct health_conf conf;
	struct health_engine engine;
	struct loop *loop;
	int listener;
	unsigned results, oks, ups, downs;
	bool stop_at_change, stop_at_result;
	char why[160];
	struct moment times[64];	/* of the results */
};

static void note_result(struct health_check *check, bool ok, bool is_new)
{
	struct watch *watch = container_of(check, struct watch, check);

	if (check->status.code == HEALTH_HANA)
		return; /* of traffic */
	watch->times[watch->results % 64] = check->started;
	watch->results++;
	watch->oks += ok;
	if (watch->stop_at_result)
		health_stop(check);
}

static void note_change(struct health_check *check)
{
	struct watch *watch = container_of(check, struct watch, check);
	bool up = check->status.up;
	struct out out = { .bytes = watch->why, .size = sizeof(watch->why) - 1 };

	watch->ups += up;
	watch->downs += !up;
	health_status_write(&check->status, &out);
	out.bytes[out.len] = '\0';
	if (strstr(watch->why, ", check duration: ") != NULL)
		*strstr(watch->why, ", check duration: ") = '\0';
	if (watch->stop_at_change)
		health_stop(check);
}

static int listen_again(const struct watch *watch)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (const struct sockaddr *)&watch->conf.address.storage,
			      watch->conf.address.len), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

/* A server on a port of its own; 10 ms between checks, rise 2, fall 3. */
static void watch_open(struct watch *watch)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&watch->conf.address.storage;
	socklen_t len = sizeof(*in);

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	watch->conf.address.len = len;
	watch->conf.address.fd = -1;
	watch->conf.inter_ms = 10;
	watch->conf.rise = 2;
	watch->conf.fall = 3;
	watch->listener = listen_again(watch);
	assert_int_equal(getsockname(watch->listener, (struct sockaddr *)in, &len), 0);
	watch->loop = loop_new(NULL);
	health_engine_init(&watch->engine);
	watch->engine.loop = watch->loop;
	watch->engine.bufsize = 16384;
	watch->check.on_result = note_result;
	watch->check.on_change = note_change;
}

static void watch_start(struct watch *watch, bool up)
{
	assert_int_equal(health_start(&watch->engine, &watch->check, &watch->conf, up, 0), 0);
}

static void run_results(struct watch *watch, unsigned results)
{
	struct moment until = moment_after(moment_now(), 10 * 1000000);

	while (watch->results < results && moment_before(moment_now(), until))
		assert_int_equal(loop_turn(watch->loop, 100000), 0);
	assert_int_equal(watch->results, results);
}

static void server_dies(struct watch *watch)
{
	close(watch->listener);
	watch->listener = -1;
}

static void watch_close(struct watch *watch)
{
	health_stop(&watch->check);
	health_engine_fini(&watch->engine);
	loop_free(watch->loop);
	if (watch->listener >= 0)
		close(watch->listener);
}

static void rise_and_fall_decide(void **state)
{
	struct watch watch = { 0 };

	watch_open(&watch);
	watch_start(&watch, true);
	assert_string_equal(health_code_name(watch.check.status.code), "INI");
	run_results(&watch, 2);
	assert_int_equal(watch.oks, 2);
	assert_int_equal(watch.ups + watch.downs, 0);
	assert_string_equal(health_code_name(watch.check.status.code), "L4OK");

	server_dies(&watch);
	run_results(&watch, 4);
	assert_int_equal(watch.downs, 0);
	assert_int_equal(watch.check.status.streak, 2);
	run_results(&watch, 5);
	assert_int_equal(watch.downs, 1);
	assert_int_equal(watch.check.status.code, HEALTH_L4CON);
	assert_int_equal(watch.check.status.errnum, ECONNREFUSED);
	assert_int_equal(watch.check.status.failures, 3);
	assert_int_equal(watch.check.status.transitions_down, 1);
	assert_string_equal(watch.why,
			    "Layer4 connection problem, info: \"Connection refused\"");

	watch.listener = listen_again(&watch);
	run_results(&watch, 6);
	assert_int_equal(watch.ups, 0);
	run_results(&watch, 7);
	assert_int_equal(watch.ups, 1);
	assert_string_equal(watch.why, "Layer4 check passed");
	assert_int_equal(watch.check.status.errnum, 0);
	watch_close(&watch);
}

static void one_good_check_ends_a_streak(void **state)
{
	struct watch watch = { 0 };

	watch_open(&watch);
	watch_start(&watch, true);
	run_results(&watch, 1);
	for (unsigned round = 0; round < 3; round++) {
		server_dies(&watch);
		run_results(&watch, watch.results + 2);
		watch.listener = listen_again(&watch);
		run_results(&watch, watch.results + 1);
		assert_int_equal(watch.check.status.streak, 0);
	}
	assert_int_equal(watch.downs, 0);
	watch_close(&watch);
}

/* As haproxy 2.6.12 does. */
static void an_unchecked_server_goes_down_at_its_first_failure(void **state)
{
	struct watch watch = { 0 };

	watch_open(&watch);
	server_dies(&watch);
	watch_start(&watch, true);
	run_results(&watch, 1);
	assert_int_equal(watch.downs, 1);
	watch_close(&watch);
}

static void a_server_may_begin_down(void **state)
{
	struct watch watch = { 0 };

	watch_open(&watch);
	watch_start(&watch, false);
	run_results(&watch, 1);
	assert_int_equal(watch.ups, 0);
	run_results(&watch, 2);
	assert_int_equal(watch.ups, 1);
	watch_close(&watch);
}

static uint64_t gap_ms(const struct watch *watch, unsigned result)
{
	return moment_since(watch->times[result - 1], watch->times[result]) / 1000;
}

static void intervals_follow_the_state(void **state)
{
	struct watch watch = { 0 };

	watch_open(&watch);
	watch.conf.inter_ms = 60;
	watch.conf.fastinter_ms = 20;
	watch.conf.downinter_ms = 100;
	watch_start(&watch, true);
	run_results(&watch, 3);			/* 0 up, 1 up, 2 up */
	assert_in_range(gap_ms(&watch, 1), 60, 99);
	assert_in_range(gap_ms(&watch, 2), 60, 99);
	server_dies(&watch);
	run_results(&watch, 7);			/* 3 4 failing, 5 down, 6 down */
	assert_in_range(gap_ms(&watch, 3), 60, 99);
	assert_in_range(gap_ms(&watch, 4), 20, 59);
	assert_in_range(gap_ms(&watch, 5), 20, 59);
	assert_in_range(gap_ms(&watch, 6), 100, 300);
	watch.listener = listen_again(&watch);
	run_results(&watch, 9);			/* 7 rising, 8 up */
	assert_in_range(gap_ms(&watch, 7), 100, 300);
	assert_in_range(gap_ms(&watch, 8), 20, 59);
	assert_int_equal(watch.ups, 1);
	watch_close(&watch);
}

/* A full backlog leaves the next connection without an answer. */
static void a_silent_server_times_out(void **state)
{
	struct watch watch = { 0 };
	int fillers[8];

	watch_open(&watch);
	assert_int_equal(listen(watch.listener, 0), 0);
	for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_true(connect(fillers[i], (struct sockaddr *)&watch.conf.address.storage,
				    watch.conf.address.len) == 0 || errno == EINPROGRESS);
	}
	watch.conf.inter_ms = 80;
	watch.conf.timeout_connect_ms = 30;	/* counts beside a timeout of the rest alone */
	watch.conf.timeout_check_ms = 10000;
	watch.conf.fall = 1;
	watch_start(&watch, true);
	run_results(&watch, 2);
	assert_int_equal(watch.downs, 1);
	assert_string_equal(health_code_name(watch.check.status.code), "L4TOUT");
	assert_string_equal(watch.why, "Layer4 timeout");
	assert_in_range(watch.check.status.duration_ms, 30, 79);
	assert_in_range(gap_ms(&watch, 1), 80, 200);

	watch.conf.timeout_connect_ms = 1000000;	/* inter bounds it too */
	run_results(&watch, 3);
	assert_in_range(watch.check.status.duration_ms, 80, 300);
	for (size_t i = 0; i < ARRAY_LEN(fillers); i++)
		close(fillers[i]);
	watch_close(&watch);
}

static void a_source_that_is_not_ours_is_a_socket_error(void **state)
{
	struct watch watch = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&watch.conf.source.storage;

	watch_open(&watch);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = inet_addr("203.0.113.9");
	watch.conf.source.len = sizeof(*in);
	watch_start(&watch, true);
	run_results(&watch, 1);
	assert_string_equal(health_code_name(watch.check.status.code), "SOCKERR");
	assert_int_equal(watch.check.status.errnum, EADDRNOTAVAIL);
	assert_int_equal(watch.downs, 1);
	in->sin_addr.s_addr = inet_addr("127.0.0.77");
	run_results(&watch, 3);
	assert_int_equal(watch.ups, 1);
	watch_close(&watch);
}

/* That this process is out of descriptors is no reason to take its servers out. */
static void running_out_of_descriptors_does_not_take_servers_down(void **state)
{
	struct watch watch = { 0 };
	struct rlimit old, none;

	watch_open(&watch);
	watch_start(&watch, true);
	run_results(&watch, 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 3;
	health_stock_close(&watch.engine);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	run_results(&watch, 6);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(watch.check.status.code, HEALTH_SOCKERR);
	assert_int_equal(watch.check.status.errnum, EMFILE);
	assert_int_equal(watch.downs, 0);
	run_results(&watch, 7);
	assert_int_equal(watch.check.status.code, HEALTH_L4OK);
	watch_close(&watch);
}

static size_t read_check(const struct watch *watch, char *ret_bytes, size_t size)
{
	int fd = accept(watch->listener, NULL, NULL);
	ssize_t len;

	assert_true(fd >= 0);
	len = recv(fd, ret_bytes, size, MSG_WAITALL);
	close(fd);
	return len < 0 ? 0 : (size_t)len;
}

static void checks_introduce_themselves(void **state)
{
	char bytes[256], line[128];
	struct watch watch = { 0 };
	size_t len;

	watch_open(&watch);
	watch.conf.send_proxy = 1;
	watch_start(&watch, true);
	run_results(&watch, 1);
	len = read_check(&watch, bytes, sizeof(bytes));
	assert_true(len > 10);
	snprintf(line, sizeof(line), " %u\r\n", net_address_port(&watch.conf.address));
	assert_memory_equal(bytes, "PROXY TCP4 127.0.0.1 127.0.0.1 ", 31);
	assert_memory_equal(bytes + len - strlen(line), line, strlen(line));

	watch.conf.send_proxy = 2;
	run_results(&watch, 2);
	assert_int_equal(read_check(&watch, bytes, sizeof(bytes)), 16);
	assert_memory_equal(bytes, "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);

	/* Without a word the connection is over before the server could take it. */
	watch.conf.send_proxy = 0;
	run_results(&watch, 3);
	assert_int_equal(fcntl(watch.listener, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(accept(watch.listener, NULL, NULL), -1);
	watch_close(&watch);
}

static void traffic_counts_as_checks(void **state)
{
	struct watch watch = { 0 };

	watch_open(&watch);
	watch.conf.inter_ms = 5000;
	watch.conf.fastinter_ms = 30;
	watch_start(&watch, true);
	run_results(&watch, 1);

	struct moment before = moment_now();
	health_traffic_failed(&watch.check, 2, "too many errors");
	assert_int_equal(watch.downs, 0);
	run_results(&watch, 2);			/* passes, and ends the streak */
	assert_in_range(moment_since(before, moment_now()) / 1000, 25, 1000);
	assert_int_equal(watch.check.status.streak, 0);

	health_traffic_failed(&watch.check, 3, "too many errors");
	assert_int_equal(watch.downs, 1);
	assert_string_equal(watch.why, "Health analyze, info: \"too many errors\"");
	assert_int_equal(watch.check.status.failures, 2);
	run_results(&watch, 4);
	assert_int_equal(watch.ups, 1);

	before = moment_now();
	health_check_soon(&watch.check);
	run_results(&watch, 5);
	assert_in_range(moment_since(before, moment_now()) / 1000, 25, 1000);
	watch_close(&watch);
	health_traffic_failed(&watch.check, 3, "stopped");
	health_check_soon(&watch.check);
	assert_int_equal(watch.downs, 1);
}

static void callbacks_may_stop_the_check(void **state)
{
	for (unsigned variant = 0; variant < 2; variant++) {
		struct watch watch = { .stop_at_change = variant == 0,
				       .stop_at_result = variant == 1 };
		struct moment until;

		watch_open(&watch);
		server_dies(&watch);
		watch_start(&watch, true);
		until = moment_after(moment_now(), 60000);
		while (moment_before(moment_now(), until))
			assert_int_equal(loop_turn(watch.loop, 10000), 0);
		assert_int_equal(watch.downs, variant == 0);
		assert_int_equal(watch.results, 1);
		watch_close(&watch);
	}
}

/* With a place for one, the second waits until the first is over, and both go on. */
static void checks_wait_for_a_place(void **state)
{
	struct watch first = { 0 }, second = { 0 };
	struct moment until = moment_after(moment_now(), 5 * 1000000);

	watch_open(&first);
	second = first;
	first.engine.limit = 1;
	watch_start(&first, true);
	assert_int_equal(health_start(&first.engine, &second.check, &second.conf, true, 0), 0);
	while (first.results + second.results < 20 && moment_before(moment_now(), until)) {
		assert_int_equal(loop_turn(first.loop, 100000), 0);
		assert_true(first.engine.running <= 1);
	}
	assert_true(first.results >= 5 && second.results >= 5);
	health_stop(&second.check);
	assert_int_equal(second.oks, second.results);
	watch_close(&first);
	assert_int_equal(first.engine.running, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rise_and_fall_decide),
		cmocka_unit_test(one_good_check_ends_a_streak),
		cmocka_unit_test(an_unchecked_server_goes_down_at_its_first_failure),
		cmocka_unit_test(a_server_may_begin_down),
		cmocka_unit_test(intervals_follow_the_state),
		cmocka_unit_test(a_silent_server_times_out),
		cmocka_unit_test(a_source_that_is_not_ours_is_a_socket_error),
		cmocka_unit_test(running_out_of_descriptors_does_not_take_servers_down),
		cmocka_unit_test(checks_introduce_themselves),
		cmocka_unit_test(traffic_counts_as_checks),
		cmocka_unit_test(callbacks_may_stop_the_check),
		cmocka_unit_test(checks_wait_for_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
