/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl_fetch.c - acl(): named ACLs as a value of an expression.
 */
#include "base/arena.h"
#include "expr/acl_private.h"
#include "expr/fetch.h"

struct acl_fetch_term {
	const struct acl *acl;
	bool negated;
};

struct acl_fetch {
	unsigned count;
	struct acl_fetch_term terms[];
};

static bool acl_fetch_check(struct conf_parse *parse, struct expr_args *args,
			    struct diag_span span)
{
	struct acl_fetch *fetch = arena_zalloc(
		parse->arena, sizeof(*fetch) + args->count * sizeof(fetch->terms[0]));

	for (unsigned i = 0; i < args->count; i++) {
		const char *name = args->at[i].text.at;
		struct acl_fetch_term *term = &fetch->terms[fetch->count++];

		for (; *name == '!'; name++)
			term->negated = !term->negated;
		term->acl = acl_lookup(parse, parse->acls, name, args->at[i].span);
		if (term->acl == NULL)
			return false;
	}
	args->own = fetch;
	return true;
}

/* The place is not known here, so that what is there now decides. */
static unsigned acl_fetch_have(const struct expr_context *context)
{
	unsigned have = ~0u;

	if (context->request == NULL)
		have &= ~(unsigned)(EXPR_HAVE_REQUEST | EXPR_HAVE_REQUEST_BODY);
	if (context->response == NULL)
		have &= ~(unsigned)EXPR_HAVE_RESPONSE;
	if (context->stream == NULL)
		have &= ~(unsigned)(EXPR_HAVE_STREAM | EXPR_HAVE_BACKEND | EXPR_HAVE_SERVER |
				    EXPR_HAVE_END);
	return have;
}

static enum expr_got acl_fetch_get(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	const struct acl_fetch *fetch = args->own;
	unsigned have = acl_fetch_have(context);
	bool later = false;

	ret->type = EXPR_BOOL;
	ret->value.boolean = true;
	for (unsigned i = 0; i < fetch->count && ret->value.boolean; i++) {
		enum acl_result result = acl_eval(fetch->terms[i].acl, have, context);

		later |= result == ACL_LATER;
		if (result != ACL_LATER)
			ret->value.boolean = (result == ACL_TRUE) != fetch->terms[i].negated;
	}
	return later && ret->value.boolean ? EXPR_LATER : EXPR_GOT;
}

#define ACL_MORE { EXPR_ARG_NAME, true, "name" }

const struct expr_fetch expr_fetches_acl[] = {
	{ .doc = { .name = "acl", .since = "0.2",
		   .summary = "Whether all these ACLs are true; '!' before a name negates it.",
		   .example = "http-request set-var(txn.mine) acl(LOCALHOST,!METH_GET)" },
	  .type = EXPR_BOOL,
	  .args = { { EXPR_ARG_NAME, false, "name" }, ACL_MORE, ACL_MORE, ACL_MORE, ACL_MORE,
		    ACL_MORE, ACL_MORE, ACL_MORE, ACL_MORE, ACL_MORE, ACL_MORE, ACL_MORE },
	  .keeps = true, .check = acl_fetch_check, .get = acl_fetch_get },
	{ .doc = { .name = NULL } },
};
