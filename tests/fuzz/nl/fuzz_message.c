/* SPDX-License-Identifier: Apache-2.0 */
/* Any netlink message about links or addresses, of any length, is read or passed over. As in the
 * buffer of nl/socket.c, the padding of the last attribute (RFC 3549 chapter 2.3.2) may be read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "nl/address.h"
#include "nl/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message;
	struct nl_link link;
	struct nl_address address;

	if (size < sizeof(*message) || size > UINT16_MAX)
		return 0;
	message = calloc(1, NLMSG_ALIGN(size));
	if (message == NULL)
		abort();
	memcpy(message, data, size);
	message->nlmsg_len = (uint32_t)size; /* what nl_read has checked before it hands it on */
	memset(&link, 0xff, sizeof(link));
	if (nl_link_read(message, &link) && memchr(link.name, '\0', sizeof(link.name)) == NULL)
		abort();
	nl_address_read(message, &address);
	free(message);
	return 0;
}
