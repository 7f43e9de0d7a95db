/* SPDX-License-Identifier: Apache-2.0 */
/* The log's lines as HAProxy 2.6 writes them, and what happens when nobody reads. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "diag/log.h"

static void line_matches(const char *line, const char *pattern)
{
	const char *from = line;

	/* '9' stands for a digit or the blank of a one-digit day, 'A' for a letter */
	for (; *pattern != '\0'; pattern++, line++) {
		bool fits = *line == *pattern;

		if (*pattern == '9')
			fits = (*line >= '0' && *line <= '9') || *line == ' ';
		else if (*pattern == 'A')
			fits = (*line | 32) >= 'a' && (*line | 32) <= 'z';
		else if (*pattern == '+')
			fits = *line == '+' || *line == '-';
		if (!fits)
			fail_msg("'%s' is not as expected from '%s'", from, pattern);
	}
	assert_int_equal(*line, '\0');
}

/* A socket on loopback and the target that leads to it. */
static int udp_sink(struct log_target *target)
{
	struct sockaddr_in *to = (struct sockaddr_in *)&target->address;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	*to = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	target->kind = LOG_TO_UDP;
	target->address_len = sizeof(*to);
	target->max_level = LOG_LEVEL_DEBUG;
	assert_return_code(bind(fd, (struct sockaddr *)to, sizeof(*to)), errno);
	assert_return_code(getsockname(fd, (struct sockaddr *)to, &target->address_len), errno);
	return fd;
}

static const char *sink_take(int fd)
{
	static char line[70000];
	ssize_t len = read(fd, line, sizeof(line) - 1);

	if (len < 0)
		return NULL;
	line[len] = '\0';
	return line;
}

static void pipe_sink(int ends[2], struct log_target *target)
{
	assert_return_code(pipe2(ends, 0), errno);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*target = (struct log_target){ .kind = LOG_TO_FD, .fd = ends[1],
				       .format = LOG_FORMAT_RAW, .max_level = LOG_LEVEL_DEBUG };
}

static const char *one_line(struct log_target *target, const struct log_conf *with,
			    enum log_level level, const char *text)
{
	struct log_conf conf = { .targets = target, .count = 1 };
	struct log *log = log_open("haproxy", 123);
	int fd = udp_sink(target);
	const char *line;

	if (with != NULL) {
		conf.tag = with->tag;
		conf.hostname = with->hostname;
	}
	log_send(log, &conf, level, text, strlen(text));
	log_close(log);
	line = sink_take(fd);
	close(fd);
	return line;
}

static void formats(void **state)
{
	static const struct {
		enum log_format format;
		const char *hostname, *pattern;
	} rows[] = {
		{ LOG_FORMAT_LOCAL, NULL, "<134>AAA 99 99:99:99 haproxy[123]: hello\n" },
		{ LOG_FORMAT_LOCAL, "vm", "<134>AAA 99 99:99:99 haproxy[123]: hello\n" },
		{ LOG_FORMAT_DEFAULT, NULL, "<134>AAA 99 99:99:99 haproxy[123]: hello\n" },
		{ LOG_FORMAT_DEFAULT, "vm", "<134>AAA 99 99:99:99 vm haproxy[123]: hello\n" },
		{ LOG_FORMAT_RFC3164, NULL, "<134>AAA 99 99:99:99 localhost haproxy[123]: hello\n" },
		{ LOG_FORMAT_RFC3164, "vm", "<134>AAA 99 99:99:99 vm haproxy[123]: hello\n" },
		{ LOG_FORMAT_RFC5424, NULL,
		  "<134>1 9999-99-99T99:99:99.999999+99:99 - haproxy 123 - - hello\n" },
		{ LOG_FORMAT_RFC5424, "vm",
		  "<134>1 9999-99-99T99:99:99.999999+99:99 vm haproxy 123 - - hello\n" },
		{ LOG_FORMAT_PRIORITY, "vm", "<134>hello\n" },
		{ LOG_FORMAT_SHORT, "vm", "<6>hello\n" },
		{ LOG_FORMAT_TIMED, "vm", "<6>9999-99-99T99:99:99.999999+99:99 hello\n" },
		{ LOG_FORMAT_ISO, "vm", "9999-99-99T99:99:99.999999+99:99 hello\n" },
		{ LOG_FORMAT_RAW, "vm", "hello\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct log_target target = { .format = rows[i].format, .facility = 16 };
		struct log_conf with = { .hostname = rows[i].hostname };

		line_matches(one_line(&target, &with, LOG_LEVEL_INFO, "hello"), rows[i].pattern);
	}
}

static void tag_replaces_program(void **state)
{
	struct log_target target = { .facility = 23 };
	struct log_conf with = { .tag = "my tag" };

	line_matches(one_line(&target, &with, LOG_LEVEL_EMERG, "x"),
		     "<184>AAA 99 99:99:99 my tag[123]: x\n");
}

static void levels(void **state)
{
	struct log_target target = { .format = LOG_FORMAT_SHORT };
	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	int fd = udp_sink(&target);

	target.max_level = LOG_LEVEL_NOTICE;
	target.min_level = LOG_LEVEL_ERR;
	log_printf(log, &conf, LOG_LEVEL_INFO, "too chatty");
	log_printf(log, &conf, LOG_LEVEL_NOTICE, "n%d", 1);
	log_printf(log, &conf, LOG_LEVEL_EMERG, "e");
	assert_null(sink_take(fd)); /* nothing leaves before the flush */
	log_flush(log);
	assert_string_equal(sink_take(fd), "<5>n1\n");
	assert_string_equal(sink_take(fd), "<3>e\n");
	assert_null(sink_take(fd));
	log_close(log);
	close(fd);
}

/* A datagram may have its newline beyond `len`, a line on a descriptor not (HAProxy 2.6). */
static void length_cuts(void **state)
{
	char text[201];
	struct log_target target = { .format = LOG_FORMAT_RAW, .length = 80 };
	int ends[2];

	memset(text, 'x', 200);
	text[200] = '\0';
	assert_int_equal(strlen(one_line(&target, NULL, LOG_LEVEL_INFO, text)), 81);

	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	pipe_sink(ends, &target);
	target.length = 80;
	log_send(log, &conf, LOG_LEVEL_INFO, text, 200);
	log_close(log);
	assert_int_equal(strlen(sink_take(ends[0])), 80);
	close(ends[0]);
	close(ends[1]);
}

/* The header alone may be longer than the line may be. */
static void length_cuts_header(void **state)
{
	char tag[301];
	struct log_target target = { .length = 80 };
	struct log_conf with = { .tag = tag };
	const char *line;

	memset(tag, 't', 300);
	tag[300] = '\0';
	line = one_line(&target, &with, LOG_LEVEL_INFO, "text");
	assert_int_equal(strlen(line), 81);
	assert_int_equal(line[80], '\n');
}

static void control_bytes_are_masked(void **state)
{
	struct log_target target = { .format = LOG_FORMAT_RAW };

	assert_string_equal(one_line(&target, NULL, LOG_LEVEL_INFO, "a\r\nb\x7f\tc\x1b[1m"),
			    "a??b?\tc?[1m\n");
}

/* Lines are looked through in pieces of eight: each byte at each place of them. */
static void each_control_byte_is_masked_anywhere(void **state)
{
	struct log_target target = { .format = LOG_FORMAT_RAW };

	for (unsigned byte = 1; byte < 256; byte++)
		for (unsigned at = 0; at < 19; at++) {
			char text[] = "0123456789\xc3\xa9~ \t5678";
			char expected[] = "0123456789\xc3\xa9~ \t5678\n";
			bool masked = (byte < ' ' && byte != '\t') || byte == 127;

			text[at] = (char)byte;
			expected[at] = masked ? '?' : (char)byte;
			assert_string_equal(one_line(&target, NULL, LOG_LEVEL_INFO, text), expected);
		}
}

static void samples(void **state)
{
	static const struct log_range more[] = { { 3, 4 }, { 0, 0 } };
	struct log_target target = { .format = LOG_FORMAT_RAW, .sample_low = 1, .sample_high = 1,
				     .sample_size = 5, .sample_more = more };
	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	int fd = udp_sink(&target);
	static const char *const expected[] = { "1\n", "3\n", "4\n", "6\n", "8\n", "9\n" };

	for (int i = 1; i <= 10; i++)
		log_printf(log, &conf, LOG_LEVEL_INFO, "%d", i);
	log_close(log);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_string_equal(sink_take(fd), expected[i]);
	assert_null(sink_take(fd));
	close(fd);
}

/* More lines than one sendmmsg, one queue and one slot table hold. */
static void many_targets_and_lines(void **state)
{
	struct log_target targets[40] = { 0 };
	struct log_conf conf = { .targets = targets, .count = ARRAY_LEN(targets) };
	struct log *log = log_open("p", 1);
	int fd = udp_sink(&targets[0]);
	unsigned count = 0;

	targets[0].format = LOG_FORMAT_RAW;
	for (size_t i = 1; i < ARRAY_LEN(targets); i++)
		targets[i] = targets[0];
	for (int i = 0; i < 30; i++) {
		log_printf(log, &conf, LOG_LEVEL_INFO, "line %d", i);
		if (i % 4 != 3)
			continue;
		log_flush(log);
		while (sink_take(fd) != NULL)
			count++;
	}
	log_close(log);
	while (sink_take(fd) != NULL)
		count++;
	assert_int_equal(count, 30 * ARRAY_LEN(targets));
	close(fd);
}

/* A pipe nobody reads: no blocking, the newest lines are dropped and counted, the rest is whole. */
static void full_pipe_keeps_lines_whole(void **state)
{
	struct log_target target;
	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	unsigned sent = 5000, got = 0;
	char buffer[1 << 20], *line;
	size_t len = 0;
	ssize_t piece;
	int ends[2];

	pipe_sink(ends, &target);
	for (unsigned i = 0; i < sent; i++) {
		log_printf(log, &conf, LOG_LEVEL_INFO, "%06u %.*s", i, (int)(i % 90),
			   "------------------------------------------------------------------"
			   "------------------------------");
		if (i % 16 == 0)
			log_flush(log);
	}
	assert_true(log_dropped(log) > 0);
	for (int turn = 0; turn < 8; turn++, log_flush(log))
		while ((piece = read(ends[0], buffer + len, sizeof(buffer) - 1 - len)) > 0)
			len += (size_t)piece;
	buffer[len] = '\0';
	for (char *save, *at = buffer; (line = strtok_r(at, "\n", &save)) != NULL; at = NULL) {
		unsigned number = (unsigned)strtoul(line, NULL, 10);

		assert_int_equal(strlen(line), 7 + number % 90);
		got++;
	}
	assert_int_equal(got + log_dropped(log), sent);
	log_close(log);
	close(ends[0]);
	close(ends[1]);
}

/* Lines longer than a pipe takes at once still arrive whole and in order. */
static void long_lines_through_a_pipe(void **state)
{
	struct log_target target;
	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	static char text[30000], got[200000];
	size_t len = 0;
	ssize_t piece;
	int ends[2];

	pipe_sink(ends, &target);
	target.length = 65535;
	for (int i = 0; i < 4; i++) {
		memset(text, 'a' + i, sizeof(text));
		log_send(log, &conf, LOG_LEVEL_INFO, text, sizeof(text));
	}
	for (int turn = 0; turn < 20; turn++, log_flush(log))
		while ((piece = read(ends[0], got + len, sizeof(got) - len)) > 0)
			len += (size_t)piece;
	assert_int_equal(len, 4 * (sizeof(text) + 1));
	for (size_t i = 0; i < len; i++)
		assert_int_equal(got[i], i % 30001 == 30000 ? '\n' : 'a' + (int)(i / 30001));
	log_close(log);
	close(ends[0]);
	close(ends[1]);
}

static int unix_sink(struct log_target *target, const char *path, int type)
{
	struct sockaddr_un *to = (struct sockaddr_un *)&target->address;
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(to->sun_path, path);
	target->kind = LOG_TO_UNIX;
	target->address_len = sizeof(*to);
	target->format = LOG_FORMAT_RAW;
	target->max_level = LOG_LEVEL_DEBUG;
	unlink(path);
	assert_return_code(bind(fd, (struct sockaddr *)to, sizeof(*to)), errno);
	if (type == SOCK_STREAM)
		assert_return_code(listen(fd, 5), errno);
	return fd;
}

/* /dev/log takes few datagrams at a time (max_dgram_qlen): the others wait, none is lost. */
static void unix_socket_slow_and_started_again(void **state)
{
	struct log_target target = { 0 };
	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	char path[64], expected[32];
	const char *line;
	int fd, next = 0;

	snprintf(path, sizeof(path), "/tmp/relevo-test-log-%d", (int)getpid());
	fd = unix_sink(&target, path, SOCK_DGRAM);
	log_prepare(log, &conf);
	for (int i = 0; i < 400; i++)
		log_printf(log, &conf, LOG_LEVEL_INFO, "%d", i);
	for (int turn = 0; turn < 400; turn++) {
		log_flush(log);
		while ((line = sink_take(fd)) != NULL) {
			snprintf(expected, sizeof(expected), "%d\n", next++);
			assert_string_equal(line, expected);
		}
	}
	assert_int_equal(next, 400);
	assert_int_equal(log_dropped(log), 0);

	close(fd);
	fd = unix_sink(&target, path, SOCK_DGRAM);
	log_printf(log, &conf, LOG_LEVEL_INFO, "again");
	log_flush(log);
	assert_string_equal(sink_take(fd), "again\n");
	log_close(log);
	close(fd);
	unlink(path);
}

static void unix_stream_fallback(void **state)
{
	struct log_target target = { 0 };
	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	char path[64];
	int fd, peer;

	snprintf(path, sizeof(path), "/tmp/relevo-test-logs-%d", (int)getpid());
	fd = unix_sink(&target, path, SOCK_STREAM);
	log_printf(log, &conf, LOG_LEVEL_INFO, "one");
	log_printf(log, &conf, LOG_LEVEL_INFO, "two");
	log_flush(log);
	peer = accept(fd, NULL, NULL);
	assert_return_code(peer, errno);
	assert_string_equal(sink_take(peer), "one\ntwo\n");
	log_close(log);
	close(peer);
	close(fd);
	unlink(path);
}

static void nobody_there(void **state)
{
	struct log_target targets[] = {
		{ .kind = LOG_TO_UNIX, .max_level = LOG_LEVEL_DEBUG },
		{ .kind = LOG_TO_FD, .fd = 987654, .max_level = LOG_LEVEL_DEBUG },
	};
	struct sockaddr_un *to = (struct sockaddr_un *)&targets[0].address;
	struct log_conf conf = { .targets = targets, .count = 2 };
	struct log *log = log_open("p", 1);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX, .sun_path = "/nonexistent/log" };
	targets[0].address_len = sizeof(*to);
	log_prepare(log, &conf);
	log_printf(log, &conf, LOG_LEVEL_INFO, "lost");
	log_flush(log);
	assert_int_equal(log_dropped(log), 2);
	log_close(log);
}

static void closed_pipe(void **state)
{
	struct log_target target;
	struct log_conf conf = { .targets = &target, .count = 1 };
	struct log *log = log_open("p", 1);
	int ends[2];

	pipe_sink(ends, &target);
	log_prepare(log, &conf);
	close(ends[0]);
	log_printf(log, &conf, LOG_LEVEL_INFO, "lost");
	log_flush(log);
	assert_int_equal(log_dropped(log), 1);
	log_close(log);
	close(ends[1]);
}

static void names(void **state)
{
	assert_int_equal(log_facility_find("kern"), 0);
	assert_int_equal(log_facility_find("local7"), 23);
	assert_int_equal(log_facility_find("local8"), -1);
	assert_string_equal(log_facility_name(16), "local0");
	assert_null(log_facility_name(24));
	assert_null(log_facility_name(1000));
	assert_int_equal(log_level_find("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_find("error"), -1);
	assert_string_equal(log_level_name(LOG_LEVEL_ERR), "err");
	assert_int_equal(log_format_find("raw"), LOG_FORMAT_RAW);
	assert_int_equal(log_format_find("RAW"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(tag_replaces_program),
		cmocka_unit_test(levels),
		cmocka_unit_test(length_cuts),
		cmocka_unit_test(length_cuts_header),
		cmocka_unit_test(control_bytes_are_masked),
		cmocka_unit_test(each_control_byte_is_masked_anywhere),
		cmocka_unit_test(samples),
		cmocka_unit_test(many_targets_and_lines),
		cmocka_unit_test(full_pipe_keeps_lines_whole),
		cmocka_unit_test(long_lines_through_a_pipe),
		cmocka_unit_test(unix_socket_slow_and_started_again),
		cmocka_unit_test(unix_stream_fallback),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(closed_pipe),
		cmocka_unit_test(names),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
