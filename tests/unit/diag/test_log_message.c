/* SPDX-License-Identifier: Apache-2.0 */
/* Others' syslog messages: what is in them (RFC 3164, RFC 5424), and where they end (RFC 6587). */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "diag/log_message.h"

#define ARRAY(row) (sizeof(row) / sizeof((row)[0]))

static struct slice bytes(const char *text)
{
	return slice_of(text);
}

/* Its parts in one line: "format host tag pid id structured|text"; '-' for what is not there. */
static const char *parts(const char *text)
{
	static const char *const formats[] = {
		[LOG_FORMAT_RFC3164] = "3164",
		[LOG_FORMAT_RFC5424] = "5424",
		[LOG_FORMAT_PRIORITY] = "priority",
		[LOG_FORMAT_RAW] = "raw",
	};
	static char line[512];
	struct log_message message;
	int len;

	log_message_read(bytes(text), &message);
	len = snprintf(line, sizeof(line), "%s", formats[message.format]);
	for (unsigned i = 0; i < 6; i++) {
		const struct slice part = (struct slice[]){ message.date, message.host, message.tag,
							    message.pid, message.id,
							    message.structured }[i];

		len += snprintf(line + len, sizeof(line) - (size_t)len, " %.*s",
				part.len == 0 ? 1 : (int)part.len, part.len == 0 ? "-" : part.at);
	}
	snprintf(line + len, sizeof(line) - (size_t)len, "|%.*s", (int)message.text.len,
		 message.text.at);
	return line;
}

static void test_messages(void **state)
{
	static const struct {
		const char *text, *parts;
	} rows[] = {
		{ "<34>Oct 11 22:14:15 h su: a b", "3164 Oct 11 22:14:15 h su - - -|a b" },
		{ "<34>Oct  1 22:14:15 h su[12]: a\n\n", "3164 Oct  1 22:14:15 h su 12 - -|a" },
		{ "<34>Oct 11 22:14:15 h su[]: a", "3164 Oct 11 22:14:15 h su - - -|a" },
		{ "<34>Oct 11 22:14:15 h su[1]x: a", "3164 Oct 11 22:14:15 h su[1]x - - -|a" },
		{ "<34>Oct 11 22:14:15 h [1]: a", "3164 Oct 11 22:14:15 h [1] - - -|a" },
		{ "<34>Oct 11 22:14:15 h : a", "3164 Oct 11 22:14:15 h - - - -|: a" },
		{ "<34>Oct 11 22:14:15 h no tag", "3164 Oct 11 22:14:15 h - - - -|no tag" },
		{ "<34>Oct 11 22:14:15 h", "priority - - - - - -|Oct 11 22:14:15 h" },
		{ "<34>Okt 11 22:14:15 h a: b", "priority - - - - - -|Okt 11 22:14:15 h a: b" },
		{ "<34>Oct 11 22.14:15 h a: b", "priority - - - - - -|Oct 11 22.14:15 h a: b" },
		{ "<34>1 2003-10-11T22:14:15.003Z h a 7 id - m",
		  "5424 2003-10-11T22:14:15.003Z h a 7 id -|m" },
		{ "<34>1 2003-10-11T22:14:15+02:00 h a - - [x@1 a=\"]\\\"\"][y] m n",
		  "5424 2003-10-11T22:14:15+02:00 h a - - [x@1 a=\"]\\\"\"][y]|m n" },
		{ "<34>1 - - - - - -", "5424 - - - - - -|" },
		{ "<34>1 - - - - - - ", "5424 - - - - - -|" },
		{ "<34>1 2003-10-11T22:14:15 h a - - - m",
		  "priority - - - - - -|1 2003-10-11T22:14:15 h a - - - m" },
		{ "<34>1 2003-10-11T22:14:15.Z h a - - - m",
		  "priority - - - - - -|1 2003-10-11T22:14:15.Z h a - - - m" },
		{ "<34>1 - h a - - [x", "priority - - - - - -|1 - h a - - [x" },
		{ "<34>1 - h a - - -x", "priority - - - - - -|1 - h a - - -x" },
		{ "<34>1 - h a - - x y", "priority - - - - - -|1 - h a - - x y" },
		{ "<34>2 - h a - - - m", "priority - - - - - -|2 - h a - - - m" },
		{ "<34>", "priority - - - - - -|" },
		{ "<1234>x", "raw - - - - - -|<1234>x" },
		{ "<a>x", "raw - - - - - -|<a>x" },
		{ "x", "raw - - - - - -|x" },
		{ "\n", "raw - - - - - -|" },
	};

	for (size_t i = 0; i < ARRAY(rows); i++)
		assert_string_equal(parts(rows[i].text), rows[i].parts);
}

static void test_priorities(void **state)
{
	struct log_message message;

	log_message_read(bytes("<191>x"), &message);
	assert_true(message.has_priority);
	assert_int_equal(message.facility, 23);
	assert_int_equal(message.level, LOG_LEVEL_DEBUG);
	log_message_read(bytes("<>x"), &message);
	assert_true(message.has_priority);
	assert_int_equal(message.facility, 0);
	log_message_read(bytes("x"), &message);
	assert_false(message.has_priority);
	assert_int_equal(message.level, LOG_LEVEL_EMERG);
	log_message_take(bytes("<34>x\n"), &message);
	assert_false(message.has_priority);
	assert_memory_equal(message.text.at, "<34>x", 5);
	assert_int_equal(message.text.len, 5);
}

/* "message/message...": what comes of a stream, with '!' where it is broken. */
static const char *frames(const char *stream, bool by_newline, size_t max)
{
	static char line[512];
	struct slice left = bytes(stream), message;
	enum log_frame frame;
	size_t taken;
	int len = 0;

	line[0] = '\0';
	while ((frame = log_frame_next(left, by_newline, max, &message, &taken)) ==
	       LOG_FRAME_MESSAGE) {
		len += snprintf(line + len, sizeof(line) - (size_t)len, "%.*s/", (int)message.len,
				message.at);
		left = slice_skip(left, taken);
	}
	snprintf(line + len, sizeof(line) - (size_t)len, "%.*s%s", (int)left.len, left.at,
		 frame == LOG_FRAME_BAD ? "!" : "");
	return line;
}

static void test_frames(void **state)
{
	assert_string_equal(frames("<1>a\n<2>b\n", false, 99), "<1>a/<2>b/");
	assert_string_equal(frames("<1>a\r\n<2>", false, 99), "<1>a/<2>");
	assert_string_equal(frames("4 <1>a5 <2>bc<3>d\n", false, 99), "<1>a/<2>bc/<3>d/");
	assert_string_equal(frames("6 <1>a\nb", false, 99), "<1>a\nb/");
	assert_string_equal(frames("4 <1>", false, 99), "4 <1>");
	assert_string_equal(frames("4", false, 99), "4");
	assert_string_equal(frames("", false, 99), "");
	assert_string_equal(frames("0 ", false, 99), "0 !");
	assert_string_equal(frames("04 <1>a", false, 99), "04 <1>a!");
	assert_string_equal(frames("4x<1>a", false, 99), "4x<1>a!");
	assert_string_equal(frames("1234567890 x", false, SIZE_MAX), "1234567890 x!");
	assert_string_equal(frames("text\n", false, 99), "text\n!");
	assert_string_equal(frames("text\n4 <1>a\n\n", true, 99), "text/4 <1>a//");
	assert_string_equal(frames("<1>ab", false, 5), "<1>ab");
	assert_string_equal(frames("<1>abc", false, 5), "<1>abc!");
	assert_string_equal(frames("6 <1>abc", false, 5), "6 <1>abc!");
}

/* ---- what targets get ---- */

struct bench {
	struct log_target target;
	struct log_conf conf;
	struct log *log;
	int fd;
	char got[600];
};

static void bench_open(struct bench *bench)
{
	struct sockaddr_in *at = (struct sockaddr_in *)&bench->target.address;

	*bench = (struct bench){
		.target = { .kind = LOG_TO_UDP, .fd = -1, .format = LOG_FORMAT_DEFAULT, .facility = 21,
			    .max_level = LOG_LEVEL_DEBUG, .length = 500 },
	};
	*at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bench->target.address_len = sizeof(*at);
	bench->fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(bench->fd, (struct sockaddr *)at, sizeof(*at)), 0);
	socklen_t len = sizeof(*at);
	assert_int_equal(getsockname(bench->fd, (struct sockaddr *)at, &len), 0);
	bench->conf = (struct log_conf){ .targets = &bench->target, .count = 1 };
	bench->log = log_open("test", 7);
}

static void bench_close(struct bench *bench)
{
	log_close(bench->log);
	close(bench->fd);
}

/* What the target gets of it, "" if nothing. */
static const char *relayed(struct bench *bench, enum log_format format, const char *text)
{
	struct log_message message;
	ssize_t got;

	bench->target.format = format;
	log_message_read(bytes(text), &message);
	log_relay(bench->log, &bench->conf, &message);
	log_flush(bench->log);
	got = recv(bench->fd, bench->got, sizeof(bench->got) - 1, MSG_DONTWAIT);
	bench->got[got < 0 ? 0 : got] = '\0';
	return bench->got;
}

static void test_relay(void **state)
{
	static const char legacy[] = "<34>Feb  3 22:14:15 h su[12]: a\tb";
	static const char iso[] = "<34>1 2003-12-09T22:14:15.003Z h su 12 id [x@1] ab";
	struct bench bench;

	bench_open(&bench);
	assert_string_equal(relayed(&bench, LOG_FORMAT_DEFAULT, legacy),
			    "<34>Feb  3 22:14:15 h su[12]: a\tb\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_LOCAL, legacy),
			    "<34>Feb  3 22:14:15 su[12]: a\tb\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_SHORT, legacy), "<2>a\tb\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_PRIORITY, legacy), "<34>a\tb\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_RAW, legacy), "a\tb\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_RFC5424, legacy) + 10,
			    "-02-03T22:14:15-00:00 h su 12 - - a\tb\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_DEFAULT, iso),
			    "<34>1 2003-12-09T22:14:15.003Z h su 12 id [x@1] ab\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_RFC3164, iso),
			    "<34>Dec  9 22:14:15 h su[12]: ab\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_TIMED, iso), "<2>2003-12-09T22:14:15.003Z ab\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_ISO, iso), "2003-12-09T22:14:15.003Z ab\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_DEFAULT, "plain"), "plain\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_PRIORITY, "plain"), "<168>plain\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_DEFAULT, "<5>plain"), "<5>plain\n");
	bench_close(&bench);
}

static void test_relay_limits(void **state)
{
	struct bench bench;
	char text[700] = "<34>";

	bench_open(&bench);
	bench.target.max_level = LOG_LEVEL_ERR;
	bench.target.min_level = LOG_LEVEL_CRIT;
	assert_string_equal(relayed(&bench, LOG_FORMAT_PRIORITY, "<132>a"), "");
	assert_string_equal(relayed(&bench, LOG_FORMAT_PRIORITY, "<131>a"), "<131>a\n");
	assert_string_equal(relayed(&bench, LOG_FORMAT_PRIORITY, "<128>a"), "<130>a\n");
	memset(text + 4, 'x', sizeof(text) - 5);
	assert_int_equal(strlen(relayed(&bench, LOG_FORMAT_PRIORITY, text)), 501);
	bench_close(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages), cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_frames),	 cmocka_unit_test(test_relay),
		cmocka_unit_test(test_relay_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
