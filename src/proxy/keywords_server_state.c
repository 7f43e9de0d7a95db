/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/keywords_server_state.c - where the state of servers comes from at start. */
#include <string.h>

#include "proxy/reading.h"

static const struct conf_choice state_sources[] = {
	{ "global", SERVER_STATE_GLOBAL, "The file of the global section." },
	{ "local", SERVER_STATE_LOCAL, "A file of the section's own." },
	{ "none", SERVER_STATE_NONE, "None: servers begin as configured." },
	{ NULL, 0, NULL },
};

static void state_read_name(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct section *section = object;

	if (!conf_need_words(parse, line, at, 0, 1,
			     "server-state-file-name [use-backend-name | <file>]"))
		return;
	section->back.state_file = NULL;
	if (line->count > at && strcmp(line->words[at].text, "use-backend-name") != 0)
		section->back.state_file = line->words[at].text;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.3", .summary = what, .example = line }

const struct conf_keyword proxy_keywords_server_state[] = {
	{ DOC("server-state-base", "The folder of files of servers' states.",
	      "server-state-base /var/lib/haproxy/state"),
	  .where = CONF_GLOBAL, .type = CONF_STRING,
	  .offset = offsetof(struct proxy_global, server_state_base) },
	{ DOC("server-state-file",
	      "The file that sections with load-server-state-from-file global read.",
	      "server-state-file /var/lib/haproxy/server-state"),
	  .where = CONF_GLOBAL, .type = CONF_STRING,
	  .offset = offsetof(struct proxy_global, server_state_file) },
	{ DOC("load-server-state-from-file",
	      "Where what 'show servers state' said of an earlier process is read from at start.",
	      "load-server-state-from-file global"),
	  .where = CONF_DLB, .ignored_in = CONF_FRONTEND, .type = CONF_CHOICE,
	  .choices = state_sources, .preset = "none",
	  .offset = offsetof(struct section, back.state_from) },
	{ DOC("server-state-file-name",
	      "The section's own file, for load-server-state-from-file local.",
	      "server-state-file-name use-backend-name"),
	  .where = CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE, .parse = state_read_name },
	CONF_KEYWORDS_END,
};
