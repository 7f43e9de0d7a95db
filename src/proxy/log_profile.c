/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_profile.c - reads `log-profile` and `log-steps`; see
 * log_profile.h. A log line may name a profile that stands below it, so
 * profiles are made when they are first named, and must be there at the end.
 */
#include "proxy/log_profile.h"

#include <string.h>

#include "base/arena.h"
#include "expr/format.h"
#include "proxy/reading.h"

/* As `on` has it; the first of them are for `log-steps`, too. */
static const char *const step_names[LOG_STEPS + 1] = {
	[LOG_STEP_ACCEPT] = "accept",
	[LOG_STEP_REQUEST] = "request",
	[LOG_STEP_CONNECT] = "connect",
	[LOG_STEP_RESPONSE] = "response",
	[LOG_STEP_CLOSE] = "close",
	[LOG_STEP_ERROR] = "error",
	[LOG_STEP_ANY] = "any",
	[LOG_STEP_RULE + RULES_CONNECTION] = "tcp-req-conn",
	[LOG_STEP_RULE + RULES_SESSION] = "tcp-req-sess",
	[LOG_STEP_RULE + RULES_REQUEST_CONTENT] = "tcp-req-cont",
	[LOG_STEP_RULE + RULES_HTTP_REQUEST] = "http-req",
	[LOG_STEP_RULE + RULES_RESPONSE_CONTENT] = "tcp-res-cont",
	[LOG_STEP_RULE + RULES_HTTP_RESPONSE] = "http-res",
	[LOG_STEP_RULE + RULES_HTTP_AFTER_RESPONSE] = "http-after-res",
};

const struct log_override *log_profile_on(const struct log_profile *profile, enum log_step step,
					  bool error)
{
	const struct log_overrides *overrides = log_overrides_of(profile);

	if (overrides == NULL)
		return NULL;
	if (error && overrides->on[LOG_STEP_ERROR].given)
		return &overrides->on[LOG_STEP_ERROR];
	if (overrides->on[step].given)
		return &overrides->on[step];
	return overrides->on[LOG_STEP_ANY].given ? &overrides->on[LOG_STEP_ANY] : NULL;
}

const char *log_step_origin(enum log_step step)
{
	static const char *const transactions[LOG_STEP_ANY] = {
		[LOG_STEP_ACCEPT] = "txn_accept",     [LOG_STEP_REQUEST] = "txn_request",
		[LOG_STEP_CONNECT] = "txn_connect",   [LOG_STEP_RESPONSE] = "txn_response",
		[LOG_STEP_CLOSE] = "txn_close",	      [LOG_STEP_ERROR] = "sess_error",
	};

	return step < LOG_STEP_ANY ? transactions[step] : step_names[step];
}

/* ---- profiles by name ---- */

static struct log_overrides *profile_find(struct conf_parse *parse, const char *name)
{
	struct proxy_reading *reading = reading_conf(parse)->reading;
	struct log_overrides *one;

	for (one = reading->profiles; one != NULL; one = one->next)
		if (strcmp(one->profile.name, name) == 0)
			return one;
	one = arena_zalloc(parse->arena, sizeof(*one));
	one->profile.name = name;
	one->next = reading->profiles;
	reading->profiles = one;
	return one;
}

const struct log_profile *log_profile_named(struct conf_parse *parse, const char *name,
					    struct diag_span span)
{
	struct log_overrides *overrides = profile_find(parse, name);

	if (overrides->used.source == NULL)
		overrides->used = span;
	return &overrides->profile;
}

void log_profiles_check(struct conf_parse *parse)
{
	for (const struct log_overrides *one = reading_conf(parse)->reading->profiles; one != NULL;
	     one = one->next)
		if (one->span.source == NULL)
			diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, one->used, NULL,
				 "no log-profile section is called '%s'", one->profile.name);
}

void log_profile_check_use(struct conf_parse *parse, const struct section *section,
			   const struct log_profile *profile)
{
	const struct log_overrides *overrides = log_overrides_of(profile);

	for (unsigned i = 0; overrides != NULL && i < LOG_STEPS; i++) {
		format_check_mode(parse, section, overrides->on[i].format);
		format_check_mode(parse, section, overrides->on[i].structured);
	}
}

bool log_profile_counts(const struct log_profile *profile)
{
	const struct log_overrides *overrides = log_overrides_of(profile);

	for (unsigned i = 0; overrides != NULL && i < LOG_STEPS; i++)
		if (overrides->on[i].format != NULL && format_uses(overrides->on[i].format, "lc"))
			return true;
	return false;
}

/* ---- the section ---- */

static void *profile_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct log_overrides *overrides;

	if (line == NULL)
		return arena_zalloc(parse->arena, sizeof(*overrides));
	if (!conf_need_words(parse, line, 1, 1, 1, "log-profile <name>") ||
	    !name_valid(parse, &line->words[1], "log-profile"))
		return NULL;
	overrides = profile_find(parse, line->words[1].text);
	if (overrides->span.source != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_duplicate, line->words[1].span, NULL,
			 "another log-profile is called '%s'", overrides->profile.name);
	overrides->span = line->words[1].span;
	return overrides;
}

static int step_find(const char *name)
{
	for (int i = 0; i < LOG_STEPS; i++)
		if (strcmp(step_names[i], name) == 0)
			return i;
	return -1;
}

/* `drop`, `format F` or `sd F` at words[at]; how many words that were, 0 after a report. */
static unsigned profile_read_part(struct conf_parse *parse, struct log_override *on,
				  const struct conf_line *line, unsigned at)
{
	static const char *const parts[] = { "drop", "format", "sd", NULL };
	const char *part = line->words[at].text;
	bool structured = strcmp(part, "sd") == 0;
	struct format *format;

	if (strcmp(part, "drop") == 0) {
		on->drop = true;
		return 1;
	}
	if (!structured && strcmp(part, "format") != 0) {
		conf_error_unknown(parse, &line->words[at], "argument", parts);
		return 0;
	}
	if (!conf_need_words(parse, line, at + 1, 1, UINT32_MAX, "on <step> format|sd <format>"))
		return 0;
	format = format_parse(parse, &reading_log_place, &line->words[at + 1], FORMAT_LOG);
	if (format == NULL)
		return 0;
	*(structured ? &on->structured : &on->format) = format;
	return 2;
}

static void profile_read_on(struct conf_parse *parse, void *section, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct log_overrides *overrides = section;
	unsigned words;
	int step;

	if (!conf_need_words(parse, line, at, 2, UINT32_MAX,
			     "on <step> [drop] [format <format>] [sd <format>]"))
		return;
	step = step_find(line->words[at].text);
	if (step < 0 && strcmp(line->words[at].text, "quic-init") == 0) {
		report_not_supported(parse, line->words[at].span, "on quic-init", NULL);
		return;
	}
	if (step < 0) {
		conf_error_unknown(parse, &line->words[at], "log step", step_names);
		return;
	}
	overrides->on[step].given = true;
	for (at++; at < line->count; at += words) {
		words = profile_read_part(parse, &overrides->on[step], line, at);
		if (words == 0)
			return;
	}
}

/* ---- log-steps ---- */

static bool steps_add(struct conf_parse *parse, const struct conf_word *word, const char *name,
		      unsigned *steps)
{
	static const char *const steps_names[] = {
		"accept", "request", "connect", "response", "close", "error", "any", "all", NULL,
	};
	int step = step_find(name);

	if (step == LOG_STEP_ANY || strcmp(name, "all") == 0) {
		*steps |= (1u << LOG_STEP_ANY) - 1;
		return true;
	}
	if (step >= 0 && step < LOG_STEP_ANY) {
		*steps |= 1u << step;
		return true;
	}
	conf_error_unknown(parse, &(struct conf_word){ .text = name, .span = word->span },
			   "log step", steps_names);
	return false;
}

static void steps_read(struct conf_parse *parse, void *object, const struct conf_line *line,
		       unsigned at, bool no)
{
	struct section *section = object;
	unsigned steps = 0;
	char *list, *rest;

	if (no) {
		section->http.log_steps = 0;
		conf_need_words(parse, line, at, 0, 0, "no log-steps");
		return;
	}
	if (!conf_need_words(parse, line, at, 1, 1, "log-steps all|<step>[,<step>]*"))
		return;
	rest = arena_strdup(parse->arena, line->words[at].text);
	while ((list = strsep(&rest, ",")) != NULL)
		if (!steps_add(parse, &line->words[at], list, &steps))
			return;
	section->http.log_steps = steps;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.3", .summary = what, .example = line }

const struct conf_keyword proxy_keywords_log_profile[] = {
	{ DOC("log-steps", "At which steps a line is logged: accept, request, connect, response, close, error (close, if it failed), or all.",
	      "log-steps accept,close"),
	  .where = CONF_DFL, .ignored_in = CONF_BACKEND, .type = CONF_PARSE, .may_no = true, .parse = steps_read },
	{ DOC("log-tag", "The program's name in the lines of this profile.", "log-tag \"custom-tag\""),
	  .where = CONF_LOG_PROFILE, .type = CONF_STRING,
	  .offset = offsetof(struct log_overrides, profile.tag) },
	{ DOC("on", "What a line says that is logged at this step, or that there is none.",
	      "on error format \"%ci: error\""),
	  .where = CONF_LOG_PROFILE, .type = CONF_PARSE, .parse = profile_read_on },
	CONF_KEYWORDS_END,
};

const struct conf_section proxy_section_log_profile = {
	.doc = { .name = "log-profile", .since = "0.3",
		 .summary = "What the log lines with 'profile NAME' say, step by step.",
		 .example = "log-profile web" },
	.where = CONF_LOG_PROFILE,
	.open = profile_open,
};
