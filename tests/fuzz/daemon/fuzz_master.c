/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of the master CLI: its commands lie in it one after the
 * other, each prefix before its command.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/master.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *at = line, *command, *end = line;

	if (line == NULL)
		abort();
	memcpy(line, data, size);
	line[size] = '\0';

	const char *limit = line + strlen(line);
	while (master_line_next(&at, &command)) {
		struct master_prefix prefix;
		char *from = command;

		if (command < end || command > limit)
			abort();
		end = command + strlen(command);
		prefix = master_line_prefix(&command);
		if (command < from || command > end ||
		    (prefix.kind == MASTER_HERE) != (prefix.text == NULL))
			abort();
		if ((prefix.kind == MASTER_NUMBER || prefix.kind == MASTER_PID) &&
		    prefix.number == 0)
			abort();
		if (prefix.text != NULL && prefix.text + prefix.len > command)
			abort();
	}
	free(line);
	return 0;
}
