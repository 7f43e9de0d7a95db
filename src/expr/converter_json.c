/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_json.c - text escaped for JSON, values out of JSON and out of JSON web tokens. */
#include "base/arena.h"
#include "base/base64.h"
#include "base/digest.h"
#include "base/utf8.h"
#include "expr/converter.h"
#include "expr/json_path.h"
#include "expr/jwt.h"

enum {
	JSON_ESCAPE_MAX = 6,	/* bytes that one byte may become: \u00e9 */
	JSON_BASIC_PLANE = 0xffff, /* the most that \u can say */
};

/* How the input of json() is read. */
struct json_input {
	const char *name;
	bool utf8;
	bool overlong;	/* forgives forms longer than needed */
	bool skip;	/* leaves out what is wrong, instead of giving nothing */
};

static const struct json_input json_inputs[] = {
	{ "ascii", false, false, false }, { "utf8", true, false, false },
	{ "utf8s", true, false, true },	  { "utf8p", true, true, false },
	{ "utf8ps", true, true, true },	  { NULL, false, false, false },
};

static bool json_check(struct conf_parse *parse, struct expr_args *args, struct diag_span span)
{
	const struct json_input *input = json_inputs;

	while (args->at[0].given && input->name != NULL && !slice_is(args->at[0].text, input->name))
		input++;
	args->own = (void *)(uintptr_t)input;
	return input->name != NULL ||
	       converter_error(parse, args, 0, span, NULL,
			       "the input is one of ascii, utf8, utf8s, utf8p and utf8ps");
}

/* RFC 8259, 7; '/' too, so that "</script>" cannot end a script the text is put into. */
static void json_escape(struct out *out, uint32_t letter)
{
	static const char digits[] = "0123456789abcdef";
	static const char special[] = "\"\\/\b\f\n\r\t", escaped[] = "\"\\/bfnrt";
	const char *found = letter != 0 && letter < 0x80 ? strchr(special, (int)letter) : NULL;

	if (found != NULL) {
		out_char(out, '\\');
		out_char(out, escaped[found - special]);
	} else if (letter >= 0x20 && letter < 0x7f) {
		out_char(out, (char)letter);
	} else {
		out_text(out, "\\u");
		for (int shift = 12; shift >= 0; shift -= 4)
			out_char(out, digits[letter >> shift & 15]);
	}
}

static bool json_run(struct expr_context *context, const struct expr_args *args,
		     struct expr_sample *sample)
{
	const struct json_input *input = args->own;
	struct slice text = sample->value.text;
	struct out out;

	if (!converter_room(context, JSON_ESCAPE_MAX * text.len, &out))
		return false;
	while (text.len != 0) {
		uint32_t letter = (uint8_t)*text.at;
		enum utf8_result result = UTF8_GOOD;

		if (input->utf8)
			result = utf8_next(&text, &letter);
		else
			text = slice_skip(text, 1);
		if (result == UTF8_OVERLONG && input->overlong)
			result = UTF8_GOOD;
		if (result == UTF8_GOOD && letter <= JSON_BASIC_PLANE)
			json_escape(&out, letter);
		else if (!input->skip)
			return false;
	}
	return converter_take(context, &out, EXPR_STRING, sample);
}

/* A path, and the type its value is to have. */
struct json_query {
	const struct json_path *path;
	bool integer;
};

static bool json_check_query(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	struct json_query *query = arena_zalloc(parse->arena, sizeof(*query));
	size_t at;

	args->own = query;
	if (args->at[1].given && !slice_is(args->at[1].text, "int"))
		return converter_error(parse, args, 1, span, "write 'int'",
				       "the only type that can be asked for is int");
	query->integer = args->at[1].given;
	query->path = json_path_new(parse->arena, args->at[0].text.at, &at);
	if (query->path != NULL)
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_value, args->at[0].span,
		 "such as $.user.name or $.list[0]", "'%s' is no JSON path (at byte %zu)",
		 args->at[0].text.at, at);
	return false;
}

static bool json_run_query(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample)
{
	const struct json_query *query = args->own;

	return json_path_get(query->path, context, sample->value.text, query->integer, sample);
}

/* Without a path the whole part is meant. */
static bool json_check_token(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	return !args->at[0].given || json_check_query(parse, args, span);
}

static bool json_query_part(struct expr_context *context, const struct expr_args *args,
			    enum jwt_part part, struct expr_sample *sample)
{
	const struct json_query *query = args->own;
	struct slice encoded;
	struct out out;

	if (!jwt_part(sample->value.text, part, &encoded) ||
	    !converter_room(context, encoded.len, &out) || !base64_decode(encoded, true, &out) ||
	    !converter_take(context, &out, EXPR_STRING, sample))
		return false;
	return query == NULL ||
	       json_path_get(query->path, context, sample->value.text, query->integer, sample);
}

static bool json_jwt_header(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	return json_query_part(context, args, JWT_HEADER, sample);
}

static bool json_jwt_payload(struct expr_context *context, const struct expr_args *args,
			     struct expr_sample *sample)
{
	return json_query_part(context, args, JWT_PAYLOAD, sample);
}

static bool json_check_verify(struct conf_parse *parse, struct expr_args *args,
			      struct diag_span span)
{
	const struct jwt_algorithm *algorithm = NULL;

	digest_prepare();
	if (!args->at[0].is_var) {
		algorithm = jwt_algorithm_find(args->at[0].text);
		if (algorithm == NULL || algorithm->family == JWT_RSA_PSS)
			return converter_error(parse, args, 0, span, NULL,
					       "the algorithm is one of HS256, HS384, HS512, "
					       "RS256, RS384, RS512, ES256, ES384, ES512 and none");
	}
	if (args->at[1].is_var || (algorithm != NULL && !jwt_needs_key(algorithm)))
		return true;
	args->own = (void *)(uintptr_t)digest_key_read(parse->arena, args->at[1].text.at);
	if (args->own == NULL && algorithm != NULL)
		diag_add(parse->report, DIAG_WARNING, &diag_cannot_read, args->at[1].span, NULL,
			 "'%s' is no readable certificate or public key in PEM form: no token can "
			 "be verified",
			 args->at[1].text.at);
	return true;
}

static bool json_jwt_verify(struct expr_context *context, const struct expr_args *args,
			    struct expr_sample *sample)
{
	struct slice name, secret;

	if (!converter_text(context, &args->at[0], &name) ||
	    !converter_text(context, &args->at[1], &secret))
		return false;
	expr_give_int(sample, jwt_verify(context->memory, sample->value.text,
					 jwt_algorithm_find(name), secret, args->own));
	return true;
}

#define JSON_TOKEN(word, function, text)                                                           \
	{ .doc = { .name = word, .summary = text, .since = "0.2",                                  \
		   .example = "http-request set-var(txn.x) req.hdr(x-token)," word "($.x)" },      \
	  .in = EXPR_STRING, .out = EXPR_ANY, .check = json_check_token, .run = function,          \
	  .args = { { EXPR_ARG_STRING, true, "path" }, { EXPR_ARG_STRING, true, "type" } } }

const struct expr_converter expr_converters_json[] = {
	{
		.doc = { .name = "json", .since = "0.2",
			 .summary = "The text escaped for a JSON string; the argument says how it "
				    "is coded (ascii) and what happens with errors.",
			 .example = "http-request set-header x-agent "
				    "%[req.hdr(user-agent),json(utf8s)]" },
		.in = EXPR_STRING, .out = EXPR_STRING,
		.args = { { EXPR_ARG_STRING, true, "input" } }, .check = json_check, .run = json_run,
	},
	{
		.doc = { .name = "json_query", .since = "0.2",
			 .summary = "The value at a path of a JSON text; with int, numbers as "
				    "numbers.",
			 .example = "http-request set-var(txn.id) "
				    "req.body,json_query($.user.id,int)" },
		.in = EXPR_STRING, .out = EXPR_ANY,
		.args = { { EXPR_ARG_STRING, false, "path" }, { EXPR_ARG_STRING, true, "type" } },
		.check = json_check_query, .run = json_run_query,
	},
	JSON_TOKEN("jwt_header_query", json_jwt_header,
		   "The header of a JSON web token, or the value at a path of it."),
	JSON_TOKEN("jwt_payload_query", json_jwt_payload,
		   "The payload of a JSON web token, or the value at a path of it."),
	{
		.doc = { .name = "jwt_verify", .since = "0.2",
			 .summary = "1 when the signature of a JSON web token is right, 0 when it "
				    "is not, below 0 when it could not be found out. The key is "
				    "the secret of HS algorithms, and a PEM file read at start for "
				    "the others.",
			 .example = "acl signed req.hdr(x-token),jwt_verify(HS256,secret) eq 1" },
		.in = EXPR_STRING, .out = EXPR_INT,
		.args = { { EXPR_ARG_VAR_OR_STRING, false, "algorithm" },
			  { EXPR_ARG_VAR_OR_STRING, false, "key" } },
		.check = json_check_verify, .run = json_jwt_verify,
	},
	{ .doc = { .name = NULL } },
};
