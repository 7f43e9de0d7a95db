/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/map.c - files of patterns: read, looked into, and changed at run time.
 */
#include "expr/map.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bump.h"
#include "base/out.h"
#include "base/regex.h"
#include "expr/map_private.h"

/* --- reading --- */

/* All bytes of a file, with a NUL behind them; NULL: errno says why. */
static char *map_read_bytes(struct arena *arena, FILE *file, size_t *ret_len)
{
	char *bytes = NULL, *copy = NULL;
	size_t room = 0;
	/* A file of lines holds no NUL, so this reads all of it. */
	ssize_t len = getdelim(&bytes, &room, '\0', file);

	if (len >= 0 || feof(file) != 0) {
		*ret_len = len < 0 ? 0 : (size_t)len;
		copy = arena_strndup(arena, bytes != NULL ? bytes : "", *ret_len);
	}
	free(bytes);
	return copy;
}

static struct diag_source *map_read_file(struct conf_parse *parse, const char *name,
					 struct diag_span span)
{
	struct diag_source *source = arena_zalloc(parse->arena, sizeof(*source));
	const char *path = conf_path(parse, span, name);
	FILE *file = fopen(path, "re");

	source->name = name;
	if (file != NULL) {
		source->text = map_read_bytes(parse->arena, file, &source->len);
		fclose(file);
	}
	if (source->text != NULL)
		return source;
	diag_add(parse->report, DIAG_ERROR, &diag_cannot_read, span, NULL, "cannot read '%s': %s",
		 path, strerror(errno));
	return NULL;
}

static bool map_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The key up to the first blank, the value between blanks. */
static void map_split(struct slice *key, struct slice *value)
{
	struct slice rest = *key;

	key->len = 0;
	while (key->len < rest.len && !map_is_blank(rest.at[key->len]))
		key->len++;
	rest = slice_skip(rest, key->len);
	while (rest.len > 0 && map_is_blank(*rest.at))
		rest = slice_skip(rest, 1);
	while (rest.len > 0 && map_is_blank(rest.at[rest.len - 1]))
		rest.len--;
	*value = rest;
}

/* Without its end; false when it is empty or a comment, which begins at the first column. */
static bool map_trim(struct slice *line)
{
	if (line->len > 0 && *line->at == '#')
		return false;
	while (line->len > 0 &&
	       (line->at[line->len - 1] == '\r' || line->at[line->len - 1] == '\n'))
		line->len--;
	while (line->len > 0 && map_is_blank(*line->at))
		*line = slice_skip(*line, 1);
	return line->len > 0;
}

/* `used` is where the configuration names the file. */
static bool map_add_line(struct conf_parse *parse, struct expr_map_form *form, struct slice line,
			 const struct expr_pattern_flags *flags, struct diag_span used)
{
	const char *begin = line.at;
	struct slice value = { 0 };
	struct diag_span span = { .source = form->source, .line = flags->line };
	char why[EXPR_WHY];

	if (!map_trim(&line))
		return true;
	if (form->values)
		map_split(&line, &value);
	if (expr_patterns_add(form->patterns, line, value, flags, why))
		return true;
	span.column = (uint32_t)(line.at - begin) + 1;
	span.len = (uint32_t)line.len;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_condition, span,
		 used.source == NULL ? NULL
				     : arena_printf(parse->arena, "read for line %u of '%s'",
						    used.line, used.source->name),
		 "'%.*s' is %s", (int)line.len, line.at, why);
	return false;
}

static bool map_add_lines(struct conf_parse *parse, struct expr_map_form *form,
			  const struct expr_pattern_flags *given, struct diag_span used)
{
	struct slice rest = { form->source->text, form->source->len };
	struct expr_pattern_flags flags = *given;
	bool good = true;

	for (flags.line = 1; rest.len > 0; flags.line++) {
		const char *newline = memchr(rest.at, '\n', rest.len);
		size_t len = newline != NULL ? (size_t)(newline - rest.at) + 1 : rest.len;

		good &= map_add_line(parse, form, (struct slice){ rest.at, len }, &flags, used);
		rest = slice_skip(rest, len);
	}
	return good;
}

static void map_free(void *object)
{
	struct expr_map *map = object;

	expr_map_free_versions(map);
	pthread_rwlock_destroy(&map->lock);
}

static struct expr_map *map_of_name(struct conf_parse *parse, const char *name)
{
	struct expr_map *map;
	int failed;

	for (map = parse->maps; map != NULL; map = map->next)
		if (strcmp(map->name, name) == 0)
			return map;
	map = arena_zalloc(parse->arena, sizeof(*map));
	map->name = arena_strdup(parse->arena, name);
	map->number = parse->pattern_lists++;
	failed = pthread_rwlock_init(&map->lock, NULL);
	ASSERT(failed == 0);
	arena_defer(parse->arena, map_free, map);
	map->next = parse->maps;
	parse->maps = map;
	return map;
}

const struct expr_map_form *expr_map_load(struct conf_parse *parse, const char *name,
					  struct diag_span span, enum expr_method method,
					  bool values, const struct expr_pattern_flags *flags)
{
	struct expr_map *map = map_of_name(parse, name);
	struct expr_map_form *form;

	for (form = map->forms; form != NULL; form = form->next)
		if (form->method == method && form->values == values &&
		    form->ignore_case == flags->ignore_case)
			return form->bad ? NULL : form;
	form = arena_zalloc(parse->arena, sizeof(*form));
	*form = (struct expr_map_form){ .map = map, .method = method, .values = values,
					.ignore_case = flags->ignore_case, .used = span };
	form->next = map->forms;
	map->forms = form;
	form->patterns = expr_patterns_new(parse->arena, method, !values);
	form->source = map_read_file(parse, map->name, span);
	form->bad = form->source == NULL || !map_add_lines(parse, form, flags, span);
	return form->bad ? NULL : form;
}

struct expr_map *expr_map_find(struct conf_parse *parse, const char *name)
{
	struct expr_map *map = map_of_name(parse, name);

	map->changes = true;
	return map;
}

/* --- looking --- */

static void map_lock_to_read(struct expr_map *map)
{
	if (map->changes)
		pthread_rwlock_rdlock(&map->lock);
}

static void map_unlock_read(struct expr_map *map)
{
	if (map->changes)
		pthread_rwlock_unlock(&map->lock);
}

bool expr_map_has(const struct expr_map_form *form, const struct expr_sample *sample,
		  struct expr_context *context)
{
	bool found;

	map_lock_to_read(form->map);
	found = expr_patterns_match(form->patterns, sample, context, NULL) != NULL;
	map_unlock_read(form->map);
	return found;
}

static bool map_expand(struct expr_context *context, struct slice value,
		       const struct regex_match *groups, struct slice *ret)
{
	size_t size = value.len;
	struct out out = { 0 };

	for (unsigned i = 0; i < groups->count; i++)
		size += groups->group[i].len * (value.len / 2);
	out.bytes = bump_room(context->memory, 1, &out.size);
	if (out.bytes == NULL)
		return false;
	regex_expand(&out, value.at, groups);
	if (out.cut) {
		out = (struct out){ .bytes = bump_alloc(context->memory, size), .size = size };
		if (out.bytes == NULL)
			return false;
		regex_expand(&out, value.at, groups);
	} else {
		bump_commit(context->memory, out.len);
	}
	*ret = out_slice(&out);
	return true;
}

/* What a rule may change is copied before the lock goes. */
static bool map_take(const struct expr_map_form *form, struct expr_context *context,
		     struct slice value, struct slice *ret)
{
	*ret = form->map->changes ? bump_copy(context->memory, value) : value;
	return ret->at != NULL;
}

bool expr_map_value(const struct expr_map_form *form, const struct expr_sample *sample,
		    struct expr_context *context, bool expand, struct slice *ret)
{
	const struct expr_pattern *pattern;
	struct regex_match groups = { 0 };
	bool found = false;

	map_lock_to_read(form->map);
	pattern = expr_patterns_match(form->patterns, sample, context, expand ? &groups : NULL);
	if (pattern != NULL)
		found = expand ? map_expand(context, pattern->value, &groups, ret)
			       : map_take(form, context, pattern->value, ret);
	map_unlock_read(form->map);
	return found;
}

bool expr_map_key(const struct expr_map_form *form, const struct expr_sample *sample,
		  struct expr_context *context, struct slice *ret)
{
	const struct expr_pattern *pattern;
	bool found;

	map_lock_to_read(form->map);
	pattern = expr_patterns_match(form->patterns, sample, context, NULL);
	found = pattern != NULL && map_take(form, context, pattern->text, ret);
	map_unlock_read(form->map);
	return found;
}

/* --- changing --- */

static int map_add_to(struct expr_map_form *form, struct slice key, struct slice value)
{
	struct expr_pattern_flags flags = { .running = true, .no_names = true,
					    .ignore_case = form->ignore_case };
	char why[EXPR_WHY];

	if (!form->values)
		value = (struct slice){ 0 };
	else if (value.at == NULL)
		value = SLICE("");
	return expr_patterns_add(form->patterns, key, value, &flags, why) ? 0 : -EINVAL;
}

static int map_set_in(struct expr_map_form *form, struct slice key, const struct slice *value)
{
	struct expr_pattern *pattern =
		expr_patterns_find_text(form->patterns, key, form->ignore_case);

	if (pattern == NULL)
		return map_add_to(form, key, value != NULL ? *value : (struct slice){ 0 });
	if (value == NULL || !form->values)
		return 0;
	return expr_patterns_replace(form->patterns, pattern, *value) ? 0 : -ENOMEM;
}

/* `value` NULL: what is there keeps its own. */
static int map_set(struct expr_map *map, struct slice key, const struct slice *value)
{
	int result = 0;

	pthread_rwlock_wrlock(&map->lock);
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next) {
		int one = map_set_in(form, key, value);

		if (one != 0)
			result = one;
	}
	map->change_count++;
	pthread_rwlock_unlock(&map->lock);
	return result;
}

int expr_map_add(struct expr_map *map, struct slice key)
{
	return map_set(map, key, NULL);
}

int expr_map_set(struct expr_map *map, struct slice key, struct slice value)
{
	return map_set(map, key, &value);
}

int expr_map_delete(struct expr_map *map, struct slice key)
{
	int result = -ENOENT;

	pthread_rwlock_wrlock(&map->lock);
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next) {
		struct expr_pattern *pattern;

		/* A key may stand in the file several times. */
		while ((pattern = expr_patterns_find_text(form->patterns, key,
							  form->ignore_case)) != NULL) {
			expr_patterns_remove(form->patterns, pattern);
			result = 0;
		}
	}
	map->change_count++;
	pthread_rwlock_unlock(&map->lock);
	return result;
}

void expr_map_clear(struct expr_map *map)
{
	pthread_rwlock_wrlock(&map->lock);
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next)
		while (expr_patterns_first(form->patterns) != NULL)
			expr_patterns_remove(
				form->patterns,
				(struct expr_pattern *)expr_patterns_first(form->patterns));
	map->change_count++;
	pthread_rwlock_unlock(&map->lock);
}
