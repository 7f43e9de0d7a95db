/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/sections.c - the sections of haproxy.cfg, and how frontend, listen and
 * backend take their settings from a defaults section (configuration manual,
 * chapter 4): by copying it, lists included, so that both may go on growing.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

void log_conf_copy(struct arena *arena, struct log_conf *log)
{
	struct log_target *targets = log->targets;
	unsigned count = log->count;

	log->targets = NULL;
	log->count = 0;
	for (unsigned i = 0; i < count; i++)
		*ARENA_APPEND(arena, log->targets, log->count) = targets[i];
}

#define COPY_LIST(type, arena, from)                                                               \
	do {                                                                                       \
		type *copied = NULL;                                                               \
		type **last = &copied;                                                             \
		for (; (from) != NULL; (from) = (from)->next) {                                    \
			*last = arena_zalloc((arena), sizeof(type));                               \
			**last = *(from);                                                          \
			(*last)->next = NULL;                                                      \
			last = &(*last)->next;                                                     \
		}                                                                                  \
		return copied;                                                                     \
	} while (0)

static struct stats_user *sections_copy_users(struct arena *arena, const struct stats_user *users)
{
	COPY_LIST(struct stats_user, arena, users);
}

static struct stats_scope *sections_copy_scopes(struct arena *arena,
						const struct stats_scope *scopes)
{
	COPY_LIST(struct stats_scope, arena, scopes);
}

static void sections_copy_lists(struct arena *arena, struct section *section)
{
	log_conf_copy(arena, &section->log);
	rules_copy(arena, &section->rules);
	section->stats.users = sections_copy_users(arena, section->stats.users);
	section->stats.scopes = sections_copy_scopes(arena, section->stats.scopes);
}

struct section *section_new(struct conf_parse *parse, const struct section *defaults)
{
	struct section *section = arena_zalloc(parse->arena, sizeof(*section));
	struct section_notes *notes = arena_zalloc(parse->arena, sizeof(*notes));

	if (defaults != NULL) {
		*section = *defaults;
		sections_copy_lists(parse->arena, section);
		notes->http_words = defaults->notes->http_words;
		notes->mode_span = defaults->notes->mode_span;
		notes->mode_owner = defaults->notes->mode_owner;
		notes->transparent = defaults->notes->transparent;
		notes->transparent_span = defaults->notes->transparent_span;
	} else {
		section_preset(parse, section);
	}
	section->next = NULL;
	section->id = 0;
	section->description = NULL;
	section->acls = acl_scope_new(parse->arena, NULL);
	section->notes = notes;
	notes->defaults = defaults;
	notes->last_server = &section->back.servers;
	notes->last_bind = &section->front.binds;
	return section;
}

static struct section *sections_find_defaults(struct conf_parse *parse,
					      const struct conf_word *name)
{
	struct section *found = NULL;
	const char **names = NULL;
	size_t count = 0;

	for (struct section *one = reading_conf(parse)->reading->defaults; one != NULL;
	     one = one->next) {
		if (one->name == NULL)
			continue;
		*ARENA_APPEND(parse->arena, names, count) = one->name;
		if (strcmp(one->name, name->text) != 0)
			continue;
		if (found != NULL)
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, name->span, NULL,
				 "two defaults sections are called '%s'", name->text);
		found = one;
	}
	if (found == NULL) {
		*ARENA_APPEND(parse->arena, names, count) = NULL;
		const char *closest = diag_closest(name->text, names);

		diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, name->span,
			 closest != NULL ? arena_printf(parse->arena, "did you mean '%s'?", closest)
					 : NULL,
			 "no defaults section is called '%s'", name->text);
	}
	return found;
}

/* The words of a section's line. */
struct section_head {
	const struct conf_word *keyword, *name, *address, *from;
};

static struct section_head sections_read_head(struct conf_parse *parse,
					      const struct conf_line *line)
{
	struct section_head head = {.keyword = &line->words[0]};
	unsigned at = 1;

	if (at < line->count && !(line->count == 3 && strcmp(line->words[at].text, "from") == 0))
		head.name = &line->words[at++];
	if (at < line->count && strcmp(line->words[at].text, "from") != 0)
		head.address = &line->words[at++];
	if (at + 1 < line->count && strcmp(line->words[at].text, "from") == 0) {
		head.from = &line->words[at + 1];
		at += 2;
	}
	if (at < line->count)
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[at].span, NULL,
			 "'%s' is one word too many after '%s'", line->words[at].text,
			 head.keyword->text);
	return head;
}

/* The defaults that apply to the section on this line, and the notes about their use. */
static const struct section *sections_pick_defaults(struct conf_parse *parse,
						    const struct section_head *head, bool implicit)
{
	struct section *defaults = reading_conf(parse)->reading->defaults;

	if (head->from != NULL) {
		defaults = sections_find_defaults(parse, head->from);
		if (defaults != NULL && defaults->notes->taken_explicitly.source == NULL)
			defaults->notes->taken_explicitly = head->from->span;
		return defaults;
	}
	if (!implicit)
		return NULL;
	if (defaults != NULL)
		defaults->notes->taken_implicitly = true;
	return defaults;
}

static void *sections_open_defaults(struct conf_parse *parse, const struct conf_line *line)
{
	struct section_head head = {0};
	struct section *section;

	if (line != NULL)
		head = sections_read_head(parse, line);
	if (head.address != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, head.address->span, NULL,
			 "a defaults section takes a name and 'from <name>' only");
	section = section_new(parse, sections_pick_defaults(parse, &head, false));
	section->kind = SECTION_DEFAULTS;
	section->name = head.name != NULL ? head.name->text : NULL;
	if (line == NULL)
		return section;
	section->span = head.name != NULL ? head.name->span : head.keyword->span;
	section->next = reading_conf(parse)->reading->defaults;
	reading_conf(parse)->reading->defaults = section;
	return section;
}

static bool sections_overlap(const struct section *a, const struct section *b)
{
	return (section_accepts(a) && section_accepts(b)) ||
	       (section_connects(a) && section_connects(b));
}

static void sections_check_name(struct conf_parse *parse, const struct section *section)
{
	for (const struct section *one = reading_conf(parse)->sections; one != NULL;
	     one = one->next) {
		if (strcmp(one->name, section->name) != 0 || !sections_overlap(one, section))
			continue;
		diag_add(parse->report, DIAG_ERROR, &diag_duplicate, section->span,
			 arena_printf(parse->arena, "the other is in line %u of %s", one->span.line,
				      one->span.source != NULL ? one->span.source->name : "?"),
			 "another section is called '%s'", section->name);
		return;
	}
}

/* `listen web 10.1.1.80:80`, as HAProxy 1.3 to 1.5 had it. */
static void sections_bind_old(struct conf_parse *parse, struct section *section,
			      const struct section_head *head)
{
	struct bind_conf model = {0};

	if (section->kind == SECTION_BACKEND) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, head->address->span, NULL,
			 "a backend listens on no address");
		return;
	}
	report_old_form(parse, head->address->span,
			arena_printf(parse->arena, "%s %s %s", head->keyword->text,
				     head->name->text, head->address->text),
			arena_printf(parse->arena, "bind %s", head->address->text));
	bind_preset(&model);
	bind_add(parse, section, head->address, &model);
}

static struct section *sections_open(struct conf_parse *parse, const struct conf_line *line,
				     enum section_kind kind)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct section_head head = {0};
	struct section *section;

	if (line != NULL)
		head = sections_read_head(parse, line);
	section = section_new(parse,
			      line != NULL ? sections_pick_defaults(parse, &head, true) : NULL);
	section->kind = kind;
	section->name = head.name != NULL ? head.name->text : "";
	if (line == NULL)
		return section;
	section->notes->defaults_implicit = head.from == NULL;
	section->span = head.name != NULL ? head.name->span : head.keyword->span;
	if (head.name == NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_missing, head.keyword->span, NULL,
			 "'%s' needs a name", head.keyword->text);
		return section;
	}
	if (!name_valid(parse, head.name, head.keyword->text))
		return section;
	sections_check_name(parse, section);
	if (head.address != NULL)
		sections_bind_old(parse, section, &head);
	section->index = conf->section_count++;
	*conf->reading->last_section = section;
	conf->reading->last_section = &section->next;
	return section;
}

static void *sections_open_frontend(struct conf_parse *parse, const struct conf_line *line)
{
	return sections_open(parse, line, SECTION_FRONTEND);
}

static void *sections_open_listen(struct conf_parse *parse, const struct conf_line *line)
{
	return sections_open(parse, line, SECTION_LISTEN);
}

static void *sections_open_backend(struct conf_parse *parse, const struct conf_line *line)
{
	return sections_open(parse, line, SECTION_BACKEND);
}

static void *sections_open_global(struct conf_parse *parse, const struct conf_line *line)
{
	struct proxy_conf *conf = reading_conf(parse);

	if (line != NULL && line->count > 1)
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[1].span, NULL,
			 "'global' takes no name");
	if (line != NULL && (conf->sections != NULL || conf->reading->defaults != NULL) &&
	    conf->late_global.source == NULL)
		conf->late_global = line->words[0].span;
	return &conf->global;
}

#define SECTION(id, word, bit, opener, what, line)                                                 \
	static const struct conf_section section_##id = {                                          \
		.doc = { .name = word, .summary = what, .example = line, .since = "0.1" },         \
		.where = bit,                                                                      \
		.open = opener,                                                                    \
	}
#define SECTION_LATER(id, word, what, line) SECTION(id, word, 0, NULL, what, line)

SECTION(global, "global", CONF_GLOBAL, sections_open_global,
	"Settings of the whole process: user, limits, log servers.", "global");
SECTION(defaults, "defaults", CONF_DEFAULTS, sections_open_defaults,
	"Settings that the sections after it, or those that name it, begin with.",
	"defaults tcp-defaults from base");
SECTION(frontend, "frontend", CONF_FRONTEND, sections_open_frontend,
	"Addresses that accept clients, and the backends they are sent to.", "frontend web");
SECTION(listen, "listen", CONF_LISTEN, sections_open_listen,
	"A frontend and a backend in one.", "listen http");
SECTION(backend, "backend", CONF_BACKEND, sections_open_backend,
	"Servers, and how one of them is chosen.", "backend web-servers");
SECTION_LATER(acme, "acme", "Certificates by ACME are not supported yet.", "acme le");
SECTION_LATER(cache, "cache", "The HTTP cache is not supported yet.", "cache small");
SECTION_LATER(crt_store, "crt-store", "TLS certificates are not supported yet.", "crt-store web");
SECTION_LATER(fcgi_app, "fcgi-app", "FastCGI is not supported yet.", "fcgi-app php");
SECTION_LATER(namespace_list, "namespace_list", "Network namespaces by list are not supported yet.",
	      "namespace_list");
SECTION_LATER(peers, "peers", "Replicating stick tables is not supported yet.", "peers pair");
SECTION_LATER(program, "program",
	      "Programs started beside the proxy are not supported; run them from the service "
	      "manager.",
	      "program exporter");
SECTION_LATER(spoe_agent, "spoe-agent", "Stream processing offload is not supported yet.",
	      "spoe-agent agent");
SECTION_LATER(spoe_group, "spoe-group", "Stream processing offload is not supported yet.",
	      "spoe-group group");
SECTION_LATER(spoe_message, "spoe-message", "Stream processing offload is not supported yet.",
	      "spoe-message message");
SECTION_LATER(traces, "traces", "Traces are not supported yet.", "traces");

const struct conf_section *const proxy_sections[] = {
	&section_global, &section_defaults, &section_frontend, &section_listen, &section_backend,
	&section_acme, &section_cache, &section_crt_store, &section_fcgi_app, &proxy_section_healthcheck,
	&proxy_section_http_errors, &proxy_section_log_forward, &proxy_section_log_profile, &proxy_section_mailers,
	&section_namespace_list, &section_peers, &section_program, &proxy_section_resolvers,
	&proxy_section_ring,
	&section_spoe_agent, &section_spoe_group, &section_spoe_message, &section_traces,
	&proxy_section_userlist, NULL,
};
