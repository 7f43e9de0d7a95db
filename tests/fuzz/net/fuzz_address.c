/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first two bytes are the flags (never NET_NAMES: no queries), the rest is
 * the text. An address that was read prints, and reads the same from its print.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "net/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct net_parsed *parsed)
{
	unsigned flags = NET_FD;
	struct net_parsed back;
	char text[NET_ADDRESS_TEXT];
	const char *why;

	net_address_text(&parsed->address, text);
	if (parsed->address.storage.ss_family == AF_UNIX)
		return;
	if (parsed->address.len != 0 && net_address_port(&parsed->address) == 0)
		flags |= NET_NO_PORT;
	ASSERT(net_address_parse(text, flags, &back, &why));
	ASSERT(back.address.len == parsed->address.len);
	ASSERT(back.address.fd == parsed->address.fd);
	ASSERT(memcmp(&back.address.storage, &parsed->address.storage, back.address.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_parsed parsed;
	const char *why = NULL;
	unsigned flags;
	char *text;

	if (size < 2)
		return 0;
	flags = (data[0] | (unsigned)data[1] << 8) & ~(unsigned)NET_NAMES;
	text = strndup((const char *)data + 2, size - 2);
	if (text == NULL)
		abort();
	if (net_address_parse(text, flags, &parsed, &why)) {
		ASSERT(parsed.port_low <= parsed.port_high);
		check_round_trip(&parsed);
	} else {
		ASSERT(why != NULL && strlen(why) < 160);
	}
	free(text);
	return 0;
}
