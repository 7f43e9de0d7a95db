/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_names.c - sections, servers and userlists that fetches name,
 * in a file where they may stand further down (fetches.h).
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/fetches.h"
#include "proxy/reading.h"

enum fetch_name_of { FETCH_BACKEND, FETCH_FRONTEND, FETCH_SERVER, FETCH_USERLIST };

struct fetch_name { /* one that is to be resolved */
	struct fetch_name *next;
	enum fetch_name_of of;
	struct expr_arg *arg;
};

static bool names_note(struct conf_parse *parse, struct expr_args *args, enum fetch_name_of of)
{
	struct proxy_reading *reading = reading_conf(parse)->reading;
	struct fetch_name *name;

	if (!args->at[0].given)
		return true;
	name = arena_zalloc(parse->arena, sizeof(*name));
	name->of = of;
	name->arg = &args->at[0];
	name->next = reading->names;
	reading->names = name;
	return true;
}

bool fetch_check_backend(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	return names_note(parse, args, FETCH_BACKEND);
}

bool fetch_check_frontend(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	return names_note(parse, args, FETCH_FRONTEND);
}

bool fetch_check_server(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	return names_note(parse, args, FETCH_SERVER);
}

bool fetch_check_userlist(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	return names_note(parse, args, FETCH_USERLIST);
}

static bool names_is(struct slice name, const char *text)
{
	return slice_equal(name, slice_of(text));
}

static const struct section *names_section(const struct proxy_conf *conf, struct slice name,
					   bool (*is)(const struct section *section))
{
	for (const struct section *section = conf->sections; section != NULL;
	     section = section->next)
		if (is(section) && names_is(name, section->name))
			return section;
	return NULL;
}

/* "backend/server". */
static const struct server_conf *names_server(const struct proxy_conf *conf, struct slice name,
					      const char *slash)
{
	struct slice backend = { name.at, (size_t)(slash - name.at) };
	const struct section *section = names_section(conf, backend, section_connects);
	struct server_conf *server = section == NULL ? NULL : section_server_find(section, slash + 1);

	if (server != NULL)
		server->referenced = true;
	return server;
}

/* A server of the backend that a stream is in is looked up then; here some backend must have it. */
static bool names_server_somewhere(const struct proxy_conf *conf, struct slice name)
{
	bool found = false;

	for (const struct section *section = conf->sections; section != NULL;
	     section = section->next) {
		struct server_conf *server =
			section_connects(section) ? section_server_find(section, name.at) : NULL;

		if (server == NULL)
			continue;
		server->referenced = true;
		found = true;
	}
	return found;
}

/* False: it does not exist. */
static bool names_resolve(const struct proxy_conf *conf, struct fetch_name *name)
{
	struct slice text = name->arg->text;
	const char *slash = NULL;

	switch (name->of) {
	case FETCH_BACKEND:
		name->arg->pointer = names_section(conf, text, section_connects);
		break;
	case FETCH_FRONTEND:
		name->arg->pointer = names_section(conf, text, section_accepts);
		break;
	case FETCH_USERLIST:
		name->arg->pointer = proxy_userlist_find(conf, text.at);
		break;
	case FETCH_SERVER:
		slash = memchr(text.at, '/', text.len);
		if (slash == NULL)
			return names_server_somewhere(conf, text);
		name->arg->pointer = names_server(conf, text, slash);
		break;
	}
	return name->arg->pointer != NULL;
}

void proxy_fetches_resolve(struct conf_parse *parse)
{
	static const char *const what[] = {
		[FETCH_BACKEND] = "backend or listen section",
		[FETCH_FRONTEND] = "frontend or listen section",
		[FETCH_SERVER] = "server",
		[FETCH_USERLIST] = "userlist",
	};
	struct proxy_conf *conf = reading_conf(parse);

	for (struct fetch_name *name = conf->reading->names; name != NULL; name = name->next)
		if (!names_resolve(conf, name))
			diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, name->arg->span,
				 NULL, "there is no %s '%s'", what[name->of], name->arg->text.at);
}

const struct backend *fetch_backend(const struct expr_context *context,
				    const struct expr_args *args)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL)
		return NULL;
	if (args->count > 0 && args->at[0].given)
		return proxy_backend(stream->worker->proxy, args->at[0].pointer);
	if (stream->backend != NULL)
		return stream->backend;
	return proxy_backend(stream->worker->proxy, stream->listener->frontend->section);
}

const struct frontend *fetch_frontend(const struct expr_context *context,
				      const struct expr_args *args)
{
	const struct stream *stream = context_stream(context);

	if (stream == NULL)
		return NULL;
	return args->count > 0 && args->at[0].given
		       ? proxy_frontend(stream->worker->proxy, args->at[0].pointer)
		       : stream->listener->frontend;
}

const struct server *fetch_server(const struct expr_context *context, const struct expr_args *args)
{
	const struct server_conf *conf = args->at[0].pointer;
	const struct backend *backend;

	if (context_stream(context) == NULL)
		return NULL;
	if (conf != NULL) {
		backend = proxy_backend(context_stream(context)->worker->proxy, conf->backend);
		return backend == NULL ? NULL : backend_server_of(backend, conf);
	}
	backend = fetch_backend(context, &(const struct expr_args){ 0 });
	conf = backend == NULL ? NULL : section_server_find(backend->section, args->at[0].text.at);
	return conf == NULL ? NULL : backend_server_of(backend, conf);
}
