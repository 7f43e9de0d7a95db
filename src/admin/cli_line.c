/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_line.c - see cli_line.h. */
#include "admin/cli_line.h"

#include <string.h>

static bool line_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* The end of the word at `from`, which is unescaped in place to *ret_end. */
static char *line_read_word(char *from, char **ret_end)
{
	char *to = from;

	while (*from != '\0' && *from != ';' && !line_is_blank(*from)) {
		if (*from == '\\' && from[1] != '\0')
			from++;
		*to++ = *from++;
	}
	*ret_end = to;
	return from;
}

/* Reads one word if there is one; returns what ended it: a blank, ';' or NUL. */
static char line_take_word(char **at, struct cli_words *ret)
{
	char *word = *at, *end, *from;

	while (line_is_blank(*word))
		word++;
	from = line_read_word(word, &end);

	char stop = *from; /* may be where the word's end goes */
	if (from != word) {
		*end = '\0';
		if (ret->count < CLI_WORDS)
			ret->word[ret->count++] = word;
	}
	*at = stop == '\0' ? NULL : from + 1;
	return stop;
}

bool cli_line_next(char **at, struct cli_words *ret)
{
	char stop;

	if (*at == NULL)
		return false;
	ret->count = 0;
	do {
		stop = line_take_word(at, ret);
	} while (line_is_blank(stop));
	for (unsigned i = ret->count; i <= CLI_WORDS; i++)
		ret->word[i] = "";
	return true;
}

bool cli_line_cut_payload_mark(char *line, size_t len)
{
	if (len < 2 || memcmp(line + len - 2, "<<", 2) != 0 ||
	    (len > 2 && !line_is_blank(line[len - 3])))
		return false;
	line[len - 2] = '\0';
	return true;
}
