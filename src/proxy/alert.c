/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/alert.c - see alert.h: from a log line to the process that mails it. */
#include "proxy/alert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "proxy/reading.h"
#include "proxy/run.h"
#include "proxy/proxy.h"

/* ---- reading ---- */

static const struct mailers *alert_find(const struct proxy_conf *conf, const char *name)
{
	const struct mailers *mailers = conf->mailers;

	while (mailers != NULL && strcmp(mailers->name, name) != 0)
		mailers = mailers->next;
	return mailers;
}

void alert_resolve(struct conf_parse *parse, struct section *section)
{
	struct alert_conf *alert = &section->alert;
	struct proxy_conf *conf = reading_conf(parse);

	if (alert->mailers_name == NULL && alert->from == NULL && alert->to == NULL &&
	    alert->myhostname == NULL)
		return;
	if (alert->mailers_name == NULL || alert->from == NULL || alert->to == NULL) {
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, section->span,
			 "mails need 'email-alert mailers', 'email-alert from' and 'email-alert to'",
			 "'email-alert' of '%s' has no effect", section->name);
		return;
	}
	alert->number = section->index;
	alert->mailers = alert_find(conf, alert->mailers_name);
	if (alert->mailers == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, alert->span, NULL,
			 "no mailers section is called '%s'", alert->mailers_name);
	else
		conf->sends_mail |= !section->disabled;
	if (alert->myhostname == NULL)
		alert->myhostname = conf->global.hostname;
}

/* ---- telling ---- */

static void alert_send(const struct proxy *proxy, const struct section *section, const char *text)
{
	struct alert_message message = { .section = section->alert.number };
	size_t len = strlen(text);

	/* A mail has the line without its full stop, as HAProxy's have. */
	len -= len != 0 && text[len - 1] == '.';
	if (len >= sizeof(message.text))
		len = sizeof(message.text) - 1;
	memcpy(message.text, text, len);
	/* When the process does not keep up, the log has it all the same. */
	send(proxy->args->checker_fd, &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void alert_log(const struct proxy *proxy, struct log *log, const struct section *section,
	       enum log_level level, enum log_level mail_level, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_printf(log, &section->log, level, "%s", text);
	if (section->alert.mailers != NULL && (int)mail_level <= section->alert.level &&
	    proxy->args->checker_fd >= 0)
		alert_send(proxy, section, text);
}
