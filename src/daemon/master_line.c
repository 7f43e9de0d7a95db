/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/master_line.c - see master.h. */
#include <stdlib.h>
#include <string.h>

#include "daemon/master.h"

bool master_line_next(char **at, char **ret_command)
{
	char *end = *at;

	if (end == NULL)
		return false;
	*ret_command = end;
	while (*end != '\0' && *end != ';')
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	*at = *end == ';' ? end + 1 : NULL;
	*end = '\0';
	return true;
}

static char *line_skip_blanks(char *at)
{
	return at + strspn(at, " \t");
}

/* Digits only, that fit. */
static bool line_number(const char *text, size_t len, unsigned *ret)
{
	unsigned number = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || number > 100000000)
			return false;
		number = number * 10 + (unsigned)(text[i] - '0');
	}
	*ret = number;
	return len != 0 && number != 0;
}

struct master_prefix master_line_prefix(char **command)
{
	struct master_prefix prefix = { .kind = MASTER_HERE };
	char *word = line_skip_blanks(*command);

	*command = word;
	if (*word != '@')
		return prefix;
	prefix.text = word;
	prefix.len = strcspn(word, " \t");
	*command = line_skip_blanks(word + prefix.len);
	if (prefix.len == 1 || (prefix.len == 2 && word[1] == '0') ||
	    (prefix.len == 7 && memcmp(word, "@master", 7) == 0))
		prefix.kind = MASTER_SELF;
	else if (word[1] == '!')
		prefix.kind = line_number(word + 2, prefix.len - 2, &prefix.number) ? MASTER_PID
										    : MASTER_WRONG;
	else
		prefix.kind = line_number(word + 1, prefix.len - 1, &prefix.number) ? MASTER_NUMBER
										    : MASTER_WRONG;
	return prefix;
}
