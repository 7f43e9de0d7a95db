/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords.c - from a statement to its row, and from the row's type to
 * the field.
 */
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "vrrp/keyword.h"

const struct vrrp_keyword *const vrrp_keyword_tables[] = {
	vrrp_keywords_top, vrrp_keywords_global, vrrp_keywords_garp,
	vrrp_keywords_presets, vrrp_keywords_script, vrrp_keywords_instance,
	vrrp_keywords_adverts, vrrp_keywords_hmac, vrrp_keywords_address,
	vrrp_keywords_kernel, vrrp_keywords_vmac, vrrp_keywords_route, vrrp_keywords_rule,
	vrrp_keywords_peering, vrrp_keywords_track, vrrp_keywords_bfd, vrrp_keywords_sync,
	vrrp_keywords_notify, vrrp_keywords_system, vrrp_keywords_program, vrrp_keywords_lvs,
	vrrp_keywords_links, vrrp_keywords_virtual_server, vrrp_keywords_checkers, NULL,
};

/* A word that Keepalived knows, and the blocks it stands in. */
struct known_word {
	const char *word;
	unsigned where;
};

static const struct known_word known_words[] = {
#define KNOWN(word, where) { word, where },
#include "vrrp/known_keepalived.def"
#undef KNOWN
};

const struct vrrp_keyword *vrrp_keyword_find(const char *word, unsigned where)
{
	for (const struct vrrp_keyword *const *table = vrrp_keyword_tables; *table != NULL; table++)
		for (const struct vrrp_keyword *row = *table; row->doc.name != NULL; row++)
			if ((row->where & where) != 0 && strcmp(row->doc.name, word) == 0)
				return row;
	return NULL;
}

static const struct known_word *known_find(const char *word, unsigned where)
{
	for (size_t i = 0; i < ARRAY_LEN(known_words); i++)
		if ((known_words[i].where & where) != 0 && strcmp(known_words[i].word, word) == 0)
			return &known_words[i];
	return NULL;
}

/* Every word that may begin a statement here, for suggestions. */
static const char *const *keywords_candidates(struct arena *arena, unsigned where)
{
	const char **names = NULL;
	size_t count = 0;

	for (const struct vrrp_keyword *const *table = vrrp_keyword_tables; *table != NULL; table++)
		for (const struct vrrp_keyword *row = *table; row->doc.name != NULL; row++)
			if ((row->where & where) != 0)
				*ARENA_APPEND(arena, names, count) = row->doc.name;
	for (size_t i = 0; i < ARRAY_LEN(known_words); i++)
		if ((known_words[i].where & where) != 0)
			*ARENA_APPEND(arena, names, count) = known_words[i].word;
	*ARENA_APPEND(arena, names, count) = NULL;
	return names;
}

void vrrp_report_unknown(struct vrrp_parse *parse, unsigned where, const struct conf_word *word)
{
	const unsigned anywhere = ~0u;

	if (known_find(word->text, where) != NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_not_supported, word->span,
			    "'%s' is not supported yet", word->text);
	else if (vrrp_keyword_find(word->text, anywhere) != NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_wrong_place, word->span,
			    "'%s' is not allowed in this block", word->text);
	else if (known_find(word->text, anywhere) != NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_not_supported, word->span,
			    "'%s' is not supported yet, and does not belong in this block",
			    word->text);
	else
		conf_error_unknown(&parse->common, word, "keyword",
				   keywords_candidates(parse->common.arena, where));
}

/* --- types --- */

static void store_flag(struct vrrp_parse *parse, const struct vrrp_node *node, bool *field)
{
	bool value = true;

	if (node->line.count > 1 && !vrrp_read_bool(parse, &node->line.words[1], &value))
		return;
	*field = value;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void store_number(struct vrrp_parse *parse, const struct vrrp_keyword *row,
			 const struct vrrp_node *node, void *field)
{
	int64_t value;

	if (!conf_read_int(&parse->common, &node->line.words[1], row->min, row->max, &value))
		return;
	if (row->type == VRRP_BYTE)
		*(uint8_t *)field = (uint8_t)value;
	else if (row->type == VRRP_INT)
		*(int *)field = (int)value;
	else
		*(unsigned *)field = (unsigned)value;
}

/* The types that take one value. */
static void store_value(struct vrrp_parse *parse, const struct vrrp_keyword *row,
			const struct vrrp_node *node, void *field)
{
	const struct conf_word *word = &node->line.words[1];

	if (!vrrp_need(parse, node, 1, row->doc.example))
		return;
	switch (row->type) {
	case VRRP_UNSIGNED:
	case VRRP_INT:
	case VRRP_BYTE:
		store_number(parse, row, node, field);
		break;
	case VRRP_CHOICE:
		conf_read_choice(&parse->common, word, row->choices, row->doc.name, field);
		break;
	case VRRP_SECONDS:
		vrrp_read_seconds(parse, word, row->min, row->max, field);
		break;
	case VRRP_STRING:
		*(const char **)field = word->text;
		break;
	default:
		ASSERT(!"a type with one value");
	}
	vrrp_warn_rest(parse, &node->line, 2);
}

static void store_list(struct vrrp_parse *parse, const struct vrrp_keyword *row, void *object,
		       const struct vrrp_node *node)
{
	vrrp_warn_rest(parse, &node->line, 1);
	for (const struct vrrp_node *child = node->children; child != NULL; child = child->next)
		if (vrrp_need_block(parse, child, false))
			row->parse(parse, object, child);
}

static void keywords_apply(struct vrrp_parse *parse, const struct vrrp_keyword *row, void *object,
			   const struct vrrp_node *node);

static void keywords_ignore(struct vrrp_parse *parse, const struct vrrp_keyword *row,
			    const struct vrrp_node *node)
{
	struct vrrp_keyword checked = *row;
	uint64_t scratch = 0; /* as large as the largest type that is checked */

	checked.type = row->checked;
	checked.offset = 0;
	if (checked.type != VRRP_PARSE || row->parse != NULL)
		keywords_apply(parse, &checked, &scratch, node);
	vrrp_report(parse, DIAG_WARNING, &diag_no_effect, node->line.words[0].span,
		    "'%s' has no effect: %s", node->line.words[0].text, row->why);
}

static void keywords_apply(struct vrrp_parse *parse, const struct vrrp_keyword *row, void *object,
			   const struct vrrp_node *node)
{
	void *field = (char *)object + row->offset;

	switch (row->type) {
	case VRRP_PARSE:
		row->parse(parse, object, node);
		break;
	case VRRP_FLAG:
		store_flag(parse, node, field);
		break;
	case VRRP_UNSET:
		*(bool *)field = false;
		break;
	case VRRP_LIST:
		store_list(parse, row, object, node);
		break;
	case VRRP_COMMAND:
		if (vrrp_need(parse, node, 1, row->doc.example) && vrrp_closed(parse, node))
			vrrp_command_add(parse, field, &node->escaped, 1);
		break;
	case VRRP_IGNORED:
		keywords_ignore(parse, row, node);
		break;
	default:
		store_value(parse, row, node, field);
	}
}

/* --- statements --- */

void vrrp_parse_statement(struct vrrp_parse *parse, unsigned where, void *object,
			  const struct vrrp_node *node)
{
	const struct conf_word *word = &node->line.words[0];
	const struct vrrp_keyword *row = vrrp_keyword_find(word->text, where);

	if (row == NULL) {
		vrrp_report_unknown(parse, where, word);
		return;
	}
	if (!vrrp_need_block(parse, node, row->block))
		return;
	if (row->modern != NULL) {
		vrrp_report(parse, DIAG_WARNING, &diag_old_form, word->span,
			    "'%s' is an old form of '%s'", word->text, row->modern);
		row = vrrp_keyword_find(row->modern, where);
		ASSERT(row != NULL);
	}
	keywords_apply(parse, row, object, node);
	if (row->said != 0)
		((struct vrrp_draft *)object)->said[row->said] = word->span;
}

static bool keywords_takes_value(enum vrrp_type type)
{
	return type != VRRP_FLAG && type != VRRP_UNSET && type != VRRP_IGNORED;
}

unsigned vrrp_parse_option(struct vrrp_parse *parse, unsigned where, void *object,
			   const struct conf_line *line, unsigned at)
{
	const struct vrrp_keyword *row = vrrp_keyword_find(line->words[at].text, where);
	struct vrrp_node option = { .line = { .words = &line->words[at], .count = 1 } };

	if (row == NULL) {
		vrrp_report_unknown(parse, where, &line->words[at]);
		return 0;
	}
	if (keywords_takes_value(row->type)) {
		option.line.count = 2;
		if (at + 1 >= line->count) {
			vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, line->words[at].span,
				    "'%s' needs a value", line->words[at].text);
			return 0;
		}
	}
	option.escaped = option.line;
	keywords_apply(parse, row, object, &option);
	return option.line.count;
}

void vrrp_parse_block(struct vrrp_parse *parse, unsigned where, void *object,
		      const struct vrrp_node *node)
{
	for (const struct vrrp_node *child = node->children; child != NULL; child = child->next)
		vrrp_parse_statement(parse, where, object, child);
}
