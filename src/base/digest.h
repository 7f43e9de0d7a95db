/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/digest.h - cryptographic functions (libcrypto). Any thread.
 *
 * No other room sees libcrypto, so that it can be exchanged here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct arena;
struct digest;	/* an algorithm, immutable; freed with its arena */
struct digest_key; /* a public key, immutable; freed with its arena */

enum { DIGEST_MAX = 64 }; /* bytes of the longest digest */

/*
 * Makes libcrypto read and load now what it else would on first use: while
 * files may still be opened. digest_new does that, too.
 */
void digest_prepare(void);

/* "sha256", as libcrypto calls it, in any case. NULL: there is none of this name. */
const struct digest *digest_new(struct arena *arena, const char *name);
/* The number of bytes written; 0: it failed. */
size_t digest_make(const struct digest *digest, struct slice bytes, uint8_t ret[DIGEST_MAX]);

/* The keyed-hash message authentication code (RFC 2104); the number of bytes; 0: it failed. */
size_t digest_hmac(const char *name, struct slice key, struct slice bytes,
		   uint8_t ret[DIGEST_MAX]);

/* Compares in a time that does not tell where they differ. */
bool digest_same(const void *a, const void *b, size_t len);

struct digest_aes {
	unsigned bits;			/* of the key: 128, 192 or 256 */
	struct slice nonce, key;
	struct slice aad;		/* GCM: authenticated with the bytes; may be empty */
};

/*
 * AES in Galois/Counter Mode (NIST SP 800-38D). Decrypts bytes.len bytes to
 * `ret`. False: a length does not fit, or the tag does not match; nothing of
 * `ret` may then be used.
 */
bool digest_aes_gcm_decrypt(const struct digest_aes *aes, struct slice tag, struct slice bytes,
			    uint8_t *ret);
/* The counterpart; the tag has 16 bytes. */
bool digest_aes_gcm_encrypt(const struct digest_aes *aes, struct slice bytes, uint8_t *ret,
			    uint8_t ret_tag[16]);

enum { DIGEST_AES_BLOCK = 16 };

/*
 * AES in Cipher Block Chaining mode (NIST SP 800-38A) with the padding of
 * PKCS #7 (RFC 5652, 6.3); the nonce is a block. `ret` has room for bytes.len +
 * DIGEST_AES_BLOCK; its length is in *ret_len. False: a length does not fit, or
 * what was decrypted does not end in padding. Who can tell that from success
 * can decrypt (a padding oracle): what comes from outside is authenticated first.
 */
bool digest_aes_cbc(const struct digest_aes *aes, struct slice bytes, bool encrypt, uint8_t *ret,
		    size_t *ret_len);

/* From a file in PEM form: a certificate's, or a bare one. NULL: not readable, or none in it. */
const struct digest_key *digest_key_read(struct arena *arena, const char *path);
/*
 * Whether `signature` was made of `bytes` with the private part of `key`: RSA
 * (PKCS#1 v1.5), or ECDSA in the form of RFC 7518, 3.4 (R and S one after the
 * other). A key of another kind than `ecdsa` says verifies nothing.
 */
bool digest_verify(const struct digest_key *key, bool ecdsa, const char *name, struct slice bytes,
		   struct slice signature);
