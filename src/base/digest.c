/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/digest.c - see digest.h.
 *
 * Algorithms that a configuration names are fetched once, when it is read:
 * libcrypto's search by name costs more than the digest of a short text.
 */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "base/arena.h"

_Static_assert(DIGEST_MAX >= EVP_MAX_MD_SIZE, "every digest fits");

enum { AES_GCM_TAG = 16, ECDSA_PART_MAX = 66 /* P-521 */ };

struct digest {
	EVP_MD *algorithm;
};

struct digest_key {
	EVP_PKEY *key;
};

static const unsigned char *bytes_of(struct slice slice)
{
	return (const unsigned char *)slice.at;
}

void digest_prepare(void)
{
	EVP_MD_free(EVP_MD_fetch(NULL, "sha256", NULL));
}

static void digest_free(void *object)
{
	EVP_MD_free(((struct digest *)object)->algorithm);
}

const struct digest *digest_new(struct arena *arena, const char *name)
{
	EVP_MD *algorithm = EVP_MD_fetch(NULL, name, NULL);
	struct digest *digest;

	if (algorithm == NULL)
		return NULL;
	digest = arena_zalloc(arena, sizeof(*digest));
	digest->algorithm = algorithm;
	arena_defer(arena, digest_free, digest);
	return digest;
}

size_t digest_make(const struct digest *digest, struct slice bytes, uint8_t ret[DIGEST_MAX])
{
	unsigned len = 0;

	if (EVP_Digest(bytes.at, bytes.len, ret, &len, digest->algorithm, NULL) != 1)
		return 0;
	return len;
}

size_t digest_hmac(const char *name, struct slice key, struct slice bytes,
		   uint8_t ret[DIGEST_MAX])
{
	size_t len = 0;

	/* An empty key is one, too, but libcrypto takes NULL for a key not yet given. */
	if (key.len == 0)
		key = SLICE("");
	if (EVP_Q_mac(NULL, "HMAC", NULL, name, NULL, key.at, key.len, bytes_of(bytes), bytes.len,
		      ret, DIGEST_MAX, &len) == NULL)
		return 0;
	return len;
}

bool digest_same(const void *a, const void *b, size_t len)
{
	return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}

static const EVP_CIPHER *aes_gcm(unsigned bits)
{
	return bits == 128 ? EVP_aes_128_gcm() :
	       bits == 192 ? EVP_aes_192_gcm() :
			     EVP_aes_256_gcm();
}

/* One run in either direction; `tag` is read when decrypting and written when encrypting. */
static bool aes_gcm_run(EVP_CIPHER_CTX *context, const struct digest_aes *aes, struct slice bytes,
			bool encrypt, uint8_t *ret, uint8_t tag[AES_GCM_TAG], int tag_len)
{
	int len = 0, rest = 0;

	if (EVP_CipherInit_ex(context, aes_gcm(aes->bits), NULL, NULL, NULL, encrypt) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)aes->nonce.len, NULL) != 1 ||
	    EVP_CipherInit_ex(context, NULL, NULL, bytes_of(aes->key), bytes_of(aes->nonce),
			      encrypt) != 1)
		return false;
	if (aes->aad.len != 0 &&
	    EVP_CipherUpdate(context, NULL, &len, bytes_of(aes->aad), (int)aes->aad.len) != 1)
		return false;
	if (EVP_CipherUpdate(context, ret, &len, bytes_of(bytes), (int)bytes.len) != 1)
		return false;
	if (!encrypt &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_len, tag) != 1)
		return false;
	if (EVP_CipherFinal_ex(context, ret + len, &rest) != 1)
		return false;
	return !encrypt ||
	       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_len, tag) == 1;
}

static bool aes_gcm_make(const struct digest_aes *aes, struct slice bytes, bool encrypt,
			 uint8_t *ret, uint8_t tag[AES_GCM_TAG], int tag_len)
{
	EVP_CIPHER_CTX *context;
	bool made;

	if (aes->key.len != aes->bits / 8 || aes->nonce.len == 0 ||
	    aes->nonce.len > EVP_MAX_IV_LENGTH || bytes.len > INT32_MAX || aes->aad.len > INT32_MAX)
		return false;
	context = EVP_CIPHER_CTX_new();
	if (context == NULL)
		return false;
	made = aes_gcm_run(context, aes, bytes, encrypt, ret, tag, tag_len);
	EVP_CIPHER_CTX_free(context);
	return made;
}

bool digest_aes_gcm_decrypt(const struct digest_aes *aes, struct slice tag, struct slice bytes,
			    uint8_t *ret)
{
	uint8_t copy[AES_GCM_TAG];

	if (tag.len == 0 || tag.len > sizeof(copy))
		return false;
	memcpy(copy, tag.at, tag.len);
	return aes_gcm_make(aes, bytes, false, ret, copy, (int)tag.len);
}

bool digest_aes_gcm_encrypt(const struct digest_aes *aes, struct slice bytes, uint8_t *ret,
			    uint8_t ret_tag[16])
{
	return aes_gcm_make(aes, bytes, true, ret, ret_tag, AES_GCM_TAG);
}

static const EVP_CIPHER *aes_cbc(unsigned bits)
{
	return bits == 128 ? EVP_aes_128_cbc() :
	       bits == 192 ? EVP_aes_192_cbc() :
			     EVP_aes_256_cbc();
}

bool digest_aes_cbc(const struct digest_aes *aes, struct slice bytes, bool encrypt, uint8_t *ret,
		    size_t *ret_len)
{
	EVP_CIPHER_CTX *context;
	int len = 0, rest = 0;
	bool made;

	if (aes->key.len != aes->bits / 8 || aes->nonce.len != DIGEST_AES_BLOCK ||
	    bytes.len > INT32_MAX - DIGEST_AES_BLOCK)
		return false;
	context = EVP_CIPHER_CTX_new();
	if (context == NULL)
		return false;
	made = EVP_CipherInit_ex(context, aes_cbc(aes->bits), NULL, bytes_of(aes->key),
				 bytes_of(aes->nonce), encrypt) == 1 &&
	       EVP_CipherUpdate(context, ret, &len, bytes_of(bytes), (int)bytes.len) == 1 &&
	       EVP_CipherFinal_ex(context, ret + len, &rest) == 1;
	EVP_CIPHER_CTX_free(context);
	*ret_len = (size_t)(len + rest);
	return made;
}

static void digest_key_free(void *object)
{
	EVP_PKEY_free(((struct digest_key *)object)->key);
}

static EVP_PKEY *key_of_file(FILE *file)
{
	X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
	EVP_PKEY *key;

	if (certificate != NULL) {
		key = X509_get_pubkey(certificate);
		X509_free(certificate);
		return key;
	}
	rewind(file);
	return PEM_read_PUBKEY(file, NULL, NULL, NULL);
}

const struct digest_key *digest_key_read(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "re");
	struct digest_key *key;
	EVP_PKEY *found;

	if (file == NULL)
		return NULL;
	found = key_of_file(file);
	fclose(file);
	if (found == NULL)
		return NULL;
	key = arena_zalloc(arena, sizeof(*key));
	key->key = found;
	arena_defer(arena, digest_key_free, key);
	return key;
}

/* R and S, each half of `signature`, in the form libcrypto wants; the length, or -1. */
static int ecdsa_encode(struct slice signature, unsigned char **ret)
{
	int half = (int)signature.len / 2, len = -1;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r, *s;

	if (pair == NULL)
		return -1;
	r = BN_bin2bn(bytes_of(signature), half, NULL);
	s = BN_bin2bn(bytes_of(signature) + half, half, NULL);
	if (r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL;
		len = i2d_ECDSA_SIG(pair, ret);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return len;
}

static bool verify(const struct digest_key *key, const char *name, struct slice bytes,
		   const unsigned char *signature, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right;

	right = context != NULL &&
		EVP_DigestVerifyInit_ex(context, NULL, name, NULL, NULL, key->key, NULL) == 1 &&
		EVP_DigestVerify(context, signature, len, bytes_of(bytes), bytes.len) == 1;
	EVP_MD_CTX_free(context);
	return right;
}

bool digest_verify(const struct digest_key *key, bool ecdsa, const char *name, struct slice bytes,
		   struct slice signature)
{
	unsigned char *encoded = NULL;
	bool right;
	int len;

	if (!ecdsa)
		return EVP_PKEY_is_a(key->key, "RSA") &&
		       verify(key, name, bytes, bytes_of(signature), signature.len);
	if (!EVP_PKEY_is_a(key->key, "EC") || signature.len == 0 || signature.len % 2 != 0 ||
	    signature.len > 2 * ECDSA_PART_MAX)
		return false;
	len = ecdsa_encode(signature, &encoded);
	right = len > 0 && verify(key, name, bytes, encoded, (size_t)len);
	OPENSSL_free(encoded);
	return right;
}
