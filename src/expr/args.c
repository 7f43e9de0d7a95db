/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/args.c - the arguments of fetches and converters: cut at commas,
 * unquoted a second time (configuration manual 2.2, the end), and typed.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/regex.h"
#include "conf/line.h"
#include "expr/private.h"

struct args_reading {
	struct conf_parse *parse;
	const struct conf_word *word;
	size_t at;		/* byte of the word that is read next */
	const struct expr_arg_spec *specs;
	unsigned max;		/* how many there are */
	const char *name;
	struct expr_args *args;
	bool closed;		/* the `)` was read */
};

struct conf_word expr_word_part(struct conf_parse *parse, const struct conf_word *word,
				size_t from, size_t len)
{
	return (struct conf_word){ .text = arena_strndup(parse->arena, word->text + from, len),
				   .span = conf_word_part(word, from, len) };
}

static bool args_error(struct args_reading *reading, const struct diag_kind *kind,
		       struct diag_span span, const char *text)
{
	diag_add(reading->parse->report, DIAG_ERROR, kind, span, NULL, "%s", text);
	return false;
}

/*
 * Reads one argument, up to its comma or parenthesis, which is read too. NULL
 * after a report, when neither comes.
 */
static const char *args_cut(struct args_reading *reading)
{
	const char *text = reading->word->text, *at = text + reading->at;
	char *copy = arena_zalloc(reading->parse->arena, strlen(at) + 1), *end = copy;
	char quote = '\0';

	for (; *at != '\0' && (quote != '\0' || (*at != ',' && *at != ')')); at++) {
		if (*at == quote) {
			quote = '\0';
		} else if (quote == '\0' && (*at == '"' || *at == '\'')) {
			quote = *at;
		} else if (*at == '\\' && quote != '\'' && conf_escaped(at[1]) != 0) {
			*end++ = conf_escaped(*++at);
		} else {
			*end++ = *at;
		}
	}
	if (*at == '\0') {
		args_error(reading, &diag_bad_expression,
			   conf_word_part(reading->word, reading->at, strlen(text + reading->at)),
			   quote == '\0' ? arena_printf(reading->parse->arena,
							"the arguments of '%s' have no ')'",
							reading->name)
					 : "a quote is not closed");
		return NULL;
	}
	reading->closed = *at == ')';
	reading->at = (size_t)(at - text) + 1;
	return copy;
}

static bool args_address(struct args_reading *reading, struct expr_arg *arg)
{
	bool six = strchr(arg->text.at, ':') != NULL;

	arg->address.family = six ? 6 : 4;
	if (inet_pton(six ? AF_INET6 : AF_INET, arg->text.at, arg->address.ip) == 1)
		return true;
	return args_error(reading, &diag_bad_address, arg->span,
			  arena_printf(reading->parse->arena, "'%s' is not an IP address",
				       arg->text.at));
}

/* How many bits a mask begins with; -1 when there are more after the first hole. */
static int64_t args_mask_bits(const uint8_t *mask, unsigned size)
{
	unsigned bits = 0;

	while (bits < 8 * size && (mask[bits / 8] & 0x80 >> bits % 8) != 0)
		bits++;
	for (unsigned i = bits; i < 8 * size; i++)
		if ((mask[i / 8] & 0x80 >> i % 8) != 0)
			return -1;
	return bits;
}

static bool args_mask(struct args_reading *reading, struct expr_arg *arg, bool six)
{
	unsigned size = six ? 16 : 4;
	uint8_t *mask = arg->address.ip;
	const char *text = arg->text.at;

	arg->address.family = six ? 6 : 4;
	if (text[strspn(text, "0123456789")] == '\0' && arg->text.len <= 3) {
		for (int i = atoi(text); i-- > 0 && i < (int)(8 * size);)
			mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
		if (atoi(text) <= (int)(8 * size)) {
			arg->integer = atoi(text);
			return true;
		}
	} else if (inet_pton(six ? AF_INET6 : AF_INET, text, mask) == 1) {
		arg->integer = args_mask_bits(mask, size);
		return true;
	}
	return args_error(reading, &diag_bad_address, arg->span,
			  arena_printf(reading->parse->arena, "'%s' is not an IPv%d mask", text,
				       six ? 6 : 4));
}

static bool args_regex(struct args_reading *reading, struct expr_arg *arg)
{
	char error[REGEX_ERROR];
	size_t at;

	arg->regex = regex_new(reading->parse->arena, arg->text.at, false, error, &at);
	if (arg->regex != NULL)
		return true;
	return args_error(reading, &diag_bad_value, arg->span,
			  arena_printf(reading->parse->arena,
				       "regular expression '%s': %s (at byte %zu)", arg->text.at,
				       error, at));
}

static bool args_var(struct args_reading *reading, struct expr_arg *arg)
{
	arg->is_var = true;
	arg->var = expr_var_read(reading->parse, arg->text, arg->span);
	return arg->var != NULL;
}

static bool args_var_or_int(struct args_reading *reading, struct expr_arg *arg,
			    const struct conf_word *word)
{
	char first = arg->text.at[0];

	if (isdigit((unsigned char)first) || first == '-' || first == '+')
		return conf_read_int(reading->parse, word, 0, 0, &arg->integer);
	if (strchr(arg->text.at, '.') != NULL)
		return args_var(reading, arg);
	return args_error(reading, &diag_bad_value, arg->span,
			  arena_printf(reading->parse->arena,
				       "'%s' is neither a number nor a variable such as 'txn.%s'",
				       arg->text.at, arg->text.at));
}

static bool args_type(struct args_reading *reading, enum expr_arg_kind kind, struct expr_arg *arg)
{
	struct conf_word word = { .text = arg->text.at, .span = arg->span };
	uint64_t bytes;
	uint32_t ms;

	switch (kind) {
	case EXPR_ARG_INT:
		return conf_read_int(reading->parse, &word, 0, 0, &arg->integer);
	case EXPR_ARG_DURATION:
		if (!conf_read_duration(reading->parse, &word, &ms))
			return false;
		arg->integer = ms;
		return true;
	case EXPR_ARG_SIZE:
		if (!conf_read_size(reading->parse, &word, &bytes))
			return false;
		arg->integer = (int64_t)bytes;
		return true;
	case EXPR_ARG_ADDRESS:
		return args_address(reading, arg);
	case EXPR_ARG_MASK4:
		return args_mask(reading, arg, false);
	case EXPR_ARG_MASK6:
		return args_mask(reading, arg, true);
	case EXPR_ARG_VAR:
		return args_var(reading, arg);
	case EXPR_ARG_VAR_OR_INT:
		return args_var_or_int(reading, arg, &word);
	case EXPR_ARG_VAR_OR_STRING:
		return !expr_var_is_name(arg->text) || args_var(reading, arg);
	case EXPR_ARG_REGEX:
		return args_regex(reading, arg);
	case EXPR_ARG_NONE:
	case EXPR_ARG_STRING:
	case EXPR_ARG_NAME:
		break;
	}
	return true;
}

static bool args_may_be_empty(enum expr_arg_kind kind)
{
	return kind == EXPR_ARG_STRING || kind == EXPR_ARG_VAR_OR_STRING || kind == EXPR_ARG_REGEX;
}

static bool args_missing(struct args_reading *reading, unsigned index, struct diag_span span)
{
	return args_error(reading, &diag_bad_expression, span,
			  arena_printf(reading->parse->arena, "'%s' needs <%s> as argument %u",
				       reading->name, reading->specs[index].name, index + 1));
}

static bool args_too_many(struct args_reading *reading, struct diag_span span)
{
	const char *text =
		reading->max == 0
			? arena_printf(reading->parse->arena, "'%s' takes no argument",
				       reading->name)
			: arena_printf(reading->parse->arena,
				       "'%s' takes no more than %u argument%s", reading->name, reading->max, reading->max == 1 ? "" : "s");

	return args_error(reading, &diag_bad_expression, span, text);
}

/* One argument and the comma or parenthesis behind it. */
static bool args_read_one(struct args_reading *reading)
{
	unsigned index = reading->args->count;
	size_t from = reading->at;
	const char *text = args_cut(reading);
	struct diag_span span;
	struct expr_arg *arg;

	if (text == NULL)
		return false;
	span = conf_word_part(reading->word, from,
			      reading->at - 1 > from ? reading->at - 1 - from : 1);
	if (index == reading->max)
		return args_too_many(reading, span);
	arg = &reading->args->at[index];
	reading->args->count++;
	arg->text = slice_of(text);
	arg->span = span;
	if (*text == '\0' && reading->specs[index].optional)
		return true;
	if (*text == '\0' && !args_may_be_empty(reading->specs[index].kind))
		return args_missing(reading, index, span);
	arg->given = true;
	return args_type(reading, reading->specs[index].kind, arg);
}

static unsigned args_count_specs(const struct expr_arg_spec *specs, unsigned max)
{
	unsigned count = 0;

	while (count < max && specs[count].kind != EXPR_ARG_NONE)
		count++;
	return count;
}

/* `()` is no argument, or an empty one where a string is needed. */
static bool args_read_all(struct args_reading *reading)
{
	const char *text = reading->word->text;

	if (text[reading->at] != '(')
		return true;
	reading->at++;
	if (text[reading->at] == ')' &&
	    (reading->max == 0 || reading->specs[0].optional ||
	     !args_may_be_empty(reading->specs[0].kind))) {
		reading->at++;
		return true;
	}
	while (!reading->closed)
		if (!args_read_one(reading))
			return false;
	return true;
}

struct expr_args *expr_args_read(struct conf_parse *parse, const struct conf_word *word,
				 size_t *at, const struct expr_arg_spec *specs, unsigned max,
				 const char *name, size_t from)
{
	struct args_reading reading = { .parse = parse, .word = word, .at = *at, .specs = specs,
					.max = args_count_specs(specs, max), .name = name };

	reading.args = arena_zalloc(parse->arena, offsetof(struct expr_args, at) +
							  reading.max * sizeof(struct expr_arg));
	reading.args->name = name;
	if (!args_read_all(&reading))
		return NULL;
	for (unsigned i = reading.args->count; i < reading.max; i++) {
		if (!specs[i].optional) {
			args_missing(&reading, i,
				     conf_word_part(word, from, reading.at - from));
			return NULL;
		}
	}
	*at = reading.at;
	return reading.args;
}
