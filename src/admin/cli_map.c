/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_map.c - commands about files of patterns: maps and ACLs, which are
 * alike but for their words (management manual 9.3).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli_commands.h"
#include "expr/map_admin.h"
#include "proxy/worker.h"

enum { MAP_PIECE = 16384 };

static enum expr_map_kind map_kind(const struct cli_run *run)
{
	return strcmp(cli_word(run, 1), "map") == 0 ? EXPR_MAP : EXPR_ACL;
}

static const char *map_word(const struct cli_run *run)
{
	return map_kind(run) == EXPR_MAP ? "map" : "ACL";
}

/* "#3", or the name of the file. NULL after an error. */
static struct expr_map *map_named(struct cli_run *run, const char *word)
{
	struct expr_map *map = NULL;

	if (*word == '#') {
		map = expr_map_at(run->proxy->conf->maps, (unsigned)strtoul(word + 1, NULL, 10));
	} else if (*word != '\0') {
		for (unsigned i = 0; i < run->proxy->conf->pattern_lists; i++) {
			map = expr_map_at(run->proxy->conf->maps, i);
			if (map != NULL && strcmp(expr_map_name(map), word) == 0)
				break;
			map = NULL;
		}
	}
	if (map != NULL && expr_map_is(map, map_kind(run)))
		return map;
	cli_sayf(run, LOG_LEVEL_ERR, "Unknown %s identifier. Please use #<id> or <file>.\n",
		 map_word(run));
	return NULL;
}

/* "@2" as the third word: its number, and where the words go on. 0: none, the current one. */
static unsigned map_version(const struct cli_run *run, unsigned *ret_at)
{
	const char *word = cli_word(run, 2);

	*ret_at = *word == '@' ? 3 : 2;
	return *word == '@' ? (unsigned)strtoul(word + 1, NULL, 10) : 0;
}

/* ---- show ---- */

struct map_show {
	struct expr_map *map;
	enum expr_map_kind kind;
	unsigned version;
	struct expr_map_cursor cursor;
	struct strbuf *out;
	size_t limit;
};

static bool map_print_entry(void *context, const struct expr_map_entry *entry)
{
	struct map_show *show = context;

	strbuf_printf(show->out, "%p ", entry->id);
	strbuf_add(show->out, entry->key.at, entry->key.len);
	if (show->kind == EXPR_MAP) {
		strbuf_puts(show->out, " ");
		strbuf_add(show->out, entry->value.at, entry->value.len);
	}
	strbuf_puts(show->out, "\n");
	return show->out->len < show->limit;
}

static bool map_show_more(struct cli_run *run)
{
	struct map_show *show = run->state;

	show->out = run->out;
	show->limit = run->out->len + MAP_PIECE;
	return expr_map_walk(show->map, show->kind, show->version, &show->cursor, map_print_entry,
			     show);
}

static void map_end(struct cli_run *run)
{
	free(run->state);
}

static void map_list_one(struct cli_run *run, struct expr_map *map)
{
	enum expr_map_kind kind = map_kind(run);
	struct expr_map_view view;
	struct diag_span used;

	expr_map_look(map, kind, &view);
	strbuf_printf(run->out, "%u (%s) pattern loaded from file '%s' used", view.number,
		      expr_map_name(map), expr_map_name(map));
	for (unsigned i = 0; expr_map_used(map, kind, i, &used); i++)
		strbuf_printf(run->out, "%s by %s at file '%s' line %u", i == 0 ? "" : ",",
			      cli_word(run, 1), used.source != NULL ? used.source->name : "",
			      used.line);
	strbuf_printf(run->out, ". curr_ver=%u next_ver=%u entry_cnt=%zu\n", view.current,
		      view.next, view.entries);
}

static void map_list(struct cli_run *run)
{
	strbuf_puts(run->out, "# id (file) description\n");
	for (unsigned i = 0; i < run->proxy->conf->pattern_lists; i++) {
		struct expr_map *map = expr_map_at(run->proxy->conf->maps, i);

		if (map != NULL && expr_map_is(map, map_kind(run)))
			map_list_one(run, map);
	}
}

static void map_show(struct cli_run *run)
{
	struct map_show *show;
	unsigned at, version = map_version(run, &at);
	struct expr_map *map;

	if (run->words.count == 2) {
		map_list(run);
		return;
	}
	map = map_named(run, cli_word(run, at));
	show = map != NULL ? calloc(1, sizeof(*show)) : NULL;
	if (show == NULL)
		return;
	*show = (struct map_show){ .map = map, .kind = map_kind(run), .version = version };
	run->state = show;
	run->end = map_end;
	run->more = map_show_more;
}

/* ---- get ---- */

static const char *map_method_name(enum expr_method method)
{
	for (const struct expr_method_row *row = expr_methods; row->doc.name != NULL; row++)
		if (row->method == method)
			return row->doc.name;
	return "";
}

static bool map_is_tree(enum expr_method method, bool ignore_case)
{
	return method == EXPR_IP || ((method == EXPR_TEXT || method == EXPR_BEGIN) && !ignore_case);
}

static void map_print_found(struct cli_run *run, const struct expr_map_entry *entry, bool tree)
{
	bool is_map = map_kind(run) == EXPR_MAP;

	strbuf_printf(run->out, "yes, idx=%s, %s=\"%.*s\"", tree ? "tree" : "list",
		      is_map ? "key" : "pattern", (int)entry->key.len, entry->key.at);
	if (is_map)
		strbuf_printf(run->out, ", value=\"%.*s\", type=\"str\"", (int)entry->value.len,
			      entry->value.at);
}

static void map_get(struct cli_run *run)
{
	struct bump *memory = &run->worker->scratch;
	struct bump_mark mark = bump_mark(memory);
	struct expr_context context = { .memory = memory, .regex = run->worker->regex };
	struct expr_map_entry entry;
	enum expr_method method;
	struct expr_map *map;
	bool ignore_case;

	if (run->words.count < 4) {
		cli_sayf(run, LOG_LEVEL_ERR, "Missing %s identifier and/or key.\n", map_word(run));
		return;
	}
	map = map_named(run, cli_word(run, 2));
	if (map == NULL)
		return;
	for (unsigned i = 0; expr_map_try(map, map_kind(run), i, slice_of(cli_word(run, 3)),
					  &context, &entry, &method, &ignore_case); i++) {
		strbuf_printf(run->out, "type=%s, case=%s, %s=", map_method_name(method),
			      ignore_case ? "insensitive" : "sensitive",
			      map_kind(run) == EXPR_MAP ? "found" : "match");
		if (entry.id == NULL)
			strbuf_puts(run->out, "no");
		else
			map_print_found(run, &entry, map_is_tree(method, ignore_case));
		strbuf_puts(run->out, "\n");
	}
	bump_reset(memory, mark);
}

/* ---- add ---- */

/* False after an error. */
static bool map_insert(struct cli_run *run, struct expr_map *map, unsigned version,
		       struct slice key, struct slice value)
{
	char why[EXPR_WHY] = "";
	int error = expr_map_insert(map, version, key, value, why);
	struct expr_map_view view;

	if (error == 0)
		return true;
	expr_map_look(map, map_kind(run), &view);
	if (error == -ESRCH && version > view.next)
		cli_sayf(run, LOG_LEVEL_ERR,
			 "Version number in the future, please use 'prepare %s' "
			 "before.\n", cli_word(run, 1));
	else if (error == -ESRCH)
		cli_error(run, "Version number in the past or not prepared.\n");
	else
		cli_sayf(run, LOG_LEVEL_ERR, "'%.*s' is %s.\n", (int)key.len, key.at, why);
	return false;
}

/* One entry a line: the key up to the first blank, and of maps the value. */
static void map_insert_payload(struct cli_run *run, struct expr_map *map, unsigned version)
{
	struct slice rest = run->payload;

	while (rest.len > 0) {
		const char *newline = memchr(rest.at, '\n', rest.len);
		size_t len = newline != NULL ? (size_t)(newline - rest.at) : rest.len;
		struct slice key = { rest.at, len }, value = { "", 0 };

		rest = slice_skip(rest, len + 1);
		if (map_kind(run) == EXPR_MAP) {
			const char *line = key.at, *blank;
			size_t begin = 0;

			while (begin < len && (line[begin] == ' ' || line[begin] == '\t'))
				begin++;
			key = slice_skip(key, begin);
			for (blank = key.at; blank < line + len && *blank != ' ' && *blank != '\t';)
				blank++;
			key.len = (size_t)(blank - key.at);
			while (blank < line + len && (*blank == ' ' || *blank == '\t'))
				blank++;
			value = (struct slice){ blank, (size_t)(line + len - blank) };
			if (value.len == 0) {
				cli_sayf(run, LOG_LEVEL_ERR, "Missing value for key '%.*s'.\n",
					 (int)key.len, key.at);
				return;
			}
		}
		if (!map_insert(run, map, version, key, value))
			return;
	}
}

static void map_add(struct cli_run *run)
{
	unsigned at, version = map_version(run, &at);
	bool is_map = map_kind(run) == EXPR_MAP;
	unsigned needed = run->payload.at != NULL ? 1 : is_map ? 3 : 2;
	struct expr_map *map;

	if (run->words.count < at + needed) {
		cli_error(run,
			  is_map ? "'add map' expects three parameters (map identifier, key and "
					"value) or one parameter (map identifier) and a payload\n"
				      : "'add acl' expects two parameters: ACL identifier and "
					"pattern.\n");
		return;
	}
	map = map_named(run, cli_word(run, at));
	if (map == NULL)
		return;
	if (run->payload.at != NULL)
		map_insert_payload(run, map, version);
	else
		map_insert(run, map, version, slice_of(cli_word(run, at + 1)),
			   slice_of(cli_word(run, at + 2)));
}

/* ---- set, del, clear ---- */

/* "#0x7f..": the entry by what `show` has told; NULL: the word is a key. */
static const void *map_entry_id(const char *word)
{
	return *word == '#' ? (const void *)(uintptr_t)strtoull(word + 1, NULL, 0) : NULL;
}

static void map_set(struct cli_run *run)
{
	const char *key = cli_word(run, 3);
	struct expr_map *map;
	int error;

	if (run->words.count < 5) {
		cli_error(run,
			  "'set map' expects three parameters: map identifier, key and value.\n");
		return;
	}
	map = map_named(run, cli_word(run, 2));
	if (map == NULL)
		return;
	error = expr_map_change(map, map_entry_id(key), slice_of(key), slice_of(cli_word(run, 4)));
	if (error == -ENOMEM)
		cli_error(run, "Out of memory.\n");
	else if (error < 0)
		cli_error(run, *key == '#' ? "key or pattern not found.\n" : "entry not found.\n");
}

static void map_delete(struct cli_run *run)
{
	const char *key = cli_word(run, 3);
	struct expr_map *map;

	if (run->words.count < 4) {
		cli_sayf(run, LOG_LEVEL_ERR,
			 "This command expects two parameters: %s identifier and key.\n",
			 map_word(run));
		return;
	}
	map = map_named(run, cli_word(run, 2));
	if (map != NULL && expr_map_remove(map, map_entry_id(key), slice_of(key)) < 0)
		cli_error(run, "Key not found.\n");
}

static void map_clear(struct cli_run *run)
{
	unsigned at, version = map_version(run, &at);
	struct expr_map *map;

	if (*cli_word(run, at) == '\0') {
		cli_sayf(run, LOG_LEVEL_ERR, "Missing %s identifier.\n", map_word(run));
		return;
	}
	map = map_named(run, cli_word(run, at));
	/* Of a version that is not there nothing is left either. */
	if (map != NULL)
		(void)expr_map_empty(map, version);
}

/* ---- versions ---- */

static void map_prepare(struct cli_run *run)
{
	struct expr_map *map = map_named(run, cli_word(run, 2));

	if (map != NULL)
		cli_sayf(run, LOG_LEVEL_INFO, "New version created: %u\n", expr_map_prepare(map));
}

static void map_commit(struct cli_run *run)
{
	unsigned at, version = map_version(run, &at);
	struct expr_map *map;

	if (at == 2) {
		cli_error(run, "Missing version number.\n");
		return;
	}
	if (*cli_word(run, 3) == '\0') {
		cli_sayf(run, LOG_LEVEL_ERR, "Missing %s identifier.\n", map_word(run));
		return;
	}
	map = map_named(run, cli_word(run, 3));
	if (map != NULL && expr_map_commit(map, version) < 0)
		cli_error(run, "Version number out of range.\n");
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }
#define BOTH(verb, args_map, args_acl, function, what, rest)                                       \
	{ DOC(verb " map", what, verb " map " rest), .arguments = args_map, .run = function },     \
	{ DOC(verb " acl", what, verb " acl " rest), .arguments = args_acl, .run = function }

const struct cli_command cli_commands_map[] = {
	BOTH("add", "[@<ver>] <map> <key> <val>", "[@<ver>] <acl> <pattern>", map_add,
	     "Add an entry, or those of a payload.", "#0 10.0.0.0/8 inside"),
	BOTH("clear", "[@<ver>] <map>", "[@<ver>] <acl>", map_clear, "Remove all entries.", "#0"),
	BOTH("commit", "@<ver> <map>", "@<ver> <acl>", map_commit,
	     "Put a prepared version in the place of the current one.", "@1 #0"),
	BOTH("del", "<map> [<key>|#<ref>]", "<acl> [<key>|#<ref>]", map_delete,
	     "Remove an entry.", "#0 10.0.0.0/8"),
	BOTH("get", "<map> <value>", "<acl> <value>", map_get, "What a value matches.",
	     "#0 10.1.2.3"),
	BOTH("prepare", "<map>", "<acl>", map_prepare, "Begin a new, empty version.", "#0"),
	BOTH("show", "[@<ver>] [<map>]", "[@<ver>] [<acl>]", map_show,
	     "The files, or the entries of one.", "#0"),
	{ DOC("set map", "Change an entry's value.", "set map #0 10.0.0.0/8 outside"),
	  .arguments = "<map> [<key>|#<ref>] <value>", .run = map_set },
	CLI_COMMANDS_END,
};
