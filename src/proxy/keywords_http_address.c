/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_http_address.c - what servers are told about clients:
 * `option forwardfor`, `originalto` and `forwarded` (RFC 7239).
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

/* How many bits "255.255.240.0" fixes, or -1. */
static int address_mask_bits(const char *text)
{
	struct in_addr mask;
	uint32_t bits;

	if (inet_pton(AF_INET, text, &mask) != 1)
		return -1;
	bits = ntohl(mask.s_addr);
	if ((~bits & (~bits + 1)) != 0)
		return -1;
	return __builtin_popcount(bits);
}

static bool address_read_bits(const char *text, unsigned max, unsigned *ret_bits)
{
	char *end;
	unsigned long bits = strtoul(text, &end, 10);
	int mask = max == 32 ? address_mask_bits(text) : -1;

	if (mask >= 0) {
		*ret_bits = (unsigned)mask;
		return true;
	}
	if (*text < '0' || *text > '9' || *end != '\0' || bits > max)
		return false;
	*ret_bits = (unsigned)bits;
	return true;
}

struct http_except *read_network(struct conf_parse *parse, const struct conf_word *word)
{
	const char *slash = strchr(word->text, '/');
	size_t len = slash != NULL ? (size_t)(slash - word->text) : strlen(word->text);
	struct http_except *except = arena_zalloc(parse->arena, sizeof(*except));
	struct net_parsed parsed;
	const char *why;
	unsigned max;

	if (!net_address_parse(arena_strndup(parse->arena, word->text, len),
			       NET_NAMES | NET_NO_PORT, &parsed, &why)) {
		report_address(parse, word->span, word->text, why);
		return NULL;
	}
	max = parsed.address.storage.ss_family == AF_INET6 ? 128 : 32;
	except->network = parsed.address;
	except->bits = max;
	if (slash != NULL && !address_read_bits(slash + 1, max, &except->bits)) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_address, word->span, NULL,
			 "'%s' is no network: the mask must be 0 to %u", word->text, max);
		return NULL;
	}
	return except;
}

/* What follows the option, from words[at] on; at its end the header is enabled. */
static void address_read_header(struct conf_parse *parse, const struct conf_line *line,
				unsigned at, bool if_none_allowed,
				struct http_address_header *ret_header)
{
	struct http_address_header header = {.enabled = true, .name = ret_header->name};

	for (; at < line->count; at++) {
		const char *word = line->words[at].text;

		if (if_none_allowed && strcmp(word, "if-none") == 0) {
			header.if_none = true;
			continue;
		}
		if (strcmp(word, "except") != 0 && strcmp(word, "header") != 0) {
			conf_error_unknown(parse, &line->words[at], "argument",
					   (const char *const[]){ "except", "header",
								  if_none_allowed ? "if-none"
										  : NULL,
								  NULL });
			return;
		}
		if (!conf_need_words(parse, line, at, 2, UINT32_MAX, NULL))
			return;
		at++;
		if (*word == 'e') {
			header.except = read_network(parse, &line->words[at]);
			if (header.except == NULL)
				return;
		} else if (read_header_name(parse, &line->words[at])) {
			header.name = line->words[at].text;
		} else {
			return;
		}
	}
	*ret_header = header;
}

static void address_read_forwardfor(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct http_address_header *header = &section->http.forwardfor;

	http_word_note(parse, section, line, at, no, HTTP_WORD_WARNS_IN_TCP);
	header->enabled = false;
	header->name = "X-Forwarded-For";
	if (!no)
		address_read_header(parse, line, at, true, header);
}

static void address_read_originalto(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct http_address_header *header = &section->http.originalto;

	http_word_note(parse, section, line, at, no, HTTP_WORD_WARNS_IN_TCP);
	header->enabled = false;
	header->name = "X-Original-To";
	if (!no)
		address_read_header(parse, line, at, false, header);
}

/* The words after `option forwarded`: a flag, or with "-expr" an expression in its place. */
struct forwarded_word {
	const char *word;
	size_t flag;		/* offset in struct http_forwarded */
	size_t expr;		/* the same; 0: takes none */
};

#define FORWARDED(text, name)                                                                      \
	{ text, offsetof(struct http_forwarded, name),                                             \
	  offsetof(struct http_forwarded, name##_expr) }

static const struct forwarded_word forwarded_words[] = {
	{ "proto", offsetof(struct http_forwarded, proto), 0 },
	FORWARDED("host", host),
	FORWARDED("by", by),
	FORWARDED("by_port", by_port),
	{ "for", offsetof(struct http_forwarded, for_), offsetof(struct http_forwarded, for_expr) },
	FORWARDED("for_port", for_port),
};

static const struct forwarded_word *address_find_word(const char *text, bool *ret_expr)
{
	for (unsigned i = 0; i < ARRAY_LEN(forwarded_words); i++) {
		const struct forwarded_word *word = &forwarded_words[i];
		size_t len = strlen(word->word);

		if (strncmp(text, word->word, len) != 0)
			continue;
		*ret_expr = word->expr != 0 && strcmp(text + len, "-expr") == 0;
		if (*ret_expr || text[len] == '\0')
			return word;
	}
	return NULL;
}

static bool address_read_forwarded_word(struct conf_parse *parse, const struct conf_line *line,
					unsigned *at, struct http_forwarded *forwarded)
{
	bool takes_expr = false;
	const struct forwarded_word *word =
		address_find_word(line->words[*at].text, &takes_expr);
	struct expr *expr;
	size_t end;

	if (word == NULL) {
		conf_error_unknown(parse, &line->words[*at], "argument",
				   (const char *const[]){ "proto", "host", "host-expr", "by",
							  "by-expr", "by_port", "by_port-expr",
							  "for", "for-expr", "for_port",
							  "for_port-expr", NULL });
		return false;
	}
	*(bool *)((char *)forwarded + word->flag) = true;
	if (!takes_expr)
		return true;
	if (!conf_need_words(parse, line, *at, 2, UINT32_MAX, NULL))
		return false;
	expr = expr_parse(parse, &reading_request_place, &line->words[++*at], 0, NULL, &end);
	*(struct expr **)((char *)forwarded + word->expr) = expr;
	return expr != NULL;
}

static void address_read_forwarded(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	struct http_forwarded forwarded = {.enabled = true};

	http_word_note(parse, section, line, at, no, HTTP_WORD_WARNS_IN_TCP);
	section->http.forwarded.enabled = false;
	if (no)
		return;
	if (at >= line->count)
		forwarded.proto = forwarded.for_ = true;
	for (; at < line->count; at++)
		if (!address_read_forwarded_word(parse, line, &at, &forwarded))
			return;
	section->http.forwarded = forwarded;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }
#define OPTION(word, function, what, line)                                                         \
	{ DOC("option " word, what, "option " line), .where = CONF_DFLB, .type = CONF_PARSE,       \
	  .may_no = true, .parse = function }

const struct conf_keyword proxy_keywords_http_address[] = {
	OPTION("forwardfor", address_read_forwardfor,
	       "Tell servers the client's address in X-Forwarded-For.",
	       "forwardfor except 127.0.0.0/8"),
	OPTION("forwarded", address_read_forwarded,
	       "Tell servers protocol and addresses in Forwarded (RFC 7239).",
	       "forwarded proto host for"),
	OPTION("originalto", address_read_originalto,
	       "Tell servers the address the client connected to in X-Original-To.",
	       "originalto header X-Client-Dst"),
	CONF_KEYWORDS_END,
};
