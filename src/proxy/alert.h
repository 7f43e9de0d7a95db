/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/alert.h - mails about servers: `mailers` sections and `email-alert`
 * (configuration manual 3.6). The proxy waits for no mail server: it gives the
 * text to the checker process (daemon/alert_mail.h), which sends it.
 */
#pragma once

#include <stdint.h>

#include "base/macros.h"
#include "diag/log.h"
#include "diag/report.h"

struct conf_parse;
struct proxy;
struct section;

struct mailer {
	struct mailer *next;
	const char *name;
	const char *host;		/* an address */
	uint16_t port;
};

struct mailers {
	struct mailers *next;
	const char *name;
	struct diag_span span;
	uint32_t timeout_ms;		/* default 10 s */
	struct mailer *list;		/* in order */
	unsigned count;
};

struct alert_conf {
	const char *mailers_name, *from, *to, *myhostname; /* NULL: not given */
	struct diag_span span;		/* of mailers_name */
	int level;			/* enum log_level: mails are no less urgent; default alert */
	const struct mailers *mailers;	/* NULL: no mail is sent */
	uint32_t number;		/* tells sections apart; an added backend's is its model's */
};

/* One packet to the checker process. */
struct alert_message {
	uint32_t section;		/* alert_conf.number */
	char text[1020];		/* ends in NUL */
};

/* Finds the mailers of the section. */
void alert_resolve(struct conf_parse *parse, struct section *section);

/*
 * Logs, and sends a mail with the same text where the section wants one of
 * `mail_level`. Any worker; `log` is its own.
 */
void alert_log(const struct proxy *proxy, struct log *log, const struct section *section,
	       enum log_level level, enum log_level mail_level, const char *format, ...)
	PRINTF_LIKE(6, 7);
