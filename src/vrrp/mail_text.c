/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/mail_text.c - a mail as it goes over the wire. */
#include "vrrp/mail_text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Text from the configuration or the page: no line of it may end here. */
static void mail_add_clean(struct strbuf *out, const char *text, size_t most)
{
	for (size_t i = 0; i < most && text[i] != '\0'; i++) {
		char c = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];

		strbuf_add(out, &c, 1);
	}
}

static void mail_add_date(struct strbuf *out, uint64_t wall_us)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;
	long offset;

	localtime_r(&seconds, &tm);
	offset = tm.tm_gmtoff / 60;
	/* Not strftime: names must not follow the locale (RFC 5322, 3.3). */
	strbuf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d %c%02ld%02ld\r\n", days[tm.tm_wday],
		      tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		      tm.tm_sec, offset < 0 ? '-' : '+', labs(offset) / 60, labs(offset) % 60);
}

static void mail_add_subject(struct strbuf *out, const struct vrrp_conf *conf,
			     const struct page_mail *mail)
{
	strbuf_puts(out, "Subject: ");
	if (mail->subject[0] != '[') {
		strbuf_puts(out, "[");
		mail_add_clean(out, conf->router_id, SIZE_MAX);
		strbuf_puts(out, "] ");
	}
	mail_add_clean(out, mail->subject, sizeof(mail->subject));
	strbuf_puts(out, "\r\n");
}

void mail_text(const struct vrrp_conf *conf, const struct page_mail *mail, uint64_t wall_us,
	       struct strbuf *ret_text)
{
	mail_add_date(ret_text, wall_us);
	strbuf_puts(ret_text, "From: ");
	mail_add_clean(ret_text, conf->notification_email_from, SIZE_MAX);
	strbuf_puts(ret_text, "\r\n");
	mail_add_subject(ret_text, conf, mail);
	strbuf_puts(ret_text, "X-Mailer: relevo\r\nTo: ");
	for (char **to = conf->notification_emails; to != NULL && *to != NULL; to++) {
		strbuf_puts(ret_text, to == conf->notification_emails ? "" : ",\r\n ");
		mail_add_clean(ret_text, *to, SIZE_MAX);
	}
	strbuf_puts(ret_text, "\r\n\r\n");
	mail_add_clean(ret_text, mail->body, sizeof(mail->body));
	strbuf_puts(ret_text, "\r\n");
}
