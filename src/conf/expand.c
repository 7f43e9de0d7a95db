/* SPDX-License-Identifier: Apache-2.0 */
/* conf/expand.c - variables in words that were not quoted. See conf_expand in line.h. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "conf/environment.h"
#include "conf/line.h"

/* Moves *at over $NAME or ${NAME}; NULL when it is malformed. */
static const char *expand_name(struct arena *arena, const char **at)
{
	const char *name = *at + ((*at)[1] == '{' ? 2 : 1);
	const char *end = name;

	if (isdigit((unsigned char)*name))
		return NULL;
	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == name || ((*at)[1] == '{' && *end != '}'))
		return NULL;
	*at = end + ((*at)[1] == '{');
	return arena_strndup(arena, name, (size_t)(end - name));
}

const char *conf_expand(struct arena *arena, const struct conf_environment *environment,
			const char *text)
{
	struct strbuf expanded = STRBUF_EMPTY;
	const char *copy = NULL;

	if (strchr(text, '$') == NULL)
		return text;
	while (*text != '\0') {
		size_t plain = strcspn(text, "$");

		strbuf_add(&expanded, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		const char *name = expand_name(arena, &text);
		const char *value = name == NULL ? NULL : conf_environment_get(environment, name);
		if (name == NULL)
			goto out;
		strbuf_puts(&expanded, value == NULL ? "" : value);
	}
	ASSERT(!expanded.failed);
	copy = arena_strndup(arena, expanded.text == NULL ? "" : expanded.text, expanded.len);
out:
	strbuf_free(&expanded);
	return copy;
}
