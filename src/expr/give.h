/* SPDX-License-Identifier: Apache-2.0 */
/* expr/give.h - how a fetch hands its value over: `return expr_give_int(ret, 4);` */
#pragma once

#include "expr/fetch.h"

static inline enum expr_got expr_give_bool(struct expr_sample *ret, bool value)
{
	ret->type = EXPR_BOOL;
	ret->value.boolean = value;
	return EXPR_GOT;
}

static inline enum expr_got expr_give_int(struct expr_sample *ret, int64_t value)
{
	ret->type = EXPR_INT;
	ret->value.integer = value;
	return EXPR_GOT;
}

static inline enum expr_got expr_give_text(struct expr_sample *ret, struct slice value)
{
	ret->type = EXPR_STRING;
	ret->value.text = value;
	return EXPR_GOT;
}

static inline enum expr_got expr_give_bytes(struct expr_sample *ret, struct slice value)
{
	ret->type = EXPR_BINARY;
	ret->value.text = value;
	return EXPR_GOT;
}

/* Nothing when it is not known, or of a UNIX socket. */
static inline enum expr_got expr_give_address(struct expr_sample *ret,
					      const struct net_endpoint *endpoint)
{
	if (endpoint == NULL || (endpoint->family != AF_INET && endpoint->family != AF_INET6))
		return EXPR_NONE;
	ret->type = EXPR_ADDRESS;
	ret->value.address.family = endpoint->family == AF_INET ? 4 : 6;
	memcpy(ret->value.address.ip, endpoint->ip, endpoint->family == AF_INET ? 4 : 16);
	return EXPR_GOT;
}

static inline enum expr_got expr_give_port(struct expr_sample *ret,
					   const struct net_endpoint *endpoint)
{
	if (endpoint == NULL || (endpoint->family != AF_INET && endpoint->family != AF_INET6))
		return EXPR_NONE;
	return expr_give_int(ret, endpoint->port);
}
