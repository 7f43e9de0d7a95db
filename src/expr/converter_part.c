/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/converter_part.c - converters that give a part of their input, or one
 * choice of a list. Nothing is copied.
 *
 * Fields stand between single delimiters and may be empty; words stand
 * between runs of them and may not. Both are counted from the beginning (1)
 * or from the end (-1); `count` of them are taken with what is in between, 0
 * or less means all that are left.
 */
#include "expr/converter.h"
#include "http/uri.h"

static bool part_check_index(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	if (args->at[0].integer != 0)
		return true;
	return converter_error(parse, args, 0, span, "1 is the first, -1 the last",
			       "there is no part 0");
}

static bool part_argument(struct expr_context *context, const struct expr_arg *arg, int64_t *ret)
{
	struct expr_sample sample;

	if (!arg->is_var) {
		*ret = arg->integer;
		return true;
	}
	if (!converter_variable(context, arg->var, EXPR_INT, &sample))
		return false;
	*ret = sample.value.integer;
	return true;
}

static bool part_bytes(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct slice *bytes = &sample->value.text;
	int64_t offset, length = -1;

	if (!part_argument(context, &args->at[0], &offset) ||
	    (args->at[1].given && !part_argument(context, &args->at[1], &length)))
		return false;
	if (offset < 0 || (uint64_t)offset > bytes->len) {
		bytes->len = 0;
		return true;
	}
	*bytes = slice_skip(*bytes, (size_t)offset);
	if (length >= 0 && (uint64_t)length < bytes->len)
		bytes->len = (size_t)length;
	return true;
}

/* How many to take. */
static uint64_t part_count(const struct expr_arg *arg)
{
	if (!arg->given)
		return 1;
	return arg->integer > 0 ? (uint64_t)arg->integer : UINT64_MAX;
}

/* The place of the `count`th delimiter at or after `from`; false: there are fewer. */
static bool delimiter_after(struct slice text, struct slice delimiters, size_t from,
			    uint64_t count, size_t *ret)
{
	for (size_t at = from; at < text.len; at++) {
		if (converter_is_one_of(text.at[at], delimiters) && --count == 0) {
			*ret = at;
			return true;
		}
	}
	return false;
}

/* The same before `end`, backwards. */
static bool delimiter_before(struct slice text, struct slice delimiters, size_t end,
			     uint64_t count, size_t *ret)
{
	for (size_t at = end; at-- > 0;) {
		if (converter_is_one_of(text.at[at], delimiters) && --count == 0) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static bool part_field(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	struct slice text = sample->value.text, delimiters = args->at[1].text;
	uint64_t count = part_count(&args->at[2]);
	int64_t index = args->at[0].integer;
	size_t start = 0, end = text.len, at;

	if (index > 0) {
		if (index > 1) {
			if (!delimiter_after(text, delimiters, 0, (uint64_t)index - 1, &at))
				return false;
			start = at + 1;
		}
		if (delimiter_after(text, delimiters, start, count, &at))
			end = at;
	} else {
		if (index < -1 &&
		    !delimiter_before(text, delimiters, end, (uint64_t)-(index + 1), &end))
			return false;
		if (delimiter_before(text, delimiters, end, count, &at))
			start = at + 1;
	}
	sample->value.text = (struct slice){ text.at + start, end - start };
	return true;
}

/* From `at`, over bytes that are delimiters (or that are none). */
static size_t word_skip(struct slice text, struct slice delimiters, size_t at, bool over)
{
	while (at < text.len && converter_is_one_of(text.at[at], delimiters) == over)
		at++;
	return at;
}

static size_t word_skip_back(struct slice text, struct slice delimiters, size_t at, bool over)
{
	while (at > 0 && converter_is_one_of(text.at[at - 1], delimiters) == over)
		at--;
	return at;
}

static struct slice words_from_start(struct slice text, struct slice delimiters, uint64_t index,
				     uint64_t count)
{
	size_t start = word_skip(text, delimiters, 0, true), end;

	while (--index > 0 && start < text.len)
		start = word_skip(text, delimiters, word_skip(text, delimiters, start, false), true);
	end = word_skip(text, delimiters, start, false);
	while (--count > 0 && end < text.len) {
		size_t next = word_skip(text, delimiters, end, true);

		end = next == text.len ? next : word_skip(text, delimiters, next, false);
	}
	return (struct slice){ text.at + start, end - start };
}

static struct slice words_from_end(struct slice text, struct slice delimiters, uint64_t index,
				   uint64_t count)
{
	size_t end = word_skip_back(text, delimiters, text.len, true), start;

	while (--index > 0 && end > 0)
		end = word_skip_back(text, delimiters,
				     word_skip_back(text, delimiters, end, false), true);
	start = word_skip_back(text, delimiters, end, false);
	while (--count > 0 && start > 0) {
		size_t next = word_skip_back(text, delimiters, start, true);

		start = next == 0 ? next : word_skip_back(text, delimiters, next, false);
	}
	return (struct slice){ text.at + start, end - start };
}

static bool part_word(struct expr_context *context, const struct expr_args *args,
		      struct expr_sample *sample)
{
	int64_t index = args->at[0].integer;
	uint64_t count = part_count(&args->at[2]);

	if (index > 0)
		sample->value.text = words_from_start(sample->value.text, args->at[1].text,
						      (uint64_t)index, count);
	else
		sample->value.text = words_from_end(sample->value.text, args->at[1].text,
						    -(uint64_t)index, count);
	return true;
}

static bool part_param(struct expr_context *context, const struct expr_args *args,
		       struct expr_sample *sample)
{
	char separator = args->at[1].text.len != 0 ? *args->at[1].text.at : '&';

	return http_param_find(sample->value.text, separator, args->at[0].text, false,
			       &sample->value.text);
}

static bool part_check_param(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	if (args->at[1].text.len <= 1)
		return true;
	return converter_error(parse, args, 1, span, NULL, "the separator must be one character");
}

/* Takes the piece before `separator` (or all) off the text, without the blanks around it. */
static struct slice language_piece(struct slice *text, char separator)
{
	const char *end = text->len != 0 ? memchr(text->at, separator, text->len) : NULL;
	struct slice piece = *text;

	if (end != NULL)
		piece.len = (size_t)(end - text->at);
	*text = slice_skip(*text, piece.len + 1);
	while (piece.len != 0 && (*piece.at == ' ' || *piece.at == '\t'))
		piece = slice_skip(piece, 1);
	while (piece.len != 0 &&
	       (piece.at[piece.len - 1] == ' ' || piece.at[piece.len - 1] == '\t'))
		piece.len--;
	return piece;
}

/* RFC 9110, 12.4.2, in thousandths; what cannot be read counts as 1. */
static unsigned language_quality(struct slice parameters)
{
	unsigned quality = 0, unit = 1000;

	while (parameters.len != 0) {
		struct slice piece = language_piece(&parameters, ';');

		if (piece.len < 3 || (piece.at[0] | 0x20) != 'q' || piece.at[1] != '=')
			continue;
		for (size_t i = 2; i < piece.len; i++) {
			if (piece.at[i] == '.' && i == 3)
				continue;
			if (piece.at[i] < '0' || piece.at[i] > '9')
				return 1000;
			quality += (unsigned)(piece.at[i] - '0') * unit;
			unit /= 10;
		}
		return quality > 1000 ? 1000 : quality;
	}
	return 1000;
}

/* The element of "en;fr;pt-BR" that is `name`. */
static bool language_find(struct slice list, struct slice name, struct slice *ret)
{
	while (list.len != 0) {
		*ret = language_piece(&list, ';');
		if (slice_equal(*ret, name))
			return true;
	}
	return false;
}

static bool language_known(struct slice list, struct slice name, struct slice *ret)
{
	const char *dash = name.len != 0 ? memchr(name.at, '-', name.len) : NULL;

	if (name.len == 0)
		return false;
	if (language_find(list, name, ret))
		return true;
	return dash != NULL &&
	       language_find(list, (struct slice){ name.at, (size_t)(dash - name.at) }, ret);
}

static bool part_language(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	struct slice wanted = sample->value.text, best = args->at[1].text, found;
	bool any = args->at[1].given;
	unsigned best_quality = 0;

	while (wanted.len != 0) {
		struct slice element = language_piece(&wanted, ',');
		struct slice name = language_piece(&element, ';');
		unsigned quality = language_quality(element);

		if (quality <= best_quality || !language_known(args->at[0].text, name, &found))
			continue;
		best_quality = quality;
		best = found;
		any = true;
	}
	sample->value.text = best;
	return any;
}

#define PART_COUNTED                                                                                \
	{ { EXPR_ARG_INT, false, "index" }, { EXPR_ARG_STRING, false, "delimiters" },              \
	  { EXPR_ARG_INT, true, "count" } }

const struct expr_converter expr_converters_part[] = {
	{
		.doc = { .name = "bytes", .since = "0.2",
			 .summary = "The bytes from an offset on, all or so many.",
			 .example = "tcp-request content set-var(sess.head) "
				    "req.payload(0,16),bytes(4,2)" },
		.in = EXPR_BINARY, .out = EXPR_BINARY,
		.args = { { EXPR_ARG_VAR_OR_INT, false, "offset" },
			  { EXPR_ARG_VAR_OR_INT, true, "length" } },
		.run = part_bytes,
	},
	{
		.doc = { .name = "field", .since = "0.2",
			 .summary = "The fields of a text from the index on, as many as `count` "
				    "says (1); delimiters next to each other have an empty field "
				    "in between.",
			 .example = "http-request set-var(txn.host) req.hdr(host),field(1,:)" },
		.in = EXPR_STRING, .out = EXPR_STRING, .args = PART_COUNTED,
		.check = part_check_index, .run = part_field,
	},
	{
		.doc = { .name = "language", .since = "0.2",
			 .summary = "The element of a list that an Accept-Language header likes "
				    "best, or the second argument.",
			 .example = "acl french req.fhdr(accept-language),language(es;fr;en) -m "
				    "str fr" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "languages" },
			  { EXPR_ARG_STRING, true, "default" } },
		.run = part_language,
	},
	{
		.doc = { .name = "param", .since = "0.2",
			 .summary = "The value of a parameter in a text such as a=1&b=2.",
			 .example = "http-request set-var(txn.id) req.body,param(id)" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, false, "name" }, { EXPR_ARG_STRING, true, "separator" } },
		.check = part_check_param, .run = part_param,
	},
	{
		.doc = { .name = "word", .since = "0.2",
			 .summary = "The words of a text from the index on, as many as `count` "
				    "says (1); delimiters next to each other count as one.",
			 .example = "http-request set-var(txn.service) path,word(1,/)" },
		.in = EXPR_STRING, .out = EXPR_STRING, .args = PART_COUNTED,
		.check = part_check_index, .run = part_word,
	},
	{ .doc = { .name = NULL } },
};
