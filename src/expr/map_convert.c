/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/map_convert.c - the converters map, map_beg, map_ip_int, ... (manual
 * 7.3.1): a row for each matching method and type of value.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "expr/fetch.h"
#include "expr/map_private.h"

/* A converter as compiled. */
struct map_lookup {
	const struct expr_map_form *form;
	enum expr_type out;
	bool expand;			/* map_regm */
	bool key;			/* map_str_key: what matches, and not what stands beside it */
	bool has_default;
	struct expr_sample otherwise;	/* the default */
};

/* "map_beg_int" to "beg" and the type of "int". */
static void map_read_name(const char *name, char ret_method[8], enum expr_type *ret_out)
{
	const char *method = strncmp(name, "map_", 4) == 0 ? name + 4 : "str";
	size_t len = strcspn(method, "_");

	ASSERT(len < 8);
	memcpy(ret_method, method, len);
	ret_method[len] = '\0';
	*ret_out = strcmp(method + len, "_int") == 0  ? EXPR_INT
		   : strcmp(method + len, "_ip") == 0 ? EXPR_ADDRESS
						      : EXPR_STRING;
}

static bool map_value_valid(struct conf_parse *parse, struct slice value, enum expr_type out)
{
	char *text = arena_strndup(parse->arena, value.at, value.len);
	uint8_t ip[16];
	char *end;

	if (out == EXPR_ADDRESS)
		return inet_pton(strchr(text, ':') != NULL ? AF_INET6 : AF_INET, text, ip) == 1;
	strtoll(text, &end, 10);
	return end != text && *end == '\0' && strchr(" \t", *text) == NULL;
}

/* Every value must be what the converter gives. */
static bool map_check_values(struct conf_parse *parse, const struct expr_map_form *form,
			     enum expr_type out)
{
	const struct expr_pattern *pattern = expr_patterns_first(form->patterns);
	bool good = true;

	for (; out != EXPR_STRING && pattern != NULL; pattern = pattern->next) {
		struct diag_span span = { .source = form->source, .line = pattern->line };

		if (map_value_valid(parse, pattern->value, out))
			continue;
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, span, NULL,
			 "value '%s' is no %s", pattern->value.at, expr_type_name(out));
		good = false;
	}
	return good;
}

static void map_read_default(struct map_lookup *lookup, const struct expr_arg *arg)
{
	lookup->has_default = arg->given;
	lookup->otherwise.type = lookup->out;
	if (lookup->out == EXPR_INT)
		lookup->otherwise.value.integer = arg->integer;
	else if (lookup->out == EXPR_ADDRESS)
		lookup->otherwise.value.address = arg->address;
	else
		lookup->otherwise.value.text = arg->text;
}

static bool map_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	struct map_lookup *lookup = arena_zalloc(parse->arena, sizeof(*lookup));
	struct expr_pattern_flags flags = { .no_names = true };
	char method[8];

	map_read_name(args->name, method, &lookup->out);
	lookup->key = strstr(args->name, "_key") != NULL;
	lookup->expand = strcmp(method, "regm") == 0;
	if (lookup->expand)
		method[3] = '\0';
	lookup->form = expr_map_load(parse, args->at[0].text.at, args->at[0].span,
				     expr_method_find(method), true, &flags);
	if (lookup->form == NULL || !map_check_values(parse, lookup->form, lookup->out))
		return false;
	map_read_default(lookup, &args->at[1]);
	args->own = lookup;
	return true;
}

static bool map_run(struct expr_context *context, const struct expr_args *args,
		    struct expr_sample *sample)
{
	const struct map_lookup *lookup = args->own;
	struct slice value;

	if (lookup->key ? expr_map_key(lookup->form, sample, context, &value)
			: expr_map_value(lookup->form, sample, context, lookup->expand, &value)) {
		sample->type = EXPR_STRING;
		sample->value.text = value;
		return expr_cast(sample, lookup->out, context->memory);
	}
	if (!lookup->has_default)
		return false;
	sample->type = lookup->out;
	sample->value = lookup->otherwise.value;
	return true;
}

#define MAP(word, takes, gives, fallback, what)                                                    \
	{                                                                                          \
		.doc = {.name = word, .since = "0.2",                                              \
			.summary = what,                                                           \
			.example = "http-request set-header X-Map %[src," word "(sites.map)]"},    \
		.in = takes, .out = gives,                                                         \
		.args = {{EXPR_ARG_STRING, false, "file"}, {fallback, true, "default"}},           \
		.check = map_check, .run = map_run,                                                \
	}
#define MAPS(word, takes, what)                                                                    \
	MAP(word, takes, EXPR_STRING, EXPR_ARG_STRING, "The value in a file beside " what "."),    \
	MAP(word "_int", takes, EXPR_INT, EXPR_ARG_INT,                                            \
	    "The number in a file beside " what "."),                                              \
	MAP(word "_ip", takes, EXPR_ADDRESS, EXPR_ARG_ADDRESS,                                     \
	    "The address in a file beside " what "."),                                             \
	{                                                                                          \
		.doc = { .name = word "_key", .since = "0.3",                                      \
			 .summary = "What matches in a file: " what ".",                           \
			 .example = "http-request set-header X-Key %[src," word                    \
				    "_key(sites.map)]" },                                          \
		.in = takes, .out = EXPR_STRING,                                                   \
		.args = { { EXPR_ARG_STRING, false, "file" }, { EXPR_ARG_STRING, true, "default" } }, \
		.check = map_check, .run = map_run,                                                \
	}

const struct expr_converter expr_converters_map[] = {
	MAP("map", EXPR_STRING, EXPR_STRING, EXPR_ARG_STRING,
	    "The value in a file beside the key that is the text."),
	MAPS("map_str", EXPR_STRING, "the key that is the text"),
	MAPS("map_beg", EXPR_STRING, "the longest key with which the text begins"),
	MAPS("map_sub", EXPR_STRING, "the first key that the text holds"),
	MAPS("map_dir", EXPR_STRING, "the first key that stands between slashes of the text"),
	MAPS("map_dom", EXPR_STRING, "the first key that stands between dots of the text"),
	MAPS("map_end", EXPR_STRING, "the first key with which the text ends"),
	MAPS("map_reg", EXPR_STRING, "the first regular expression that matches the text"),
	MAP("map_regm", EXPR_STRING, EXPR_STRING, EXPR_ARG_STRING,
	    "The value in a file beside the first regular expression that matches, with its groups "
	    "put in for \\1 to \\9."),
	MAPS("map_int", EXPR_INT, "the first number or range that has the number"),
	MAPS("map_ip", EXPR_ADDRESS, "the smallest network that the address is in"),
	{.doc = {.name = NULL}},
};
