/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/pattern.c - sets of patterns. The rules that join IPv4 and IPv6 are
 * those of the configuration manual, chapter 7.1.6.
 */
#include "expr/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/regex.h"
#include "expr/pattern_private.h"
#include "expr/pattern_set.h"

enum { PATTERN_FEW = 8 }; /* more than that are hashed */

#define METHOD(word, id, what, line)                                                               \
	{                                                                                          \
		.doc = {.name = word, .since = "0.1", .summary = what, .example = line},           \
		.method = id,                                                                      \
	}
const struct expr_method_row expr_methods[] = {
	METHOD("found", EXPR_FOUND, "There is such a value at all.", "acl known src -m found"),
	METHOD("bool", EXPR_BOOLEAN, "The value is true, or not zero.",
	       "acl any_port dst_port -m bool"),
	METHOD("int", EXPR_INTEGER, "The value is one of the numbers or ranges.",
	       "acl web dst_port -m int 80 8000:8999"),
	METHOD("ip", EXPR_IP, "The address is one of the addresses or networks.",
	       "acl inside src -m ip 10.0.0.0/8"),
	METHOD("len", EXPR_LENGTH, "The value, as text, has one of these lengths.",
	       "acl short_port dst_port -m len 1:3"),
	METHOD("str", EXPR_TEXT, "The value, as text, is one of the strings.",
	       "acl one src -m str 10.1.1.1"),
	METHOD("beg", EXPR_BEGIN, "The value, as text, begins with one of the strings.",
	       "acl ten src -m beg 10."),
	METHOD("end", EXPR_END, "The value, as text, ends with one of the strings.",
	       "acl last src -m end .254"),
	METHOD("sub", EXPR_SUBSTRING, "The value, as text, holds one of the strings.",
	       "acl holds src -m sub .1.1."),
	METHOD("dir", EXPR_DIRECTORY, "One of the strings stands between slashes.",
	       "acl dir src -m dir images"),
	METHOD("dom", EXPR_DOMAIN, "One of the strings stands between dots, slashes or colons.",
	       "acl dom src -m dom example.com"),
	METHOD("reg", EXPR_REGEX, "One of the regular expressions matches the value as text.",
	       "acl reg src -m reg ^10\\\\."),
	METHOD("bin", EXPR_BYTES, "The value has one of these sequences of hexadecimal bytes.",
	       "acl bin src -m bin 0a000001"),
	{.doc = {.name = NULL}},
};

enum expr_method expr_method_find(const char *name)
{
	for (const struct expr_method_row *row = expr_methods; row->doc.name != NULL; row++)
		if (strcmp(row->doc.name, name) == 0)
			return row->method;
	return EXPR_NO_METHOD;
}

enum expr_method expr_method_default(enum expr_type type)
{
	static const enum expr_method methods[] = {
		[EXPR_BOOL] = EXPR_BOOLEAN,   [EXPR_INT] = EXPR_INTEGER,
		[EXPR_ADDRESS] = EXPR_IP,     [EXPR_STRING] = EXPR_TEXT,
		[EXPR_METHOD] = EXPR_TEXT,    [EXPR_BINARY] = EXPR_NO_METHOD,
		[EXPR_ANY] = EXPR_NO_METHOD,  [EXPR_SAME] = EXPR_NO_METHOD,
	};

	return methods[type];
}

enum expr_type expr_method_type(enum expr_method method)
{
	static const enum expr_type types[] = {
		[EXPR_FOUND] = EXPR_ANY,	[EXPR_BOOLEAN] = EXPR_BOOL,
		[EXPR_INTEGER] = EXPR_INT,	[EXPR_IP] = EXPR_ADDRESS,
		[EXPR_LENGTH] = EXPR_STRING,	[EXPR_TEXT] = EXPR_STRING,
		[EXPR_BEGIN] = EXPR_STRING,	[EXPR_END] = EXPR_STRING,
		[EXPR_SUBSTRING] = EXPR_STRING, [EXPR_DIRECTORY] = EXPR_STRING,
		[EXPR_DOMAIN] = EXPR_STRING,	[EXPR_REGEX] = EXPR_STRING,
		[EXPR_BYTES] = EXPR_BINARY,	[EXPR_VERSION] = EXPR_INT,
		[EXPR_NO_METHOD] = EXPR_ANY,
	};

	return types[method];
}

bool expr_operator_find(const char *word, enum expr_operator *ret_operator)
{
	static const char *const words[] = {"eq", "ge", "gt", "le", "lt"};

	for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret_operator = (enum expr_operator)i;
			return true;
		}
	}
	return false;
}

/* --- the set --- */

static void patterns_free(void *object)
{
	struct expr_patterns *set = object;

	while (set->first != NULL) {
		struct expr_pattern *pattern = set->first;

		set->first = pattern->next;
		expr_pattern_free(pattern);
	}
	free(set->buckets);
}

struct expr_patterns *expr_patterns_new(struct arena *arena, enum expr_method method, bool any)
{
	struct expr_patterns *set = arena_zalloc(arena, sizeof(*set));

	set->method = method;
	set->any = any;
	set->arena = arena;
	arena_defer(arena, patterns_free, set);
	return set;
}

const struct expr_pattern *expr_patterns_first(const struct expr_patterns *set)
{
	return set->first;
}

static void patterns_chain(struct expr_patterns *set, struct expr_pattern *pattern)
{
	struct expr_pattern **bucket = &set->buckets[pattern->hash & (set->bucket_count - 1)];

	pattern->chain = *bucket;
	*bucket = pattern;
}

/* False: no memory; the old buckets stay, and only get fuller. */
static bool patterns_grow(struct expr_patterns *set)
{
	size_t count = set->buckets == NULL ? (size_t)4 * PATTERN_FEW : 4 * set->bucket_count;
	struct expr_pattern **buckets = calloc(count, sizeof(struct expr_pattern *));

	if (buckets == NULL)
		return false;
	free(set->buckets);
	set->buckets = buckets;
	set->bucket_count = count;
	for (struct expr_pattern *pattern = set->first; pattern != NULL; pattern = pattern->next)
		if (pattern->hashed)
			patterns_chain(set, pattern);
	return true;
}

static uint32_t *patterns_length(struct expr_patterns *set, const struct expr_pattern *pattern)
{
	return pattern->is.network.family == 6 ? &set->lengths6[pattern->is.network.bits]
					       : &set->lengths4[pattern->is.network.bits];
}

static void patterns_index(struct expr_patterns *set, struct expr_pattern *pattern)
{
	pattern->chain = NULL;
	if (!pattern->hashed) {
		if (set->loose_last != NULL)
			set->loose_last->chain = pattern;
		else
			set->loose = pattern;
		set->loose_last = pattern;
		return;
	}
	set->hashed++;
	if (set->method == EXPR_IP)
		++*patterns_length(set, pattern);
	if (set->hashed > PATTERN_FEW && set->hashed > set->bucket_count && patterns_grow(set))
		return;
	if (set->buckets != NULL)
		patterns_chain(set, pattern);
}

static void patterns_append(struct expr_patterns *set, struct expr_pattern *pattern)
{
	pattern->next = NULL;
	pattern->previous = set->last;
	pattern->order = set->order++;
	if (set->last != NULL)
		set->last->next = pattern;
	else
		set->first = pattern;
	set->last = pattern;
	set->count++;
	patterns_index(set, pattern);
}

bool expr_patterns_add(struct expr_patterns *set, struct slice text, struct slice value,
		       const struct expr_pattern_flags *flags, char why[EXPR_WHY])
{
	struct expr_pattern *pattern =
		expr_pattern_read(set->method, set->arena, text, value, flags, why);

	if (pattern == NULL)
		return false;
	while (pattern != NULL) {
		struct expr_pattern *next = pattern->next;

		patterns_append(set, pattern);
		pattern = next;
	}
	return true;
}

static struct expr_pattern *patterns_find_same(const struct expr_patterns *set,
					       const struct expr_pattern *wanted)
{
	struct expr_pattern *at = set->first;

	if (wanted->hashed && set->buckets != NULL) {
		for (at = set->buckets[wanted->hash & (set->bucket_count - 1)]; at != NULL;
		     at = at->chain)
			if (at->hash == wanted->hash && expr_pattern_same(set->method, at, wanted))
				return at;
		return NULL;
	}
	for (; at != NULL; at = at->next)
		if (at->hashed == wanted->hashed &&
		    (wanted->hashed ? expr_pattern_same(set->method, at, wanted)
				    : slice_equal(at->text, wanted->text)))
			return at;
	return NULL;
}

struct expr_pattern *expr_patterns_find_text(const struct expr_patterns *set, struct slice text,
					     bool ignore_case)
{
	struct expr_pattern_flags flags = { .ignore_case = ignore_case, .running = true };
	struct expr_pattern *wanted, *found = NULL;
	char why[EXPR_WHY];

	if (set->method == EXPR_REGEX) {
		/* Not worth compiling. */
		for (found = set->first; found != NULL; found = found->next)
			if (slice_equal(found->text, text))
				break;
		return found;
	}
	wanted = expr_pattern_read(set->method, NULL, text, (struct slice){ 0 }, &flags, why);
	if (wanted == NULL)
		return NULL;
	found = patterns_find_same(set, wanted);
	expr_pattern_free(wanted);
	return found;
}

bool expr_patterns_replace(struct expr_patterns *set, struct expr_pattern *pattern,
			   struct slice value)
{
	char *copy = strndup(value.len != 0 ? value.at : "", value.len);

	if (copy == NULL)
		return false;
	free((char *)pattern->value.at);
	pattern->value = (struct slice){ copy, value.len };
	return true;
}

static void patterns_unchain(struct expr_pattern **from, const struct expr_pattern *pattern)
{
	while (*from != pattern)
		from = &(*from)->chain;
	*from = pattern->chain;
}

static void patterns_unindex(struct expr_patterns *set, struct expr_pattern *pattern)
{
	if (pattern->hashed) {
		set->hashed--;
		if (set->method == EXPR_IP)
			--*patterns_length(set, pattern);
		if (set->buckets != NULL)
			patterns_unchain(&set->buckets[pattern->hash & (set->bucket_count - 1)],
					 pattern);
		return;
	}
	patterns_unchain(&set->loose, pattern);
	set->loose_last = set->loose;
	while (set->loose_last != NULL && set->loose_last->chain != NULL)
		set->loose_last = set->loose_last->chain;
}

void expr_patterns_remove(struct expr_patterns *set, struct expr_pattern *pattern)
{
	patterns_unindex(set, pattern);
	if (pattern->previous != NULL)
		pattern->previous->next = pattern->next;
	else
		set->first = pattern->next;
	if (pattern->next != NULL)
		pattern->next->previous = pattern->previous;
	else
		set->last = pattern->previous;
	set->count--;
	expr_pattern_free(pattern);
}
