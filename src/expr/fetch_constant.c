/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch_constant.c - values that no connection is needed for: constants,
 * the environment, the date, random numbers (configuration manual 7.3.2).
 *
 * What is known when the file is read is prepared by the row's check.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"
#include "conf/environment.h"
#include "expr/give.h"

static enum expr_got constant_get_true(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	return expr_give_bool(ret, true);
}

static enum expr_got constant_get_false(struct expr_context *context, const struct expr_args *args,
					struct expr_sample *ret)
{
	return expr_give_bool(ret, false);
}

static enum expr_got constant_get_one(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	return expr_give_int(ret, 1);
}

static enum expr_got constant_get_int(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	return expr_give_int(ret, args->at[0].integer);
}

static enum expr_got constant_get_str(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	return expr_give_text(ret, args->at[0].text);
}

static enum expr_got constant_get_address(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	ret->type = EXPR_ADDRESS;
	ret->value.address = args->at[0].address;
	return EXPR_GOT;
}

static enum expr_got constant_get_method(struct expr_context *context,
					 const struct expr_args *args, struct expr_sample *ret)
{
	ret->type = EXPR_METHOD;
	ret->value.method.id = http_method_of(args->at[0].text);
	ret->value.method.name = args->at[0].text;
	return EXPR_GOT;
}

static bool constant_check_bool(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	struct expr_arg *arg = &args->at[0];

	arg->integer = slice_is(arg->text, "true") || slice_is(arg->text, "1");
	if (arg->integer || slice_is(arg->text, "false") || slice_is(arg->text, "0"))
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, arg->span,
		 "write true, false, 1 or 0", "'%s' is no boolean", arg->text.at);
	return false;
}

static enum expr_got constant_get_bool(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	return expr_give_bool(ret, args->at[0].integer != 0);
}

static bool constant_check_family(struct conf_parse *parse, const struct expr_arg *arg,
				  unsigned family)
{
	if (arg->address.family == family)
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_address, arg->span, NULL,
		 "'%s' is no IPv%u address", arg->text.at, family);
	return false;
}

static bool constant_check_ipv4(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	return constant_check_family(parse, &args->at[0], 4);
}

static bool constant_check_ipv6(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	return constant_check_family(parse, &args->at[0], 6);
}

static int constant_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* bin(): the digits as bytes. */
static bool constant_check_bin(struct conf_parse *parse, struct expr_args *args,
			       struct diag_span span)
{
	const struct expr_arg *arg = &args->at[0];
	struct slice *bytes = arena_zalloc(parse->arena, sizeof(*bytes));
	char *out = arena_zalloc(parse->arena, arg->text.len / 2 + 1);

	for (size_t i = 0; i + 1 < arg->text.len; i += 2) {
		int high = constant_hex_digit(arg->text.at[i]);
		int low = constant_hex_digit(arg->text.at[i + 1]);

		if (high < 0 || low < 0)
			break;
		out[bytes->len++] = (char)(high << 4 | low);
	}
	if (bytes->len * 2 != arg->text.len) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, arg->span,
			 "two hexadecimal digits a byte", "'%s' cannot be read as bytes",
			 arg->text.at);
		return false;
	}
	bytes->at = out;
	args->own = bytes;
	return true;
}

static enum expr_got constant_get_bin(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	const struct slice *bytes = args->own;

	return expr_give_bytes(ret, *bytes);
}

static struct slice *constant_keep(struct conf_parse *parse, const char *text)
{
	struct slice *kept = arena_zalloc(parse->arena, sizeof(*kept));

	*kept = slice_of(arena_strdup(parse->arena, text));
	return kept;
}

/* An unset variable is no error: the fetch finds nothing then. */
static bool constant_check_env(struct conf_parse *parse, struct expr_args *args,
			       struct diag_span span)
{
	const char *name = args->at[0].text.at;
	const char *value = parse->environment != NULL
				    ? conf_environment_get(parse->environment, name)
				    : getenv(name);

	if (value != NULL)
		args->own = constant_keep(parse, value);
	return true;
}

static bool constant_check_hostname(struct conf_parse *parse, struct expr_args *args,
				    struct diag_span span)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	args->own = constant_keep(parse, name);
	return true;
}

static enum expr_got constant_get_own(struct expr_context *context, const struct expr_args *args,
				      struct expr_sample *ret)
{
	const struct slice *text = args->own;

	return text == NULL ? EXPR_NONE : expr_give_text(ret, *text);
}

/* date(): .integer of the unit's argument is how many there are in a second. */
static bool constant_check_date(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	struct expr_arg *unit = &args->at[1];

	unit->integer = 1;
	if (!unit->given || slice_is(unit->text, "s"))
		return true;
	unit->integer = slice_is(unit->text, "ms") ? 1000 : 1000000;
	if (unit->integer == 1000 || slice_is(unit->text, "us"))
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, unit->span, "write s, ms or us",
		 "'%s' is no unit of time", unit->text.at);
	return false;
}

static enum expr_got constant_get_date(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	uint64_t now = context->wall_us / (1000000 / (uint64_t)args->at[1].integer);

	return expr_give_int(ret, (int64_t)(now + (uint64_t)args->at[0].integer));
}

static enum expr_got constant_get_date_us(struct expr_context *context,
					  const struct expr_args *args, struct expr_sample *ret)
{
	return expr_give_int(ret, (int64_t)(context->wall_us % 1000000));
}

/* The next of the random numbers of this evaluation. */
static uint64_t constant_random(struct expr_context *context)
{
	return hash_mix(context->random++);
}

static bool constant_check_rand(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	const struct expr_arg *range = &args->at[0];

	if (!range->given || (range->integer > 0 && range->integer <= (int64_t)1 << 32))
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_number, range->span, NULL,
		 "the range of 'rand' is 1 to 4294967296");
	return false;
}

static enum expr_got constant_get_rand(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	uint64_t bits = constant_random(context) >> 32;

	return expr_give_int(ret, (int64_t)(args->at[0].given
						    ? bits * (uint64_t)args->at[0].integer >> 32
						    : bits));
}

static bool constant_check_uuid(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	const struct expr_arg *version = &args->at[0];

	if (!version->given || version->integer == 4)
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, version->span, "write uuid(4)",
		 "UUIDs of version %" PRId64 " are not made", version->integer);
	return false;
}

/* RFC 9562, 5.4: 122 random bits. */
static enum expr_got constant_get_uuid(struct expr_context *context, const struct expr_args *args,
				       struct expr_sample *ret)
{
	enum { UUID_TEXT = 36 };
	uint64_t high = (constant_random(context) & ~UINT64_C(0xf000)) | 0x4000;
	uint64_t low = (constant_random(context) & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
	char *text = bump_alloc(context->memory, UUID_TEXT);

	if (text == NULL)
		return EXPR_NONE;
	for (unsigned at = 0, digit = 0; at < UUID_TEXT; at++) {
		uint64_t half = digit < 16 ? high : low;

		if (at == 8 || at == 13 || at == 18 || at == 23) {
			text[at] = '-';
			continue;
		}
		text[at] = "0123456789abcdef"[half >> (60 - digit % 16 * 4) & 15];
		digit++;
	}
	return expr_give_text(ret, (struct slice){ text, UUID_TEXT });
}

const struct expr_fetch expr_fetches_constant[] = {
	{
		.doc = {.name = "always_false",
			.since = "0.1",
			.summary = "A boolean that is always false.",
			.example = "acl never always_false"},
		.type = EXPR_BOOL,
		.get = constant_get_false,
	},
	{
		.doc = {.name = "always_true",
			.since = "0.1",
			.summary = "A boolean that is always true.",
			.example = "acl anyone always_true"},
		.type = EXPR_BOOL,
		.get = constant_get_true,
	},
	{
		.doc = {.name = "bin",
			.since = "0.2",
			.summary = "The bytes written in hexadecimal digits.",
			.example = "http-request set-var(txn.magic) bin(cafe)"},
		.type = EXPR_BINARY,
		.args = {{EXPR_ARG_STRING, false, "hex"}},
		.check = constant_check_bin,
		.get = constant_get_bin,
	},
	{
		.doc = {.name = "bool",
			.since = "0.2",
			.summary = "A boolean: true, false, 1 or 0.",
			.example = "http-request set-var(txn.seen) bool(true)"},
		.type = EXPR_BOOL,
		.args = {{EXPR_ARG_STRING, false, "bool"}},
		.check = constant_check_bool,
		.get = constant_get_bool,
	},
	{
		.doc = {.name = "date",
			.since = "0.2",
			.summary = "The time since 1970 in seconds, or in ms or us, plus an offset "
				   "in that unit.",
			.example = "http-request set-header X-Until %[date(3600)]"},
		.type = EXPR_INT,
		.args = {{EXPR_ARG_INT, true, "offset"}, {EXPR_ARG_STRING, true, "unit"}},
		.check = constant_check_date,
		.get = constant_get_date,
	},
	{
		.doc = {.name = "date_us",
			.since = "0.2",
			.summary = "The microseconds within the second that 'date' gives.",
			.example = "http-request set-header X-Time %[date].%[date_us]"},
		.type = EXPR_INT,
		.get = constant_get_date_us,
	},
	{
		.doc = {.name = "env",
			.since = "0.2",
			.summary = "An environment variable, as it is when the file is read.",
			.example = "http-request set-header X-Zone %[env(ZONE)]"},
		.type = EXPR_STRING,
		.args = {{EXPR_ARG_STRING, false, "name"}},
		.check = constant_check_env,
		.get = constant_get_own,
	},
	{
		.doc = {.name = "hostname",
			.since = "0.2",
			.summary = "The name of this machine, as it is when the file is read.",
			.example = "http-response set-header X-Via %[hostname]"},
		.type = EXPR_STRING,
		.check = constant_check_hostname,
		.get = constant_get_own,
	},
	{
		.doc = {.name = "int",
			.since = "0.2",
			.summary = "A number.",
			.example = "http-request set-var(txn.tries) int(3)"},
		.type = EXPR_INT,
		.args = {{EXPR_ARG_INT, false, "integer"}},
		.get = constant_get_int,
	},
	{
		.doc = {.name = "ipv4",
			.since = "0.2",
			.summary = "An IPv4 address.",
			.example = "http-request set-var(txn.who) ipv4(192.0.2.1)"},
		.type = EXPR_ADDRESS,
		.args = {{EXPR_ARG_ADDRESS, false, "ipv4"}},
		.check = constant_check_ipv4,
		.get = constant_get_address,
	},
	{
		.doc = {.name = "ipv6",
			.since = "0.2",
			.summary = "An IPv6 address.",
			.example = "http-request set-var(txn.who) ipv6(2001:db8::1)"},
		.type = EXPR_ADDRESS,
		.args = {{EXPR_ARG_ADDRESS, false, "ipv6"}},
		.check = constant_check_ipv6,
		.get = constant_get_address,
	},
	{
		.doc = {.name = "meth",
			.since = "0.2",
			.summary = "A method of HTTP.",
			.example = "http-request set-var(txn.how) meth(GET)"},
		.type = EXPR_METHOD,
		.args = {{EXPR_ARG_STRING, false, "method"}},
		.get = constant_get_method,
	},
	{
		.doc = {.name = "nbproc",
			.since = "0.2",
			.summary = "How many proxy processes there are: always 1.",
			.example = "acl single nbproc eq 1"},
		.type = EXPR_INT,
		.get = constant_get_one,
	},
	{
		.doc = {.name = "proc",
			.since = "0.2",
			.summary = "The number of the proxy process: always 1.",
			.example = "http-response set-header X-Process %[proc]"},
		.type = EXPR_INT,
		.get = constant_get_one,
	},
	{
		.doc = {.name = "rand",
			.since = "0.2",
			.summary = "A random number from 0 to below the range, or below 2^32; not "
				   "for secrets.",
			.example = "acl one_in_ten rand(10) eq 0"},
		.type = EXPR_INT,
		.args = {{EXPR_ARG_INT, true, "range"}},
		.check = constant_check_rand,
		.get = constant_get_rand,
	},
	{
		.doc = {.name = "str",
			.since = "0.2",
			.summary = "A text.",
			.example = "http-request set-var(txn.name) str(web)"},
		.type = EXPR_STRING,
		.args = {{EXPR_ARG_STRING, false, "string"}},
		.get = constant_get_str,
	},
	{
		.doc = {.name = "uuid",
			.since = "0.2",
			.summary = "A new random UUID (version 4).",
			.example = "http-request set-header X-Request-ID %[uuid]"},
		.type = EXPR_STRING,
		.args = {{EXPR_ARG_INT, true, "version"}},
		.check = constant_check_uuid,
		.get = constant_get_uuid,
	},
	{.doc = {.name = NULL}},
};
