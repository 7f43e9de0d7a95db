/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/json_path.c - see json_path.h. cJSON builds the whole tree with malloc:
 * that is the price of these converters, and of none else.
 */
#include "expr/json_path.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "expr/converter.h"

enum {
	JSON_NUMBER_TEXT = 32,
	JSON_INDEX_DIGITS = 8,
};

struct json_step {
	const char *name;	/* NULL: the element `index` of a list */
	int index;
};

struct json_path {
	struct json_step *steps;
	unsigned count;
};

/* Reads ".name" at *at and moves behind it. */
static const char *json_read_name(struct arena *arena, const char **at)
{
	char *name = arena_zalloc(arena, strlen(*at)), *end = name;

	for (++*at; **at != '\0' && **at != '.' && **at != '['; ++*at) {
		if (**at == '\\' && (*at)[1] != '\0')
			++*at;
		*end++ = **at;
	}
	return end != name ? name : NULL;
}

/* Reads "[0]" at *at and moves behind it; -1: it is not of this form. */
static int json_read_index(const char **at)
{
	const char *digit = *at + 1;
	int index = 0;

	for (; *digit >= '0' && *digit <= '9' && digit - *at <= JSON_INDEX_DIGITS; digit++)
		index = index * 10 + (*digit - '0');
	if (*digit != ']' || digit == *at + 1)
		return -1;
	*at = digit + 1;
	return index;
}

const struct json_path *json_path_new(struct arena *arena, const char *text, size_t *ret_at)
{
	struct json_path *path = arena_zalloc(arena, sizeof(*path));
	const char *at = text;

	*ret_at = 0;
	if (*at++ != '$')
		return NULL;
	while (*at != '\0') {
		struct json_step step = { .name = NULL };

		*ret_at = (size_t)(at - text);
		if (*at == '[')
			step.index = json_read_index(&at);
		else if (*at == '.')
			step.name = json_read_name(arena, &at);
		else
			return NULL;
		if (step.name == NULL && (step.index < 0 || text[*ret_at] == '.'))
			return NULL;
		*ARENA_APPEND(arena, path->steps, path->count) = step;
	}
	return path;
}

static const cJSON *json_walk(const struct json_path *path, const cJSON *at)
{
	for (unsigned i = 0; i < path->count && at != NULL; i++) {
		const struct json_step *step = &path->steps[i];

		if (step->name != NULL)
			at = cJSON_GetObjectItemCaseSensitive(at, step->name);
		else
			at = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, step->index) : NULL;
	}
	return at;
}

/* Whole numbers that a double holds exactly are written so; others as HAProxy writes them. */
static bool json_number(struct expr_context *context, double number, bool integer,
			struct expr_sample *ret)
{
	bool whole = fabs(number) < 0x1p53 && number == (double)(int64_t)number;
	char text[JSON_NUMBER_TEXT];
	struct slice copy;

	if (integer) {
		if (!(fabs(number) < 0x1p63))
			return false;
		expr_give_int(ret, (int64_t)number);
		return true;
	}
	if (whole)
		snprintf(text, sizeof(text), "%lld", (long long)number);
	else
		snprintf(text, sizeof(text), "%g", number);
	copy = bump_copy(context->memory, slice_of(text));
	expr_give_text(ret, copy);
	return copy.at != NULL;
}

static bool json_value(struct expr_context *context, const cJSON *value, bool integer,
		       struct expr_sample *ret)
{
	struct slice copy;

	if (cJSON_IsBool(value)) {
		expr_give_bool(ret, cJSON_IsTrue(value));
		return true;
	}
	if (cJSON_IsNumber(value))
		return json_number(context, value->valuedouble, integer, ret);
	if (!cJSON_IsString(value))
		return false;
	copy = bump_copy(context->memory, slice_of(value->valuestring));
	expr_give_text(ret, copy);
	return copy.at != NULL;
}

bool json_path_get(const struct json_path *path, struct expr_context *context, struct slice json,
		   bool integer, struct expr_sample *ret)
{
	cJSON *root = cJSON_ParseWithLength(json.len != 0 ? json.at : "", json.len);
	bool got = root != NULL && json_value(context, json_walk(path, root), integer, ret);

	cJSON_Delete(root);
	return got;
}
