/* SPDX-License-Identifier: Apache-2.0 */
/* conf/path.c - where files are that lines name; configuration manual, "default-path". */
#include <string.h>

#include "base/arena.h"
#include "conf/keyword.h"

/* Up to the last slash of the file's own name, with it; "" without one. */
static const char *path_of_file(struct arena *arena, const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? "" : arena_strndup(arena, name, (size_t)(slash - name) + 1);
}

const char *conf_path(const struct conf_parse *parse, struct diag_span span, const char *path)
{
	if (path[0] == '/' || span.source == NULL)
		return path;
	switch (parse->start) {
	case CONF_START_CONFIG:
		return arena_printf(parse->arena, "%s%s",
				    path_of_file(parse->arena, span.source->name), path);
	case CONF_START_PARENT:
		return arena_printf(parse->arena, "%s../%s",
				    path_of_file(parse->arena, span.source->name), path);
	case CONF_START_ORIGIN:
		return arena_printf(parse->arena, "%s/%s", parse->origin, path);
	case CONF_START_CURRENT:
		break;
	}
	return path;
}
