/* SPDX-License-Identifier: Apache-2.0 */
/* expr/jwt.c - see jwt.h. */
#include "expr/jwt.h"

#include "base/base64.h"
#include "base/bump.h"
#include "base/digest.h"
#include "base/macros.h"

static const struct jwt_algorithm algorithms[] = {
	{ "none", JWT_NONE, NULL },	    { "HS256", JWT_HMAC, "sha256" },
	{ "HS384", JWT_HMAC, "sha384" },    { "HS512", JWT_HMAC, "sha512" },
	{ "RS256", JWT_RSA, "sha256" },	    { "RS384", JWT_RSA, "sha384" },
	{ "RS512", JWT_RSA, "sha512" },	    { "ES256", JWT_ECDSA, "sha256" },
	{ "ES384", JWT_ECDSA, "sha384" },   { "ES512", JWT_ECDSA, "sha512" },
	{ "PS256", JWT_RSA_PSS, "sha256" }, { "PS384", JWT_RSA_PSS, "sha384" },
	{ "PS512", JWT_RSA_PSS, "sha512" },
};

/* Takes the text before the next dot, or all that is left, off *rest. */
static struct slice next_part(struct slice *rest, bool *ret_dot)
{
	const char *dot = rest->len != 0 ? memchr(rest->at, '.', rest->len) : NULL;
	struct slice part = *rest;

	*ret_dot = dot != NULL;
	if (dot != NULL)
		part.len = (size_t)(dot - rest->at);
	*rest = slice_skip(*rest, part.len + *ret_dot);
	return part;
}

bool jwt_part(struct slice token, enum jwt_part part, struct slice *ret)
{
	bool dot = true;

	for (unsigned i = 0; i <= part; i++) {
		if (!dot)
			return false;
		*ret = next_part(&token, &dot);
	}
	return true;
}

/* Into three parts and no more, of which only the signature may be empty. */
static bool jwt_split(struct slice token, struct slice ret[JWT_PARTS])
{
	bool dot = true;

	for (unsigned part = JWT_HEADER; part < JWT_PARTS; part++) {
		ret[part] = next_part(&token, &dot);
		if (dot == (part == JWT_SIGNATURE))
			return false;
	}
	return ret[JWT_HEADER].len != 0 && ret[JWT_PAYLOAD].len != 0;
}

const struct jwt_algorithm *jwt_algorithm_find(struct slice name)
{
	for (unsigned i = 0; i < ARRAY_LEN(algorithms); i++)
		if (slice_is(name, algorithms[i].name))
			return &algorithms[i];
	return NULL;
}

bool jwt_needs_key(const struct jwt_algorithm *algorithm)
{
	return algorithm->family != JWT_NONE && algorithm->family != JWT_HMAC;
}

static bool jwt_hmac_right(const struct jwt_algorithm *algorithm, struct slice secret,
			   struct slice bytes, struct slice signature)
{
	uint8_t made[DIGEST_MAX];
	size_t len = digest_hmac(algorithm->digest, secret, bytes, made);

	return len != 0 && signature.len == len && digest_same(made, signature.at, len);
}

enum jwt_verdict jwt_verify(struct bump *memory, struct slice token,
			    const struct jwt_algorithm *algorithm, struct slice secret,
			    const struct digest_key *key)
{
	struct slice parts[JWT_PARTS], bytes, signature;
	struct out out = { .size = 0 };

	if (algorithm == NULL)
		return JWT_UNKNOWN_ALGORITHM;
	if (algorithm->family == JWT_RSA_PSS)
		return JWT_NOT_SUPPORTED;
	if (!jwt_split(token, parts))
		return JWT_BAD_TOKEN;
	if (algorithm->family == JWT_NONE)
		return parts[JWT_SIGNATURE].len == 0 ? JWT_RIGHT : JWT_WRONG;
	out.bytes = bump_room(memory, parts[JWT_SIGNATURE].len, &out.size);
	if (out.bytes == NULL)
		return JWT_NO_MEMORY;
	if (parts[JWT_SIGNATURE].len == 0 || !base64_decode(parts[JWT_SIGNATURE], true, &out))
		return JWT_BAD_TOKEN;
	/* Not committed: nobody asks for memory before the verdict. */
	signature = out_slice(&out);
	bytes = (struct slice){ token.at, parts[JWT_HEADER].len + 1 + parts[JWT_PAYLOAD].len };
	if (algorithm->family == JWT_HMAC)
		return jwt_hmac_right(algorithm, secret, bytes, signature) ? JWT_RIGHT : JWT_WRONG;
	if (key == NULL)
		return JWT_NO_KEY;
	return digest_verify(key, algorithm->family == JWT_ECDSA, algorithm->digest, bytes,
			     signature)
		       ? JWT_RIGHT
		       : JWT_WRONG;
}
