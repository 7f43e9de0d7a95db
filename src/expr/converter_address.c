/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_address.c - ipmask, the network of an address. */
#include "expr/converter.h"

/* An IPv4 address written as IPv6 (RFC 4291, 2.5.5.2) counts as IPv4. */
static void address_unmap(struct expr_address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (address->family != 6 || memcmp(address->ip, mapped, sizeof(mapped)) != 0)
		return;
	address->family = 4;
	memmove(address->ip, address->ip + 12, 4);
	memset(address->ip + 4, 0, 12);
}

static bool address_ipmask(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	struct expr_address *address = &sample->value.address;
	const struct expr_arg *mask;

	address_unmap(address);
	mask = &args->at[address->family == 6];
	if (!mask->given)
		return false;
	for (unsigned i = 0; i < (address->family == 6 ? 16 : 4); i++)
		address->ip[i] &= mask->address.ip[i];
	return true;
}

const struct expr_converter expr_converters_address[] = {
	{
		.doc = { .name = "ipmask", .since = "0.2",
			 .summary = "The network an address is of; IPv6 needs the second mask.",
			 .example = "http-request set-header x-network %[src,ipmask(24,64)]" },
		.in = EXPR_ADDRESS, .out = EXPR_ADDRESS,
		.args = { { EXPR_ARG_MASK4, false, "mask4" }, { EXPR_ARG_MASK6, true, "mask6" } },
		.run = address_ipmask,
	},
	{ .doc = { .name = NULL } },
};
