/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/differ_file.c - see differ_file.h. */
#include "daemon/differ_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/keyword.h"
#include "proxy/conf.h"
#include "vrrp/conf.h"
#include "vrrp/lexer.h"

const char *differ_word(const struct conf_line *line, unsigned at)
{
	return at < line->count ? line->words[at].text : "";
}

static bool same_word(const struct conf_line *a, const struct conf_line *b, unsigned at)
{
	return strcmp(differ_word(a, at), differ_word(b, at)) == 0;
}

bool differ_same_line(const struct differ_line *a, const struct differ_line *b)
{
	if (a->hash != b->hash || a->line->count != b->line->count ||
	    strcmp(a->within, b->within) != 0)
		return false;
	for (unsigned i = 0; i < a->line->count; i++)
		if (!same_word(a->line, b->line, i))
			return false;
	return true;
}

static bool same_name(const struct differ_section *a, const struct differ_section *b)
{
	return same_word(a->head, b->head, 0) && same_word(a->head, b->head, 1);
}

bool differ_same_section(const struct differ_section *a, const struct differ_section *b)
{
	return a->number == b->number && same_name(a, b);
}

/* ---- making them ---- */

static void *grown(void *array, unsigned count, unsigned *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? 16 : *room * 2;
	array = reallocarray(array, *room, size);
	ASSERT(array != NULL);
	return array;
}

static struct differ_section *add_section(struct differ_file *file, const struct conf_line *head)
{
	struct differ_section section = { .head = head, .number = 1, .defaults = file->count };

	for (unsigned i = 0; i < file->count; i++)
		section.number += same_name(&file->sections[i], &section);
	file->sections = grown(file->sections, file->count, &file->room, sizeof(section));
	file->sections[file->count] = section;
	return &file->sections[file->count++];
}

static void add_line(struct differ_section *section, const char *within,
		     const struct conf_line *line, bool keyed)
{
	uint32_t hash = 0;

	for (unsigned i = 0; i < line->count; i++)
		hash = hash_xxh32(line->words[i].text, strlen(line->words[i].text), hash);
	section->lines = grown(section->lines, section->count, &section->room,
			       sizeof(*section->lines));
	section->lines[section->count++] =
		(struct differ_line){ .within = within, .line = line, .hash = hash,
				      .keyed = keyed };
}

void differ_file_free(struct differ_file *file)
{
	for (unsigned i = 0; i < file->count; i++)
		free(file->sections[i].lines);
	for (unsigned i = 0; i < file->text_count; i++)
		free(file->texts[i]);
	free(file->sections);
	free(file->texts);
}

/* ---- haproxy.cfg ---- */

static bool begins_section(const struct conf_line *line)
{
	for (const struct conf_section *const *s = proxy_sections; *s != NULL; s++)
		if (strcmp((*s)->doc.name, differ_word(line, 0)) == 0)
			return true;
	return false;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static bool names_defaults(const struct conf_line *head)
{
	for (unsigned i = 1; i + 1 < head->count; i++)
		if (strcmp(head->words[i].text, "from") == 0)
			return true;
	return false;
}

/* Those above it. */
static unsigned defaults_of(const struct differ_file *file, unsigned self)
{
	for (unsigned i = self; i-- != 0;)
		if (strcmp(differ_word(file->sections[i].head, 0), "defaults") == 0)
			return i;
	return self;
}

void differ_file_proxy(const struct proxy_conf *conf, struct differ_file *ret)
{
	static const char *const proxies[] = { "frontend", "backend", "listen", NULL };
	static const char *const keyed[] = { "server", "bind", "server-template", NULL };
	struct differ_section *section = NULL;

	*ret = (struct differ_file){ 0 };
	for (unsigned i = 0; i < conf->lines->count; i++) {
		const struct conf_line *line = &conf->lines->lines[i];

		if (begins_section(line)) {
			section = add_section(ret, line);
			section->drains = is_one_of(differ_word(line, 0), proxies);
			section->names_defaults = names_defaults(line);
			if (section->drains)
				section->defaults = defaults_of(ret, ret->count - 1);
		} else if (section != NULL) {
			add_line(section, "", line, is_one_of(differ_word(line, 0), keyed));
		}
	}
}

/* ---- keepalived.conf ---- */

static const char *keep_text(struct differ_file *file, const char *around, const char *word)
{
	struct strbuf text = STRBUF_EMPTY;

	strbuf_printf(&text, "%s%s%s", around, *around == '\0' ? "" : " ", word);
	file->texts = reallocarray(file->texts, file->text_count + 1, sizeof(*file->texts));
	ASSERT(file->texts != NULL && !text.failed);
	file->texts[file->text_count++] = text.text;
	return text.text;
}

static void add_block(struct differ_file *file, const struct vrrp_node *nodes, const char *within)
{
	/* The array of sections does not grow meanwhile. */
	struct differ_section *section = &file->sections[file->count - 1];

	for (const struct vrrp_node *node = nodes; node != NULL; node = node->next) {
		add_line(section, within, &node->line, false);
		if (node->has_block)
			add_block(file, node->children,
				  keep_text(file, within, differ_word(&node->line, 0)));
	}
}

void differ_file_vrrp(const struct vrrp_conf *conf, struct differ_file *ret)
{
	*ret = (struct differ_file){ 0 };
	for (const struct vrrp_node *node = conf->statements; node != NULL; node = node->next) {
		add_section(ret, &node->line);
		if (node->has_block)
			add_block(ret, node->children, "");
	}
}

/* ---- texts ---- */

void differ_section_name(const struct differ_section *section, struct strbuf *text)
{
	strbuf_puts(text, differ_word(section->head, 0));
	if (section->head->count > 1)
		strbuf_printf(text, " %s", differ_word(section->head, 1));
	if (section->number > 1)
		strbuf_printf(text, " (number %u of that name)", section->number);
}

void differ_line_text(const struct conf_line *line, struct strbuf *text)
{
	for (unsigned i = 0; i < line->count; i++) {
		const char *word = line->words[i].text;
		bool quote = *word == '\0' || strpbrk(word, " \t#\"") != NULL;

		strbuf_printf(text, quote ? " '%s'" : " %s", word);
	}
}
