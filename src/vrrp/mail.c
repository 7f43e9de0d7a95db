/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/mail.c - the sender of the mails on the page. */
#include "vrrp/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "vrrp/mail_text.h"

enum {
	MAIL_POLL_MIN_US = 2000,	/* how often a transfer is looked at: ever more seldom */
	MAIL_POLL_MAX_US = 100000,
	MAIL_RETRY_MIN_US = 1000000,
	MAIL_RETRY_MAX_US = 60000000,
	MAIL_REFUSALS = 5,
};

struct mail_sender {
	struct mail_sender_args args;
	struct loop_timer poll;		/* while a transfer runs */
	struct loop_timer retry;	/* while one is waited for */
	uint64_t poll_us, retry_us;
	CURLM *multi;
	CURL *easy;			/* the transfer; NULL: none */
	struct curl_slist *recipients;
	char error[CURL_ERROR_SIZE];
	struct strbuf text;		/* of the mail that is sent */
	size_t sent;			/* bytes of it that curl has taken */
	unsigned refusals;		/* of the mail at the tail */
	bool failing;			/* and the log knows */
	bool finishing;
	uint64_t known;			/* mails up to here were seen; */
	uint64_t seen_us[PAGE_MAILS];	/* and when, for their Date */
};

static void mail_begin(struct mail_sender *sender);
static void mail_end(struct mail_sender *sender, CURLcode result, long reply);

/* --- the ring --- */

static uint64_t mail_waiting(const struct mail_sender *sender)
{
	const struct page_mails *mails = &sender->args.page->mails;

	return atomic_load(&mails->head) - atomic_load(&mails->tail);
}

static void mail_note_new(struct mail_sender *sender)
{
	uint64_t head = atomic_load(&sender->args.page->mails.head);

	for (; sender->known < head; sender->known++)
		sender->seen_us[sender->known % PAGE_MAILS] = wall_now_us();
}

static void mail_take_off(struct mail_sender *sender)
{
	atomic_fetch_add(&sender->args.page->mails.tail, 1);
	sender->refusals = 0;
}

static bool mail_is_wanted(const struct vrrp_conf *conf)
{
	return conf->smtp_host != NULL && conf->notification_emails != NULL;
}

/* --- curl --- */

static size_t mail_read(char *buffer, size_t size, size_t count, void *context)
{
	struct mail_sender *sender = context;
	size_t left = sender->text.len - sender->sent, len = size * count;

	if (len > left)
		len = left;
	memcpy(buffer, sender->text.text + sender->sent, len);
	sender->sent += len;
	return len;
}

/* smtp://HOST:PORT/HELO; false when out of memory. */
static bool mail_set_url(const struct vrrp_conf *conf, CURL *easy)
{
	bool ipv6 = strchr(conf->smtp_host, ':') != NULL;
	char *helo = conf->smtp_helo_name == NULL ? NULL :
						    curl_easy_escape(easy, conf->smtp_helo_name, 0);
	struct strbuf url = STRBUF_EMPTY;
	bool fine;

	strbuf_printf(&url, "smtp://%s%s%s:%u/%s", ipv6 ? "[" : "", conf->smtp_host,
		      ipv6 ? "]" : "", conf->smtp_port, helo == NULL ? "" : helo);
	fine = !url.failed && curl_easy_setopt(easy, CURLOPT_URL, url.text) == CURLE_OK;
	curl_free(helo);
	strbuf_free(&url);
	return fine;
}

static bool mail_set_envelope(struct mail_sender *sender, CURL *easy)
{
	const struct vrrp_conf *conf = sender->args.conf;
	char from[320];

	snprintf(from, sizeof(from), "<%s>", conf->notification_email_from);
	for (char **to = conf->notification_emails; *to != NULL; to++) {
		struct curl_slist *longer;
		char address[320];

		snprintf(address, sizeof(address), "<%s>", *to);
		longer = curl_slist_append(sender->recipients, address);
		if (longer == NULL)
			return false;
		sender->recipients = longer;
	}
	return curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, sender->recipients) == CURLE_OK &&
	       /* One address that is refused must not cost the others their mail. */
	       curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L) == CURLE_OK;
}

static bool mail_set_transfer(struct mail_sender *sender, CURL *easy)
{
	long timeout_ms = (long)(sender->args.conf->smtp_connect_timeout_us / 1000);

	sender->error[0] = '\0';
	return curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_READFUNCTION, mail_read) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_READDATA, sender) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)sender->text.len) ==
		       CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, sender->error) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
	       /* A server that stops answering is given the same time for each answer. */
	       curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
				(timeout_ms + 999) / 1000) == CURLE_OK;
}

static void mail_drop_transfer(struct mail_sender *sender)
{
	if (sender->easy != NULL) {
		curl_multi_remove_handle(sender->multi, sender->easy);
		curl_easy_cleanup(sender->easy);
		sender->easy = NULL;
	}
	curl_slist_free_all(sender->recipients);
	sender->recipients = NULL;
	strbuf_free(&sender->text);
}

/* --- moving a transfer on --- */

static void mail_arm(struct mail_sender *sender, struct loop_timer *timer, uint64_t us)
{
	/* Without memory for a timer the next mail_wake goes on. */
	if (loop_timer_arm(sender->args.loop, timer, moment_after(moment_now(), us)) < 0)
		return;
}

static void mail_move(struct mail_sender *sender)
{
	CURLMsg *message;
	int running, left;
	long reply = 0;

	if (curl_multi_perform(sender->multi, &running) != CURLM_OK) {
		mail_end(sender, CURLE_OUT_OF_MEMORY, 0);
		return;
	}
	message = curl_multi_info_read(sender->multi, &left);
	if (message != NULL && message->msg == CURLMSG_DONE) {
		CURLcode result = message->data.result;

		curl_easy_getinfo(sender->easy, CURLINFO_RESPONSE_CODE, &reply);
		mail_end(sender, result, reply);
		return;
	}
	sender->poll_us = sender->poll_us * 3 / 2;
	if (sender->poll_us > MAIL_POLL_MAX_US)
		sender->poll_us = MAIL_POLL_MAX_US;
	mail_arm(sender, &sender->poll, sender->poll_us);
}

static void mail_on_poll(struct loop *loop, struct loop_timer *timer)
{
	mail_move(container_of(timer, struct mail_sender, poll));
}

static void mail_begin(struct mail_sender *sender)
{
	struct page_mails *mails = &sender->args.page->mails;
	uint64_t tail = atomic_load(&mails->tail);
	CURL *easy = curl_easy_init();

	mail_note_new(sender);
	mail_text(sender->args.conf, &mails->mail[tail % PAGE_MAILS],
		  sender->seen_us[tail % PAGE_MAILS], &sender->text);
	sender->sent = 0;
	sender->easy = easy;
	if (easy == NULL || sender->text.failed || !mail_set_url(sender->args.conf, easy) ||
	    !mail_set_envelope(sender, easy) || !mail_set_transfer(sender, easy) ||
	    curl_multi_add_handle(sender->multi, easy) != CURLM_OK) {
		mail_end(sender, CURLE_OUT_OF_MEMORY, 0);
		return;
	}
	sender->poll_us = MAIL_POLL_MIN_US;
	mail_move(sender);
}

/* --- results --- */

static void mail_say(struct mail_sender *sender, enum log_level level, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void mail_say(struct mail_sender *sender, enum log_level level, const char *format, ...)
{
	struct strbuf text = STRBUF_EMPTY;
	va_list args;

	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	if (!text.failed)
		sender->args.say(sender->args.context, level, text.text);
	strbuf_free(&text);
}

static void mail_succeeded(struct mail_sender *sender)
{
	if (sender->failing)
		mail_say(sender, LOG_LEVEL_NOTICE, "mail server %s:%u takes mail again",
			 sender->args.conf->smtp_host, sender->args.conf->smtp_port);
	sender->failing = false;
	sender->retry_us = sender->args.retry_us;
	mail_take_off(sender);
}

/* Returns whether the mail was given up. */
static bool mail_failed(struct mail_sender *sender, CURLcode result, long reply)
{
	const char *why = sender->error[0] != '\0' ? sender->error : curl_easy_strerror(result);

	if (!sender->failing)
		mail_say(sender, LOG_LEVEL_WARNING,
			 "mail server %s:%u takes no mail (%s): %llu waiting, tried again",
			 sender->args.conf->smtp_host, sender->args.conf->smtp_port, why,
			 (unsigned long long)mail_waiting(sender));
	sender->failing = true;
	if (reply < 500 || ++sender->refusals < MAIL_REFUSALS)
		return false;
	mail_say(sender, LOG_LEVEL_ERR, "a mail was refused %d times and is given up (%s)",
		 MAIL_REFUSALS, why);
	mail_take_off(sender);
	return true;
}

static void mail_finished(struct mail_sender *sender)
{
	if (!sender->finishing)
		return;
	sender->finishing = false;
	sender->args.on_finished(sender->args.context);
}

static void mail_go_on(struct mail_sender *sender)
{
	if (mail_waiting(sender) > 0)
		/* From the timer, not from here: many mails must not nest. */
		mail_arm(sender, &sender->retry, 0);
	else
		mail_finished(sender);
}

static void mail_end(struct mail_sender *sender, CURLcode result, long reply)
{
	bool gone = true;

	if (result == CURLE_OK)
		mail_succeeded(sender);
	else
		gone = mail_failed(sender, result, reply);
	mail_drop_transfer(sender);
	if (gone) {
		mail_go_on(sender);
	} else if (sender->finishing) {
		mail_finished(sender);
	} else {
		mail_arm(sender, &sender->retry, sender->retry_us);
		sender->retry_us *= 2;
		if (sender->retry_us > MAIL_RETRY_MAX_US)
			sender->retry_us = MAIL_RETRY_MAX_US;
	}
}

static void mail_on_retry(struct loop *loop, struct loop_timer *timer)
{
	struct mail_sender *sender = container_of(timer, struct mail_sender, retry);

	if (sender->easy == NULL && mail_waiting(sender) > 0)
		mail_begin(sender);
}

/* --- from outside --- */

struct mail_sender *mail_open(const struct mail_sender_args *args)
{
	struct mail_sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return NULL;
	sender->args = *args;
	sender->poll.on_expire = mail_on_poll;
	sender->retry.on_expire = mail_on_retry;
	if (args->retry_us == 0)
		sender->args.retry_us = MAIL_RETRY_MIN_US;
	sender->retry_us = sender->args.retry_us;
	sender->known = atomic_load(&args->page->mails.tail);
	if (!mail_is_wanted(args->conf))
		return sender;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		sender->multi = curl_multi_init();
	if (sender->multi == NULL) {
		free(sender);
		errno = ENOMEM;
		return NULL;
	}
	return sender;
}

void mail_close(struct mail_sender *sender)
{
	if (sender == NULL)
		return;
	loop_timer_disarm(sender->args.loop, &sender->poll);
	loop_timer_disarm(sender->args.loop, &sender->retry);
	if (sender->multi != NULL) {
		mail_drop_transfer(sender);
		curl_multi_cleanup(sender->multi);
		curl_global_cleanup();
	}
	free(sender);
}

void mail_wake(struct mail_sender *sender)
{
	mail_note_new(sender);
	if (sender->multi == NULL)
		while (mail_waiting(sender) > 0)
			mail_take_off(sender);
	/* A mail that waits for its next try is not hurried by newer ones. */
	else if (sender->easy == NULL && sender->retry.node.pos == 0 && mail_waiting(sender) > 0)
		mail_begin(sender);
}

void mail_finish(struct mail_sender *sender)
{
	sender->finishing = true;
	mail_note_new(sender);
	if (sender->multi == NULL || mail_waiting(sender) == 0) {
		mail_finished(sender);
	} else if (sender->easy == NULL) {
		loop_timer_disarm(sender->args.loop, &sender->retry);
		mail_begin(sender);
	}
}
