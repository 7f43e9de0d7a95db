/* SPDX-License-Identifier: Apache-2.0 */
/* Any line of the runtime API: every command's words lie within it, and all of it is used up. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "admin/cli_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *at = line;
	struct cli_words words;
	size_t len, commands = 0;

	if (line == NULL)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	len = strlen(line);
	cli_line_cut_payload_mark(line, len);
	while (cli_line_next(&at, &words)) {
		if (words.count > CLI_WORDS || ++commands > len + 1)
			abort();
		for (unsigned i = 0; i < words.count; i++)
			if (words.word[i] < line ||
			    words.word[i] + strlen(words.word[i]) > line + len ||
			    *words.word[i] == '\0')
				abort();
		if (*words.word[words.count] != '\0')
			abort();
	}
	free(line);
	return 0;
}
