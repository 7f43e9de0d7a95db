/* SPDX-License-Identifier: Apache-2.0 */
/* Mail against tests/blackbox/smtp_sink.py: text, order, failures, recovery, the end. */
#include "fixture_conf.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "vrrp/mail.h"
#include "vrrp/mail_text.h"

enum { SOON_US = 10000000 };

/* A mail server, and the loop that sends to it. */
struct post {
	char out[64];			/* what the sink writes */
	char port[16];
	pid_t sink;
	struct fixture f;
	struct page *page;
	struct loop *loop;
	struct mail_sender *sender;
	struct strbuf said;
	unsigned finished;
};

static void post_sink(struct post *post, const char *port, const char *option, const char *value)
{
	int ends[2];
	FILE *first;

	assert_int_equal(pipe(ends), 0);
	post->sink = fork();
	assert_true(post->sink >= 0);
	if (post->sink == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		execlp("python3", "python3", SMTP_SINK, "--out", post->out, "--port", port, option,
		       value, (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	first = fdopen(ends[0], "r");
	assert_non_null(fgets(post->port, sizeof(post->port), first));
	post->port[strcspn(post->port, "\n")] = '\0';
	fclose(first);
}

static void post_no_sink(struct post *post)
{
	int status;

	kill(post->sink, SIGKILL);
	assert_int_equal(waitpid(post->sink, &status, 0), post->sink);
	post->sink = 0;
}

static void post_say(void *context, enum log_level level, const char *text)
{
	struct post *post = context;

	strbuf_printf(&post->said, "%d %s\n", level, text);
}

static void post_on_finished(void *context)
{
	((struct post *)context)->finished++;
}

static void post_open(struct post *post, const char *option, const char *value)
{
	char text[512];
	int fd;

	*post = (struct post){ .out = "/tmp/relevo-mail-XXXXXX" };
	fd = mkstemp(post->out);
	assert_true(fd >= 0);
	close(fd);
	post_sink(post, "0", option, value);
	snprintf(text, sizeof(text),
		 "global_defs {\n notification_email {\n  a@b.c\n  d@e.f\n }\n"
		 " notification_email_from me@x.y\n smtp_server 127.0.0.1 %s\n"
		 " smtp_helo_name node1.example\n smtp_connect_timeout 1\n router_id node1\n}\n",
		 post->port);
	fixture_fine(&post->f, text);
	post->page = page_map();
	post->loop = loop_new(post);
	strbuf_puts(&post->said, "");
	post->sender = mail_open(&(struct mail_sender_args){
		.loop = post->loop, .conf = post->f.conf, .page = post->page, .say = post_say,
		.on_finished = post_on_finished, .context = post, .retry_us = 20000,
	});
	assert_non_null(post->sender);
}

static void post_close(struct post *post)
{
	mail_close(post->sender);
	loop_free(post->loop);
	page_unmap(post->page);
	if (post->sink != 0)
		post_no_sink(post);
	unlink(post->out);
	strbuf_free(&post->said);
	fixture_close(&post->f);
}

/* Turns the loop until the ring is empty, or for `us`; true if it is empty. */
static bool post_run(struct post *post, uint64_t us)
{
	struct moment start = moment_now();

	while (atomic_load(&post->page->mails.head) != atomic_load(&post->page->mails.tail)) {
		if (moment_since(start, moment_now()) > us)
			return false;
		assert_int_equal(loop_turn(post->loop, 5000), 0);
	}
	return true;
}

/* The sink's mails, one a line. */
static void post_read(const struct post *post, char text[8192])
{
	FILE *file = fopen(post->out, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, 8191, file);
	text[len] = '\0';
	fclose(file);
}

static unsigned count_of(const char *text, const char *piece)
{
	unsigned count = 0;

	for (; (text = strstr(text, piece)) != NULL; text++)
		count++;
	return count;
}

static void assert_has(const char *text, const char *piece)
{
	if (strstr(text, piece) == NULL)
		fail_msg("no %s in %s", piece, text);
}

#define SUBJECT "VRRP Instance VI_1 - Entering MASTER state"
#define BODY "=> VRRP Instance is now owning VRRP VIPs <="

static void mails_arrive_as_keepalived_writes_them(void **state)
{
	char text[8192];
	struct post post;

	post_open(&post, "--refuse", "0");
	assert_true(page_mail_add(post.page, "[node1] " SUBJECT, BODY));
	mail_wake(post.sender);
	assert_true(post_run(&post, SOON_US));
	post_read(&post, text);
	assert_has(text, "\"helo\": \"node1.example\"");
	assert_has(text, "\"from\": \"<me@x.y>\"");
	assert_has(text, "\"to\": [\"<a@b.c>\", \"<d@e.f>\"]");
	assert_has(text, "\"lines\": [\"Date: ");
	assert_has(text, "\"From: me@x.y\", \"Subject: [node1] " SUBJECT "\", \"X-Mailer: relevo\", "
			 "\"To: a@b.c,\", \" d@e.f\", \"\", \"" BODY "\"]");
	assert_string_equal(post.said.text, "");
	post_close(&post);
}

static void mails_arrive_in_order(void **state)
{
	char text[8192], *at = text;
	struct post post;

	post_open(&post, "--refuse", "0");
	for (int i = 0; i < 8; i++) {
		char subject[16];

		snprintf(subject, sizeof(subject), "[s%d]", i);
		assert_true(page_mail_add(post.page, subject, "."));
		mail_wake(post.sender);
	}
	assert_true(post_run(&post, SOON_US));
	post_read(&post, text);
	for (int i = 0; i < 8; i++) {
		char subject[32];

		snprintf(subject, sizeof(subject), "Subject: [s%d]", i);
		at = strstr(at, subject);
		assert_non_null(at);
	}
	assert_int_equal(count_of(text, "\"\", \".\"]"), 8); /* a lone dot is not the end */
	post_close(&post);
}

static void a_server_that_is_down_loses_nothing(void **state)
{
	char text[8192], port[16];
	struct post post;

	post_open(&post, "--refuse", "0");
	strcpy(port, post.port);
	post_no_sink(&post);
	for (int i = 0; i < 3; i++)
		assert_true(page_mail_add(post.page, "x", "y"));
	mail_wake(post.sender);
	assert_false(post_run(&post, 300000));
	assert_int_equal(count_of(post.said.text, "takes no mail"), 1);
	post_sink(&post, port, "--refuse", "0");
	assert_true(post_run(&post, SOON_US));
	post_read(&post, text);
	assert_int_equal(count_of(text, "Subject: [node1] x"), 3);
	assert_int_equal(count_of(post.said.text, "takes no mail"), 1);
	assert_int_equal(count_of(post.said.text, "takes mail again"), 1);
	assert_has(post.said.text, "3 waiting");
	post_close(&post);
}

static void a_busy_server_is_tried_again(void **state)
{
	char text[8192];
	struct post post;

	post_open(&post, "--refuse", "2");
	assert_true(page_mail_add(post.page, "x", "y"));
	mail_wake(post.sender);
	assert_true(post_run(&post, SOON_US));
	post_read(&post, text);
	assert_int_equal(count_of(text, "Subject"), 1);
	post_close(&post);
}

static void a_mail_that_is_refused_for_good_does_not_stop_the_next(void **state)
{
	char text[8192];
	struct post post;

	post_open(&post, "--reject", "5");
	assert_true(page_mail_add(post.page, "first", "y"));
	assert_true(page_mail_add(post.page, "second", "y"));
	mail_wake(post.sender);
	assert_true(post_run(&post, SOON_US));
	post_read(&post, text);
	assert_int_equal(count_of(text, "first"), 0);
	assert_int_equal(count_of(text, "second"), 1);
	assert_has(post.said.text, "refused 5 times and is given up");
	post_close(&post);
}

/* It accepts connections and never answers: turns go on, and the time limit holds. */
static void a_mute_server_delays_nothing(void **state)
{
	struct moment start = moment_now();
	struct post post;
	unsigned turns;

	post_open(&post, "--mute", NULL);
	assert_true(page_mail_add(post.page, "x", "y"));
	mail_wake(post.sender);
	for (turns = 0; post.said.text[0] == '\0' && moment_since(start, moment_now()) < SOON_US; turns++)
		assert_int_equal(loop_turn(post.loop, 5000), 0);
	assert_true(turns > 20); /* one that blocks would have a few, each as long as the limit */
	assert_has(post.said.text, "takes no mail");
	assert_true(moment_since(start, moment_now()) < 4000000);
	post_close(&post);
}

static void finish_sends_what_is_queued(void **state)
{
	char text[8192];
	struct post post;

	post_open(&post, "--refuse", "0");
	assert_true(page_mail_add(post.page, "one", "y"));
	assert_true(page_mail_add(post.page, "two", "y"));
	mail_finish(post.sender);
	assert_true(post_run(&post, SOON_US));
	while (post.finished == 0)
		assert_int_equal(loop_turn(post.loop, 5000), 0);
	post_read(&post, text);
	assert_int_equal(count_of(text, "Subject"), 2);
	assert_int_equal(post.finished, 1);
	post_close(&post);
}

static void finish_tries_once(void **state)
{
	struct post post;

	post_open(&post, "--refuse", "0");
	post_no_sink(&post);
	assert_true(page_mail_add(post.page, "one", "y"));
	mail_finish(post.sender);
	for (int i = 0; i < 200 && post.finished == 0; i++)
		assert_int_equal(loop_turn(post.loop, 5000), 0);
	assert_int_equal(post.finished, 1);
	assert_int_equal(atomic_load(&post.page->mails.tail), 0); /* still there for the next */
	post_close(&post);
}

static void without_a_server_the_ring_stays_empty(void **state)
{
	struct fixture f;
	struct page *page = page_map();
	struct loop *loop = loop_new(NULL);
	struct mail_sender *sender;

	fixture_fine(&f, "global_defs {\n}\n");
	sender = mail_open(&(struct mail_sender_args){ .loop = loop, .conf = f.conf, .page = page });
	assert_true(page_mail_add(page, "x", "y"));
	mail_wake(sender);
	assert_int_equal(atomic_load(&page->mails.tail), 1);
	mail_close(sender);
	loop_free(loop);
	page_unmap(page);
	fixture_close(&f);
}

static void control_bytes_do_not_make_headers(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct page_mail mail = { .subject = "a\r\nBcc: x@y", .body = "b\r\n.\r\nc" };
	struct fixture f;

	fixture_fine(&f, "global_defs {\n router_id \"r\rX: y\"\n}\n");
	mail_text(f.conf, &mail, 0, &text);
	assert_has(text.text, "Subject: [r X: y] a  Bcc: x@y\r\n");
	assert_has(text.text, "\r\n\r\nb  .  c\r\n");
	strbuf_free(&text);
	fixture_close(&f);
}

static void dates_are_of_rfc_5322(void **state)
{
	struct strbuf text = STRBUF_EMPTY;
	struct page_mail mail = { .subject = "x" };
	struct fixture f;

	fixture_fine(&f, "global_defs {\n}\n");
	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	mail_text(f.conf, &mail, 1795426329000000, &text);
	assert_has(text.text, "Date: Mon, 23 Nov 2026 15:02:09 +0530\r\n");
	unsetenv("TZ");
	tzset();
	strbuf_free(&text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mails_arrive_as_keepalived_writes_them),
		cmocka_unit_test(mails_arrive_in_order),
		cmocka_unit_test(a_server_that_is_down_loses_nothing),
		cmocka_unit_test(a_busy_server_is_tried_again),
		cmocka_unit_test(a_mail_that_is_refused_for_good_does_not_stop_the_next),
		cmocka_unit_test(a_mute_server_delays_nothing),
		cmocka_unit_test(finish_sends_what_is_queued),
		cmocka_unit_test(finish_tries_once),
		cmocka_unit_test(without_a_server_the_ring_stays_empty),
		cmocka_unit_test(control_bytes_do_not_make_headers),
		cmocka_unit_test(dates_are_of_rfc_5322),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
