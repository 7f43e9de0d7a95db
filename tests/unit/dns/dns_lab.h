/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of dns/ share: addresses, records and messages in short. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#include "dns/answer.h"

static inline struct net_endpoint lab_ip(const char *text)
{
	struct net_endpoint ip = { .family = AF_INET };

	if (text == NULL)
		return (struct net_endpoint){ 0 };
	if (inet_pton(AF_INET, text, ip.ip) != 1) {
		ip.family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, ip.ip), 1);
	}
	return ip;
}

static inline struct dns_record lab_record(const char *ip)
{
	return (struct dns_record){ .where = lab_ip(ip) };
}

static inline struct dns_record lab_service(const char *target, uint16_t port, uint16_t priority)
{
	struct dns_record record = { .where.port = port, .priority = priority };

	strcpy(record.target, target);
	return record;
}

static inline const char *lab_text(const struct net_endpoint *ip)
{
	static char text[NET_TEXT];

	return ip->family == AF_UNSPEC ? "-" : net_endpoint_text(ip, text);
}

/* ---- messages ---- */

struct lab_message {
	uint8_t bytes[4096];
	size_t len;
};

static inline void lab_put(struct lab_message *message, const void *bytes, size_t len)
{
	memcpy(message->bytes + message->len, bytes, len);
	message->len += len;
}

static inline void lab_put16(struct lab_message *message, unsigned value)
{
	const uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	lab_put(message, bytes, 2);
}

static inline void lab_put_name(struct lab_message *message, const char *name)
{
	while (*name != '\0') {
		uint8_t len = (uint8_t)strcspn(name, ".");

		lab_put(message, &len, 1);
		lab_put(message, name, len);
		name += len + (name[len] == '.');
	}
	lab_put(message, "", 1);
}

/* flags: of the header, QR and the like; then a question. */
static inline void lab_begin(struct lab_message *message, unsigned flags, const char *name,
			     unsigned type, unsigned answers, unsigned more)
{
	message->len = 0;
	lab_put16(message, 7);
	lab_put16(message, flags);
	lab_put16(message, 1);
	lab_put16(message, answers);
	lab_put16(message, 0);
	lab_put16(message, more);
	lab_put_name(message, name);
	lab_put16(message, type);
	lab_put16(message, 1);
}

static inline void lab_put_head(struct lab_message *message, const char *name, unsigned type,
				size_t len)
{
	lab_put_name(message, name);
	lab_put16(message, type);
	lab_put16(message, 1);
	lab_put16(message, 0);
	lab_put16(message, 5);
	lab_put16(message, (unsigned)len);
}

static inline void lab_put_address(struct lab_message *message, const char *name, const char *text)
{
	struct net_endpoint ip = lab_ip(text);
	size_t len = ip.family == AF_INET ? 4 : 16;

	lab_put_head(message, name, len == 4 ? 1 : 28, len);
	lab_put(message, ip.ip, len);
}

static inline void lab_put_alias(struct lab_message *message, const char *name, const char *to)
{
	lab_put_head(message, name, 5, strlen(to) + 2);
	lab_put_name(message, to);
}

static inline void lab_put_service(struct lab_message *message, const char *name,
				   const struct dns_record *record)
{
	lab_put_head(message, name, 33, 6 + (record->target[0] == '\0' ? 1 : strlen(record->target) + 2));
	lab_put16(message, record->priority);
	lab_put16(message, record->weight);
	lab_put16(message, record->where.port);
	lab_put_name(message, record->target);
}
