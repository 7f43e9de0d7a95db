/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/expr/small_language.h - a language of a few rows whose values the
 * tests choose, so that the compiler is tested without the real fetches.
 */
#pragma once

#include <arpa/inet.h>

#include "base/bump.h"
#include "base/regex.h"
#include "expr/expr.h"

static enum expr_got small_true(struct expr_context *context, const struct expr_args *args,
				struct expr_sample *ret)
{
	ret->type = EXPR_BOOL;
	ret->value.boolean = true;
	return EXPR_GOT;
}

static enum expr_got small_false(struct expr_context *context, const struct expr_args *args,
				 struct expr_sample *ret)
{
	ret->type = EXPR_BOOL;
	return EXPR_GOT;
}

static enum expr_got small_int(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *ret)
{
	ret->type = EXPR_INT;
	ret->value.integer = args->at[0].integer;
	return EXPR_GOT;
}

static enum expr_got small_str(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *ret)
{
	ret->type = EXPR_STRING;
	ret->value.text = args->at[0].text;
	return EXPR_GOT;
}

/* "a\0b" */
static enum expr_got small_bytes(struct expr_context *context, const struct expr_args *args,
				 struct expr_sample *ret)
{
	ret->type = EXPR_BINARY;
	ret->value.text = SLICE("a\0b");
	return EXPR_GOT;
}

static enum expr_got small_address(const struct net_endpoint *from, struct expr_sample *ret)
{
	if (from == NULL || (from->family != AF_INET && from->family != AF_INET6))
		return EXPR_NONE;
	ret->type = EXPR_ADDRESS;
	ret->value.address.family = from->family == AF_INET ? 4 : 6;
	memcpy(ret->value.address.ip, from->ip, sizeof(from->ip));
	return EXPR_GOT;
}

static enum expr_got small_src(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *ret)
{
	return small_address(context->src, ret);
}

static enum expr_got small_port(const struct net_endpoint *from, struct expr_sample *ret)
{
	if (from == NULL || (from->family != AF_INET && from->family != AF_INET6))
		return EXPR_NONE;
	ret->type = EXPR_INT;
	ret->value.integer = from->port;
	return EXPR_GOT;
}

static enum expr_got small_src_port(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	return small_port(context->src, ret);
}

static enum expr_got small_dst_port(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret)
{
	return small_port(context->dst, ret);
}

/* The body, which stands for a path here. */
static enum expr_got small_path(struct expr_context *context, const struct expr_args *args,
				struct expr_sample *ret)
{
	ret->type = EXPR_STRING;
	ret->value.text = context->body;
	return context->body.at != NULL ? EXPR_GOT : EXPR_NONE;
}

/* The parts of the body between commas, one after the other. */
static enum expr_got small_list(struct expr_context *context, const struct expr_args *args,
				struct expr_sample *ret)
{
	struct slice rest = slice_skip(context->body, ret->cursor.offset);
	const char *comma = rest.len != 0 ? memchr(rest.at, ',', rest.len) : NULL;

	if (context->body.at == NULL)
		return EXPR_NONE;
	ret->type = EXPR_STRING;
	ret->value.text = rest;
	if (comma != NULL) {
		ret->value.text.len = (size_t)(comma - rest.at);
		ret->cursor.offset += (uint32_t)ret->value.text.len + 1;
		ret->cursor.more = true;
	}
	return EXPR_GOT;
}

/* How many bytes there are, so far. */
static enum expr_got small_len(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *ret)
{
	ret->type = EXPR_INT;
	ret->value.integer = (int64_t)context->request_bytes.len;
	ret->may_change = !context->bytes_end;
	return EXPR_GOT;
}

static enum expr_got small_end(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *ret)
{
	if (!context->bytes_end)
		return EXPR_LATER;
	return small_true(context, args, ret);
}

static enum expr_got small_verb(struct expr_context *context, const struct expr_args *args,
				struct expr_sample *ret)
{
	ret->type = EXPR_METHOD;
	ret->value.method.id = HTTP_GET;
	return EXPR_GOT;
}

/* Leaves the request behind when it is first asked for, as the fetches of HTTP do in mode tcp. */
static enum expr_got small_request(struct expr_context *context, const struct expr_args *args,
				   struct expr_sample *ret)
{
	if (context->request == NULL) {
		struct http_message *message = bump_alloc(context->memory, sizeof(*message));

		if (message == NULL)
			return EXPR_NONE;
		*message = (struct http_message){ .target = context->request_bytes };
		context->request = message;
	}
	ret->type = EXPR_STRING;
	ret->value.text = context->request->target;
	return EXPR_GOT;
}

#define SMALL_DOC(word) { .name = word, .summary = "Small.", .example = word, .since = "0.2" }

static const struct expr_fetch small_fetches[] = {
	{ .doc = SMALL_DOC("always_true"), .type = EXPR_BOOL, .get = small_true },
	{ .doc = SMALL_DOC("always_false"), .type = EXPR_BOOL, .get = small_false },
	{ .doc = SMALL_DOC("int"), .type = EXPR_INT, .args = { { EXPR_ARG_INT, false, "number" } },
	  .get = small_int },
	{ .doc = SMALL_DOC("str"), .type = EXPR_STRING,
	  .args = { { EXPR_ARG_STRING, false, "text" } }, .get = small_str },
	{ .doc = SMALL_DOC("bytes"), .type = EXPR_BINARY, .get = small_bytes },
	{ .doc = SMALL_DOC("src"), .type = EXPR_ADDRESS, .need = EXPR_HAVE_CLIENT,
	  .get = small_src },
	{ .doc = SMALL_DOC("src_port"), .type = EXPR_INT, .get = small_src_port },
	{ .doc = SMALL_DOC("dst_port"), .type = EXPR_INT, .get = small_dst_port },
	{ .doc = SMALL_DOC("path"), .type = EXPR_STRING, .need = EXPR_HAVE_REQUEST,
	  .get = small_path },
	{ .doc = SMALL_DOC("path_beg"), .stands_for = "path", .method = "beg" },
	{ .doc = SMALL_DOC("way"), .stands_for = "path" },
	{ .doc = SMALL_DOC("list"), .type = EXPR_STRING, .get = small_list },
	{ .doc = SMALL_DOC("request"), .type = EXPR_STRING, .get = small_request },
	{ .doc = SMALL_DOC("length_now"), .type = EXPR_INT, .get = small_len },
	{ .doc = SMALL_DOC("wait_end"), .type = EXPR_BOOL, .get = small_end },
	{ .doc = SMALL_DOC("method"), .type = EXPR_METHOD, .get = small_verb },
	{ .doc = SMALL_DOC("version"), .type = EXPR_INT, .method = "version",
	  .args = { { EXPR_ARG_INT, false, "number" } }, .get = small_int },
	{ .doc = SMALL_DOC("status"), .type = EXPR_INT, .need = EXPR_HAVE_RESPONSE,
	  .get = small_true },
	{ .doc = { .name = NULL } },
};

static bool small_run_add(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	struct expr_sample other = { .type = EXPR_INT, .value.integer = args->at[0].integer };

	if (args->at[0].is_var && (!expr_var_get(context, args->at[0].var, &other) ||
				   !expr_cast(&other, EXPR_INT, context->memory)))
		return false;
	sample->value.integer += other.value.integer;
	return true;
}

static bool small_run_lower(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	struct slice copy = bump_copy(context->memory, sample->value.text);

	if (copy.at == NULL)
		return false;
	for (size_t i = 0; i < copy.len; i++)
		((char *)copy.at)[i] = (char)(copy.at[i] | 0x20);
	sample->value.text = copy;
	return true;
}

/* What its arguments became, for the tests of arguments. */
static bool small_run_args(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	return true;
}

static bool small_run_keep(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	return expr_var_set(context, args->at[0].var, sample);
}

static const struct expr_converter small_converters[] = {
	{ .doc = SMALL_DOC("add"), .in = EXPR_INT, .out = EXPR_INT,
	  .args = { { EXPR_ARG_VAR_OR_INT, false, "value" } }, .run = small_run_add },
	{ .doc = SMALL_DOC("lower"), .in = EXPR_STRING, .out = EXPR_STRING,
	  .run = small_run_lower },
	{ .doc = SMALL_DOC("mask"), .in = EXPR_ADDRESS, .out = EXPR_ADDRESS,
	  .args = { { EXPR_ARG_MASK4, false, "mask4" }, { EXPR_ARG_MASK6, true, "mask6" } },
	  .run = small_run_args },
	{ .doc = SMALL_DOC("typed"), .in = EXPR_ANY, .out = EXPR_SAME,
	  .args = { { EXPR_ARG_DURATION, true, "time" }, { EXPR_ARG_SIZE, true, "size" },
		    { EXPR_ARG_ADDRESS, true, "address" }, { EXPR_ARG_REGEX, true, "regex" },
		    { EXPR_ARG_VAR_OR_STRING, true, "what" } },
	  .run = small_run_args },
	{ .doc = SMALL_DOC("keep"), .in = EXPR_ANY, .out = EXPR_SAME,
	  .args = { { EXPR_ARG_VAR, false, "variable" } }, .run = small_run_keep,
	  .keeps = true },
	{ .doc = { .name = NULL } },
};

static const struct expr_fetch *const small_fetch_tables[] = { small_fetches, expr_fetches_var,
							       expr_fetches_acl, NULL };
static const struct expr_converter *const small_converter_tables[] = { small_converters,
								       expr_converters_map, NULL };
static const struct expr_language small_language = { .fetches = small_fetch_tables,
						     .converters = small_converter_tables };
static const struct conf_grammar small_grammar = { .language = &small_language };
