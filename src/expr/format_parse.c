/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/format_parse.c - compiles a log-format string (configuration manual
 * 8.2.6, and HAProxy 3.0 for names):
 *
 *	text  %%  %ci  %{+Q,-E}r  %[expr]  %{+Q}[expr]  %(name:type){+Q}ci
 *
 * `%{flags}o` sets what the items behind it begin with. Runs when a file is
 * read.
 */
#include "expr/format_private.h"

#include "base/arena.h"

/* One word while it is compiled. */
struct format_reading {
	struct conf_parse *parse;
	const struct expr_place *place;
	const struct conf_word *word;
	struct format *format;
	bool merge;		/* runs of spaces are one */
	bool in_log;		/* of a log line, which is written where there are targets */
	unsigned flags;		/* of items: the kind's, and %o's */
	size_t at;		/* next byte of the word */
	char *text;		/* constant text so far */
	size_t text_len;
};

/* One item while it is read. */
struct format_item {
	size_t from;		/* its '%' */
	unsigned flags;
	enum format_cast cast;
	struct slice name;
	bool global;		/* of %o */
};

static const struct {
	const char *name;
	unsigned bit;
} format_flag_names[] = {
	{ "Q", FORMAT_QUOTE },	     { "E", FORMAT_ESCAPE }, { "X", FORMAT_HEX },
	{ "M", FORMAT_MANDATORY }, { "json", FORMAT_JSON }, { "cbor", FORMAT_CBOR },
	{ "bin", FORMAT_BINARY },
};

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool format_error(struct format_reading *reading, size_t from, size_t len, const char *hint,
			 const char *what)
{
	diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_value,
		 conf_word_part(reading->word, from, len), hint, "log-format: %s", what);
	return false;
}

static void format_text_char(struct format_reading *reading, char c)
{
	bool again = reading->text_len != 0 ? reading->text[reading->text_len - 1] == ' '
					    : reading->format->count == 0;

	if (c == ' ' && reading->merge && again)
		return;
	reading->text[reading->text_len++] = c;
}

/* What stands between two items becomes one operation; a record has no text. */
static void format_flush_text(struct format_reading *reading)
{
	struct format *format = reading->format;
	size_t len = reading->text_len;
	struct format_op *op;

	reading->text_len = 0;
	if (len == 0)
		return;
	op = ARENA_APPEND(reading->parse->arena, format->ops, format->count);
	op->kind = FORMAT_OP_TEXT;
	op->text.at = arena_strndup(reading->parse->arena, reading->text, len);
	op->text.len = len;
	op->leads = reading->merge && op->text.at[0] == ' ';
	op->ends = op->text.at[len - 1] == ' ';
}

static struct format_op *format_add(struct format_reading *reading, enum format_op_kind kind,
				    const struct format_item *item)
{
	struct format *format = reading->format;
	struct format_op *op;

	format_flush_text(reading);
	op = ARENA_APPEND(reading->parse->arena, format->ops, format->count);
	op->kind = (uint8_t)kind;
	op->flags = (uint16_t)item->flags;
	op->cast = (uint8_t)item->cast;
	op->name = item->name;
	return op;
}

/* "+Q" or "-json"; a flag that does not exist does nothing, as in HAProxy. */
static void format_read_flag(struct format_reading *reading, struct format_item *item, size_t from,
			     size_t len)
{
	struct slice word = { reading->word->text + from, len };
	bool add = len != 0 && word.at[0] == '+';
	struct slice name = slice_skip(word, 1);

	if (add || (len != 0 && word.at[0] == '-'))
		for (size_t i = 0; i < ARRAY_LEN(format_flag_names); i++)
			if (slice_is(name, format_flag_names[i].name)) {
				item->flags &= ~format_flag_names[i].bit;
				if (add)
					item->flags |= format_flag_names[i].bit;
				return;
			}
	diag_add(reading->parse->report, DIAG_WARNING, &diag_bad_value,
		 conf_word_part(reading->word, from, len),
		 "flags are +Q, +E, +X, +M, +json, +cbor and +bin, or the same with '-'",
		 "log-format: '%.*s' is no flag and does nothing", (int)len, word.at);
}

/* "{+Q,-E}"; at: behind the brace. */
static bool format_read_flags(struct format_reading *reading, struct format_item *item)
{
	const char *text = reading->word->text;
	size_t begin = reading->at - 1;

	for (;;) {
		size_t len = strcspn(text + reading->at, ",}");

		if (text[reading->at + len] == '\0')
			return format_error(reading, begin, strlen(text) - begin, NULL,
					    "the flags lack their '}'");
		format_read_flag(reading, item, reading->at, len);
		reading->at += len + 1;
		if (text[reading->at - 1] == '}')
			return true;
	}
}

static bool format_read_cast(struct slice type, enum format_cast *ret_cast)
{
	if (slice_is(type, "str"))
		*ret_cast = FORMAT_AS_STRING;
	else if (slice_is(type, "sint"))
		*ret_cast = FORMAT_AS_NUMBER;
	else if (slice_is(type, "bool"))
		*ret_cast = FORMAT_AS_BOOL;
	else
		return false;
	return true;
}

/* "(name)" or "(name:type)"; at: behind the parenthesis. */
static bool format_read_name(struct format_reading *reading, struct format_item *item)
{
	const char *text = reading->word->text + reading->at;
	size_t len = strcspn(text, ")");
	size_t name = 0;

	if (text[len] == '\0')
		return format_error(reading, reading->at - 1, len + 1, NULL, "the name lacks its ')'");
	while (name < len && (is_name_byte(text[name]) || text[name] == '_' || text[name] == '-'))
		name++;
	if (name != len && text[name] != ':')
		return format_error(reading, reading->at + name, 1, NULL,
				    "names are of letters, digits, '-' and '_'");
	if (name != len &&
	    !format_read_cast((struct slice){ text + name + 1, len - name - 1 }, &item->cast))
		return format_error(reading, reading->at + name + 1, len - name - 1, NULL,
				    "types are 'str', 'sint' and 'bool'");
	if (name != 0)
		item->name = (struct slice){ arena_strndup(reading->parse->arena, text, name), name };
	reading->at += len + 1;
	return true;
}

static const struct format_alias *format_find_alias(const struct conf_parse *parse,
						    struct slice name)
{
	const struct expr_language *language = parse->grammar->language;

	if (language == NULL || language->aliases == NULL)
		return NULL;
	for (const struct format_alias *const *table = language->aliases; *table != NULL; table++)
		for (const struct format_alias *alias = *table; alias->doc.name != NULL; alias++)
			if (slice_is(name, alias->doc.name))
				return alias;
	return NULL;
}

/* All names as the user writes them, for suggestions. */
static const char *const *format_alias_names(struct conf_parse *parse)
{
	const struct expr_language *language = parse->grammar->language;
	const char **names = NULL;
	size_t count = 0;

	if (language != NULL && language->aliases != NULL)
		for (const struct format_alias *const *table = language->aliases; *table != NULL;
		     table++)
			for (const struct format_alias *alias = *table; alias->doc.name != NULL;
			     alias++)
				*ARENA_APPEND(parse->arena, names, count) =
					arena_printf(parse->arena, "%%%s", alias->doc.name);
	*ARENA_APPEND(parse->arena, names, count) = NULL;
	return names;
}

static bool format_unknown(struct format_reading *reading, const struct format_item *item,
			   struct slice name)
{
	struct conf_word word = {
		.text = arena_printf(reading->parse->arena, "%%%.*s", (int)name.len, name.at),
		.span = conf_word_part(reading->word, item->from, reading->at - item->from),
	};

	conf_error_unknown(reading->parse, &word, "log-format variable",
			   format_alias_names(reading->parse));
	return false;
}

/* Whether its text is neither quoted nor changed. */
static bool format_alias_is_plain(const struct format_alias *alias, unsigned flags)
{
	if (flags & (FORMAT_JSON | FORMAT_CBOR))
		return false;
	return alias->style == FORMAT_PLAIN || alias->style == FORMAT_NUMBER ||
	       (alias->style == FORMAT_NAME && !(flags & (FORMAT_QUOTE | FORMAT_ESCAPE)));
}

static bool format_read_alias(struct format_reading *reading, const struct format_item *item)
{
	const char *text = reading->word->text + reading->at;
	struct slice name = { text, 0 };
	const struct format_alias *alias;

	while (is_name_byte(text[name.len]))
		name.len++;
	reading->at += name.len;
	if (slice_is(name, "o")) {
		reading->flags = item->flags;
		reading->format->record = item->flags & (FORMAT_JSON | FORMAT_CBOR);
		reading->format->binary = (item->flags & FORMAT_BINARY) != 0;
		return true;
	}
	alias = format_find_alias(reading->parse, name);
	if (alias == NULL)
		return format_unknown(reading, item, name);
	/* All of them ask the stream. */
	if (reading->place != NULL && !(reading->place->have & EXPR_HAVE_CLIENT))
		return format_error(reading, item->from, reading->at - item->from, NULL,
				    "there is no stream here whose variable this could be");
	format_add(reading, format_alias_is_plain(alias, item->flags) ? FORMAT_OP_PLAIN : FORMAT_OP_ALIAS,
		   item)->alias = alias;
	if (!reading->in_log)
		reading->parse->expr_needs |= EXPR_HAVE_STREAM;
	if (alias->need & EXPR_HAVE_REQUEST && reading->format->http_only == NULL) {
		reading->format->http_only = alias->doc.name;
		reading->format->http_only_span =
			conf_word_part(reading->word, item->from, reading->at - item->from);
	}
	return true;
}

static bool format_read_expr(struct format_reading *reading, const struct format_item *item)
{
	size_t end;
	struct expr *expr = expr_parse(reading->parse, reading->place, reading->word,
				       ++reading->at, "]", &end);
	struct format_op *op;

	if (expr == NULL)
		return false;
	if (reading->word->text[end] != ']')
		return format_error(reading, reading->at - 1, end - reading->at + 1, NULL,
				    "the expression lacks its ']'");
	reading->at = end + 1;
	op = format_add(reading, FORMAT_OP_EXPR, item);
	op->expr = expr;
	if (op->flags & FORMAT_PERCENT) /* HAProxy quotes no expression there */
		op->flags &= (uint16_t)~(FORMAT_QUOTE | FORMAT_ESCAPE);
	return true;
}

/* Behind a '%' that is not doubled. */
static bool format_read_item(struct format_reading *reading)
{
	const char *text = reading->word->text;
	struct format_item item = { .from = reading->at - 1, .flags = reading->flags };
	bool decorated = text[reading->at] == '(' || text[reading->at] == '{';

	if (text[reading->at] == '(' && (reading->at++, !format_read_name(reading, &item)))
		return false;
	if (text[reading->at] == '{' && (reading->at++, !format_read_flags(reading, &item)))
		return false;
	if (text[reading->at] == '[')
		return format_read_expr(reading, &item);
	if (is_name_byte(text[reading->at]))
		return format_read_alias(reading, &item);
	if (decorated || text[reading->at] == '\0')
		return format_error(reading, item.from, reading->at - item.from,
				    "write '%%' for a percent sign",
				    "a variable or an expression must follow");
	diag_add(reading->parse->report, DIAG_WARNING, &diag_bad_value,
		 conf_word_part(reading->word, item.from, 1), "write '%%' for a percent sign",
		 "log-format: this '%%' stands for nothing");
	return true;
}

static bool format_read(struct format_reading *reading)
{
	const char *text = reading->word->text;

	while (text[reading->at] != '\0') {
		char c = text[reading->at++];

		if (c == '%' && text[reading->at] != '%') {
			if (!format_read_item(reading))
				return false;
			continue;
		}
		if (c == '%')
			reading->at++;
		format_text_char(reading, c);
	}
	format_flush_text(reading);
	return true;
}

/* A record is made of named items only. */
static void format_keep_named(struct format *format)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < format->count; i++)
		if (format->ops[i].name.at != NULL)
			format->ops[kept++] = format->ops[i];
	format->count = kept;
}

static unsigned format_kind_flags(enum format_kind kind)
{
	switch (kind) {
	case FORMAT_LOG:
		return FORMAT_MANDATORY;
	case FORMAT_VALUE:
		return FORMAT_PERCENT;
	case FORMAT_ID:
	case FORMAT_RAW:
		break;
	}
	return 0;
}

struct format *format_parse(struct conf_parse *parse, const struct expr_place *place,
			    const struct conf_word *word, enum format_kind kind)
{
	struct format_reading reading = {
		.parse = parse,
		.place = place,
		.word = word,
		.format = arena_zalloc(parse->arena, sizeof(struct format)),
		.in_log = kind == FORMAT_LOG,
		.merge = kind == FORMAT_LOG || kind == FORMAT_ID,
		.flags = format_kind_flags(kind),
		.text = arena_zalloc(parse->arena, strlen(word->text) + 1),
	};

	if (!format_read(&reading))
		return NULL;
	if (reading.format->record != 0)
		format_keep_named(reading.format);
	return reading.format;
}

struct format *format_builtin(struct conf_parse *parse, const char *text)
{
	struct conf_word word = { .text = text };
	struct format *format = format_parse(parse, NULL, &word, FORMAT_LOG);

	ASSERT(format != NULL);
	return format;
}
