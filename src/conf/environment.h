/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/environment.h - the variables that a configuration sees (configuration
 * manual 2.3; `setenv`, `presetenv`, `unsetenv`, `resetenv` of 3.1).
 *
 * Changes lie over the process's own environment and never touch it, so that
 * each generation starts from the same one.
 */
#pragma once

#include "base/arena.h"

struct conf_environment;

/* Over the process's environment, with nothing changed yet. Lives in `arena`. */
struct conf_environment *conf_environment_new(struct arena *arena);

/* NULL when there is no such variable. Valid as long as the arena, unless setenv(3) intervenes. */
const char *conf_environment_get(const struct conf_environment *environment, const char *name);

void conf_environment_set(struct conf_environment *environment, const char *name,
			  const char *value);
void conf_environment_unset(struct conf_environment *environment, const char *name);

/* Forgets every variable but the `count` names given. */
void conf_environment_keep(struct conf_environment *environment, const char *const *names,
			   unsigned count);
