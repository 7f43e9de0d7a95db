/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/mail.c - the sender of the mails on the page. */
#include "vrrp/mail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "vrrp/mail_text.h"
#include "vrrp/mail_transfer.h"

enum {
	MAIL_RETRY_MIN_US = 1000000,
	MAIL_RETRY_MAX_US = 60000000,
	MAIL_REFUSALS = 5,
};

struct mail_sender {
	struct mail_sender_args args;
	struct loop_timer retry;	/* while the next try is waited for */
	uint64_t retry_us;
	bool sends;			/* there is a server, and somebody who wants mail */
	struct mail_transfer transfer;
	unsigned refusals;		/* of the mail at the tail */
	bool failing;			/* and the log knows */
	bool finishing;
	uint64_t known;			/* mails up to here were seen; */
	uint64_t seen_us[PAGE_MAILS];	/* and when, for their Date */
};

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

/* --- the transfer --- */

static void mail_arm(struct mail_sender *sender, struct loop_timer *timer, uint64_t us)
{
	/* Without memory for a timer the next mail_wake goes on. */
	if (loop_timer_arm(sender->args.loop, timer, moment_after(moment_now(), us)) < 0)
		return;
}

static void mail_begin(struct mail_sender *sender)
{
	struct page_mails *mails = &sender->args.page->mails;
	const struct vrrp_conf *conf = sender->args.conf;
	uint64_t tail = atomic_load(&mails->tail);
	const struct mail_envelope envelope = {
		.host = conf->smtp_host,
		.port = conf->smtp_port,
		.helo = conf->smtp_helo_name,
		.from = conf->notification_email_from,
		.to = (const char *const *)conf->notification_emails,
		.timeout_us = conf->smtp_connect_timeout_us,
	};
	struct strbuf text = STRBUF_EMPTY;

	mail_note_new(sender);
	mail_text(conf, &mails->mail[tail % PAGE_MAILS], sender->seen_us[tail % PAGE_MAILS], &text);
	mail_transfer_begin(&sender->transfer, &envelope, &text);
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
static bool mail_failed(struct mail_sender *sender, long reply, const char *why)
{
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

static void mail_ended(struct mail_transfer *transfer, bool taken, long reply, const char *why)
{
	struct mail_sender *sender = container_of(transfer, struct mail_sender, transfer);
	bool gone = true;

	if (taken)
		mail_succeeded(sender);
	else
		gone = mail_failed(sender, reply, why);
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

	if (!mail_transfer_runs(&sender->transfer) && mail_waiting(sender) > 0)
		mail_begin(sender);
}

/* --- from outside --- */

struct mail_sender *mail_open(const struct mail_sender_args *args)
{
	struct mail_sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return NULL;
	sender->args = *args;
	sender->retry.on_expire = mail_on_retry;
	if (args->retry_us == 0)
		sender->args.retry_us = MAIL_RETRY_MIN_US;
	sender->retry_us = sender->args.retry_us;
	sender->known = atomic_load(&args->page->mails.tail);
	if (!mail_is_wanted(args->conf))
		return sender;
	sender->transfer.on_end = mail_ended;
	if (mail_transfer_open(&sender->transfer, args->loop) < 0) {
		free(sender);
		errno = ENOMEM;
		return NULL;
	}
	sender->sends = true;
	return sender;
}

void mail_close(struct mail_sender *sender)
{
	if (sender == NULL)
		return;
	loop_timer_disarm(sender->args.loop, &sender->retry);
	mail_transfer_close(&sender->transfer);
	free(sender);
}

void mail_wake(struct mail_sender *sender)
{
	mail_note_new(sender);
	if (!sender->sends)
		while (mail_waiting(sender) > 0)
			mail_take_off(sender);
	/* A mail that waits for its next try is not hurried by newer ones. */
	else if (!mail_transfer_runs(&sender->transfer) && sender->retry.node.pos == 0 &&
		 mail_waiting(sender) > 0)
		mail_begin(sender);
}

void mail_finish(struct mail_sender *sender)
{
	sender->finishing = true;
	mail_note_new(sender);
	if (!sender->sends || mail_waiting(sender) == 0) {
		mail_finished(sender);
	} else if (!mail_transfer_runs(&sender->transfer)) {
		loop_timer_disarm(sender->args.loop, &sender->retry);
		mail_begin(sender);
	}
}
