/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/alert_mail.c - see alert_mail.h. */
#include "daemon/alert_mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "vrrp/mail_transfer.h"

enum { ALERT_WAITING_MAX = 64, ALERT_TRIES = 3, ALERT_RETRY_US = 1000000 };

struct alert_mail {
	const struct section *section;
	uint64_t wall_us;
	char text[sizeof((struct alert_message){ 0 }.text)];
};

struct alert_server {
	struct alert_mails *mails;
	const struct mailers *mailers;
	const struct mailer *mailer;
	struct mail_transfer transfer;
	struct loop_timer retry;
	unsigned tries;			/* of the first that waits */
	unsigned first, count;
	struct alert_mail waiting[ALERT_WAITING_MAX];
};

struct alert_mails {
	struct loop *loop;
	const struct proxy_conf *conf;
	unsigned count;
	struct alert_server *servers;	/* [count] */
};

/* HAProxy's: names of the C locale, in UTC. */
static void alert_add_date(struct strbuf *text, uint64_t wall_us)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strbuf_printf(text, "Date: %.3s, %02d %.3s %d %02d:%02d:%02d +0000 (UTC)\r\n",
		      days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
		      tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void alert_write(const struct alert_mail *mail, struct strbuf *text)
{
	const struct alert_conf *conf = &mail->section->alert;

	strbuf_printf(text, "From: %s\r\nTo: %s\r\n", conf->from, conf->to);
	alert_add_date(text, mail->wall_us);
	strbuf_printf(text, "Subject: [HAProxy Alert] %s\r\n\r\n%s\r\n", mail->text, mail->text);
}

static void alert_begin(struct alert_server *server)
{
	const struct alert_mail *mail = &server->waiting[server->first];
	const struct alert_conf *conf = &mail->section->alert;
	const char *const to[] = { conf->to, NULL };
	const struct mail_envelope envelope = {
		.host = server->mailer->host,
		.port = server->mailer->port,
		.helo = conf->myhostname,
		.from = conf->from,
		.to = to,
		.timeout_us = (uint64_t)server->mailers->timeout_ms * 1000,
	};
	struct strbuf text = STRBUF_EMPTY;

	alert_write(mail, &text);
	mail_transfer_begin(&server->transfer, &envelope, &text);
}

/* Through the timer: many mails must not nest. */
static void alert_later(struct alert_server *server, uint64_t us)
{
	if (loop_timer_arm(server->mails->loop, &server->retry, moment_after(moment_now(), us)) < 0)
		server->count = 0;
}

static void alert_on_retry(struct loop *loop, struct loop_timer *timer)
{
	struct alert_server *server = container_of(timer, struct alert_server, retry);

	if (server->count != 0 && !mail_transfer_runs(&server->transfer))
		alert_begin(server);
}

static void alert_ended(struct mail_transfer *transfer, bool taken, long reply, const char *why)
{
	struct alert_server *server = container_of(transfer, struct alert_server, transfer);
	bool over = taken || ++server->tries == ALERT_TRIES;

	if (over && !taken)
		fprintf(stderr, "relevo: mailer '%s' of '%s' took no mail (%s): it is given up\n",
			server->mailer->name, server->mailers->name, why);
	if (over) {
		server->first = (server->first + 1) % ALERT_WAITING_MAX;
		server->count--;
		server->tries = 0;
	}
	if (server->count != 0)
		alert_later(server, over ? 0 : ALERT_RETRY_US);
}

static int alert_open_server(struct alert_mails *mails, const struct mailers *mailers,
			     const struct mailer *mailer)
{
	struct alert_server *server = &mails->servers[mails->count++];

	server->mails = mails;
	server->mailers = mailers;
	server->mailer = mailer;
	server->retry.on_expire = alert_on_retry;
	server->transfer.on_end = alert_ended;
	return mail_transfer_open(&server->transfer, mails->loop);
}

struct alert_mails *alert_mails_open(struct loop *loop, const struct proxy_conf *conf)
{
	struct alert_mails *mails = calloc(1, sizeof(*mails));
	unsigned count = 0;
	int error = 0;

	for (const struct mailers *one = conf->mailers; one != NULL; one = one->next)
		count += one->count;
	if (mails == NULL)
		return NULL;
	mails->loop = loop;
	mails->conf = conf;
	mails->servers = calloc(count + 1, sizeof(*mails->servers));
	if (mails->servers == NULL)
		error = -1;
	for (const struct mailers *one = conf->mailers; one != NULL && error == 0; one = one->next)
		for (const struct mailer *mailer = one->list; mailer != NULL && error == 0;
		     mailer = mailer->next)
			error = alert_open_server(mails, one, mailer);
	if (error == 0)
		return mails;
	alert_mails_close(mails);
	return NULL;
}

void alert_mails_close(struct alert_mails *mails)
{
	if (mails == NULL)
		return;
	for (unsigned i = 0; i < mails->count; i++) {
		loop_timer_disarm(mails->loop, &mails->servers[i].retry);
		mail_transfer_close(&mails->servers[i].transfer);
	}
	free(mails->servers);
	free(mails);
}

static void alert_queue(struct alert_server *server, const struct section *section,
			const char *text)
{
	struct alert_mail *mail;

	if (server->count == ALERT_WAITING_MAX)
		return;
	mail = &server->waiting[(server->first + server->count++) % ALERT_WAITING_MAX];
	mail->section = section;
	mail->wall_us = wall_now_us();
	snprintf(mail->text, sizeof(mail->text), "%s", text);
	/* Bytes of servers are in it: no line may end there. */
	for (char *at = mail->text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	if (server->count == 1)
		alert_later(server, 0);
}

static const struct section *alert_section(const struct proxy_conf *conf, uint32_t number)
{
	for (const struct section *s = conf->sections; s != NULL; s = s->next)
		if (s->index == number)
			return s;
	for (const struct backend_model *m = conf->models; m != NULL; m = m->next)
		for (unsigned mode = 0; mode < ARRAY_LEN(m->of); mode++)
			if (m->of[mode].section->index == number)
				return m->of[mode].section;
	return NULL;
}

void alert_mails_take(struct alert_mails *mails, const struct alert_message *message)
{
	const struct section *section = alert_section(mails->conf, message->section);

	if (section == NULL || memchr(message->text, '\0', sizeof(message->text)) == NULL)
		return;
	for (unsigned i = 0; i < mails->count; i++)
		if (mails->servers[i].mailers == section->alert.mailers)
			alert_queue(&mails->servers[i], section, message->text);
}
