/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_balance.c - how a server is chosen (configuration manual,
 * chapter 4.2 "balance", "hash-type", "hash-balance-factor").
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static const struct conf_choice keywords_hash_types[] = {
	{ "map-based", LB_HASH_MAP_BASED, "An array of all usable servers." },
	{ "consistent", LB_HASH_CONSISTENT, "A ring: a change moves few clients." },
	{ NULL, 0, NULL },
};

static const struct conf_choice keywords_hash_functions[] = {
	{ "sdbm", LB_HASH_SDBM, "The default." },
	{ "djb2", LB_HASH_DJB2, "Good for text." },
	{ "wt6", LB_HASH_WT6, "Good for numbers." },
	{ "crc32", LB_HASH_CRC32, "That of Ethernet." },
	{ "none", LB_HASH_NONE, "The key as it is." },
	{ NULL, 0, NULL },
};

/* Algorithms that look at HTTP: in mode tcp HAProxy takes roundrobin instead. */
static bool balance_needs_http(const struct lb_algo *algo)
{
	return algo->key == LB_KEY_URI || algo->key == LB_KEY_URL_PARAM ||
	       algo->key == LB_KEY_HEADER;
}

static void balance_report_unknown(struct conf_parse *parse, const struct conf_word *word)
{
	const char *names[32];
	unsigned count = 0;

	for (const struct lb_algo *const *algo = lb_algos; *algo != NULL; algo++)
		names[count++] = (*algo)->doc.name;
	ASSERT(count < ARRAY_LEN(names));
	names[count] = NULL;
	conf_error_unknown(parse, word, "balance algorithm", names);
}

static bool balance_read_uri(struct conf_parse *parse, struct lb_key_conf *key,
			     const struct conf_line *line, unsigned at)
{
	for (; at < line->count; at++) {
		const char *word = line->words[at].text;
		bool len = strcmp(word, "len") == 0;
		int64_t value;

		if (strcmp(word, "whole") == 0) {
			key->whole = true;
		} else if (strcmp(word, "path-only") == 0) {
			key->path_only = true;
		} else if (len || strcmp(word, "depth") == 0) {
			if (!conf_need_words(parse, line, at, 2, UINT32_MAX, NULL) ||
			    !conf_read_int(parse, &line->words[++at], 1, INT32_MAX, &value))
				return false;
			*(len ? &key->len : &key->depth) = (uint32_t)value;
		} else {
			conf_error_unknown(parse, &line->words[at], "argument of 'balance uri'",
					   (const char *const[]){ "depth", "len", "path-only",
								  "whole", NULL });
			return false;
		}
	}
	return true;
}

static bool balance_read_url_param(struct conf_parse *parse, struct lb_key_conf *key,
				   const struct conf_line *line, unsigned at)
{
	if (!conf_need_words(parse, line, at, 1, 3, "balance url_param <name> [check_post]"))
		return false;
	key->name = line->words[at].text;
	if (++at == line->count)
		return true;
	key->check_post = strcmp(line->words[at].text, "check_post") == 0;
	if (!key->check_post)
		conf_error_unknown(parse, &line->words[at], "argument of 'balance url_param'",
				   (const char *const[]){ "check_post", NULL });
	/* A number may follow that once meant how long to wait. */
	return key->check_post;
}

/* "(name)" behind the algorithm; `preset` NULL: it must be there. */
static bool balance_read_name(struct conf_parse *parse, struct lb_key_conf *key,
			      const struct conf_word *word, const char *preset)
{
	size_t open = strcspn(word->text, "(");

	if (preset != NULL && word->text[open] == '\0')
		key->name = preset;
	else
		key->name = read_parentheses(parse, word, open);
	return key->name != NULL;
}

static bool balance_read_header(struct conf_parse *parse, struct lb_key_conf *key,
				const struct conf_line *line, unsigned at)
{
	if (!balance_read_name(parse, key, &line->words[at - 1], NULL) ||
	    !conf_need_words(parse, line, at, 0, 1, "balance hdr(<name>) [use_domain_only]"))
		return false;
	key->domain_only = strcmp(line->words[at].text, "use_domain_only") == 0;
	if (!key->domain_only && at < line->count)
		conf_error_unknown(parse, &line->words[at], "argument of 'balance hdr'",
				   (const char *const[]){ "use_domain_only", NULL });
	return at == line->count || key->domain_only;
}

static bool balance_read_expr(struct conf_parse *parse, struct lb_key_conf *key,
			      const struct conf_line *line, unsigned at)
{
	size_t end;

	if (!conf_need_words(parse, line, at, 1, 1, "balance hash <expression>"))
		return false;
	key->expr = expr_parse(parse, &reading_request_place, &line->words[at], 0, NULL, &end);
	return key->expr != NULL;
}

/* What the algorithm hashes: words[at..] and those in parentheses. False after a report. */
static bool balance_read_key(struct conf_parse *parse, const struct lb_algo *algo,
			     struct lb_key_conf *key, const struct conf_line *line, unsigned at)
{
	switch (algo->key) {
	case LB_KEY_URI:
		return balance_read_uri(parse, key, line, at);
	case LB_KEY_URL_PARAM:
		return balance_read_url_param(parse, key, line, at);
	case LB_KEY_HEADER:
		return balance_read_header(parse, key, line, at);
	case LB_KEY_RDP_COOKIE:
		return balance_read_name(parse, key, &line->words[at - 1], "mstshash") &&
		       conf_need_words(parse, line, at, 0, 0, "balance rdp-cookie[(<name>)]");
	case LB_KEY_EXPR:
		return balance_read_expr(parse, key, line, at);
	case LB_KEY_SOURCE:
	case LB_KEY_NONE:
		break;
	}
	return conf_need_words(parse, line, at, 0, 0,
			       arena_printf(parse->arena, "balance %s", algo->doc.name));
}

static void balance_read(struct conf_parse *parse, void *object, const struct conf_line *line,
			 unsigned at, bool no)
{
	struct section *section = object;
	struct lb_conf *lb = &section->back.lb;
	struct lb_key_conf key = {0};
	const struct lb_algo *algo;

	if (at >= line->count) { /* "balance" alone has always meant this */
		lb->algo = lb_algo_find("roundrobin");
		return;
	}
	algo = lb_algo_find(line->words[at].text);
	if (algo == NULL) {
		balance_report_unknown(parse, &line->words[at]);
		return;
	}
	http_word_note(parse, section, line, at, !balance_needs_http(algo), HTTP_WORD_BALANCE);
	at++;
	if (algo->parse != NULL)
		at += algo->parse(parse, lb, line, at);
	if (!balance_read_key(parse, algo, &key, line, at))
		return;
	lb->algo = algo;
	lb->key = key;
	/* The parameter may be in the body. */
	section->http.buffer_request = section->http.buffer_request || key.check_post;
}

static void balance_read_hash_type(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct lb_conf *lb = &section->back.lb;
	bool avalanche;
	int type, function = LB_HASH_SDBM;

	if (!conf_need_words(parse, line, at, 1, 3, "hash-type <method> [<function>] [avalanche]"))
		return;
	/* HAProxy 1.4 to 1.6 wrote "hash-type avalanche" for map-based with it. */
	if (strcmp(line->words[at].text, "avalanche") == 0) {
		report_old_form(parse, line->words[at].span, "hash-type avalanche",
				"hash-type map-based sdbm avalanche");
		type = LB_HASH_MAP_BASED;
		avalanche = true;
	} else if (!conf_read_choice(parse, &line->words[at], keywords_hash_types, "hash type",
				     &type)) {
		return;
	} else {
		avalanche = type == LB_HASH_CONSISTENT;
	}
	if (++at < line->count) {
		avalanche = false;
		if (!conf_read_choice(parse, &line->words[at], keywords_hash_functions,
				      "hash function", &function))
			return;
	}
	if (++at < line->count) {
		if (strcmp(line->words[at].text, "avalanche") != 0) {
			diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[at].span,
				 NULL, "only 'avalanche' can stand here, not '%s'",
				 line->words[at].text);
			return;
		}
		avalanche = true;
	}
	lb->hash_type = (enum lb_hash_type)type;
	lb->hash_function = (enum lb_hash_function)function;
	lb->hash_avalanche = avalanche;
}

static void balance_read_factor(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	const struct conf_word *word = &line->words[at];
	int64_t factor;

	if (!conf_need_words(parse, line, at, 1, 1, "hash-balance-factor <percent>") ||
	    !conf_read_int(parse, word, 0, 65535, &factor))
		return;
	if (factor != 0 && factor <= 100) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, word->span, NULL,
			 "the factor must be 0, which switches it off, or more than 100");
		return;
	}
	section->back.lb.hash_balance_factor = (uint32_t)factor;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
#define BACK .where = CONF_DLB, .ignored_in = CONF_FRONTEND

const struct conf_keyword proxy_keywords_balance[] = {
	{ DOC("balance", "The algorithm that chooses a server.", "balance leastconn"),
	  BACK, .type = CONF_PARSE, .preset = "roundrobin", .parse = balance_read },
	{ DOC("hash-balance-factor",
	      "With consistent hashing, the share of the average load a server may have, in "
	      "percent.",
	      "hash-balance-factor 150"),
	  BACK, .type = CONF_PARSE, .preset = "0", .parse = balance_read_factor },
	{ DOC("hash-type", "How hashes become servers.", "hash-type consistent djb2 avalanche"),
	  BACK, .type = CONF_PARSE, .preset = "map-based", .parse = balance_read_hash_type },
	CONF_KEYWORDS_END,
};
