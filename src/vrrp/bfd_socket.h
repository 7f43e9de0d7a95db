/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/bfd_socket.h - UDP as BFD wants it (RFC 5881, 4 and 5). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/macros.h"

enum { BFD_SOCKET_BYTES = 128 };	/* a control packet, and more than authentication adds */

struct bfd_heard {
	struct ip source;
	unsigned ttl;		/* or hop limit; 0: not told */
	size_t len;
	uint8_t bytes[BFD_SOCKET_BYTES];
};

/* A non-blocking socket that hears `family` on that port. Negative errno. */
int bfd_socket_listen(uint8_t family, uint16_t port) MUST_CHECK;

/*
 * A socket of that family to send from, at a port of 49152..65535 chosen by
 * `random`. source->family 0: as routed. Negative errno.
 */
int bfd_socket_send_from(uint8_t family, const struct ip *source, uint8_t ttl,
			 unsigned random) MUST_CHECK;

int bfd_socket_send(int fd, const struct ip *to, uint16_t port, const uint8_t *bytes,
		    size_t len) MUST_CHECK;

/* One packet; negative errno, -EAGAIN when there is none. */
int bfd_socket_read(int fd, struct bfd_heard *ret_heard) MUST_CHECK;
