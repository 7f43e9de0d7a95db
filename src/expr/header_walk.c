/* SPDX-License-Identifier: Apache-2.0 */
/* expr/header_walk.c - see header_walk.h. */
#include "expr/header_walk.h"

static struct slice walk_trimmed(struct slice text)
{
	while (text.len > 0 && (*text.at == ' ' || *text.at == '\t'))
		text = slice_skip(text, 1);
	while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* Where the element at the beginning of `list` ends; commas in quoted strings do not count. */
static size_t walk_element(struct slice list)
{
	bool quoted = false;

	for (size_t i = 0; i < list.len; i++) {
		if (quoted && list.at[i] == '\\')
			i++;
		else if (list.at[i] == '"')
			quoted = !quoted;
		else if (list.at[i] == ',' && !quoted)
			return i;
	}
	return list.len;
}

static bool walk_wants(const struct header_walk *walk, const struct http_header *header)
{
	if (walk->name.len == 0)
		return true;
	if (walk->id != HTTP_OTHER)
		return header->id == walk->id;
	return slice_equal_nocase(header->name, walk->name);
}

static bool walk_next_header(struct header_walk *walk)
{
	while (walk->at < walk->message->header_count) {
		const struct http_header *header = &walk->message->headers[walk->at++];

		if (!walk_wants(walk, header))
			continue;
		walk->rest = header->value;
		walk->inside = true;
		return true;
	}
	return false;
}

bool header_walk_next(struct header_walk *walk, struct slice *ret_value)
{
	size_t len;

	if (!walk->inside && !walk_next_header(walk))
		return false;
	len = walk->whole ? walk->rest.len : walk_element(walk->rest);
	*ret_value = walk_trimmed((struct slice){ walk->rest.at, len });
	walk->inside = len < walk->rest.len;
	walk->rest = slice_skip(walk->rest, len + 1);
	return true;
}

unsigned header_walk_count(struct header_walk walk)
{
	struct slice value;
	unsigned count = 0;

	while (header_walk_next(&walk, &value))
		count++;
	return count;
}

bool header_walk_at(struct header_walk walk, int64_t occurrence, struct slice *ret_value)
{
	if (occurrence < 0)
		occurrence += (int64_t)header_walk_count(walk) + 1;
	if (occurrence < 1)
		return false;
	while (header_walk_next(&walk, ret_value))
		if (--occurrence == 0)
			return true;
	return false;
}

/* The last; where the walk begins is kept for those that follow. */
static bool walk_last(struct header_walk *walk, struct expr_cursor *cursor,
		      struct slice *ret_value)
{
	unsigned count = 0;

	while (header_walk_next(walk, ret_value))
		count++;
	cursor->index = 1;
	cursor->offset = 0;
	cursor->more = count > 1;
	return count > 0;
}

/* A cursor's index is that of the next header plus one, its offset that of `rest` plus one. */
bool header_walk_step(struct header_walk walk, struct expr_cursor *cursor, struct slice *ret_value)
{
	struct slice next;

	if (cursor->index == 0)
		return walk_last(&walk, cursor, ret_value);
	walk.at = cursor->index - 1;
	if (cursor->offset != 0) {
		walk.inside = true;
		walk.rest = slice_skip(walk.message->headers[walk.at - 1].value,
				       cursor->offset - 1);
	}
	if (!header_walk_next(&walk, ret_value))
		return false;
	cursor->index = walk.at + 1;
	cursor->offset = 0;
	if (walk.inside)
		cursor->offset =
			(uint32_t)(walk.rest.at - walk.message->headers[walk.at - 1].value.at) + 1;
	/* The very last was the first to be given. */
	cursor->more = header_walk_next(&walk, &next) && header_walk_next(&walk, &next);
	return true;
}
