/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/keywords_alert.c - `mailers` sections and `email-alert` (configuration manual 3.6, 4.2). */
#include <string.h>

#include "base/arena.h"
#include "proxy/alert.h"
#include "proxy/reading.h"

/* ---- email-alert ---- */

static void alert_read_mailers(struct conf_parse *parse, void *object, const struct conf_line *line,
			       unsigned at, bool no)
{
	struct section *section = object;

	if (!conf_need_words(parse, line, at, 1, 1, "email-alert mailers <name>"))
		return;
	section->alert.mailers_name = line->words[at].text;
	section->alert.span = line->words[at].span;
}

static void alert_read_level(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;
	int level;

	if (!conf_need_words(parse, line, at, 1, 1, "email-alert level <level>"))
		return;
	level = log_level_find(line->words[at].text);
	if (level < 0)
		conf_error_unknown(parse, &line->words[at], "log level", log_level_names);
	else
		section->alert.level = level;
}

/* ---- mailers ---- */

static void *mailers_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct mailers *mailers = arena_zalloc(parse->arena, sizeof(*mailers));

	conf_apply_presets(parse, CONF_MAILERS, mailers);
	if (line == NULL)
		return mailers;
	if (!conf_need_words(parse, line, 1, 1, 1, "mailers <name>") ||
	    !name_valid(parse, &line->words[1], "mailers"))
		return NULL;
	mailers->name = line->words[1].text;
	mailers->span = line->words[1].span;
	for (const struct mailers *other = conf->mailers; other != NULL; other = other->next)
		if (strcmp(other->name, mailers->name) == 0)
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, mailers->span, NULL,
				 "another mailers section is called '%s'", mailers->name);
	mailers->next = conf->mailers;
	conf->mailers = mailers;
	return mailers;
}

static void mailers_read_mailer(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct mailers *mailers = object;
	struct mailer *mailer, **last = &mailers->list;
	char text[NET_ADDRESS_TEXT];
	struct net_parsed parsed;
	struct net_address host;
	const char *why;

	if (!conf_need_words(parse, line, at, 2, 2, "mailer <name> <address>:<port>"))
		return;
	if (!net_address_parse(line->words[at + 1].text, NET_NAMES, &parsed, &why)) {
		report_address(parse, line->words[at + 1].span, line->words[at + 1].text, why);
		return;
	}
	if (parsed.port_low == 0) {
		report_address(parse, line->words[at + 1].span, line->words[at + 1].text,
			       "a port is missing");
		return;
	}
	host = parsed.address;
	net_address_set_port(&host, 0);
	mailer = arena_zalloc(parse->arena, sizeof(*mailer));
	mailer->name = line->words[at].text;
	mailer->host = arena_printf(parse->arena, "%s", net_address_text(&host, text));
	mailer->port = (uint16_t)parsed.port_low;
	while (*last != NULL)
		last = &(*last)->next;
	*last = mailer;
	mailers->count++;
}

const struct conf_section proxy_section_mailers = {
	.doc = { .name = "mailers", .since = "0.4", .summary = "Mail servers for 'email-alert'.",
		 .example = "mailers admins" },
	.where = CONF_MAILERS,
	.open = mailers_open,
};

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.4", .summary = what, .example = line }
#define STRING(word, member, what, line)                                                           \
	{ DOC(word, what, line), .where = CONF_DFLB, .type = CONF_STRING,                          \
	  .offset = offsetof(struct section, alert.member) }

const struct conf_keyword proxy_keywords_alert[] = {
	STRING("email-alert from", from, "The sender of mails about servers.",
	       "email-alert from relevo@example.com"),
	{ DOC("email-alert level", "The least urgent log level of which mails are sent.",
	      "email-alert level notice"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .preset = "alert", .parse = alert_read_level },
	{ DOC("email-alert mailers", "The mail servers that send mails about servers.",
	      "email-alert mailers admins"),
	  .where = CONF_DFLB, .type = CONF_PARSE, .parse = alert_read_mailers },
	STRING("email-alert myhostname", myhostname, "What mail servers are told as our name.",
	       "email-alert myhostname lb1.example.com"),
	STRING("email-alert to", to, "Who gets mails about servers.",
	       "email-alert to admins@example.com"),
	{ DOC("mailer", "A mail server.", "mailer smtp1 192.168.0.1:25"),
	  .where = CONF_MAILERS, .type = CONF_PARSE, .parse = mailers_read_mailer },
	{ DOC("timeout mail", "How long a mail server may take.", "timeout mail 20s"),
	  .where = CONF_MAILERS, .type = CONF_DURATION, .preset = "10s",
	  .offset = offsetof(struct mailers, timeout_ms), .min = 1, .max = INT32_MAX },
	CONF_KEYWORDS_END,
};
