/* SPDX-License-Identifier: Apache-2.0 */
/* A neighbour advertisement as a packet socket gives it, from the IPv6 header on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "vrrp/ndp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as it is, so that the sanitizer sees each byte too many. */
	uint8_t *bytes = malloc(size == 0 ? 1 : size);
	struct ndp ndp;

	ASSERT(bytes != NULL);
	if (size != 0)
		memcpy(bytes, data, size);
	if (ndp_parse(bytes, size, &ndp)) {
		uint8_t built[NDP_PACKET];

		ndp_build(&ndp, built);
		ASSERT(memcmp(built + NDP_TARGET, bytes + NDP_TARGET, 16) == 0);
		ASSERT(ndp.target.family == AF_INET6);
	}
	free(bytes);
	return 0;
}
