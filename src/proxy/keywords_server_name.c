/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_server_name.c - options of servers that are written as names
 * (configuration manual 5.2, 5.3), and `server-template`.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static const char template_usage[] =
	"server-template <prefix> <number>|<low>-<high> <name>[:<port>] [options]";

enum { TEMPLATE_SERVERS_MAX = 65536 };

const struct conf_choice server_families[] = {
	{ "ipv4", AF_INET, "IPv4 first." },
	{ "ipv6", AF_INET6, "IPv6 first." },
	{ NULL, 0, NULL },
};

/* The next part of a list with commas, as a word of its own; false at the end. */
static bool name_next_part(struct conf_parse *parse, const struct conf_word *list, size_t *at,
			   struct conf_word *ret)
{
	size_t len = strcspn(list->text + *at, ",");

	if (list->text[*at] == '\0')
		return false;
	*ret = (struct conf_word){ .text = arena_strndup(parse->arena, list->text + *at, len),
				   .span = conf_word_part(list, *at, len) };
	*at += len + (list->text[*at + len] == ',');
	return true;
}

/* ---- init-addr ---- */

static bool name_read_init(struct conf_parse *parse, struct server_naming *naming,
			   const struct conf_word *word, unsigned char *ret)
{
	static const struct conf_choice methods[] = {
		{ "last", SERVER_INIT_LAST, "The address of the state file." },
		{ "libc", SERVER_INIT_LIBC, "What the C library finds." },
		{ "none", SERVER_INIT_NONE, "None: in maintenance until it resolves." },
		{ NULL, 0, NULL },
	};
	struct net_parsed parsed;
	const char *why;
	int method;

	if (net_address_parse(word->text, NET_NO_PORT, &parsed, &why)) {
		naming->init_address = parsed.address;
		*ret = SERVER_INIT_ADDRESS;
		return true;
	}
	if (!conf_read_choice(parse, word, methods, "init-addr", &method))
		return false;
	*ret = (unsigned char)method;
	return true;
}

void server_read_init_addr(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct server_naming *naming = &((struct server_conf *)object)->naming;
	const struct conf_word *list = server_argument(parse, line, at);
	unsigned count = 0;
	struct conf_word word;
	size_t from = 0;

	if (list == NULL)
		return;
	memset(naming->init, 0, sizeof(naming->init));
	while (name_next_part(parse, list, &from, &word)) {
		if (count == SERVER_INITS) {
			diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, word.span, NULL,
				 "init-addr takes at most %u ways", SERVER_INITS);
			return;
		}
		if (!name_read_init(parse, naming, &word, &naming->init[count++]))
			return;
	}
}

/* ---- resolvers, resolve-net, resolve-opts ---- */

void server_read_resolvers(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct server_naming *naming = &((struct server_conf *)object)->naming;
	const struct conf_word *word = server_argument(parse, line, at);

	if (word == NULL)
		return;
	naming->resolvers = word->text;
	naming->resolvers_span = word->span;
}

static bool name_read_net(const char *text, struct dns_net *ret)
{
	const char *slash = strchrnul(text, '/');
	size_t len = (size_t)(slash - text);
	char ip[INET6_ADDRSTRLEN], *end = NULL;
	unsigned long bits;

	if (len >= sizeof(ip))
		return false;
	memcpy(ip, text, len);
	ip[len] = '\0';
	*ret = (struct dns_net){ .ip.family = AF_INET };
	if (inet_pton(AF_INET, ip, ret->ip.ip) != 1) {
		ret->ip.family = AF_INET6;
		if (inet_pton(AF_INET6, ip, ret->ip.ip) != 1)
			return false;
	}
	ret->bits = ret->ip.family == AF_INET ? 32 : 128;
	if (*slash == '\0')
		return true;
	bits = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > ret->bits)
		return false;
	ret->bits = (unsigned)bits;
	return true;
}

void server_read_resolve_net(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct server_naming *naming = &((struct server_conf *)object)->naming;
	const struct conf_word *list = server_argument(parse, line, at);
	struct conf_word word;
	size_t from = 0;

	naming->net_count = 0;
	while (list != NULL && name_next_part(parse, list, &from, &word)) {
		if (naming->net_count == SERVER_NETS) {
			diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, word.span, NULL,
				 "resolve-net takes at most %u networks", SERVER_NETS);
			return;
		}
		if (!name_read_net(word.text, &naming->nets[naming->net_count++])) {
			diag_add(parse->report, DIAG_ERROR, &diag_bad_address, word.span, NULL,
				 "'%s' is no network, as 10.0.0.0/8 is one", word.text);
			return;
		}
	}
}

void server_read_resolve_opts(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	enum { ALLOW_DUPLICATE, PREVENT_DUPLICATE, IGNORE_WEIGHT };
	static const struct conf_choice options[] = {
		{ "allow-dup-ip", ALLOW_DUPLICATE, "Two servers may have one address." },
		{ "ignore-weight", IGNORE_WEIGHT, "Weights of SRV records do not count." },
		{ "prevent-dup-ip", PREVENT_DUPLICATE, "No two servers have one address." },
		{ NULL, 0, NULL },
	};
	struct server_naming *naming = &((struct server_conf *)object)->naming;
	const struct conf_word *list = server_argument(parse, line, at);
	struct conf_word word;
	size_t from = 0;
	int option;

	while (list != NULL && name_next_part(parse, list, &from, &word)) {
		if (!conf_read_choice(parse, &word, options, "resolve-opts", &option))
			return;
		if (option == IGNORE_WEIGHT)
			naming->ignores_weight = true;
		else
			naming->shares_address = option == ALLOW_DUPLICATE;
	}
}

/* ---- server-template ---- */

static bool template_number(const char **at, unsigned *ret)
{
	unsigned long value;
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	value = strtoul(*at, &end, 10);
	*at = end;
	*ret = (unsigned)value;
	return value <= INT32_MAX;
}

/* "3" is 1-3. */
static bool template_read_range(struct conf_parse *parse, const struct conf_word *word,
				unsigned *ret_low, unsigned *ret_high)
{
	const char *at = word->text;
	bool good = template_number(&at, ret_high);

	*ret_low = 1;
	if (good && *at == '-') {
		at++;
		*ret_low = *ret_high;
		good = template_number(&at, ret_high);
	}
	if (good && *at == '\0' && *ret_low <= *ret_high && *ret_high != 0 &&
	    *ret_high - *ret_low < TEMPLATE_SERVERS_MAX)
		return true;
	diag_add(parse->report, DIAG_ERROR, &diag_bad_number, word->span,
		 "write how many there are, or the first and the last number: 1-5",
		 "'%s' is no number of servers", word->text);
	return false;
}

static struct conf_word template_name(struct conf_parse *parse, const struct conf_word *prefix,
				      unsigned number)
{
	return (struct conf_word){
		.text = arena_printf(parse->arena, "%s%u", prefix->text, number),
		.span = prefix->span,
	};
}

static void template_read(struct conf_parse *parse, void *object, const struct conf_line *line,
			  unsigned at, bool no)
{
	const struct server_conf *first;
	struct conf_word name;
	unsigned low, high;

	if (!conf_need_words(parse, line, at, 3, UINT32_MAX, template_usage) ||
	    !template_read_range(parse, &line->words[at + 1], &low, &high))
		return;
	name = template_name(parse, &line->words[at], low);
	first = server_read_line(parse, object, &name, line, at + 2);
	for (unsigned i = low + 1; first != NULL && i <= high; i++) {
		name = template_name(parse, &line->words[at], i);
		server_add_like(parse, first, &name);
	}
}

const struct conf_keyword proxy_keywords_server_name[] = {
	{ .doc = { .name = "server-template", .since = "0.4",
		   .summary = "Several servers that differ by the number in their names.",
		   .example = "server-template web 1-3 web.example.com:80 check init-addr none" },
	  .where = CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE, .parse = template_read },
	CONF_KEYWORDS_END,
};
