/* SPDX-License-Identifier: Apache-2.0 */
/* conf/environment.c - see environment.h: a list of changes, the newest first. */
#include "conf/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct change {
	struct change *next;
	const char *name;
	const char *value; /* NULL: unset */
};

struct conf_environment {
	struct arena *arena;
	struct change *changes;
	bool cleared; /* the process's own variables are out of sight */
};

struct conf_environment *conf_environment_new(struct arena *arena)
{
	struct conf_environment *environment = arena_zalloc(arena, sizeof(*environment));

	environment->arena = arena;
	return environment;
}

static struct change *find_change(const struct conf_environment *environment, const char *name)
{
	struct change *change = environment->changes;

	while (change != NULL && strcmp(change->name, name) != 0)
		change = change->next;
	return change;
}

const char *conf_environment_get(const struct conf_environment *environment, const char *name)
{
	const struct change *change = find_change(environment, name);

	if (change != NULL)
		return change->value;
	return environment->cleared ? NULL : getenv(name);
}

static void record(struct conf_environment *environment, const char *name, const char *value)
{
	struct change *change = find_change(environment, name);

	if (change == NULL) {
		change = arena_zalloc(environment->arena, sizeof(*change));
		change->name = arena_strdup(environment->arena, name);
		change->next = environment->changes;
		environment->changes = change;
	}
	change->value = value == NULL ? NULL : arena_strdup(environment->arena, value);
}

void conf_environment_set(struct conf_environment *environment, const char *name,
			  const char *value)
{
	record(environment, name, value);
}

void conf_environment_unset(struct conf_environment *environment, const char *name)
{
	record(environment, name, NULL);
}

void conf_environment_keep(struct conf_environment *environment, const char *const *names,
			   unsigned count)
{
	struct conf_environment kept = { .arena = environment->arena, .cleared = true };

	for (unsigned i = 0; i < count; i++) {
		const char *value = conf_environment_get(environment, names[i]);

		if (value != NULL)
			record(&kept, names[i], value);
	}
	*environment = kept;
}
