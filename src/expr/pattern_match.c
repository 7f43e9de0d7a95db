/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/pattern_match.c - a sample against a set of patterns: what is hashed by
 * its value, the rest one after the other. Any thread; no memory is taken.
 */
#include <string.h>

#include "base/macros.h"
#include "base/regex.h"
#include "expr/pattern_private.h"
#include "expr/pattern_set.h"
#include "expr/text.h"

/* One question to a set. */
struct match {
	const struct expr_patterns *set;
	const struct expr_sample *sample;
	struct expr_context *context;
	struct regex_match *groups;
	const uint8_t *ip4, *ip6;		/* IP: as which the address counts; NULL: as none */
	const struct expr_pattern *best;
};

/* How closely a pattern fits; equal ones count in their order. */
static size_t match_rank(enum expr_method method, const struct expr_pattern *pattern)
{
	if (method == EXPR_IP)
		return pattern->is.network.bits + (pattern->is.network.family == 4 ? 96 : 0);
	return method == EXPR_BEGIN ? pattern->text.len : 0;
}

static void match_offer(struct match *match, const struct expr_pattern *pattern)
{
	size_t rank, best;

	if (match->best == NULL) {
		match->best = pattern;
		return;
	}
	rank = match_rank(match->set->method, pattern);
	best = match_rank(match->set->method, match->best);
	if (rank > best || (rank == best && pattern->order < match->best->order))
		match->best = pattern;
}

static bool match_network4(const uint8_t *from, const struct expr_pattern *pattern)
{
	uint32_t ip, net, mask;

	memcpy(&ip, from, sizeof(ip));
	memcpy(&net, pattern->is.network.ip, sizeof(net));
	memcpy(&mask, pattern->is.network.mask, sizeof(mask));
	return (ip & mask) == net;
}

static bool match_network6(const uint8_t *from, const struct expr_pattern *pattern)
{
	uint64_t ip[2], net[2], mask[2];

	memcpy(ip, from, sizeof(ip));
	memcpy(net, pattern->is.network.ip, sizeof(net));
	memcpy(mask, pattern->is.network.mask, sizeof(mask));
	return (ip[0] & mask[0]) == net[0] && (ip[1] & mask[1]) == net[1];
}

static bool match_network(const struct match *match, const struct expr_pattern *pattern)
{
	if (pattern->is.network.family == 4)
		return match->ip4 != NULL && match_network4(match->ip4, pattern);
	return match_network6(match->ip6, pattern);
}

static bool match_number(int64_t number, const struct expr_pattern *pattern)
{
	return number >= pattern->is.number.low && number <= pattern->is.number.high;
}

static bool match_one(const struct match *match, const struct expr_pattern *pattern)
{
	const struct expr_sample *sample = match->sample;

	switch (match->set->method) {
	case EXPR_INTEGER:
	case EXPR_VERSION:
		return match_number(sample->value.integer, pattern);
	case EXPR_LENGTH:
		return match_number((int64_t)sample->value.text.len, pattern);
	case EXPR_IP:
		return match_network(match, pattern);
	case EXPR_REGEX:
		return regex_match(pattern->is.regex, match->context->regex, sample->value.text,
				   match->groups);
	case EXPR_BYTES:
		return slice_equal(sample->value.text, pattern->is.bytes);
	default:
		return expr_text_match(match->set->method, sample->value.text, pattern->text,
				       pattern->ignore_case);
	}
}

/* True: there is no need to look further. */
static bool match_try(struct match *match, const struct expr_pattern *pattern)
{
	if (!match_one(match, pattern))
		return false;
	match_offer(match, pattern);
	return match->set->any ||
	       (match->set->method != EXPR_IP && match->set->method != EXPR_BEGIN);
}

static void match_bucket(struct match *match, uint32_t hash)
{
	const struct expr_patterns *set = match->set;
	const struct expr_pattern *pattern = set->buckets[hash & (set->bucket_count - 1)];

	for (; pattern != NULL; pattern = pattern->chain)
		if (pattern->hash == hash && match_one(match, pattern))
			match_offer(match, pattern);
}

/* `bits` of ip, the rest 0. */
static void match_cut(uint8_t ret[16], const uint8_t *ip, unsigned size, unsigned bits)
{
	unsigned whole = bits / 8;

	memset(ret, 0, 16);
	memcpy(ret, ip, whole);
	if (whole < size && bits % 8 != 0)
		ret[whole] = (uint8_t)(ip[whole] & 0xff00 >> bits % 8);
}

/* The longest network of a family that has the address. */
static void match_lengths(struct match *match, unsigned family, const uint8_t *ip,
			  const uint32_t *lengths)
{
	const struct expr_pattern *before = match->best;
	unsigned size = family == 6 ? 16 : 4;
	uint8_t net[16];

	if (ip == NULL)
		return;
	for (unsigned bits = 8 * size + 1; bits-- > 0 && match->best == before;) {
		if (lengths[bits] == 0)
			continue;
		match_cut(net, ip, size, bits);
		match_bucket(match, expr_hash_network(family, bits, net));
	}
}

static void match_hashed(struct match *match)
{
	const struct expr_sample *sample = match->sample;

	switch (match->set->method) {
	case EXPR_INTEGER:
	case EXPR_VERSION:
		match_bucket(match, expr_hash_number(sample->value.integer));
		break;
	case EXPR_LENGTH:
		match_bucket(match, expr_hash_number((int64_t)sample->value.text.len));
		break;
	case EXPR_IP:
		match_lengths(match, 4, match->ip4, match->set->lengths4);
		match_lengths(match, 6, match->ip6, match->set->lengths6);
		break;
	case EXPR_TEXT:
		match_bucket(match, expr_hash_text(sample->value.text));
		break;
	case EXPR_BYTES:
		match_bucket(match, expr_hash_bytes(sample->value.text));
		break;
	default:
		ASSERT(!"a method whose patterns are hashed");
	}
}

/* The IPv4 address inside ::ffff:a.b.c.d, ::a.b.c.d or 2002:aabb:ccdd::, or NULL. */
static const uint8_t *match_embedded(const uint8_t ip[16])
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

static const struct expr_pattern *match_search(struct match *match)
{
	const struct expr_patterns *set = match->set;

	if (set->buckets == NULL) {
		for (const struct expr_pattern *at = set->first; at != NULL; at = at->next)
			if (match_try(match, at))
				break;
		return match->best;
	}
	match_hashed(match);
	if (match->best != NULL && set->any)
		return match->best;
	for (const struct expr_pattern *at = set->loose; at != NULL; at = at->chain)
		if (match_try(match, at))
			break;
	return match->best;
}

const struct expr_pattern *expr_patterns_match(const struct expr_patterns *set,
					       const struct expr_sample *sample,
					       struct expr_context *context,
					       struct regex_match *ret_groups)
{
	struct match match = { .set = set, .sample = sample, .context = context,
			       .groups = ret_groups };
	uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };

	if (set->method == EXPR_IP) {
		const struct expr_address *address = &sample->value.address;

		if (address->family == 4) {
			memcpy(mapped + 12, address->ip, 4);
			match.ip4 = address->ip;
			match.ip6 = mapped;
		} else {
			match.ip4 = match_embedded(address->ip);
			match.ip6 = address->ip;
		}
	}
	return match_search(&match);
}
