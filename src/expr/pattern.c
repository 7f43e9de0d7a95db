/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/pattern.c - compiling and matching patterns. The rules that join IPv4
 * and IPv6 are those of the configuration manual, chapter 7.1.6.
 */
#include "expr/pattern.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "expr/ranges.h"
#include "expr/text.h"

enum {
	TYPE_BOOL = 1 << EXPR_BOOL,
	TYPE_INT = 1 << EXPR_INT,
	TYPE_ADDRESS = 1 << EXPR_ADDRESS,
	TYPE_STRING = 1 << EXPR_STRING,
	TYPE_ALL = TYPE_BOOL | TYPE_INT | TYPE_ADDRESS | TYPE_STRING
};

/* A mask with holes, which no range can express. */
struct masked {
	uint32_t net, mask; /* network order */
};

struct expr_patterns {
	struct arena *arena;
	enum expr_method method;
	size_t count;
	struct expr_ranges numbers; /* also lengths */
	struct expr_ranges ipv4, ipv6;
	struct masked *masked;
	size_t masked_count;
	struct expr_text *texts;
	size_t text_count;
};

#define METHOD(word, id, of, what, line)                                                           \
	{                                                                                          \
		.doc = {.name = word, .since = "0.1", .summary = what, .example = line},           \
		.method = id, .types = of,                                                         \
	}
const struct expr_method_row expr_methods[] = {
	METHOD("found", EXPR_FOUND, TYPE_ALL, "There is such a value at all.",
	       "acl known src -m found"),
	METHOD("bool", EXPR_BOOLEAN, TYPE_BOOL | TYPE_INT, "The value is true, or not zero.",
	       "acl any_port dst_port -m bool"),
	METHOD("int", EXPR_INTEGER, TYPE_BOOL | TYPE_INT,
	       "The value is one of the numbers or ranges.",
	       "acl web dst_port -m int 80 8000:8999"),
	METHOD("ip", EXPR_IP, TYPE_ADDRESS, "The address is one of the addresses or networks.",
	       "acl inside src -m ip 10.0.0.0/8"),
	METHOD("len", EXPR_LENGTH, TYPE_ALL, "The value, as text, has one of these lengths.",
	       "acl short_port dst_port -m len 1:3"),
	METHOD("str", EXPR_TEXT, TYPE_ALL, "The value, as text, is one of the strings.",
	       "acl one src -m str 10.1.1.1"),
	METHOD("beg", EXPR_BEGIN, TYPE_ALL, "The value, as text, begins with one of the strings.",
	       "acl ten src -m beg 10."),
	METHOD("end", EXPR_END, TYPE_ALL, "The value, as text, ends with one of the strings.",
	       "acl last src -m end .254"),
	METHOD("sub", EXPR_SUBSTRING, TYPE_ALL, "The value, as text, holds one of the strings.",
	       "acl holds src -m sub .1.1."),
	METHOD("dir", EXPR_DIRECTORY, TYPE_ALL, "One of the strings stands between slashes.",
	       "acl dir src -m dir images"),
	METHOD("dom", EXPR_DOMAIN, TYPE_ALL,
	       "One of the strings stands between dots, slashes or colons.",
	       "acl dom src -m dom example.com"),
	METHOD("reg", EXPR_METHOD_LATER, TYPE_ALL, "Regular expressions are not supported yet.",
	       "acl reg src -m reg ^10"),
	METHOD("bin", EXPR_METHOD_LATER, TYPE_ALL, "Hexadecimal blocks are not supported yet.",
	       "acl bin src -m bin 0a"),
	{.doc = {.name = NULL}},
};

const struct expr_method_row *expr_method_find(const char *name)
{
	for (const struct expr_method_row *row = expr_methods; row->doc.name != NULL; row++)
		if (strcmp(row->doc.name, name) == 0)
			return row;
	return NULL;
}

enum expr_method expr_method_default(enum expr_type type)
{
	static const enum expr_method methods[] = {
		[EXPR_BOOL] = EXPR_BOOLEAN,
		[EXPR_INT] = EXPR_INTEGER,
		[EXPR_ADDRESS] = EXPR_IP,
		[EXPR_STRING] = EXPR_TEXT,
	};

	return methods[type];
}

bool expr_operator_find(const char *word, enum expr_operator *ret_operator)
{
	static const char *const words[] = {"eq", "ge", "gt", "le", "lt"};

	for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret_operator = (enum expr_operator)i;
			return true;
		}
	}
	return false;
}

struct expr_patterns *expr_patterns_new(struct arena *arena, enum expr_method method)
{
	struct expr_patterns *patterns = arena_zalloc(arena, sizeof(*patterns));

	patterns->arena = arena;
	patterns->method = method;
	return patterns;
}

size_t expr_patterns_count(const struct expr_patterns *patterns)
{
	return patterns->count;
}

/* Reads digits with an optional minus up to `end`. */
static bool pattern_number(const char *text, const char *end, int64_t *ret_value)
{
	char *stop;
	long long value;

	if (text == end || strspn(text, "-0123456789") < (size_t)(end - text))
		return false;
	errno = 0;
	value = strtoll(text, &stop, 10);
	if (errno != 0 || stop != end)
		return false;
	*ret_value = value;
	return true;
}

static bool pattern_bounds(const char *text, int64_t *ret_low, int64_t *ret_high,
			   const char **ret_why)
{
	const char *end = text + strlen(text);
	const char *colon = strchr(text, ':');

	*ret_low = INT64_MIN;
	*ret_high = INT64_MAX;
	if (colon == NULL) {
		*ret_why = "not a number";
		if (!pattern_number(text, end, ret_low))
			return false;
		*ret_high = *ret_low;
		return true;
	}
	*ret_why = "not a range of numbers";
	if (text[1] == '\0' || (colon != text && !pattern_number(text, colon, ret_low)) ||
	    (colon[1] != '\0' && !pattern_number(colon + 1, end, ret_high)))
		return false;
	return *ret_low <= *ret_high;
}

static bool pattern_add_number(struct expr_patterns *patterns, const char *text,
			       enum expr_operator operator, const char ** ret_why)
{
	int64_t low, high;

	if (!pattern_bounds(text, &low, &high, ret_why))
		return false;
	switch (operator) {
	case EXPR_EQ:
		break;
	case EXPR_GT:
		if (low == INT64_MAX)
			return true;
		low++;
		high = INT64_MAX;
		break;
	case EXPR_GE:
		high = INT64_MAX;
		break;
	case EXPR_LT:
		if (high == INT64_MIN)
			return true;
		high--;
		low = INT64_MIN;
		break;
	case EXPR_LE:
		low = INT64_MIN;
		break;
	}
	expr_ranges_add(&patterns->numbers, patterns->arena, expr_key_int(low), expr_key_int(high));
	return true;
}

/* "24" or "255.255.255.0" to a mask in network order. */
static bool pattern_mask(const char *text, uint32_t *ret_mask)
{
	struct in_addr mask;
	int64_t bits;

	if (pattern_number(text, text + strlen(text), &bits)) {
		if (bits < 0 || bits > 32)
			return false;
		*ret_mask = bits == 0 ? 0 : htonl(UINT32_MAX << (32 - bits));
		return true;
	}
	if (inet_pton(AF_INET, text, &mask) != 1)
		return false;
	*ret_mask = mask.s_addr;
	return true;
}

static void pattern_add_ipv4(struct expr_patterns *patterns, uint32_t ip, uint32_t mask)
{
	uint32_t inverse = ~ntohl(mask);
	struct expr_range range;

	if ((inverse & (inverse + 1)) != 0) {
		struct masked *masked =
			ARENA_APPEND(patterns->arena, patterns->masked, patterns->masked_count);

		masked->net = ip & mask;
		masked->mask = mask;
		return;
	}
	range = expr_key_network(expr_key_ipv4((const uint8_t *)&ip),
				 96 + (unsigned)__builtin_popcount(mask));
	expr_ranges_add(&patterns->ipv4, patterns->arena, range.low, range.high);
}

static bool pattern_add_ipv6(struct expr_patterns *patterns, const char *text,
			     const char *bits_text)
{
	struct in6_addr ip;
	struct expr_range range;
	int64_t bits = 128;

	if (inet_pton(AF_INET6, text, &ip) != 1)
		return false;
	if (bits_text != NULL &&
	    (!pattern_number(bits_text, bits_text + strlen(bits_text), &bits) || bits < 0 ||
	     bits > 128))
		return false;
	range = expr_key_network(expr_key_ipv6(ip.s6_addr), (unsigned)bits);
	expr_ranges_add(&patterns->ipv6, patterns->arena, range.low, range.high);
	return true;
}

static bool pattern_add_name(struct expr_patterns *patterns, const char *name, uint32_t mask)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return false;
	for (const struct addrinfo *one = found; one != NULL; one = one->ai_next)
		pattern_add_ipv4(
			patterns,
			((const struct sockaddr_in *)(const void *)one->ai_addr)->sin_addr.s_addr,
			mask);
	freeaddrinfo(found);
	return true;
}

static bool pattern_add_address(struct expr_patterns *patterns, const char *text, bool no_names,
				const char **ret_why)
{
	char *address = arena_strdup(patterns->arena, text);
	char *slash = strchr(address, '/');
	uint32_t mask = UINT32_MAX;
	struct in_addr ip;

	*ret_why = "not an IPv4 or IPv6 address";
	if (slash != NULL)
		*slash = '\0';
	if (strchr(address, ':') != NULL)
		return pattern_add_ipv6(patterns, address, slash != NULL ? slash + 1 : NULL);
	if (slash != NULL && !pattern_mask(slash + 1, &mask))
		return false;
	if (*address == '\0' || strpbrk(address, " \t\r\n") != NULL)
		return false;
	if (inet_aton(address, &ip) != 0) {
		pattern_add_ipv4(patterns, ip.s_addr, mask);
		return true;
	}
	if (no_names)
		return false;
	*ret_why = "neither an address nor a name that resolves";
	return pattern_add_name(patterns, address, mask);
}

bool expr_patterns_add(struct expr_patterns *patterns, const char *text,
		       const struct expr_pattern_flags *flags, const char **ret_why)
{
	patterns->count++;
	switch (patterns->method) {
	case EXPR_FOUND:
	case EXPR_BOOLEAN:
		return true;
	case EXPR_INTEGER:
	case EXPR_LENGTH:
		return pattern_add_number(patterns, text, flags->operator, ret_why);
	case EXPR_IP:
		return pattern_add_address(patterns, text, flags->no_names, ret_why);
	default:
		*ARENA_APPEND(patterns->arena, patterns->texts, patterns->text_count) =
			(struct expr_text){.text = arena_strdup(patterns->arena, text),
					   .len = strlen(text),
					   .ignore_case = flags->ignore_case};
		return true;
	}
}

void expr_patterns_close(struct expr_patterns *patterns)
{
	expr_ranges_close(&patterns->numbers);
	expr_ranges_close(&patterns->ipv4);
	expr_ranges_close(&patterns->ipv6);
}

static bool pattern_match_ipv4(const struct expr_patterns *patterns, const uint8_t ip[4])
{
	uint32_t address;

	if (expr_ranges_has(&patterns->ipv4, expr_key_ipv4(ip)))
		return true;
	memcpy(&address, ip, sizeof(address));
	for (size_t i = 0; i < patterns->masked_count; i++)
		if ((address & patterns->masked[i].mask) == patterns->masked[i].net)
			return true;
	return false;
}

/* The IPv4 address inside ::ffff:a.b.c.d, ::a.b.c.d or 2002:aabb:ccdd::, or NULL. */
static const uint8_t *pattern_embedded_ipv4(const uint8_t ip[16])
{
	static const uint8_t zeroes[10];

	if (ip[0] == 0x20 && ip[1] == 0x02)
		return ip + 2;
	if (memcmp(ip, zeroes, sizeof(zeroes)) != 0)
		return NULL;
	if ((ip[10] == 0xff && ip[11] == 0xff) || (ip[10] == 0 && ip[11] == 0))
		return ip + 12;
	return NULL;
}

static bool pattern_match_address(const struct expr_patterns *patterns,
				  const struct net_endpoint *address)
{
	uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *embedded;

	if (address->family == AF_INET) {
		memcpy(mapped + 12, address->ip, 4);
		return pattern_match_ipv4(patterns, address->ip) ||
		       expr_ranges_has(&patterns->ipv6, expr_key_ipv6(mapped));
	}
	if (address->family != AF_INET6)
		return false;
	embedded = pattern_embedded_ipv4(address->ip);
	return expr_ranges_has(&patterns->ipv6, expr_key_ipv6(address->ip)) ||
	       (embedded != NULL && pattern_match_ipv4(patterns, embedded));
}

static int64_t pattern_integer(const struct expr_sample *sample)
{
	return sample->type == EXPR_BOOL ? sample->value.boolean : sample->value.integer;
}

static bool pattern_match_text(const struct expr_patterns *patterns,
			       const struct expr_sample *sample)
{
	char buf[EXPR_TEXT_MAX];
	struct expr_text value = expr_sample_text(sample, buf);

	if (patterns->method == EXPR_LENGTH)
		return expr_ranges_has(&patterns->numbers, expr_key_int((int64_t)value.len));
	for (size_t i = 0; i < patterns->text_count; i++)
		if (expr_text_match(patterns->method, &value, &patterns->texts[i]))
			return true;
	return false;
}

bool expr_patterns_match(const struct expr_patterns *patterns, const struct expr_sample *sample)
{
	switch (patterns->method) {
	case EXPR_FOUND:
		return true;
	case EXPR_BOOLEAN:
		return pattern_integer(sample) != 0;
	case EXPR_INTEGER:
		return expr_ranges_has(&patterns->numbers, expr_key_int(pattern_integer(sample)));
	case EXPR_IP:
		return pattern_match_address(patterns, &sample->value.address);
	default:
		return pattern_match_text(patterns, sample);
	}
}
