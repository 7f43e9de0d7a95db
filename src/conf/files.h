/* SPDX-License-Identifier: Apache-2.0 */
/* conf/files.h - configuration files as bytes. Inside the room. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct diag_report;
struct diag_source;

/*
 * The files that the given names stand for, in order: a directory is replaced
 * by its *.cfg files. What cannot be read is reported and left out. The
 * array and the bytes live in the arena.
 */
const struct diag_source *const *conf_files_read(struct arena *arena, struct diag_report *report,
						 const char *const *names, unsigned count,
						 unsigned *ret_count);
