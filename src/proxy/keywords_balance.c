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
static bool balance_needs_http(const char *name)
{
	return strcmp(name, "uri") == 0 || strcmp(name, "url_param") == 0 ||
	       strncmp(name, "hdr(", 4) == 0;
}

static void balance_report_unknown(struct conf_parse *parse, const struct conf_word *word)
{
	const char *names[32];
	unsigned count = 0;

	for (const struct lb_algo *const *algo = lb_algos; *algo != NULL; algo++)
		names[count++] = (*algo)->doc.name;
	ASSERT(count < ARRAY_LEN(names));
	names[count] = NULL;
	if (strncmp(word->text, "rdp-cookie", 10) == 0)
		report_not_supported(parse, word->span, word->text, NULL);
	else
		conf_error_unknown(parse, word, "balance algorithm", names);
}

/* The row for "random(3)" is that of "random"; only rows that read words take parentheses. */
static const struct lb_algo *balance_find(struct conf_parse *parse, const char *word)
{
	size_t len = strcspn(word, "(");
	const struct lb_algo *algo = lb_algo_find(arena_strndup(parse->arena, word, len));

	return algo != NULL && (word[len] == '\0' || algo->parse != NULL) ? algo : NULL;
}

static void balance_read(struct conf_parse *parse, void *object, const struct conf_line *line,
			 unsigned at, bool no)
{
	struct section *section = object;
	struct lb_conf *lb = &section->back.lb;
	const struct lb_algo *algo;

	if (at >= line->count) { /* "balance" alone has always meant this */
		lb->algo = lb_algo_find("roundrobin");
		return;
	}
	if (balance_needs_http(line->words[at].text)) {
		lb->algo = lb_algo_find("roundrobin");
		http_word_note(parse, section, line, at, true, 0);
		http_word_note(parse, section, line, at, false, HTTP_WORD_BALANCE);
		return;
	}
	algo = balance_find(parse, line->words[at].text);
	if (algo == NULL) {
		balance_report_unknown(parse, &line->words[at]);
		return;
	}
	http_word_note(parse, section, line, at, true, 0);
	lb->algo = algo;
	at++;
	if (algo->parse != NULL)
		at += algo->parse(parse, lb, line, at);
	if (at < line->count)
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, line->words[at].span, NULL,
			 "unexpected word '%s' after 'balance %s'", line->words[at].text,
			 algo->doc.name);
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
	      "With consistent hashing, the share of the average load a server may have, in percent.",
	      "hash-balance-factor 150"),
	  BACK, .type = CONF_PARSE, .preset = "0", .parse = balance_read_factor },
	{ DOC("hash-type", "How hashes become servers.", "hash-type consistent djb2 avalanche"),
	  BACK, .type = CONF_PARSE, .preset = "map-based", .parse = balance_read_hash_type },
	CONF_KEYWORDS_END,
};
