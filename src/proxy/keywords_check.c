/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_check.c - which kind of health check a section has: `option
 * httpchk`, `option tcp-check` and their kin (configuration manual 4.2). The
 * last of them counts.
 */
#include <string.h>

#include "base/arena.h"
#include "health/protocol.h"
#include "proxy/reading.h"

/* An option takes the place of an earlier one; `no` takes back its own. True: read its words. */
static bool check_take(const struct conf_line *line, unsigned at, bool no, struct check_conf *check,
		       enum check_kind kind)
{
	if (no && check->kind == kind)
		check->kind = CHECK_CONNECT;
	check->plan = NULL;
	if (no)
		return false;
	check->kind = kind;
	check->span = line->words[at - 1].span;
	return true;
}

static void check_read_tcp(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct section *section = object;

	if (conf_need_words(parse, line, at, 0, 0, "option tcp-check"))
		check_take(line, at, no, &section->back.check, CHECK_TCP);
}

/* ---- httpchk ---- */

static void check_add_header(struct conf_parse *parse, struct check_conf *check, struct slice text)
{
	const char *colon = memchr(text.at, ':', text.len);
	struct health_header *headers = (struct health_header *)check->headers;
	struct health_header *header;
	struct slice value;

	if (colon == NULL)
		return;
	value = slice_skip(text, (size_t)(colon + 1 - text.at));
	while (value.len != 0 && (*value.at == ' ' || *value.at == '\t'))
		value = slice_skip(value, 1);
	header = ARENA_APPEND(parse->arena, headers, check->header_count);
	header->name = arena_strndup(parse->arena, text.at, (size_t)(colon - text.at));
	header->value.constant = value;
	check->headers = headers;
}

/* "HTTP/1.1\r\nHost: www\r\n\r\nbody": headers and a body behind the version, the old way. */
static void check_read_version(struct conf_parse *parse, struct check_conf *check,
			       const struct conf_word *word)
{
	const char *text = word->text;
	size_t len = strcspn(text, "\r");

	check->version = arena_strndup(parse->arena, text, len);
	text += len;
	if (*text != '\0')
		diag_add(parse->report, DIAG_WARNING, &diag_old_form, word->span,
			 "write 'http-check send hdr <name> <value>'",
			 "headers behind the version are an old form");
	while (strncmp(text, "\r\n", 2) == 0 && text[2] != '\0') {
		text += 2;
		len = strcspn(text, "\r");
		if (len == 0) {
			check->body = strncmp(text, "\r\n", 2) == 0 ? text + 2 : text;
			return;
		}
		check_add_header(parse, check, (struct slice){ text, len });
		text += len;
	}
}

/* With one word it is the URI. */
static void check_read_http(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct section *section = object;
	struct check_conf *check = &section->back.check;
	unsigned words = line->count - at;

	if (!conf_need_words(parse, line, at, 0, 3,
			     "option httpchk [[<method>] <uri> [<version>]]") ||
	    !check_take(line, at, no, check, CHECK_HTTP))
		return;
	check->method = words > 1 ? line->words[at].text : NULL;
	check->uri = words > 0 ? line->words[at + (words > 1)].text : NULL;
	check->version = check->body = NULL;
	check->headers = NULL;
	check->header_count = 0;
	if (words > 2)
		check_read_version(parse, check, &line->words[at + 2]);
}

/* ---- known protocols ---- */

static void check_set_protocol(struct conf_parse *parse, struct check_conf *check,
			       enum health_protocol protocol, struct slice question)
{
	check->plan = health_protocol_plan(parse->arena, protocol, question);
}

/* Those without words of their own; their names are of one word. */
static const struct conf_choice check_protocols[] = {
	{ "ldap-check", HEALTH_LDAP, NULL },
	{ "redis-check", HEALTH_REDIS, NULL },
	{ "ssl-hello-chk", HEALTH_SSL_HELLO, NULL },
	{ NULL, 0, NULL },
};

static void check_read_protocol(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	const struct conf_choice *protocol = check_protocols;

	if (!conf_need_words(parse, line, at, 0, 0, NULL) ||
	    !check_take(line, at, no, &section->back.check, CHECK_PROTOCOL))
		return;
	while (strcmp(protocol->word, line->words[at - 1].text) != 0)
		protocol++;
	check_set_protocol(parse, &section->back.check, (enum health_protocol)protocol->value,
			   (struct slice){ NULL, 0 });
}

/* "user <name>" at words[at]: the name; NULL after a report. */
static const char *check_read_user(struct conf_parse *parse, const struct conf_line *line,
				   unsigned at, unsigned max, const char *usage)
{
	const struct conf_word *name = &line->words[at + 1];

	if (!conf_need_words(parse, line, at, 2, max, usage))
		return NULL;
	if (strcmp(line->words[at].text, "user") != 0) {
		conf_error_unknown(parse, &line->words[at], "parameter of the check",
				   (const char *const[]){ "user", NULL });
		return NULL;
	}
	if (strlen(name->text) > 127) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, name->span, NULL,
			 "this name is too long");
		return NULL;
	}
	return name->text;
}

static void check_read_pgsql(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct section *section = object;
	const char *user;

	if (!check_take(line, at, no, &section->back.check, CHECK_PROTOCOL))
		return;
	user = check_read_user(parse, line, at, 2, "option pgsql-check user <name>");
	if (user != NULL)
		check_set_protocol(parse, &section->back.check, HEALTH_PGSQL,
				   health_pgsql_startup(parse->arena, user));
}

static void check_read_mysql(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	static const struct conf_choice versions[] = {
		{ "post-41", false, "MySQL 4.1 and later." },
		{ "pre-41", true, "MySQL before 4.1." },
		{ NULL, 0, NULL },
	};
	struct section *section = object;
	int old = false;
	const char *user;

	if (!check_take(line, at, no, &section->back.check, CHECK_PROTOCOL))
		return;
	if (line->count == at) {
		check_set_protocol(parse, &section->back.check, HEALTH_MYSQL,
				   (struct slice){ NULL, 0 });
		return;
	}
	user = check_read_user(parse, line, at, 3,
			       "option mysql-check [user <name> [post-41 | pre-41]]");
	if (user == NULL || (line->count > at + 2 &&
			     !conf_read_choice(parse, &line->words[at + 2], versions,
					       "version of the protocol", &old)))
		return;
	check_set_protocol(parse, &section->back.check, HEALTH_MYSQL_LOGIN,
			   health_mysql_login(parse->arena, user, old));
}

static void check_read_smtp(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	static const struct conf_choice hellos[] = {
		{ "HELO", 0, "Of RFC 821." },
		{ "EHLO", 0, "Of RFC 5321." },
		{ NULL, 0, NULL },
	};
	struct section *section = object;
	bool given = line->count > at;
	int ignored;

	if (!check_take(line, at, no, &section->back.check, CHECK_PROTOCOL) ||
	    (given && (!conf_need_words(parse, line, at, 2, 2, "option smtpchk [<hello> <domain>]") ||
		       !conf_read_choice(parse, &line->words[at], hellos, "greeting", &ignored))))
		return;
	check_set_protocol(parse, &section->back.check, HEALTH_SMTP,
			   health_smtp_hello(parse->arena, given ? line->words[at].text : "HELO",
					     given ? line->words[at + 1].text : "localhost"));
}

/* ---- external-check ---- */

static void check_read_external(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (conf_need_words(parse, line, at, 0, 0, "option external-check"))
		check_take(line, at, no, &section->back.check, CHECK_EXTERNAL);
}

static void check_read_command(struct conf_parse *parse, void *object,
			       const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (!conf_need_words(parse, line, at, 1, 1, "external-check command <path>"))
		return;
	section->back.check.command = line->words[at].text;
	section->back.check.command_span = line->words[at].span;
}

/* ---- http-check without steps ---- */

static void check_read_soft_404(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (conf_need_words(parse, line, at, 0, 0, "http-check disable-on-404"))
		section->back.check.soft_404 = true;
}

static void check_read_send_state(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (conf_need_words(parse, line, at, 0, 0, "http-check send-state"))
		section->back.check.sends_state = true;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.3", .summary = what, .example = line }
#define BACK .where = CONF_DLB, .ignored_in = CONF_FRONTEND, .type = CONF_PARSE

const struct conf_keyword proxy_keywords_check[] = {
	{ DOC("external-check", "Allow 'option external-check'.", "external-check"),
	  .where = CONF_GLOBAL, .type = CONF_FLAG,
	  .offset = offsetof(struct proxy_global, external_check) },
	{ DOC("external-check command", "The program that option external-check runs.",
	      "external-check command /usr/local/bin/check-app"),
	  BACK, .parse = check_read_command },
	{ DOC("external-check path", "PATH of the program that option external-check runs.",
	      "external-check path /usr/bin:/bin"),
	  .where = CONF_DLB, .ignored_in = CONF_FRONTEND, .type = CONF_STRING,
	  .offset = offsetof(struct section, back.check.path) },
	{ DOC("option external-check", "Check servers with a program: exit status 0 is good.",
	      "option external-check"),
	  BACK, .may_no = true, .parse = check_read_external },
	{ DOC("option httpchk", "Check servers with an HTTP request; 2xx and 3xx are good answers.",
	      "option httpchk GET /health"),
	  BACK, .may_no = true, .parse = check_read_http },
	{ DOC("option ldap-check", "Check servers with an anonymous LDAP bind.",
	      "option ldap-check"),
	  BACK, .may_no = true, .parse = check_read_protocol },
	{ DOC("option mysql-check",
	      "Check that servers greet as MySQL does, or with `user` let one in without password.",
	      "option mysql-check user haproxy"),
	  BACK, .may_no = true, .parse = check_read_mysql },
	{ DOC("option pgsql-check", "Check that PostgreSQL answers a startup message.",
	      "option pgsql-check user haproxy"),
	  BACK, .may_no = true, .parse = check_read_pgsql },
	{ DOC("option redis-check", "Check servers with a PING of Redis.", "option redis-check"),
	  BACK, .may_no = true, .parse = check_read_protocol },
	{ DOC("option smtpchk", "Check servers with a greeting of SMTP.",
	      "option smtpchk EHLO mail.example.com"),
	  BACK, .may_no = true, .parse = check_read_smtp },
	{ DOC("option ssl-hello-chk",
	      "Check that servers answer a client hello of SSL 3.0, be it with an alert.",
	      "option ssl-hello-chk"),
	  BACK, .may_no = true, .parse = check_read_protocol },
	{ DOC("option tcp-check", "Check servers by TCP, with the steps of the tcp-check rules.",
	      "option tcp-check"),
	  BACK, .may_no = true, .parse = check_read_tcp },
	{ DOC("http-check disable-on-404",
	      "A server that answers its check with 404 gets no new load, and stays up.",
	      "http-check disable-on-404"),
	  .where = CONF_DLB | CONF_HEALTHCHECK, .ignored_in = CONF_FRONTEND, .type = CONF_PARSE,
	  .parse = check_read_soft_404 },
	{ DOC("http-check send-state",
	      "Tell servers in a header of the check how they are seen.", "http-check send-state"),
	  .where = CONF_DLB | CONF_HEALTHCHECK, .ignored_in = CONF_FRONTEND, .type = CONF_PARSE,
	  .parse = check_read_send_state },
	CONF_KEYWORDS_END,
};
