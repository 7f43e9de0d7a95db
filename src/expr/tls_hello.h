/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/tls_hello.h - the first message of a TLS handshake, read without TLS:
 * whom the client asks for (RFC 8446, 4.1.2 and 5.1; RFC 5246, 7.4.1). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct bump;

enum tls_hello_type { TLS_HELLO_CLIENT = 1, TLS_HELLO_SERVER = 2 };

enum tls_extension { /* IANA "TLS ExtensionType Values" */
	TLS_EXTENSION_SERVER_NAME = 0,
	TLS_EXTENSION_SUPPORTED_GROUPS = 10, /* "elliptic_curves" in RFC 4492 */
	TLS_EXTENSION_ALPN = 16,
	TLS_EXTENSION_SESSION_TICKET = 35,
};

enum tls_hello_result {
	TLS_HELLO_MORE,	/* no error so far, and not complete */
	TLS_HELLO_DONE,
	TLS_HELLO_NOT,	/* something else, or malformed */
};

struct tls_hello {
	enum tls_hello_type type;
	uint16_t version;	/* legacy_version: 0x0301 for TLS 1.0, 0x0303 for 1.2 and 1.3 */
	struct slice session_id;
	struct slice extensions; /* the whole list, without its length; may be empty */
};

/*
 * Reads a ClientHello or ServerHello at the beginning of `bytes`. A message
 * cut into several records is put together in `memory`; without memory it is
 * TLS_HELLO_NOT. Only after TLS_HELLO_DONE may *ret be read.
 */
enum tls_hello_result tls_hello_read(struct slice bytes, struct bump *memory,
				     struct tls_hello *ret);

/*
 * The version the client offers, from as few bytes as say it: major in the
 * upper byte. Knows the ClientHello of SSL 2.0 too (RFC 5246, E.2).
 */
enum tls_hello_result tls_hello_version(struct slice bytes, uint16_t *ret_version);

/* The content of an extension; false: it was not sent. */
bool tls_hello_extension(const struct tls_hello *hello, enum tls_extension which,
			 struct slice *ret_content);

/* The host name of server_name (RFC 6066, 3). */
bool tls_hello_server_name(const struct tls_hello *hello, struct slice *ret_name);

/* The next of the names of application_layer_protocol_negotiation (RFC 7301, 3.1): moves *list. */
bool tls_hello_alpn(const struct tls_hello *hello, struct slice *ret_list);
bool tls_hello_alpn_next(struct slice *list, struct slice *ret_name);
