/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams of the process connector: changes have a kind that exists, whatever the bytes are. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "nl/procs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void each(const struct nl_proc_event *event, void *context)
{
	unsigned *count = context;

	ASSERT(event->change <= NL_PROC_GONE);
	ASSERT(event->change == NL_PROC_FORKED || event->parent == 0);
	++*count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as it is, so that the sanitizer sees each byte too many. */
	uint8_t *exact = malloc(size == 0 ? 1 : size);
	unsigned count = 0;

	ASSERT(exact != NULL);
	if (size != 0)
		memcpy(exact, data, size);
	nl_procs_parse(exact, size, each, &count);
	ASSERT(count <= size / 16);
	free(exact);
	return 0;
}
