/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/reading.c - helpers that several tables of rows share.
 */
#include "proxy/reading.h"

#include <ctype.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"

void report_address(struct conf_parse *parse, struct diag_span span, const char *text,
		    const char *why)
{
	bool unresolved = strncmp(why, "no such host", strlen("no such host")) == 0;

	diag_add(parse->report, DIAG_ERROR, unresolved ? &diag_unresolved : &diag_bad_address, span,
		 NULL, "'%s': %s", text, why);
}

const char *report_first_error(struct arena *arena, struct diag_report *report)
{
	static const char frame[] = "error: ";
	struct strbuf text = STRBUF_EMPTY;
	const char *from, *to, *found = "";

	diag_report_render(report, &text);
	from = text.text != NULL ? strstr(text.text, frame) : NULL;
	if (from != NULL) {
		from += sizeof(frame) - 1;
		to = from + strcspn(from, "[\n");
		while (to > from && to[-1] == ' ')
			to--;
		found = arena_strndup(arena, from, (size_t)(to - from));
	}
	strbuf_free(&text);
	return found;
}

void report_old_form(struct conf_parse *parse, struct diag_span span, const char *old,
		     const char *modern)
{
	conf_old_form(parse, span, arena_printf(parse->arena, "'%s'", old), modern);
}

void report_obsolete(struct conf_parse *parse, struct diag_span span, const char *old,
		     const char *hint)
{
	diag_add(parse->report, DIAG_WARNING, &diag_old_form, span, hint,
		 "'%s' is an old form that HAProxy no longer takes", old);
}

void report_removed(struct conf_parse *parse, struct diag_span span, const char *what,
		    const char *hint)
{
	diag_add(parse->report, DIAG_ERROR, &diag_not_supported, span, hint,
		 "'%s' is not supported: it was removed from HAProxy", what);
}

void report_not_supported(struct conf_parse *parse, struct diag_span span, const char *what,
			  const char *hint)
{
	diag_add(parse->report, DIAG_ERROR, &diag_not_supported, span, hint,
		 "'%s' is not supported yet", what);
}

const char *read_address_text(struct conf_parse *parse, const struct conf_word *word)
{
	const char *text =
		conf_expand(parse->arena, reading_conf(parse)->reading->environment, word->text);

	if (text == NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_bad_quoting, word->span, NULL,
			 "the variable in '%s' is malformed", word->text);
	return text;
}

bool name_valid(struct conf_parse *parse, const struct conf_word *word, const char *what)
{
	for (const char *at = word->text; *at != '\0'; at++) {
		if (isalnum((unsigned char)*at) || strchr("-_.:", *at) != NULL)
			continue;
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value,
			 conf_word_part(word, (size_t)(at - word->text), 1), NULL,
			 "a %s's name may hold only letters, digits, '-', '_', '.' and ':'", what);
		return false;
	}
	if (*word->text == '\0') {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span, NULL,
			 "the %s has no name", what);
		return false;
	}
	return true;
}

bool read_seconds(struct conf_parse *parse, const struct conf_word *word, uint32_t *ret_ms)
{
	struct conf_word in_seconds = *word;

	if (*word->text != '\0' && word->text[strspn(word->text, "0123456789")] == '\0')
		in_seconds.text = arena_printf(parse->arena, "%ss", word->text);
	return conf_read_duration(parse, &in_seconds, ret_ms);
}

bool read_user(struct conf_parse *parse, const struct conf_word *word, int64_t *ret_uid)
{
	const struct passwd *found = getpwnam(word->text);

	if (found == NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_unresolved, word->span, NULL,
			 "there is no user '%s' on this machine", word->text);
		return false;
	}
	*ret_uid = found->pw_uid;
	return true;
}

bool read_group(struct conf_parse *parse, const struct conf_word *word, int64_t *ret_gid)
{
	const struct group *found = getgrnam(word->text);

	if (found == NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_unresolved, word->span, NULL,
			 "there is no group '%s' on this machine", word->text);
		return false;
	}
	*ret_gid = found->gr_gid;
	return true;
}

void read_proto(struct conf_parse *parse, void *object, const struct conf_line *line, unsigned at,
		bool no)
{
	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, "proto h1") &&
	    strcmp(line->words[at].text, "h1") != 0)
		report_not_supported(parse, line->words[at].span,
				     arena_printf(parse->arena, "proto %s", line->words[at].text),
				     "'proto h1' is how it is without it");
}

bool read_header_name(struct conf_parse *parse, const struct conf_word *word)
{
	const char *at = word->text;

	while (isalnum((unsigned char)*at) ||
	       (*at != '\0' && strchr("!#$%&'*+-.^_`|~", *at) != NULL))
		at++;
	if (*at == '\0' && at != word->text)
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value,
		 conf_word_part(word, (size_t)(at - word->text), 1), NULL,
		 "'%s' can be no header's name", word->text);
	return false;
}

const char *read_parentheses(struct conf_parse *parse, const struct conf_word *word, size_t from)
{
	const char *text = word->text + from;
	size_t len = strlen(text);

	if (len > 2 && text[len - 1] == ')')
		return arena_strndup(parse->arena, text + 1, len - 2);
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span, NULL,
		 "there must be a name in the parentheses");
	return NULL;
}

const struct expr_place reading_request_place = {
	.what = "rules of a backend",
	.have = EXPR_HAVE_CLIENT | EXPR_HAVE_REQUEST_BYTES | EXPR_HAVE_REQUEST |
		EXPR_HAVE_REQUEST_BODY | EXPR_HAVE_BACKEND | EXPR_HAVE_STREAM,
	.http = true,
};

/* "option httplog" of `option httplog clf`: the words before words[at]. */
static const char *http_word_name(struct conf_parse *parse, const struct conf_line *line,
				  unsigned at)
{
	const char *first = line->words[0].text;
	unsigned from = strcmp(first, "no") == 0 || strcmp(first, "default") == 0;
	const char *name = line->words[from].text;

	for (unsigned i = from + 1; i < at; i++)
		name = arena_printf(parse->arena, "%s %s", name, line->words[i].text);
	return name;
}

void read_http_condition(struct conf_parse *parse, struct section *section,
			 const struct conf_line *line, unsigned at, struct http_condition **list)
{
	struct acl_condition *condition;

	if (!conf_need_words(parse, line, at, 2, UINT32_MAX,
			     arena_printf(parse->arena, "%s { if | unless } <condition>",
					  http_word_name(parse, line, at))))
		return;
	condition = acl_condition_parse(parse, section->acls, &reading_request_place, line, at);
	if (condition == NULL)
		return;
	while (*list != NULL)
		list = &(*list)->next;
	*list = arena_zalloc(parse->arena, sizeof(**list));
	(*list)->condition = condition;
}

static struct http_word *http_words_without(struct arena *arena, const struct http_word *words,
					    const char *name)
{
	struct http_word *kept = NULL;
	struct http_word **last = &kept;

	for (; words != NULL; words = words->next) {
		struct http_word *copy;

		if (strcmp(words->name, name) == 0)
			continue;
		copy = arena_zalloc(arena, sizeof(*copy));
		*copy = *words;
		copy->next = NULL;
		*last = copy;
		last = &copy->next;
	}
	return kept;
}

void http_word_note(struct conf_parse *parse, struct section *section, const struct conf_line *line,
		    unsigned at, bool no, unsigned fate)
{
	const char *name = http_word_name(parse, line, at);
	struct section_notes *notes = section->notes;
	struct http_word *word;

	if (no) {
		notes->http_words = http_words_without(parse->arena, notes->http_words, name);
		return;
	}
	word = arena_zalloc(parse->arena, sizeof(*word));
	word->owner = section;
	word->name = name;
	word->fate = fate;
	word->said = arena_zalloc(parse->arena, sizeof(*word->said));
	word->span = line->words[at - 1].span;
	word->span.len += word->span.column - line->words[0].span.column;
	word->span.column = line->words[0].span.column;
	word->next = notes->http_words;
	notes->http_words = word;
}
