/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/pattern_address.c - addresses, networks and host names as patterns
 * (configuration manual 7.1.6).
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "base/macros.h"
#include "expr/pattern_private.h"

static void pattern_set_network(struct expr_pattern *pattern, unsigned family, const void *ip,
				const void *mask)
{
	unsigned size = family == 6 ? 16 : 4, bits = 0;

	pattern->is.network.family = (uint8_t)family;
	memcpy(pattern->is.network.mask, mask, size);
	for (unsigned i = 0; i < size; i++)
		pattern->is.network.ip[i] =
			((const uint8_t *)ip)[i] & pattern->is.network.mask[i];
	while (bits < 8 * size && (pattern->is.network.mask[bits / 8] & 0x80 >> bits % 8) != 0)
		bits++;
	pattern->hashed = true;
	for (unsigned i = bits; i < 8 * size; i++)
		if ((pattern->is.network.mask[i / 8] & 0x80 >> i % 8) != 0)
			pattern->hashed = false;
	pattern->is.network.bits = pattern->hashed ? (uint8_t)bits : 0;
	pattern->hash = expr_hash_network(family, bits, pattern->is.network.ip);
}

static void pattern_bits_to_mask(unsigned bits, uint8_t mask[16])
{
	memset(mask, 0, 16);
	for (unsigned i = 0; i < bits; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* "24" or, for IPv4, "255.255.255.0"; NULL: all bits. */
static bool pattern_mask(unsigned family, const char *text, uint8_t mask[16])
{
	int64_t bits = family == 6 ? 128 : 32;

	if (text != NULL && expr_pattern_number(text, text + strlen(text), &bits)) {
		if (bits < 0 || bits > (family == 6 ? 128 : 32))
			return false;
	} else if (text != NULL) {
		return family == 4 && inet_pton(AF_INET, text, mask) == 1;
	}
	pattern_bits_to_mask((unsigned)bits, mask);
	return true;
}

static bool pattern_add_name(struct expr_pattern *pattern, const char *name, const uint8_t *mask)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	bool first = true;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return false;
	for (const struct addrinfo *one = found; one != NULL; one = one->ai_next) {
		const struct sockaddr_in *in = (const void *)one->ai_addr;

		if (!first) {
			struct expr_pattern *more = expr_pattern_new(pattern->text, pattern->value);

			ASSERT(more != NULL);
			more->next = pattern->next;
			pattern->next = more;
			pattern_set_network(more, 4, &in->sin_addr, mask);
			continue;
		}
		first = false;
		pattern_set_network(pattern, 4, &in->sin_addr, mask);
	}
	freeaddrinfo(found);
	return true;
}

const char *expr_pattern_set_address(struct expr_pattern *pattern, bool names)
{
	static const char not_address[] = "not a valid IPv4 or IPv6 address";
	char text[256], *slash;
	uint8_t mask[16];
	struct in6_addr six;
	struct in_addr four;
	unsigned family;

	if (pattern->text.len >= sizeof(text))
		return not_address;
	memcpy(text, pattern->text.at, pattern->text.len + 1);
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash++ = '\0';
	family = strchr(text, ':') != NULL ? 6 : 4;
	if (!pattern_mask(family, slash, mask))
		return not_address;
	if (family == 6) {
		if (inet_pton(AF_INET6, text, &six) != 1)
			return not_address;
		pattern_set_network(pattern, 6, &six, mask);
		return NULL;
	}
	if (*text == '\0' || strpbrk(text, " \t\r\n") != NULL)
		return not_address;
	if (inet_aton(text, &four) != 0) {
		pattern_set_network(pattern, 4, &four, mask);
		return NULL;
	}
	if (!names)
		return not_address;
	return pattern_add_name(pattern, text, mask)
		       ? NULL
		       : "neither an address nor a name that resolves";
}
