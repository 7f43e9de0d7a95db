/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_names.c - what commands name: servers, backends, frontends, numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli_run.h"

/* "#3" is the one with the id 3. */
static bool is_called(const char *word, const char *name, int64_t id)
{
	return *word == '#' ? strtoll(word + 1, NULL, 10) == id : strcmp(word, name) == 0;
}

struct backend *cli_backend_find(const struct proxy *proxy, const char *name)
{
	struct proxy_part part;

	for (unsigned at = 0; proxy_part_next(proxy, &at, &part);)
		if (part.backend != NULL && is_called(name, part.section->name, part.section->id))
			return part.backend;
	return NULL;
}

struct backend *cli_backend_named(struct cli_run *run, const char *word)
{
	struct backend *backend = cli_backend_find(run->proxy, word);

	if (*word == '\0')
		cli_error(run, "A backend name is expected.\n");
	else if (backend == NULL)
		cli_error(run, "No such backend.\n");
	return *word == '\0' ? NULL : backend;
}

struct frontend *cli_frontend_named(struct cli_run *run, const char *word)
{
	const struct proxy *proxy = run->proxy;

	if (*word == '\0') {
		cli_error(run, "A frontend name is expected.\n");
		return NULL;
	}
	for (unsigned i = 0; i < proxy->conf->section_count; i++) {
		const struct proxy_part *part = &proxy->parts[i];

		if (part->frontend != NULL &&
		    is_called(word, part->section->name, part->section->id))
			return part->frontend;
	}
	cli_error(run, "No such frontend.\n");
	return NULL;
}

struct backend *cli_backend_of(const struct proxy *proxy, const char *name, size_t len)
{
	char copy[256];

	if (len >= sizeof(copy))
		return NULL;
	memcpy(copy, name, len);
	copy[len] = '\0';
	return cli_backend_find(proxy, copy);
}

struct server *cli_server_in(const struct backend *backend, const char *name)
{
	const struct server_set *set = backend_servers(backend);

	for (unsigned i = 0; i < set->count; i++)
		if (is_called(name, set->at[i]->conf->name, set->at[i]->conf->id))
			return set->at[i];
	return NULL;
}

struct server *cli_server_named(struct cli_run *run, const char *word)
{
	const char *slash = strchr(word, '/');
	struct backend *backend;
	struct server *server;

	if (slash == NULL) {
		cli_error(run, "Require 'backend/server'.\n");
		return NULL;
	}
	backend = cli_backend_of(run->proxy, word, (size_t)(slash - word));
	if (backend == NULL) {
		cli_error(run, "No such backend.\n");
		return NULL;
	}
	server = cli_server_in(backend, slash + 1);
	if (server == NULL)
		cli_error(run, "No such server.\n");
	return server;
}

bool cli_read_number(const char *text, int64_t *ret)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return false;
	*ret = number;
	return true;
}
