/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/track_file.h - the numbers in files (man keepalived.conf, "Track
 * files"). Part of the scripts process.
 *
 * A file is read when a writer closes it, when it comes or goes, and a moment
 * after it was written to without that. Its directory may come later.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "diag/log.h"
#include "loop/loop.h"
#include "vrrp/conf.h"

/*
 * The number at the start of the text as strtol reads it with base 0: 0x10 and
 * 010 are 16 and 8, no number is 0. False if it does not fit.
 */
bool track_file_parse(const char *text, size_t len, int *ret_value);

struct track_files;

struct track_files_args {
	struct loop *loop;
	const struct vrrp_conf *conf;
	/* The number of a file is known, or another one. */
	void (*on_value)(void *context, const struct vrrp_file_conf *file, int value);
	void (*say)(void *context, enum log_level level, const char *text);
	void *context;
};

/* Writes init_file, and tells the first numbers before it returns. NULL with errno set. */
struct track_files *track_files_open(const struct track_files_args *args);
void track_files_close(struct track_files *files); /* NULL is fine */

/* Tells every number again: the vrrp process is new. */
void track_files_repeat(struct track_files *files);
