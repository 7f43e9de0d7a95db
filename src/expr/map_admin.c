/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/map_admin.c - see map_admin.h. A prepared version is a set of patterns
 * for each form, in an arena of its own, which the map keeps once it is current.
 */
#include "expr/map_admin.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "expr/map_private.h"
#include "expr/pattern_set.h"

struct expr_map *expr_map_at(struct expr_map *maps, unsigned number)
{
	while (maps != NULL && maps->number != number)
		maps = maps->next;
	return maps;
}

const char *expr_map_name(const struct expr_map *map)
{
	return map->name;
}

static unsigned admin_count(const struct expr_map *map, enum expr_map_kind kind)
{
	unsigned count = 0;

	for (const struct expr_map_form *form = map->forms; form != NULL; form = form->next)
		count += form->values == (kind == EXPR_MAP);
	return count;
}

/* Of its kind, oldest first; NULL after the last. */
static struct expr_map_form *admin_form(const struct expr_map *map, enum expr_map_kind kind,
					unsigned number)
{
	unsigned newer = admin_count(map, kind);

	if (number >= newer)
		return NULL;
	newer -= number + 1;
	for (struct expr_map_form *form = map->forms;; form = form->next)
		if (form->values == (kind == EXPR_MAP) && newer-- == 0)
			return form;
}

bool expr_map_used(const struct expr_map *map, enum expr_map_kind kind, unsigned number,
		   struct diag_span *ret)
{
	const struct expr_map_form *form = admin_form(map, kind, number);

	if (form == NULL)
		return false;
	*ret = form->used;
	return true;
}

bool expr_map_is(const struct expr_map *map, enum expr_map_kind kind)
{
	return admin_count(map, kind) != 0;
}

void expr_maps_may_change(struct expr_map *maps)
{
	for (; maps != NULL; maps = maps->next)
		maps->changes = true;
}

void expr_map_look(struct expr_map *map, enum expr_map_kind kind, struct expr_map_view *ret)
{
	const struct expr_map_form *form = admin_form(map, kind, 0);

	pthread_rwlock_rdlock(&map->lock);
	*ret = (struct expr_map_view){ .number = map->number, .current = map->current,
				       .next = map->newest };
	if (form != NULL)
		ret->entries = form->patterns->count;
	pthread_rwlock_unlock(&map->lock);
}

/* ---- versions ---- */

static struct expr_map_version *admin_version(const struct expr_map *map, unsigned number)
{
	struct expr_map_version *version = map->prepared;

	while (version != NULL && version->number != number)
		version = version->next;
	return version;
}

/* The form's set in a version; the current one's for NULL. */
static struct expr_patterns *admin_set(const struct expr_map_version *version,
				       const struct expr_map_form *form)
{
	return version == NULL ? form->patterns : version->sets[form->index];
}

/* False: there is no such version. 0 and the current one's number: *ret NULL. */
static bool admin_find_version(const struct expr_map *map, unsigned number,
			       struct expr_map_version **ret)
{
	*ret = NULL;
	if (number == 0 || number == map->current)
		return true;
	*ret = admin_version(map, number);
	return *ret != NULL;
}

unsigned expr_map_prepare(struct expr_map *map)
{
	struct arena *arena = arena_new();
	struct expr_map_version *version;
	unsigned count = 0;

	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next)
		form->index = count++;
	version = arena_zalloc(arena, sizeof(*version) + count * sizeof(version->sets[0]));
	version->arena = arena;
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next)
		version->sets[form->index] = expr_patterns_new(arena, form->method, !form->values);
	pthread_rwlock_wrlock(&map->lock);
	version->number = ++map->newest;
	pthread_rwlock_unlock(&map->lock);
	version->next = map->prepared;
	map->prepared = version;
	return version->number;
}

/* Those that can never be committed any more. */
static void admin_drop_until(struct expr_map *map, unsigned number)
{
	struct expr_map_version **at = &map->prepared;

	while (*at != NULL) {
		struct expr_map_version *version = *at;

		if (version->number > number) {
			at = &version->next;
			continue;
		}
		*at = version->next;
		arena_free(version->arena);
	}
}

static void admin_clear_set(struct expr_patterns *set)
{
	while (set->first != NULL)
		expr_patterns_remove(set, set->first);
}

int expr_map_commit(struct expr_map *map, unsigned number)
{
	struct expr_map_version **at = &map->prepared, *version, *old;

	while (*at != NULL && (*at)->number != number)
		at = &(*at)->next;
	version = *at;
	if (version == NULL || number <= map->current)
		return -ESRCH;
	*at = version->next;

	pthread_rwlock_wrlock(&map->lock);
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next) {
		struct expr_patterns *set = form->patterns;

		form->patterns = version->sets[form->index];
		version->sets[form->index] = set;
	}
	map->current = number;
	map->change_count++;
	old = map->committed;
	map->committed = version;
	pthread_rwlock_unlock(&map->lock);

	/* What was current is the configuration's, which keeps its arena, or that of `old`. */
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next)
		admin_clear_set(version->sets[form->index]);
	if (old != NULL)
		arena_free(old->arena);
	admin_drop_until(map, number);
	return 0;
}

int expr_map_empty(struct expr_map *map, unsigned number)
{
	struct expr_map_version *version;

	if (!admin_find_version(map, number, &version))
		return -ESRCH;
	if (version == NULL)
		expr_map_clear(map);
	else
		for (struct expr_map_form *form = map->forms; form != NULL; form = form->next)
			admin_clear_set(version->sets[form->index]);
	map->change_count++;
	return 0;
}

void expr_map_free_versions(struct expr_map *map)
{
	admin_drop_until(map, UINT32_MAX);
	if (map->committed != NULL)
		arena_free(map->committed->arena);
}

/* ---- entries ---- */

static void admin_fill(const struct expr_pattern *pattern, struct expr_map_entry *ret)
{
	*ret = (struct expr_map_entry){ pattern, pattern->text, pattern->value };
}

/* Where a walk goes on: its pattern, or if the set has changed the next in order. */
static const struct expr_pattern *admin_resume(const struct expr_map *map,
					       const struct expr_patterns *set,
					       const struct expr_map_cursor *cursor)
{
	const struct expr_pattern *pattern = set->first;

	if (!cursor->begun)
		return pattern;
	if (cursor->changes == map->change_count)
		return cursor->at;
	while (pattern != NULL && pattern->order < cursor->order)
		pattern = pattern->next;
	return pattern;
}

bool expr_map_walk(struct expr_map *map, enum expr_map_kind kind, unsigned number,
		   struct expr_map_cursor *cursor,
		   bool (*take)(void *context, const struct expr_map_entry *entry), void *context)
{
	const struct expr_map_form *form = admin_form(map, kind, 0);
	struct expr_map_version *version;
	const struct expr_pattern *pattern;
	bool wants = true;

	if (form == NULL || !admin_find_version(map, number, &version))
		return false;
	pthread_rwlock_rdlock(&map->lock);
	pattern = admin_resume(map, admin_set(version, form), cursor);
	for (; pattern != NULL && wants; pattern = pattern->next) {
		struct expr_map_entry entry;

		admin_fill(pattern, &entry);
		wants = take(context, &entry);
	}
	*cursor = (struct expr_map_cursor){ .at = pattern, .changes = map->change_count,
					    .order = pattern != NULL ? pattern->order : UINT32_MAX,
					    .begun = true };
	pthread_rwlock_unlock(&map->lock);
	return pattern != NULL;
}

/* The last `count` entries of a set are taken out again. */
static int admin_insert_all(struct expr_map *map, struct expr_map_version *version,
			    struct slice key, struct slice value, char why[EXPR_WHY])
{
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next) {
		const struct expr_pattern_flags flags = { .running = true, .no_names = true,
							  .ignore_case = form->ignore_case };

		if (!expr_patterns_add(admin_set(version, form), key,
				       form->values ? value : (struct slice){ 0 }, &flags, why)) {
			for (struct expr_map_form *done = map->forms; done != form;
			     done = done->next) {
				struct expr_patterns *set = admin_set(version, done);

				expr_patterns_remove(set, set->last);
			}
			return -EINVAL;
		}
	}
	return 0;
}

int expr_map_insert(struct expr_map *map, unsigned number, struct slice key, struct slice value,
		    char why[EXPR_WHY])
{
	struct expr_map_version *version;
	int error;

	if (!admin_find_version(map, number, &version))
		return -ESRCH;
	pthread_rwlock_wrlock(&map->lock);
	error = admin_insert_all(map, version, key, value, why);
	map->change_count++;
	pthread_rwlock_unlock(&map->lock);
	return error;
}

/* The text of the entry that `id` names; at NULL: there is none. */
static struct slice admin_key_of(const struct expr_map *map, const void *id)
{
	for (struct expr_map_form *form = map->forms; form != NULL; form = form->next)
		for (const struct expr_pattern *pattern = form->patterns->first; pattern != NULL;
		     pattern = pattern->next)
			if (pattern == id)
				return pattern->text;
	return (struct slice){ NULL, 0 };
}

/* A key of its own: the pattern that has it may go while it is in use. */
static char *admin_copy_key(struct expr_map *map, const void *id, struct slice *key)
{
	char *copy = NULL;

	if (id == NULL)
		return NULL;
	pthread_rwlock_rdlock(&map->lock);
	*key = admin_key_of(map, id);
	if (key->at != NULL)
		copy = strndup(key->at, key->len);
	pthread_rwlock_unlock(&map->lock);
	*key = (struct slice){ copy, copy != NULL ? key->len : 0 };
	return copy;
}

int expr_map_change(struct expr_map *map, const void *id, struct slice key, struct slice value)
{
	char *copy = admin_copy_key(map, id, &key);
	int error = -ENOENT;

	pthread_rwlock_wrlock(&map->lock);
	for (struct expr_map_form *form = map->forms; key.at != NULL && form != NULL;
	     form = form->next) {
		struct expr_pattern *pattern =
			expr_patterns_find_text(form->patterns, key, form->ignore_case);

		if (pattern == NULL)
			continue;
		error = 0;
		if (form->values && !expr_patterns_replace(form->patterns, pattern, value))
			error = -ENOMEM;
	}
	pthread_rwlock_unlock(&map->lock);
	free(copy);
	return error;
}

int expr_map_remove(struct expr_map *map, const void *id, struct slice key)
{
	char *copy = admin_copy_key(map, id, &key);
	int error = key.at == NULL ? -ENOENT : expr_map_delete(map, key);

	free(copy);
	return error;
}

/* ---- a try ---- */

bool expr_map_try(struct expr_map *map, enum expr_map_kind kind, unsigned number,
		  struct slice text, struct expr_context *context,
		  struct expr_map_entry *ret_found, enum expr_method *ret_method,
		  bool *ret_ignore_case)
{
	const struct expr_map_form *form = admin_form(map, kind, number);
	struct expr_sample sample = { .type = EXPR_STRING, .value.text = text };
	const struct expr_pattern *pattern;

	if (form == NULL)
		return false;
	*ret_found = (struct expr_map_entry){ .id = NULL };
	*ret_method = form->method;
	*ret_ignore_case = form->ignore_case;
	if (!expr_cast(&sample, expr_method_type(form->method), context->memory))
		return true;
	pthread_rwlock_rdlock(&map->lock);
	pattern = expr_patterns_match(form->patterns, &sample, context, NULL);
	if (pattern != NULL) {
		ret_found->id = pattern;
		ret_found->key = bump_copy(context->memory, pattern->text);
		ret_found->value = bump_copy(context->memory, pattern->value);
	}
	pthread_rwlock_unlock(&map->lock);
	return true;
}
