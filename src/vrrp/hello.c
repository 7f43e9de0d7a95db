/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/hello.c - see hello.h. Numbers are big-endian.
 *
 *	 0  "RLVO"
 *	 4  version (1), kind, VRID, family (4 or 6)
 *	 8  state, priority, flags, echoes that follow
 *	12  interval of advertisements, microseconds
 *	16  agreement
 *	24  boot, counter
 *	40  target
 *	48  8 bytes of zeros, for later
 *	56  name
 *	88  echoes: boot, counter
 *	    the first 16 bytes of the HMAC-SHA256 of all before it
 */
#include "vrrp/hello.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/digest.h"

static const uint8_t hello_magic[4] = { 'R', 'L', 'V', 'O' };

enum {
	HELLO_VERSION = 1,
	HELLO_STATES = 5,
	AT_VERSION = 4,
	AT_KIND,
	AT_VRID,
	AT_FAMILY,
	AT_STATE,
	AT_PRIORITY,
	AT_FLAGS,
	AT_ECHOES,
	AT_INTERVAL,
	AT_AGREEMENT = 16,
	AT_BOOT = 24,
	AT_COUNTER = 32,
	AT_TARGET = 40,
	AT_NAME = 56,
};

static void hello_put64(uint8_t *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
}

static uint64_t hello_get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return be64toh(value);
}

static void hello_put32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

static uint32_t hello_get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

void hello_key(const char *peer_key, const struct vrrp_instance_conf *conf, uint8_t ret[HELLO_KEY])
{
	static const char label[] = "relevo hello 1";
	struct slice text = slice_of(label);
	uint8_t digest[DIGEST_MAX] = { 0 };
	struct slice secret = { (const char *)conf->auth_key, sizeof(conf->auth_key) };

	if (conf->hmac.key_count != 0)
		secret = (struct slice){ (const char *)conf->hmac.key[0].bytes,
					 conf->hmac.key[0].len };
	if (peer_key != NULL)
		secret = slice_of(peer_key);
	digest_hmac("sha256", secret, text, digest);
	memcpy(ret, digest, HELLO_KEY);
}

static bool hello_mac(const uint8_t *bytes, size_t len, const uint8_t key[HELLO_KEY],
		      uint8_t ret[DIGEST_MAX])
{
	return digest_hmac("sha256", (struct slice){ (const char *)key, HELLO_KEY },
			   (struct slice){ (const char *)bytes, len }, ret) >= HELLO_MAC;
}

int hello_build(const struct hello *hello, const uint8_t key[HELLO_KEY], uint8_t ret[HELLO_MAX])
{
	size_t len = HELLO_HEADER;
	uint8_t mac[DIGEST_MAX];

	ASSERT(hello->echo_count <= HELLO_ECHOES);
	memset(ret, 0, HELLO_HEADER);
	memcpy(ret, hello_magic, sizeof(hello_magic));
	ret[AT_VERSION] = HELLO_VERSION;
	ret[AT_KIND] = (uint8_t)hello->kind;
	ret[AT_VRID] = hello->vrid;
	ret[AT_FAMILY] = hello->family == AF_INET6 ? 6 : 4;
	ret[AT_STATE] = hello->state;
	ret[AT_PRIORITY] = hello->priority;
	ret[AT_FLAGS] = hello->flags;
	ret[AT_ECHOES] = (uint8_t)hello->echo_count;
	hello_put32(ret + AT_INTERVAL, hello->interval_us);
	hello_put64(ret + AT_AGREEMENT, hello->agreement);
	hello_put64(ret + AT_BOOT, hello->stamp.boot);
	hello_put64(ret + AT_COUNTER, hello->stamp.counter);
	hello_put64(ret + AT_TARGET, hello->target);
	memcpy(ret + AT_NAME, hello->name, strnlen(hello->name, HELLO_NAME - 1));
	for (unsigned i = 0; i < hello->echo_count; i++, len += HELLO_ECHO) {
		hello_put64(ret + len, hello->echo[i].boot);
		hello_put64(ret + len + 8, hello->echo[i].counter);
	}
	if (!hello_mac(ret, len, key, mac))
		return -ENOTSUP;
	memcpy(ret + len, mac, HELLO_MAC);
	return (int)(len + HELLO_MAC);
}

bool hello_peek(const uint8_t *bytes, size_t len, uint8_t *ret_vrid, uint8_t *ret_family)
{
	if (len < HELLO_HEADER + HELLO_MAC || len > HELLO_MAX ||
	    memcmp(bytes, hello_magic, sizeof(hello_magic)) != 0 ||
	    bytes[AT_VERSION] != HELLO_VERSION || bytes[AT_ECHOES] > HELLO_ECHOES ||
	    len != HELLO_HEADER + bytes[AT_ECHOES] * (size_t)HELLO_ECHO + HELLO_MAC)
		return false;
	*ret_vrid = bytes[AT_VRID];
	*ret_family = bytes[AT_FAMILY] == 6 ? AF_INET6 : AF_INET;
	return true;
}

static bool hello_is_sane(const struct hello *hello)
{
	return (hello->kind == HELLO_SAY || hello->kind == HELLO_ASK) && hello->stamp.boot != 0 &&
	       hello->stamp.counter != 0 && hello->state < HELLO_STATES;
}

/* The name goes into log lines: bytes that do not belong there are replaced. */
static void hello_read_name(const uint8_t *bytes, char ret[HELLO_NAME])
{
	memcpy(ret, bytes, HELLO_NAME);
	ret[HELLO_NAME - 1] = '\0';
	for (char *c = ret; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			*c = '?';
}

bool hello_parse(const uint8_t *bytes, size_t len, const uint8_t key[HELLO_KEY], struct hello *ret)
{
	struct hello hello = { .kind = 0 };
	uint8_t mac[DIGEST_MAX];

	if (!hello_peek(bytes, len, &hello.vrid, &hello.family) ||
	    !hello_mac(bytes, len - HELLO_MAC, key, mac) ||
	    !digest_same(mac, bytes + len - HELLO_MAC, HELLO_MAC))
		return false;
	hello.kind = bytes[AT_KIND];
	hello.state = bytes[AT_STATE];
	hello.priority = bytes[AT_PRIORITY];
	hello.flags = bytes[AT_FLAGS];
	hello.interval_us = hello_get32(bytes + AT_INTERVAL);
	hello.agreement = hello_get64(bytes + AT_AGREEMENT);
	hello.stamp.boot = hello_get64(bytes + AT_BOOT);
	hello.stamp.counter = hello_get64(bytes + AT_COUNTER);
	hello.target = hello_get64(bytes + AT_TARGET);
	hello_read_name(bytes + AT_NAME, hello.name);
	hello.echo_count = bytes[AT_ECHOES];
	for (unsigned i = 0; i < hello.echo_count; i++) {
		const uint8_t *at = bytes + HELLO_HEADER + (size_t)i * HELLO_ECHO;

		hello.echo[i] = (struct hello_stamp){ hello_get64(at), hello_get64(at + 8) };
	}
	if (!hello_is_sane(&hello))
		return false;
	*ret = hello;
	return true;
}
