/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/differ.c - see differ.h. A line that is in both files, as often, is
 * the same one; if it stands elsewhere that is said, since rules are taken in
 * their order. What both files begin and end with is left out first: the rest
 * is compared each with each.
 */
#include "daemon/differ.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "daemon/differ_file.h"

enum { NONE = -1 };

/* The lines of one section in both files that are not alike at the beginning or the end. */
struct pair {
	const struct differ_line *now, *next;
	int now_count, next_count;
	int *place;		/* of each line now: its index in `next`, or NONE */
	bool *taken;		/* of each line of `next` */
};

/* Says which section it is once, before the first thing that is said of it. */
struct teller {
	struct strbuf *text;
	const struct differ_section *section;
	bool named;
};

static void say_section(struct teller *teller)
{
	if (!teller->named) {
		differ_section_name(teller->section, teller->text);
		strbuf_puts(teller->text, "\n");
	}
	teller->named = true;
}

static void say_line(struct teller *teller, const char *sign, const struct differ_line *line,
		     const char *note)
{
	say_section(teller);
	strbuf_printf(teller->text, "  %s", sign);
	if (*line->within != '\0')
		strbuf_printf(teller->text, " %s:", line->within);
	differ_line_text(line->line, teller->text);
	strbuf_printf(teller->text, "%s\n", note);
}

/* ---- lines ---- */

static void pair_make(const struct differ_section *now, const struct differ_section *next,
		      struct pair *ret)
{
	unsigned head = 0, tail = 0;
	unsigned least = now->count < next->count ? now->count : next->count;

	while (head < least && differ_same_line(&now->lines[head], &next->lines[head]))
		head++;
	while (head + tail < least && differ_same_line(&now->lines[now->count - 1 - tail],
						       &next->lines[next->count - 1 - tail]))
		tail++;
	ret->now = now->lines + head;
	ret->next = next->lines + head;
	ret->now_count = (int)(now->count - head - tail);
	ret->next_count = (int)(next->count - head - tail);
	ret->place = calloc((size_t)ret->now_count + 1, sizeof(*ret->place));
	ret->taken = calloc((size_t)ret->next_count + 1, sizeof(*ret->taken));
	ASSERT(ret->place != NULL && ret->taken != NULL);
}

static void pair_match(struct pair *pair)
{
	for (int i = 0; i < pair->now_count; i++) {
		pair->place[i] = NONE;
		for (int k = 0; k < pair->next_count && pair->place[i] == NONE; k++)
			if (!pair->taken[k] && differ_same_line(&pair->now[i], &pair->next[k]))
				pair->place[i] = k;
		if (pair->place[i] != NONE)
			pair->taken[pair->place[i]] = true;
	}
}

/* What else is said of the same server or bind; NONE: nothing, it is gone. */
static int pair_becomes(const struct pair *pair, const struct differ_line *line)
{
	for (int k = 0; line->keyed && k < pair->next_count; k++)
		if (!pair->taken[k] && pair->next[k].keyed &&
		    strcmp(differ_word(line->line, 0), differ_word(pair->next[k].line, 0)) == 0 &&
		    strcmp(differ_word(line->line, 1), differ_word(pair->next[k].line, 1)) == 0)
			return k;
	return NONE;
}

/* docs/reload.md, "What is carried over". */
static const char *what_carries(const struct differ_line *now, const struct differ_line *next)
{
	if (strcmp(differ_word(now->line, 0), "server") != 0)
		return "";
	return strcmp(differ_word(now->line, 2), differ_word(next->line, 2)) == 0 ?
		       "   (its state and counters carry over)" :
		       "   (its counters carry over, its state begins anew)";
}

static void pair_say(struct pair *pair, struct teller *teller)
{
	int furthest = NONE;

	for (int i = 0; i < pair->now_count; i++) {
		const struct differ_line *line = &pair->now[i];
		int becomes;

		if (pair->place[i] != NONE) {
			if (pair->place[i] < furthest)
				say_line(teller, "~", line, "   (in another place)");
			else
				furthest = pair->place[i];
			continue;
		}
		say_line(teller, "-", line, "");
		becomes = pair_becomes(pair, line);
		if (becomes != NONE) {
			pair->taken[becomes] = true;
			say_line(teller, "+", &pair->next[becomes],
				 what_carries(line, &pair->next[becomes]));
		}
	}
	for (int k = 0; k < pair->next_count; k++)
		if (!pair->taken[k])
			say_line(teller, "+", &pair->next[k], "");
}

/* ---- sections ---- */

static const struct differ_section *find(const struct differ_file *file,
					 const struct differ_section *like)
{
	for (unsigned i = 0; i < file->count; i++)
		if (differ_same_section(&file->sections[i], like))
			return &file->sections[i];
	return NULL;
}

static void say_heads(const struct differ_section *now, const struct differ_section *next,
		      struct teller *teller)
{
	struct differ_line before = { .within = "", .line = now->head };
	struct differ_line after = { .within = "", .line = next->head };

	if (differ_same_line(&before, &after))
		return;
	say_line(teller, "-", &before, "");
	say_line(teller, "+", &after, "");
}

/* A section that has not changed may have got below other defaults. */
static void say_defaults(const struct differ_file *now, unsigned at, const struct differ_file *next,
			 const struct differ_section *after, struct teller *teller)
{
	const struct differ_section *before = &now->sections[now->sections[at].defaults];
	const struct differ_section *then = &next->sections[after->defaults];

	/* Where the head names them it has told. */
	if (now->sections[at].names_defaults || after->names_defaults)
		return;
	/* Without any they are the section itself. */
	if (differ_same_section(before, then))
		return;
	say_section(teller);
	strbuf_puts(teller->text, "  ~ its defaults would be those of ");
	if (then == after)
		strbuf_puts(teller->text, "no section");
	else
		differ_section_name(then, teller->text);
	strbuf_puts(teller->text, "\n");
}

static void compare_section(const struct differ_file *now, unsigned at,
			    const struct differ_file *next, struct strbuf *text)
{
	const struct differ_section *before = &now->sections[at], *after = find(next, before);
	struct teller teller = { .text = text, .section = before };
	struct pair pair;

	if (after == NULL) {
		differ_section_name(before, text);
		strbuf_puts(text, before->drains ? ": removed; its connections drain\n" :
						   ": removed\n");
		return;
	}
	say_heads(before, after, &teller);
	say_defaults(now, at, next, after, &teller);
	pair_make(before, after, &pair);
	pair_match(&pair);
	pair_say(&pair, &teller);
	free(pair.place);
	free(pair.taken);
}

static void say_new(const struct differ_section *section, struct strbuf *text)
{
	struct teller teller = { .text = text, .section = section, .named = true };

	differ_section_name(section, text);
	strbuf_puts(text, ": added\n");
	for (unsigned i = 0; i < section->count; i++)
		say_line(&teller, "+", &section->lines[i], "");
}

static bool compare(struct differ_file *now, struct differ_file *next, struct strbuf *text)
{
	size_t len = text->len;

	for (unsigned i = 0; i < now->count; i++)
		compare_section(now, i, next, text);
	for (unsigned i = 0; i < next->count; i++)
		if (find(now, &next->sections[i]) == NULL)
			say_new(&next->sections[i], text);
	differ_file_free(now);
	differ_file_free(next);
	return text->len != len;
}

bool differ_proxy(const struct proxy_conf *now, const struct proxy_conf *next, struct strbuf *text)
{
	struct differ_file before, after;

	differ_file_proxy(now, &before);
	differ_file_proxy(next, &after);
	return compare(&before, &after, text);
}

bool differ_vrrp(const struct vrrp_conf *now, const struct vrrp_conf *next, struct strbuf *text)
{
	struct differ_file before, after;

	differ_file_vrrp(now, &before);
	differ_file_vrrp(next, &after);
	return compare(&before, &after, text);
}
