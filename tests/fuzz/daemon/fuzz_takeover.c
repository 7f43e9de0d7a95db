/* SPDX-License-Identifier: Apache-2.0 */
/* Names of sockets from any bytes: what is taken ends within its place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/takeover.h"

enum { MOST = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct takeover_socket *sockets = calloc(MOST, sizeof(*sockets));
	unsigned count = size > 0 ? data[0] % MOST : 0;

	if (size > 0 && takeover_parse(data + 1, size - 1, sockets, count))
		for (unsigned i = 0; i < count; i++)
			if (strnlen(sockets[i].netns, sizeof(sockets[i].netns)) ==
				    sizeof(sockets[i].netns) ||
			    (sockets[i].like.interface != NULL) !=
				    (sockets[i].interface[0] != '\0'))
				abort();
	free(sockets);
	return 0;
}
