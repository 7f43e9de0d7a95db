/* SPDX-License-Identifier: Apache-2.0 */
/* expr/fetch_rdp.c - the cookie of an RDP client (configuration manual 7.3.5). */
#include "expr/give.h"
#include "expr/rdp.h"

static enum expr_got rdp_got(const struct expr_context *context, const struct expr_args *args,
			     struct slice *ret_value)
{
	struct slice name = args->count > 0 ? args->at[0].text : (struct slice){ NULL, 0 };

	switch (rdp_cookie_read(context->request_bytes, name, ret_value)) {
	case RDP_COOKIE:
		return EXPR_GOT;
	case RDP_MORE:
		return context->bytes_end ? EXPR_NONE : EXPR_LATER;
	default:
		return EXPR_NONE;
	}
}

static enum expr_got rdp_get_cookie(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	struct slice value;
	enum expr_got got = rdp_got(context, args, &value);

	return got == EXPR_GOT ? expr_give_text(ret, value) : got;
}

static enum expr_got rdp_get_count(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	struct slice value;
	enum expr_got got = rdp_got(context, args, &value);

	return got == EXPR_LATER ? got : expr_give_int(ret, got == EXPR_GOT ? 1 : 0);
}

#define RDP_ARGS { { EXPR_ARG_STRING, true, "name" } }

const struct expr_fetch expr_fetches_rdp[] = {
	{
		.doc = { .name = "req.rdp_cookie", .since = "0.2",
			 .summary = "An RDP client's cookie: the one named, or any.",
			 .example = "acl alice req.rdp_cookie(mstshash) alice" },
		.type = EXPR_STRING, .need = EXPR_HAVE_REQUEST_BYTES, .args = RDP_ARGS,
		.method = "str", .get = rdp_get_cookie,
	},
	{
		.doc = { .name = "rdp_cookie", .since = "0.2",
			 .summary = "Old form of 'req.rdp_cookie'.",
			 .example = "acl alice rdp_cookie(mstshash) -m str alice" },
		.stands_for = "req.rdp_cookie",
	},
	{
		.doc = { .name = "req_rdp_cookie", .since = "0.2",
			 .summary = "Old form of 'req.rdp_cookie' in ACLs.",
			 .example = "acl alice req_rdp_cookie(mstshash) alice" },
		.stands_for = "req.rdp_cookie", .method = "str",
	},
	{
		.doc = { .name = "req.rdp_cookie_cnt", .since = "0.2",
			 .summary = "How many RDP cookies there are: 0 or 1.",
			 .example = "tcp-request content accept if { req.rdp_cookie_cnt gt 0 }" },
		.type = EXPR_INT, .need = EXPR_HAVE_REQUEST_BYTES, .args = RDP_ARGS,
		.get = rdp_get_count,
	},
	{
		.doc = { .name = "rdp_cookie_cnt", .since = "0.2",
			 .summary = "Old form of 'req.rdp_cookie_cnt'.",
			 .example = "tcp-request content accept if { rdp_cookie_cnt gt 0 }" },
		.stands_for = "req.rdp_cookie_cnt",
	},
	{
		.doc = { .name = "req_rdp_cookie_cnt", .since = "0.2",
			 .summary = "Old form of 'req.rdp_cookie_cnt' in ACLs.",
			 .example = "tcp-request content accept if { req_rdp_cookie_cnt gt 0 }" },
		.stands_for = "req.rdp_cookie_cnt", .method = "int",
	},
	{ .doc = { .name = NULL } },
};
