/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/fetch.h - the rows of sample fetches and converters (configuration
 * manual 7.3): where a value comes from, and what is made of it.
 *
 * Rows stand beside their code, in tables that end in .doc.name NULL; a
 * struct expr_language joins the tables (those of this room, and the
 * proxy's), and reaches the compiler through conf_grammar.language.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/doc.h"
#include "conf/keyword.h"
#include "expr/context.h"
#include "expr/sample.h"
#include "expr/vars.h"

enum { EXPR_ARGS_MAX = 12 };

/*
 * What is written in parentheses, typed. An empty argument counts as not given
 * when it is optional, as an empty text when it is a STRING, and is an error
 * else.
 */
enum expr_arg_kind {
	EXPR_ARG_NONE,		/* ends the list */
	EXPR_ARG_STRING,
	EXPR_ARG_INT,
	EXPR_ARG_DURATION,	/* milliseconds: 10, 10s */
	EXPR_ARG_SIZE,
	EXPR_ARG_ADDRESS,	/* IPv4 or IPv6 */
	EXPR_ARG_MASK4,		/* 24 or 255.255.255.0 */
	EXPR_ARG_MASK6,
	EXPR_ARG_VAR,		/* txn.name */
	EXPR_ARG_VAR_OR_INT,	/* add(1), add(txn.n) */
	EXPR_ARG_VAR_OR_STRING,	/* a "scope.name" is a variable, else text */
	EXPR_ARG_REGEX,
	EXPR_ARG_NAME,		/* of a section, server, userlist: `check` resolves it */
};

struct expr_arg_spec {
	enum expr_arg_kind kind;
	bool optional;
	const char *name;	/* for the manual and messages: "name", "occurrence" */
};

struct expr_arg { /* as compiled; absent optional ones have .given false */
	bool given, is_var;
	int64_t integer;	/* INT, DURATION, SIZE, MASK (bits; -1: a mask with holes) */
	struct slice text;	/* as written, NUL-ended; always there when given */
	struct expr_address address; /* ADDRESS; MASK: the mask itself */
	const struct expr_var *var;
	const struct regex *regex;
	const void *pointer;	/* for the row's check */
	struct diag_span span;
};

struct expr_args {
	unsigned count;		/* given */
	const char *name;	/* of the fetch or converter, as written */
	void *own;		/* what the row's check has prepared, e.g. a map; in the arena */
	struct expr_arg at[EXPR_ARGS_MAX]; /* only as many as the row has are there */
};

enum expr_got {
	EXPR_NONE,		/* no such value here */
	EXPR_GOT,
	EXPR_LATER,		/* not yet: more bytes may bring it */
};

/* One row of a table of fetches. */
struct expr_fetch {
	struct doc doc;		/* .name without arguments */
	enum expr_type type;	/* what it gives; EXPR_ANY: known only when it runs */
	unsigned need;		/* enum expr_have bits, all of which it needs */
	struct expr_arg_spec args[12];
	/*
	 * Another name of a fetch; with `method` and without a `get` of its own one
	 * that only ACLs take: hdr_beg is req.hdr -m beg. method alone: how ACLs
	 * compare the value unless they say; "version": as numbers such as 3.1.
	 */
	const char *stands_for, *method;
	bool keeps;		/* as of a converter: acl(), whose ACLs may */
	/* Checks arguments when the file is read; reports and returns false. May be NULL. */
	bool (*check)(struct conf_parse *parse, struct expr_args *args, struct diag_span span);
	/*
	 * *ret is zeroed but for its cursor, which goes on from the last value
	 * of the same evaluation. Sets .type and .value when it returns EXPR_GOT.
	 */
	enum expr_got (*get)(struct expr_context *context, const struct expr_args *args,
			     struct expr_sample *ret);
	/* In ACLs, where they ask for something else under the same name; NULL: get. */
	enum expr_got (*get_in_acl)(struct expr_context *context, const struct expr_args *args,
				    struct expr_sample *ret);
};

/* One row of a table of converters. */
struct expr_converter {
	struct doc doc;
	enum expr_type in, out;	/* the sample is cast to `in` before; out SAME or ANY allowed */
	struct expr_arg_spec args[12];
	bool (*check)(struct conf_parse *parse, struct expr_args *args, struct diag_span span);
	/* In place. False: no value. */
	bool (*run)(struct expr_context *context, const struct expr_args *args,
		    struct expr_sample *sample);
	bool keeps;		/* stores what outlives the expression (set-var): context->memory
				 * must then not be given back after it */
};

struct format_alias; /* expr/format.h */

/* All that may be written in an expression. */
struct expr_language {
	const struct expr_fetch *const *fetches;	/* tables; ends in NULL */
	const struct expr_converter *const *converters;
	const struct format_alias *const *aliases;
};

enum expr_list { EXPR_LIST_ACLS, EXPR_LIST_FETCHES, EXPR_LIST_CONVERTERS };

/* -dK: names, arguments and types, a line each, as HAProxy writes them. */
void expr_language_list(const struct expr_language *language, enum expr_list what, FILE *out);

/* The rows of this room. */
extern const struct expr_fetch expr_fetches_address[];	/* layer 4: src, dst, ... */
/* always_true, bool, int, str, env, date, rand, ... */
extern const struct expr_fetch expr_fetches_constant[];
/* layer 6: req.len, req.payload, wait_end, ... */
extern const struct expr_fetch expr_fetches_payload[];
extern const struct expr_fetch expr_fetches_tls[];	/* layer 6: req.ssl_sni, ... */
extern const struct expr_fetch expr_fetches_rdp[];	/* layer 6: req.rdp_cookie, ... */
/* layer 7: method, path, url, base, status, ... */
extern const struct expr_fetch expr_fetches_http[];
extern const struct expr_fetch expr_fetches_header[];	/* req.hdr, res.hdr, ... */
extern const struct expr_fetch expr_fetches_header_list[]; /* req.hdrs, req.hdr_names, ... */
extern const struct expr_fetch expr_fetches_cookie[];	/* req.cook, res.cook, ... */
extern const struct expr_fetch expr_fetches_param[];	/* url_param, req.body, ... */
extern const struct expr_fetch expr_fetches_http_old[];	/* hdr, hdr_beg, path_beg, url_sub, ... */
extern const struct expr_fetch expr_fetches_var[];	/* var() */
extern const struct expr_fetch expr_fetches_acl[];	/* acl() */
/* lower, concat, ltrim, strcmp, iif, ... */
extern const struct expr_converter expr_converters_text[];
/* bytes, field, word, language, param */
extern const struct expr_converter expr_converters_part[];
extern const struct expr_converter expr_converters_regex[];	/* regsub */
extern const struct expr_converter expr_converters_host[];	/* host_only, port_only, ... */
extern const struct expr_converter expr_converters_forwarded[]; /* rfc7239_... */
extern const struct expr_converter expr_converters_var[];	/* set-var, unset-var */
extern const struct expr_converter expr_converters_number[];
extern const struct expr_converter expr_converters_address[];
/* base64, hex, be2dec, url_enc, ... */
extern const struct expr_converter expr_converters_code[];
extern const struct expr_converter expr_converters_hash[];	/* crc32, djb2, sdbm, xxh3, ... */
extern const struct expr_converter expr_converters_time[];
extern const struct expr_converter expr_converters_map[];
extern const struct expr_converter expr_converters_protobuf[]; /* protobuf, ungrpc */
extern const struct expr_converter expr_converters_fix[];	/* fix_is_valid, fix_tag_value */
/* mqtt_is_valid, mqtt_field_value */
extern const struct expr_converter expr_converters_mqtt[];
extern const struct expr_converter expr_converters_json[];	/* json, json_query, jwt_... */
extern const struct expr_converter expr_converters_crypto[];	/* sha2, digest, hmac, ... */

const struct expr_fetch *expr_fetch_find(const struct expr_language *language, struct slice name);
const struct expr_converter *expr_converter_find(const struct expr_language *language,
						 struct slice name);

/* The reference of all of it, of matching methods and of predefined ACLs, as Markdown. */
void expr_language_print(const struct expr_language *language, FILE *out);
