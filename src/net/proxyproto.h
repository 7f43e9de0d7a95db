/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/proxyproto.h - the PROXY protocol, versions 1 and 2 (proxy-protocol.txt
 * by the HAProxy project): a pure codec, no sockets.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "net/address.h"

enum {
	PROXYPROTO_MAX = 108 + 1,	/* without TLVs */
	PROXYPROTO_NAME_MAX = 255,	/* of an authority that is written */
	PROXYPROTO_ID_MAX = 128,	/* 2.2.6 */
	PROXYPROTO_V2_MAX = 16 + 216 + 3 + PROXYPROTO_NAME_MAX + 3 + PROXYPROTO_ID_MAX + 7,
};

struct proxyproto_info {
	bool local;			/* keep the socket's own addresses:
					 * LOCAL, UNKNOWN, not IP */
	struct net_endpoint src, dst;	/* family 0 when local */
	struct slice authority, unique_id; /* PP2_TYPE_AUTHORITY, _UNIQUE_ID: in
					    * the bytes; at NULL: none */
	bool checksum;			/* of one that is written: with a CRC32C */
};

/*
 * Reads a header at the beginning of `bytes`. Returns its length, 0 when more
 * bytes are needed, or -EPROTO when it is none. Version 1 ends within 107
 * bytes, version 2 within 16 + 65535; its other TLVs are skipped, except that
 * a CRC32C must be right. A caller whose buffer is full at 0 gives up.
 */
int proxyproto_parse(const uint8_t *bytes, size_t len, struct proxyproto_info *ret);

/*
 * Writes a header of version 1 or 2; returns its length. Endpoints of two
 * families are written as IPv6; not both IP: as unknown. Version 2 has the TLVs
 * that `info` has, but for names that are too long; without any the length is
 * <= PROXYPROTO_MAX.
 */
size_t proxyproto_write(unsigned version, const struct proxyproto_info *info,
			uint8_t ret_bytes[PROXYPROTO_V2_MAX]);
