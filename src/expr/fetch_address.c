/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_address.c - where the client comes from and where it went to
 * (configuration manual 7.3.3).
 *
 * fc_* give the connection's own addresses; nothing alters them here, so they
 * are those of src and dst.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expr/give.h"

static const struct net_endpoint *address_dst(struct expr_context *context)
{
	if (context->dst == NULL && context->find_dst != NULL)
		context->dst = context->find_dst(context);
	return context->dst;
}

static enum expr_got address_get_src(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	return expr_give_address(ret, context->src);
}

static enum expr_got address_get_src_port(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	return expr_give_port(ret, context->src);
}

static enum expr_got address_get_dst(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	return expr_give_address(ret, address_dst(context));
}

static enum expr_got address_get_dst_port(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	return expr_give_port(ret, address_dst(context));
}

static bool address_is_loopback4(const struct net_endpoint *endpoint)
{
	return endpoint->family == AF_INET && endpoint->ip[0] == 127;
}

/*
 * A datagram socket that is connected to an address of this host has that same
 * address at its own end. (Binding to it would succeed for any address where
 * net.ipv4.ip_nonlocal_bind is set, as on a machine that shares an address.)
 */
static bool address_routes_to_itself(const struct net_endpoint *endpoint)
{
	struct net_endpoint there = *endpoint, here;
	struct sockaddr_storage storage;
	socklen_t len;
	bool same = false;
	int fd = socket(endpoint->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	there.port = 9; /* any that is not 0; nothing is sent */
	len = net_endpoint_to_sockaddr(&there, &storage);
	if (connect(fd, (struct sockaddr *)&storage, len) == 0) {
		len = sizeof(storage);
		if (getsockname(fd, (struct sockaddr *)&storage, &len) == 0) {
			net_endpoint_from_sockaddr(&here, (struct sockaddr *)&storage);
			same = here.family == there.family &&
			       memcmp(here.ip, there.ip, here.family == AF_INET ? 4 : 16) == 0;
		}
	}
	close(fd);
	return same;
}

static enum expr_got address_give_local(struct expr_sample *ret,
					const struct net_endpoint *endpoint)
{
	if (endpoint == NULL || endpoint->family == AF_UNSPEC)
		return EXPR_NONE;
	return expr_give_bool(ret, endpoint->family == AF_UNIX || address_is_loopback4(endpoint) ||
					   address_routes_to_itself(endpoint));
}

static enum expr_got address_get_src_is_local(struct expr_context *context,
					      const struct expr_args *args, struct expr_sample *ret)
{
	return address_give_local(ret, context->src);
}

static enum expr_got address_get_dst_is_local(struct expr_context *context,
					      const struct expr_args *args, struct expr_sample *ret)
{
	return address_give_local(ret, address_dst(context));
}

const struct expr_fetch expr_fetches_address[] = {
	{
		.doc = { .name = "src", .since = "0.1", .summary = "The client's address.",
			 .example = "acl inside src 10.0.0.0/8 192.168.0.0/16" },
		.type = EXPR_ADDRESS, .need = EXPR_HAVE_CLIENT, .get = address_get_src,
	},
	{
		.doc = { .name = "src_port", .since = "0.1", .summary = "The client's port.",
			 .example = "acl privileged src_port lt 1024" },
		.type = EXPR_INT, .need = EXPR_HAVE_CLIENT, .get = address_get_src_port,
	},
	{
		.doc = { .name = "src_is_local", .since = "0.2",
			 .summary = "Whether the client's address is one of this machine.",
			 .example = "acl here src_is_local" },
		.type = EXPR_BOOL, .need = EXPR_HAVE_CLIENT, .get = address_get_src_is_local,
	},
	{
		.doc = { .name = "dst", .since = "0.1",
			 .summary = "The address the client connected to.",
			 .example = "acl on_vip dst 10.1.1.80" },
		.type = EXPR_ADDRESS, .need = EXPR_HAVE_CLIENT, .get = address_get_dst,
	},
	{
		.doc = { .name = "dst_port", .since = "0.1",
			 .summary = "The port the client connected to.",
			 .example = "acl web dst_port 80 443" },
		.type = EXPR_INT, .need = EXPR_HAVE_CLIENT, .get = address_get_dst_port,
	},
	{
		.doc = { .name = "dst_is_local", .since = "0.2",
			 .summary = "Whether the address the client connected to is one of this "
				    "machine.",
			 .example = "acl for_me dst_is_local" },
		.type = EXPR_BOOL, .need = EXPR_HAVE_CLIENT, .get = address_get_dst_is_local,
	},
	{
		.doc = { .name = "fc_src", .since = "0.2",
			 .summary = "The client's address, before any rule could alter it.",
			 .example = "acl inside fc_src 10.0.0.0/8" },
		.type = EXPR_ADDRESS, .need = EXPR_HAVE_CLIENT, .get = address_get_src,
	},
	{
		.doc = { .name = "fc_src_port", .since = "0.2",
			 .summary = "The client's port, before any rule could alter it.",
			 .example = "acl privileged fc_src_port lt 1024" },
		.type = EXPR_INT, .need = EXPR_HAVE_CLIENT, .get = address_get_src_port,
	},
	{
		.doc = { .name = "fc_src_is_local", .since = "0.2",
			 .summary = "Whether the address of fc_src is one of this machine.",
			 .example = "acl here fc_src_is_local" },
		.type = EXPR_BOOL, .need = EXPR_HAVE_CLIENT, .get = address_get_src_is_local,
	},
	{
		.doc = { .name = "fc_dst", .since = "0.2",
			 .summary = "The address the client connected to, before any rule could "
				    "alter it.",
			 .example = "acl on_vip fc_dst 10.1.1.80" },
		.type = EXPR_ADDRESS, .need = EXPR_HAVE_CLIENT, .get = address_get_dst,
	},
	{
		.doc = { .name = "fc_dst_port", .since = "0.2",
			 .summary = "The port the client connected to, before any rule could alter "
				    "it.",
			 .example = "acl web fc_dst_port 80 443" },
		.type = EXPR_INT, .need = EXPR_HAVE_CLIENT, .get = address_get_dst_port,
	},
	{
		.doc = { .name = "fc_dst_is_local", .since = "0.2",
			 .summary = "Whether the address of fc_dst is one of this machine.",
			 .example = "acl for_me fc_dst_is_local" },
		.type = EXPR_BOOL, .need = EXPR_HAVE_CLIENT, .get = address_get_dst_is_local,
	},
	{ .doc = { .name = NULL } },
};
