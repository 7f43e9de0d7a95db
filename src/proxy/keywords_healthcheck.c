/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_healthcheck.c - `healthcheck` sections (HAProxy 3.4): how servers
 * are checked, under a name that `server` lines of any backend may say. `type` has
 * the words of the backends' option of that name, and its rules are theirs.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static struct section *healthcheck_of(const struct proxy_conf *conf, const char *name)
{
	struct section *one = conf->healthchecks;

	while (one != NULL && strcmp(one->name, name) != 0)
		one = one->next;
	return one;
}

static void *healthcheck_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct section *made = arena_zalloc(parse->arena, sizeof(*made)), **last = &conf->healthchecks;

	if (line == NULL)
		return made;
	if (!conf_need_words(parse, line, 1, 1, 1, "healthcheck <name>") ||
	    !name_valid(parse, &line->words[1], "healthcheck section"))
		return NULL;
	made->name = line->words[1].text;
	made->span = line->words[1].span;
	if (healthcheck_of(conf, made->name) != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_duplicate, made->span, NULL,
			 "another healthcheck section is called '%s'", made->name);
	while (*last != NULL)
		last = &(*last)->next;
	*last = made;
	return made;
}

const struct conf_section proxy_section_healthcheck = {
	.doc = { .name = "healthcheck", .since = "0.5",
		 .summary = "How servers are checked whose lines name this section.",
		 .example = "healthcheck web" },
	.where = CONF_HEALTHCHECK,
	.open = healthcheck_open,
};

/* The option whose words these are. */
static const struct conf_keyword *healthcheck_option(const char *type)
{
	const struct conf_keyword *row = proxy_keywords_check;

	while (row->doc.name != NULL && (strncmp(row->doc.name, "option ", 7) != 0 ||
					 strcmp(row->doc.name + 7, type) != 0))
		row++;
	return row->doc.name != NULL ? row : NULL;
}

static void healthcheck_read_type(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	static const char *const types[] = { "httpchk",	    "tcp-check",   "ldap-check", "mysql-check",
					     "pgsql-check", "redis-check", "smtpchk",
					     "ssl-hello-chk", NULL };
	const struct conf_word *word = &line->words[at];
	struct section *section = object;
	const char *const *type = types;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "type <check> [<words>]"))
		return;
	if (strcmp(word->text, "external-check") == 0 || strcmp(word->text, "spop-check") == 0) {
		report_not_supported(parse, word->span,
				     arena_printf(parse->arena, "type %s", word->text), NULL);
		return;
	}
	while (*type != NULL && strcmp(*type, word->text) != 0)
		type++;
	if (*type == NULL) {
		conf_error_unknown(parse, word, "type of check", types);
		return;
	}
	section->back.check.span = word->span;
	healthcheck_option(*type)->parse(parse, object, line, at + 1, false);
}

void healthchecks_resolve(struct conf_parse *parse)
{
	for (struct section *one = reading_conf(parse)->healthchecks; one != NULL; one = one->next) {
		if (one->back.check.span.source == NULL)
			diag_add(parse->report, DIAG_WARNING, &diag_missing, one->span,
				 "add 'type httpchk', 'type tcp-check' or another",
				 "the healthcheck section '%s' has no type: servers are connected to, no more",
				 one->name);
		check_resolve(parse, one);
	}
}

bool healthcheck_find(const struct proxy_conf *conf, struct server_conf *server)
{
	const struct section *found;

	if (server->healthcheck == NULL)
		return true;
	found = healthcheck_of(conf, server->healthcheck);
	if (found != NULL)
		server->checked_by = &found->back.check;
	return found != NULL;
}

const struct conf_keyword proxy_keywords_healthcheck[] = {
	{ .doc = { .name = "type", .since = "0.5",
		   .summary = "What is asked, as the option of that name of a backend says it.",
		   .example = "type httpchk GET /health" },
	  .where = CONF_HEALTHCHECK, .type = CONF_PARSE, .parse = healthcheck_read_type },
	CONF_KEYWORDS_END,
};
