/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches_auth.c - who the client says it is: Authorization, and whether
 * a userlist agrees (configuration manual 7.3.6).
 */
#include "expr/give.h"
#include "expr/request.h"
#include "http/basic_auth.h"
#include "proxy/fetches.h"
#include "proxy/userlist.h"

/* "Basic dGlnZXI6c2NvdHQ=" of the first such header, in its two parts. */
static enum expr_got auth_read(struct expr_context *context, struct slice header_name,
			       struct slice *ret_scheme, struct slice *ret_rest)
{
	const struct http_message *request;
	const struct http_header *header;
	const char *blank;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	header = http_find_name(request, header_name, NULL);
	if (header == NULL || header->value.len == 0)
		return EXPR_NONE;
	blank = memchr(header->value.at, ' ', header->value.len);
	if (blank == NULL)
		return EXPR_NONE;
	*ret_scheme = (struct slice){ header->value.at, (size_t)(blank - header->value.at) };
	*ret_rest = slice_skip(header->value, ret_scheme->len);
	while (ret_rest->len > 0 && *ret_rest->at == ' ')
		*ret_rest = slice_skip(*ret_rest, 1);
	return EXPR_GOT;
}

static enum expr_got auth_credentials(struct expr_context *context, struct http_credentials *ret)
{
	const struct http_message *request;
	const struct http_header *header;
	enum expr_got got = expr_request(context, &request);

	if (got != EXPR_GOT)
		return got;
	header = http_find(request, HTTP_AUTHORIZATION, NULL);
	return header != NULL && http_basic_auth_decode(header->value, ret) ? EXPR_GOT : EXPR_NONE;
}

/* Out of the credentials, which are the caller's. */
static enum expr_got auth_give_copy(struct expr_context *context, struct expr_sample *ret,
				    struct slice text)
{
	struct slice copy = bump_copy(context->memory, text);

	return copy.at == NULL ? EXPR_NONE : expr_give_text(ret, copy);
}

static const struct userlist_user *auth_login(const struct expr_args *args,
					      const struct http_credentials *credentials)
{
	return userlist_login(args->at[0].pointer, credentials->user, credentials->password);
}

static enum expr_got auth_get(struct expr_context *context, const struct expr_args *args,
			      struct expr_sample *ret)
{
	struct http_credentials credentials;
	enum expr_got got = auth_credentials(context, &credentials);

	if (got != EXPR_GOT)
		return got;
	return expr_give_bool(ret, auth_login(args, &credentials) != NULL);
}

/* As a value: the user. */
static enum expr_got auth_get_group_user(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	struct http_credentials credentials;
	enum expr_got got = auth_credentials(context, &credentials);

	if (got != EXPR_GOT)
		return got;
	return auth_login(args, &credentials) == NULL
		       ? EXPR_NONE
		       : auth_give_copy(context, ret, credentials.user);
}

/* In ACLs: each of the user's groups. What follows the first needs no further login. */
static enum expr_got auth_get_groups(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	const struct userlist *list = args->at[0].pointer;
	const struct userlist_user *user;
	struct http_credentials credentials;
	enum expr_got got = auth_credentials(context, &credentials);

	if (got != EXPR_GOT)
		return got;
	if (ret->cursor.index == 0) {
		user = auth_login(args, &credentials);
	} else {
		user = list->users;
		while (user != NULL && !slice_is(credentials.user, user->name))
			user = user->next;
	}
	if (user == NULL || user->groups == NULL || user->groups[ret->cursor.index] == NULL)
		return EXPR_NONE;
	expr_give_text(ret, slice_of(user->groups[ret->cursor.index++]));
	ret->cursor.more = user->groups[ret->cursor.index] != NULL;
	return EXPR_GOT;
}

static enum expr_got auth_get_type(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	struct slice scheme, rest;
	enum expr_got got = auth_read(context, SLICE("Authorization"), &scheme, &rest);

	if (got != EXPR_GOT)
		return got;
	/* Schemes may be written in any case (RFC 9110, 11.1); those that are known, in one. */
	if (slice_is_nocase(scheme, "Basic"))
		scheme = SLICE("Basic");
	else if (slice_is_nocase(scheme, "Bearer"))
		scheme = SLICE("Bearer");
	return expr_give_text(ret, scheme);
}

static enum expr_got auth_get_bearer(struct expr_context *context, const struct expr_args *args,
				     struct expr_sample *ret)
{
	struct slice name = args->at[0].given ? args->at[0].text : SLICE("Authorization");
	struct slice scheme, rest;
	enum expr_got got = auth_read(context, name, &scheme, &rest);

	if (got != EXPR_GOT)
		return got;
	return slice_is_nocase(scheme, "Bearer") ? expr_give_text(ret, rest) : EXPR_NONE;
}

static enum expr_got auth_get_user(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	struct http_credentials credentials;
	enum expr_got got = auth_credentials(context, &credentials);

	return got == EXPR_GOT ? auth_give_copy(context, ret, credentials.user) : got;
}

static enum expr_got auth_get_pass(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	struct http_credentials credentials;
	enum expr_got got = auth_credentials(context, &credentials);

	return got == EXPR_GOT ? auth_give_copy(context, ret, credentials.password) : got;
}

#define AUTH(row_name, row_summary, row_example)                                                   \
	.doc = {.name = row_name, .summary = row_summary, .example = row_example, .since = "0.2"}, \
	.need = EXPR_HAVE_REQUEST
#define AUTH_LIST_ARG                                                                              \
	.args = { { EXPR_ARG_NAME, false, "userlist" } }, .check = fetch_check_userlist

const struct expr_fetch proxy_fetches_auth[] = {
	{
		AUTH("http_auth",
		     "Whether the client gave the name and password of a user of a userlist.",
		     "http-request auth unless { http_auth(admins) }"),
		.type = EXPR_BOOL,
		AUTH_LIST_ARG,
		.get = auth_get,
	},
	{
		AUTH("http_auth_bearer", "The token of a client that uses the Bearer scheme.",
		     "http-request set-var(txn.token) http_auth_bearer"),
		.type = EXPR_STRING,
		.args = {{EXPR_ARG_STRING, true, "header"}},
		.get = auth_get_bearer,
	},
	{
		AUTH("http_auth_group",
		     "The user of a userlist whose password the client gave; in ACLs the groups of "
		     "that user.",
		     "http-request deny unless { http_auth_group(admins) operators }"),
		.type = EXPR_STRING,
		AUTH_LIST_ARG,
		.get = auth_get_group_user,
		.get_in_acl = auth_get_groups,
	},
	{
		AUTH("http_auth_pass",
		     "The password the client gave by the Basic scheme, unchecked.",
		     "http-request set-var(txn.pass) http_auth_pass"),
		.type = EXPR_STRING,
		.get = auth_get_pass,
	},
	{
		AUTH("http_auth_type",
		     "The scheme by which the client shows who it is: Basic, Bearer.",
		     "acl by_token http_auth_type -i Bearer"),
		.type = EXPR_STRING,
		.get = auth_get_type,
	},
	{
		AUTH("http_auth_user", "The name the client gave by the Basic scheme, unchecked.",
		     "http-request set-header X-User %[http_auth_user]"),
		.type = EXPR_STRING,
		.get = auth_get_user,
	},
	{.doc = {.name = NULL}},
};
