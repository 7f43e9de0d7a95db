/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_line.h - a line of the runtime API as commands of words.
 *
 * Commands are separated by ';', words by blanks; '\' takes the meaning from
 * the byte behind it. "<<" as the last word says that a payload follows. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { CLI_WORDS = 64 }; /* of one command; what follows belongs to none */

/* The words of one command, NUL-ended in the line itself; word[count..] are "". */
struct cli_words {
	const char *word[CLI_WORDS + 1];
	unsigned count;
};

/*
 * Takes the next command from *at, which ends in NUL, and moves *at behind it;
 * false at the end of the line. A line without commands has one of no words.
 * The line is written to. *at NULL is the end.
 */
bool cli_line_next(char **at, struct cli_words *ret);

/* Whether a payload follows the line (which must be NUL-ended); "<<" is cut off if so. */
bool cli_line_cut_payload_mark(char *line, size_t len);
