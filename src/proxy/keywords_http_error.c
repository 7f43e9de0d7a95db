/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_http_error.c - messages of the operator's own in place of the
 * built-in ones: errorfile, errorloc, errorfiles with `http-errors` sections,
 * and http-error (configuration manual 3.8, 4.2).
 *
 * A file is read, checked and put together anew when the configuration is
 * read, so that what is sent later needs no look at it.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "proxy/http_errorfile.h"
#include "proxy/reading.h"
#include "proxy/reply.h"

/* Not all that we answer by ourselves may be set: those HAProxy sets. */
static bool error_read_status(struct conf_parse *parse, const struct conf_word *word,
			      unsigned *ret_status)
{
	int64_t status;

	if (!conf_read_int(parse, word, 100, 599, &status))
		return false;
	for (const unsigned *known = http_reply_statuses; *known != 0; known++) {
		if (*known != status)
			continue;
		*ret_status = (unsigned)status;
		return true;
	}
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span, NULL,
		 "no message for status %d is ever made here", (int)status);
	return false;
}

static struct http_error_conf *error_add(struct conf_parse *parse, struct http_error_conf **errors,
					 unsigned status)
{
	struct http_error_conf *error = arena_zalloc(parse->arena, sizeof(*error));

	error->status = status;
	error->next = *errors;
	*errors = error;
	return error;
}

/* False after a report. */
static bool error_load(struct conf_parse *parse, const struct conf_word *word,
		       struct slice *ret_reply)
{
	const struct proxy_global *global = &reading_conf(parse)->global;
	const char *why = NULL;

	if (http_errorfile_load(parse->arena, conf_path(parse, word->span, word->text),
				global->bufsize, ret_reply, &why))
		return true;
	diag_add(parse->report, DIAG_ERROR,
		 strncmp(why, "cannot", 6) == 0 ? &diag_cannot_read : &diag_bad_value, word->span,
		 NULL, "'%s': %s", word->text, why);
	return false;
}

static void error_read_file(struct conf_parse *parse, struct http_error_conf **errors,
			    const struct conf_line *line, unsigned at)
{
	unsigned status;
	struct slice reply;

	if (conf_need_words(parse, line, at, 2, 2, "errorfile <status> <file>") &&
	    error_read_status(parse, &line->words[at], &status) &&
	    error_load(parse, &line->words[at + 1], &reply))
		error_add(parse, errors, status)->reply = reply;
}

static void error_read_section_file(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	error_read_file(parse, &section->http.errors, line, at);
}

static void error_read_group_file(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct http_errors *group = object;

	error_read_file(parse, &group->errors, line, at);
}

static void error_read_location(struct conf_parse *parse, struct section *section,
				const struct conf_line *line, unsigned at, unsigned redirect)
{
	const char *url;
	unsigned status;

	if (!conf_need_words(parse, line, at, 2, 2, "errorloc <status> <url>") ||
	    !error_read_status(parse, &line->words[at], &status))
		return;
	url = line->words[at + 1].text;
	if (url[strcspn(url, "\r\n")] != '\0')
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[at + 1].span, NULL,
			 "a URL may hold no end of line");
	else
		error_add(parse, &section->http.errors, status)->reply =
			http_errorfile_redirect(parse->arena, redirect, url);
}

static void error_read_302(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	error_read_location(parse, object, line, at, 302);
}

static void error_read_303(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	error_read_location(parse, object, line, at, 303);
}

/* errorfiles, and `http-error ... errorfiles`: filled in when all sections are known. */
static struct http_error_conf *error_add_reference(struct conf_parse *parse,
						   struct section *section, const char *name,
						   struct diag_span span)
{
	struct http_error_conf *error = error_add(parse, &section->http.errors, 0);

	error->group = name;
	error->span = span;
	return error;
}

static void error_read_files(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	unsigned *statuses = NULL, status;
	size_t count = 0;

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "errorfiles <name> [<status>]..."))
		return;
	for (unsigned i = at + 1; i < line->count; i++) {
		if (!error_read_status(parse, &line->words[i], &status))
			return;
		*ARENA_APPEND(parse->arena, statuses, count) = status;
	}
	if (count != 0)
		*ARENA_APPEND(parse->arena, statuses, count) = 0;
	error_add_reference(parse, object, line->words[at].text, line->words[at].span)->statuses =
		statuses;
}

/* The rest of the line, as of `http-request return`. */
static void error_read_reply(struct conf_parse *parse, struct section *section,
			     const struct conf_line *line, unsigned at, unsigned status)
{
	struct reply_args *args = arena_zalloc(parse->arena, sizeof(*args));
	unsigned *statuses = arena_zalloc(parse->arena, 2 * sizeof(*statuses));

	statuses[0] = args->status = status;
	at = reply_args_read(parse, &reading_request_place, line, at, REPLY_EMPTY, args);
	if (at == 0)
		return;
	if (at != line->count || args->status != status) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[at].span, NULL,
			 "'%s' has no place here",
			 at != line->count ? line->words[at].text : "status");
		return;
	}
	if (args->kind == REPLY_GROUP)
		error_add_reference(parse, section, args->group, args->span)->statuses = statuses;
	else if (args->kind == REPLY_WHOLE)
		error_add(parse, &section->http.errors, status)->reply = args->bytes;
	else if (args->kind == REPLY_DEFAULT)
		error_add(parse, &section->http.errors, status);
	else
		error_add(parse, &section->http.errors, status)->return_args = args;
}

static void error_read_error(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	unsigned status;

	if (!conf_need_words(parse, line, at, 2, UINT32_MAX,
			     "http-error status <status> [content-type <type>] [<body>]"))
		return;
	if (strcmp(line->words[at].text, "status") != 0) {
		conf_error_unknown(parse, &line->words[at], "argument",
				   (const char *const[]){ "status", NULL });
		return;
	}
	if (!error_read_status(parse, &line->words[at + 1], &status))
		return;
	error_read_reply(parse, object, line, at + 2, status);
}

static void *error_open_group(struct conf_parse *parse, const struct conf_line *line)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct http_errors *group = arena_zalloc(parse->arena, sizeof(*group));

	if (line == NULL)
		return group;
	if (!conf_need_words(parse, line, 1, 1, 1, "http-errors <name>"))
		return NULL;
	if (proxy_http_errors_find(conf, line->words[1].text) != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_duplicate, line->words[1].span, NULL,
			 "another http-errors section is called '%s'", line->words[1].text);
	group->name = line->words[1].text;
	group->next = conf->http_errors;
	conf->http_errors = group;
	return group;
}

const struct conf_section proxy_section_http_errors = {
	.doc = { .name = "http-errors", .since = "0.2",
		 .summary = "A group of error files, for 'errorfiles'.",
		 .example = "http-errors site" },
	.where = CONF_HTTP_ERRORS,
	.open = error_open_group,
};

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }
#define PARSE(word, function, what, line)                                                          \
	{ DOC(word, what, line), .where = CONF_DFLB, .type = CONF_PARSE, .parse = function }

const struct conf_keyword proxy_keywords_http_error[] = {
	PARSE("errorfile", error_read_section_file,
	      "A file that holds a whole message, sent for this status.", "errorfile 408 /dev/null"),
	{ DOC("errorfile", "A file that holds a whole message, sent for this status.",
	      "errorfile 408 /dev/null"),
	  .where = CONF_HTTP_ERRORS, .type = CONF_PARSE, .parse = error_read_group_file },
	PARSE("errorfiles", error_read_files, "The messages of an http-errors section.",
	      "errorfiles site 503"),
	PARSE("errorloc", error_read_302, "A redirect that takes the place of this status.",
	      "errorloc 503 http://192.0.2.1/sorry"),
	PARSE("errorloc302", error_read_302, "A redirect by 302 that takes the place of this status.",
	      "errorloc302 503 http://192.0.2.1/sorry"),
	PARSE("errorloc303", error_read_303, "A redirect by 303 that takes the place of this status.",
	      "errorloc303 503 http://192.0.2.1/sorry"),
	PARSE("http-error", error_read_error, "A message for this status, given in the line itself.",
	      "http-error status 503 content-type text/plain string \"Come back later.\""),
	CONF_KEYWORDS_END,
};
