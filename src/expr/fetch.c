/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch.c - the fetches of layer 4 and the constants.
 */
#include "expr/fetch.h"

#include <string.h>

static bool fetch_always_true(const struct expr_context *context, struct expr_sample *ret_sample)
{
	*ret_sample = (struct expr_sample){.type = EXPR_BOOL, .value.boolean = true};
	return true;
}

static bool fetch_always_false(const struct expr_context *context, struct expr_sample *ret_sample)
{
	*ret_sample = (struct expr_sample){.type = EXPR_BOOL, .value.boolean = false};
	return true;
}

static bool fetch_has_ip(const struct net_endpoint *endpoint)
{
	return endpoint != NULL && (endpoint->family == AF_INET || endpoint->family == AF_INET6);
}

static bool fetch_address(const struct net_endpoint *endpoint, struct expr_sample *ret_sample)
{
	if (!fetch_has_ip(endpoint))
		return false;
	*ret_sample = (struct expr_sample){.type = EXPR_ADDRESS, .value.address = *endpoint};
	return true;
}

static bool fetch_port(const struct net_endpoint *endpoint, struct expr_sample *ret_sample)
{
	if (!fetch_has_ip(endpoint))
		return false;
	*ret_sample = (struct expr_sample){.type = EXPR_INT, .value.integer = endpoint->port};
	return true;
}

static bool fetch_src(const struct expr_context *context, struct expr_sample *ret_sample)
{
	return fetch_address(context->src, ret_sample);
}

static bool fetch_dst(const struct expr_context *context, struct expr_sample *ret_sample)
{
	return fetch_address(context->dst, ret_sample);
}

static bool fetch_src_port(const struct expr_context *context, struct expr_sample *ret_sample)
{
	return fetch_port(context->src, ret_sample);
}

static bool fetch_dst_port(const struct expr_context *context, struct expr_sample *ret_sample)
{
	return fetch_port(context->dst, ret_sample);
}

const struct expr_fetch expr_fetches[] = {
	{
		.doc = { .name = "always_false", .since = "0.1",
			 .summary = "A boolean that is always false.",
			 .example = "acl never always_false" },
		.type = EXPR_BOOL, .get = fetch_always_false,
	},
	{
		.doc = { .name = "always_true", .since = "0.1",
			 .summary = "A boolean that is always true.",
			 .example = "acl anyone always_true" },
		.type = EXPR_BOOL, .get = fetch_always_true,
	},
	{
		.doc = { .name = "dst", .since = "0.1",
			 .summary = "The address the client connected to.",
			 .example = "acl on_vip dst 10.1.1.80" },
		.type = EXPR_ADDRESS, .get = fetch_dst,
	},
	{
		.doc = { .name = "dst_port", .since = "0.1",
			 .summary = "The port the client connected to.",
			 .example = "acl web dst_port 80 443" },
		.type = EXPR_INT, .get = fetch_dst_port,
	},
	{
		.doc = { .name = "src", .since = "0.1",
			 .summary = "The client's address.",
			 .example = "acl inside src 10.0.0.0/8 192.168.0.0/16" },
		.type = EXPR_ADDRESS, .get = fetch_src,
	},
	{
		.doc = { .name = "src_port", .since = "0.1",
			 .summary = "The client's port.",
			 .example = "acl privileged src_port lt 1024" },
		.type = EXPR_INT, .get = fetch_src_port,
	},
	{ .doc = { .name = NULL } },
};

static bool fetch_named(const char *row, const char *name, size_t len)
{
	return strncmp(row, name, len) == 0 && row[len] == '\0';
}

const struct expr_fetch *expr_fetch_find(const char *name, size_t len)
{
	for (const struct expr_fetch *fetch = expr_fetches; fetch->doc.name != NULL; fetch++)
		if (fetch_named(fetch->doc.name, name, len))
			return fetch;
	return NULL;
}
