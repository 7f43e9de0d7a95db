/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/inspect.h - options that tell of the program itself:
 * -cc, -dK, -dL, -dM (management manual 3).
 */
#pragma once

#include <stdbool.h>

#include "base/macros.h"

/* -cc: an exit status: 0 true, 1 false, 2 after a message that says what is wrong. */
int inspect_condition(const char *text);

/* -dK: prints the words of each class of "cfg,smp"; what is no class says nothing. */
void inspect_keywords(const char *classes);

/* -dL: prints the program and its libraries, by file. */
void inspect_libraries(void);

/*
 * -dM: memory from malloc is filled with the byte that `text` begins with from
 * now on, 0x50 if with none. -EINVAL after a message, or 0.
 */
int inspect_poison(const char *text) MUST_CHECK;
void inspect_poison_help(void);
