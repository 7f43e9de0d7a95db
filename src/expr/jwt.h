/* SPDX-License-Identifier: Apache-2.0 */
/* expr/jwt.h - JSON web tokens in their compact form (RFC 7515, 7.1): "header.payload.signature". */
#pragma once

#include <stdbool.h>

#include "base/slice.h"

struct bump;
struct digest_key;

enum jwt_part { JWT_HEADER, JWT_PAYLOAD, JWT_SIGNATURE, JWT_PARTS };

/* What jwt_verify says (configuration manual 7.3.1). */
enum jwt_verdict {
	JWT_WRONG = 0,
	JWT_RIGHT = 1,
	JWT_UNKNOWN_ALGORITHM = -1,
	JWT_NOT_SUPPORTED = -2,		/* the PS algorithms */
	JWT_BAD_TOKEN = -3,
	JWT_NO_MEMORY = -4,
	JWT_NO_KEY = -5,
};

struct jwt_algorithm { /* RFC 7518, 3.1 */
	const char *name;
	enum { JWT_NONE, JWT_HMAC, JWT_RSA, JWT_ECDSA, JWT_RSA_PSS } family;
	const char *digest;
};

/* One part, still encoded; false: there are not so many. What follows it is not looked at. */
bool jwt_part(struct slice token, enum jwt_part part, struct slice *ret);

const struct jwt_algorithm *jwt_algorithm_find(struct slice name); /* NULL: unknown */
/* Whether it takes a public key, and not a secret. */
bool jwt_needs_key(const struct jwt_algorithm *algorithm);

/* algorithm NULL: unknown. key NULL: none. The header of the token is not looked at. */
enum jwt_verdict jwt_verify(struct bump *memory, struct slice token,
			    const struct jwt_algorithm *algorithm, struct slice secret,
			    const struct digest_key *key);
