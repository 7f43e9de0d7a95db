/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/options_private.h - the rows of the command line; for
 * options.c, which has them, and options_parse.c.
 */
#pragma once

#include <stddef.h>

#include "base/doc.h"
#include "base/macros.h"
#include "daemon/options.h"

enum option_type {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_FILES_LIST,	/* appends to haproxy_files */
	OPTION_COMMAND,		/* sets command to .value */
	OPTION_CONDITION,	/* the command is to judge this text */
	OPTION_CHECK,		/* sets the command; the value is where to say what is wrong */
	OPTION_FACILITY,	/* int, a facility of syslog */
	OPTION_UMASK,		/* int */
	OPTION_PIDS,		/* all words up to the next option are
				 * processes; .value is their signal */
	OPTION_REFUSED,		/* an error; the summary is the reason */
	OPTION_NO_EFFECT,	/* documented to change nothing here; .value words follow */
};

struct option {
	struct doc doc;
	const char *alias;	/* long form, or NULL */
	unsigned manners;
	enum option_type type;
	size_t offset;
	int value;
	const char *takes;	/* the value's name in the help; NULL: by its type */
	bool attached;		/* the value follows the name without a blank, and may be empty */
};

extern const struct option options_rows[];
extern const size_t options_row_count;

/* Words that stand alone, under the name relevo only. */
extern const struct option options_commands[];
extern const size_t options_command_count;
