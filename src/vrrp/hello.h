/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/hello.h - what nodes of relevo that share a virtual router say to each
 * other beside VRRP: one UDP datagram, authenticated with HMAC-SHA256. Its
 * definition is ours (docs/peering.md).
 *
 * Pure: bytes in, struct out, and back. What a hello is worth, whether it is
 * fresh and whose it is, is the business of vrrp/peers.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "vrrp/conf.h"

enum {
	HELLO_PORT = 5798,
	HELLO_ECHOES = 4,
	HELLO_NAME = 32,
	HELLO_MAC = 16,		/* bytes of the HMAC that are sent */
	HELLO_KEY = 32,
	HELLO_HEADER = 88,
	HELLO_ECHO = 16,
	HELLO_MAX = HELLO_HEADER + HELLO_ECHOES * HELLO_ECHO + HELLO_MAC,
};

enum hello_kind {
	HELLO_SAY = 1,	/* this is how I am */
	HELLO_ASK,	/* and `target` is to take the addresses from me now */
};

enum hello_flags {
	HELLO_SERVES = 1 << 0,		/* it would serve, were it MASTER */
	HELLO_MAINTENANCE = 1 << 1,	/* its operator keeps it from claiming */
	HELLO_YIELDED = 1 << 2,		/* handed over, and preempts nobody */
};

/* A node's process, and the number of one of its hellos. */
struct hello_stamp {
	uint64_t boot;		/* random, made when the process began; never 0 */
	uint64_t counter;	/* from 1, never used twice */
};

struct hello {
	enum hello_kind kind;
	uint8_t vrid;
	uint8_t family;			/* AF_INET or AF_INET6: with the VRID, the virtual router */
	uint8_t state;			/* enum page_vrrp_state */
	uint8_t priority;		/* effective */
	uint8_t flags;
	uint32_t interval_us;		/* of its advertisements */
	uint64_t agreement;		/* hash of what the nodes' files must agree on */
	struct hello_stamp stamp;
	uint64_t target;		/* HELLO_ASK: whose turn it is, by boot */
	char name[HELLO_NAME];		/* router_id, cut, NUL-ended */
	/* The last hello it heard of each peer: what is in here has been answered. */
	struct hello_stamp echo[HELLO_ECHOES];
	unsigned echo_count;
};

/* The key of a virtual router: of `peer_key`, or of its own authentication where there is none. */
void hello_key(const char *peer_key, const struct vrrp_instance_conf *conf,
	       uint8_t ret[HELLO_KEY]);

/* The number of bytes, or negative errno when libcrypto fails. */
int hello_build(const struct hello *hello, const uint8_t key[HELLO_KEY],
		uint8_t ret[HELLO_MAX]) MUST_CHECK;

/* The virtual router that bytes claim to be about, before they are believed; false: no hello. */
bool hello_peek(const uint8_t *bytes, size_t len, uint8_t *ret_vrid, uint8_t *ret_family);

/* False: no hello, of another version, or not made with this key. */
bool hello_parse(const uint8_t *bytes, size_t len, const uint8_t key[HELLO_KEY],
		 struct hello *ret) MUST_CHECK;
