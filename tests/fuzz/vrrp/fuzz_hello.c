/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a hello: refused, or taken in by peers without harm. The
 * authentication is made good first, or nothing would get past it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "vrrp/peers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[HELLO_KEY] = { 7 };
	const struct ip source = { .family = AF_INET, .bytes = { 10, 0, 0, 1 } };
	struct moment now = { 1000000 };
	struct hello hello, own = { .kind = HELLO_SAY };
	uint8_t mac[DIGEST_MAX], *bytes = malloc(size + 1), again[HELLO_MAX];
	struct peers peers;
	struct peer *peer;

	memcpy(bytes, data, size);
	if (hello_parse(bytes, size, key, &hello) && size < HELLO_MAC)
		abort();
	if (size >= HELLO_MAC) {
		digest_hmac("sha256", (struct slice){ (const char *)key, sizeof(key) },
			    (struct slice){ (const char *)bytes, size - HELLO_MAC }, mac);
		memcpy(bytes + size - HELLO_MAC, mac, HELLO_MAC);
	}
	if (hello_parse(bytes, size, key, &hello)) {
		peers_init(&peers, 1);
		peers_stamp(&peers, now, &own);
		for (unsigned i = 0; i < 3; i++, hello.stamp.counter++, now.us += 1000000)
			peers_hear(&peers, now, &hello, &source, 1, &peer);
		peers_stamp(&peers, now, &own);
		if (hello_build(&own, key, again) <= 0)
			abort();
	}
	free(bytes);
	return 0;
}
