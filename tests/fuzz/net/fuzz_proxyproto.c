/* SPDX-License-Identifier: Apache-2.0 */
/* What is read stays within the bytes; what is read and known is written and read back the same. */
#include <stdint.h>
#include <string.h>

#include "net/proxyproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct proxyproto_info *info)
{
	uint8_t bytes[PROXYPROTO_V2_MAX];
	struct proxyproto_info back;

	for (unsigned version = 1; version <= 2; version++) {
		size_t len = proxyproto_write(version, info, bytes);

		ASSERT(len <= sizeof(bytes));
		ASSERT(proxyproto_parse(bytes, len, &back) == (int)len);
		if (version == 2 && info->unique_id.at != NULL)
			ASSERT(slice_equal(back.unique_id, info->unique_id));
		ASSERT(back.local == info->local);
		ASSERT(memcmp(&back.src, &info->src, sizeof(back.src)) == 0);
		ASSERT(memcmp(&back.dst, &info->dst, sizeof(back.dst)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxyproto_info info;
	int len = proxyproto_parse(data, size, &info);

	ASSERT(len <= (int)size);
	if (len > 0)
		check_round_trip(&info);
	return 0;
}
