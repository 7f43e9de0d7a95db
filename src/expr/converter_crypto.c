/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/converter_crypto.c - digests, message authentication and encryption
 * (base/digest.h). Keys and the like are base64, in the file or in variables.
 */
#include "base/arena.h"
#include "base/base64.h"
#include "base/digest.h"
#include "expr/converter.h"

static bool crypto_give(struct expr_context *context, const uint8_t *bytes, size_t len,
			struct expr_sample *sample)
{
	struct slice copy;

	if (len == 0)
		return false;
	copy = bump_copy(context->memory, (struct slice){ (const char *)bytes, len });
	expr_give_bytes(sample, copy);
	return copy.at != NULL;
}

/* args->own: the struct digest. */
static bool crypto_digest(struct expr_context *context, const struct expr_args *args,
			  struct expr_sample *sample)
{
	uint8_t made[DIGEST_MAX];

	return crypto_give(context, made, digest_make(args->own, sample->value.text, made), sample);
}

static bool crypto_prepare(struct conf_parse *parse, struct expr_args *args, const char *name)
{
	args->own = (void *)(uintptr_t)digest_new(parse->arena, name);
	return args->own != NULL;
}

static bool crypto_check_sha1(struct conf_parse *parse, struct expr_args *args,
			      struct diag_span span)
{
	return crypto_prepare(parse, args, "sha1") ||
	       converter_error(parse, args, 0, span, NULL, "libcrypto has no SHA-1 here");
}

static bool crypto_check_sha2(struct conf_parse *parse, struct expr_args *args,
			      struct diag_span span)
{
	static const struct {
		int64_t bits;
		const char *name;
	} sizes[] = { { 224, "sha224" }, { 256, "sha256" }, { 384, "sha384" }, { 512, "sha512" } };
	int64_t bits = args->at[0].given ? args->at[0].integer : 256;

	for (unsigned i = 0; i < ARRAY_LEN(sizes); i++)
		if (sizes[i].bits == bits && crypto_prepare(parse, args, sizes[i].name))
			return true;
	return converter_error(parse, args, 0, span, NULL, "SHA-2 has 224, 256, 384 or 512 bits");
}

static bool crypto_check_digest(struct conf_parse *parse, struct expr_args *args,
				struct diag_span span)
{
	return crypto_prepare(parse, args, args->at[0].text.at) ||
	       converter_error(parse, args, 0, span, "such as sha256",
			       "libcrypto knows no digest of this name");
}

/* The bytes of a base64 text, in the arena; .at NULL: it is none. */
static struct slice crypto_decoded(struct conf_parse *parse, struct slice text)
{
	struct out out = { .bytes = arena_zalloc(parse->arena, text.len), .size = text.len };

	return base64_decode(text, false, &out) ? out_slice(&out) : (struct slice){ NULL, 0 };
}

/* From argument `index` on: what the file has is decoded once, and stays in arg->text. */
static bool crypto_check_keys(struct conf_parse *parse, struct expr_args *args, unsigned index,
			      struct diag_span span)
{
	for (unsigned i = index; i < args->count; i++) {
		if (args->at[i].is_var)
			continue;
		args->at[i].text = crypto_decoded(parse, args->at[i].text);
		if (args->at[i].text.at == NULL)
			return converter_error(parse, args, i, span, NULL,
					       "this is neither base64 nor a variable such as "
					       "'txn.key'");
	}
	return true;
}

static bool crypto_key(struct expr_context *context, const struct expr_arg *arg, struct slice *ret)
{
	struct expr_sample sample;
	struct out out;

	if (!arg->is_var) {
		*ret = arg->text;
		return true;
	}
	if (!converter_variable(context, arg->var, EXPR_STRING, &sample) ||
	    !converter_room(context, sample.value.text.len, &out) ||
	    !base64_decode(sample.value.text, false, &out) ||
	    !converter_take(context, &out, EXPR_BINARY, &sample))
		return false;
	*ret = sample.value.text;
	return true;
}

static bool crypto_check_hmac(struct conf_parse *parse, struct expr_args *args,
			      struct diag_span span)
{
	return crypto_check_digest(parse, args, span) && crypto_check_keys(parse, args, 1, span);
}

static bool crypto_hmac(struct expr_context *context, const struct expr_args *args,
			struct expr_sample *sample)
{
	uint8_t made[DIGEST_MAX];
	struct slice key;

	return crypto_key(context, &args->at[1], &key) &&
	       crypto_give(context, made,
			   digest_hmac(args->at[0].text.at, key, sample->value.text, made), sample);
}

static bool crypto_check_aes(struct conf_parse *parse, struct expr_args *args,
			     struct diag_span span)
{
	int64_t bits = args->at[0].integer;

	if (bits != 128 && bits != 192 && bits != 256)
		return converter_error(parse, args, 0, span, NULL,
				       "keys of AES have 128, 192 or 256 bits");
	digest_prepare();
	return crypto_check_keys(parse, args, 1, span);
}

/* What the arguments from 0 on say; that of the additional data is `aad`, 0 where there is none. */
static bool crypto_aes(struct expr_context *context, const struct expr_args *args, unsigned aad,
		       struct digest_aes *ret)
{
	*ret = (struct digest_aes){ .bits = (unsigned)args->at[0].integer };
	return crypto_key(context, &args->at[1], &ret->nonce) &&
	       crypto_key(context, &args->at[2], &ret->key) &&
	       (aad == 0 || !args->at[aad].given || crypto_key(context, &args->at[aad], &ret->aad));
}

static bool crypto_aes_gcm_dec(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *sample)
{
	struct slice bytes = sample->value.text, tag;
	struct digest_aes aes;
	uint8_t *plain;

	if (!crypto_aes(context, args, 4, &aes) || !crypto_key(context, &args->at[3], &tag))
		return false;
	plain = bump_alloc(context->memory, bytes.len + 1);
	if (plain == NULL || !digest_aes_gcm_decrypt(&aes, tag, bytes, plain))
		return false;
	expr_give_bytes(sample, (struct slice){ (char *)plain, bytes.len });
	return true;
}

static bool crypto_set_tag(struct expr_context *context, const struct expr_var *var,
			   struct slice tag)
{
	struct expr_sample sample = { .type = EXPR_STRING };
	struct out out;

	if (!converter_room(context, base64_encoded_size(tag.len), &out))
		return false;
	base64_encode(tag, false, &out);
	return converter_take(context, &out, EXPR_STRING, &sample) &&
	       expr_var_set(context, var, &sample);
}

static bool crypto_aes_gcm_enc(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *sample)
{
	struct slice bytes = sample->value.text;
	struct digest_aes aes;
	uint8_t *secret, tag[16];

	if (!crypto_aes(context, args, 4, &aes))
		return false;
	secret = bump_alloc(context->memory, bytes.len + 1);
	if (secret == NULL || !digest_aes_gcm_encrypt(&aes, bytes, secret, tag) ||
	    !crypto_set_tag(context, args->at[3].var, (struct slice){ (char *)tag, sizeof(tag) }))
		return false;
	expr_give_bytes(sample, (struct slice){ (char *)secret, bytes.len });
	return true;
}

static bool crypto_aes_cbc(struct expr_context *context, const struct expr_args *args,
			   struct expr_sample *sample, bool encrypt)
{
	struct slice bytes = sample->value.text;
	struct digest_aes aes;
	uint8_t *made;
	size_t len;

	if (!crypto_aes(context, args, 0, &aes))
		return false;
	made = bump_alloc(context->memory, bytes.len + DIGEST_AES_BLOCK);
	if (made == NULL || !digest_aes_cbc(&aes, bytes, encrypt, made, &len))
		return false;
	expr_give_bytes(sample, (struct slice){ (char *)made, len });
	return true;
}

static bool crypto_aes_cbc_dec(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *sample)
{
	return crypto_aes_cbc(context, args, sample, false);
}

static bool crypto_aes_cbc_enc(struct expr_context *context, const struct expr_args *args,
			       struct expr_sample *sample)
{
	return crypto_aes_cbc(context, args, sample, true);
}

static bool crypto_secure_memcmp(struct expr_context *context, const struct expr_args *args,
				 struct expr_sample *sample)
{
	struct slice a = sample->value.text, b;

	if (!converter_text(context, &args->at[0], &b))
		return false;
	expr_give_bool(sample, a.len == b.len && digest_same(a.at, b.at, a.len));
	return true;
}

#define CRYPTO_KEYED                                                                               \
	{ EXPR_ARG_INT, false, "bits" }, { EXPR_ARG_VAR_OR_STRING, false, "nonce" },               \
	{ EXPR_ARG_VAR_OR_STRING, false, "key" }
#define CRYPTO_AES(last)                                                                           \
	{ CRYPTO_KEYED, { last, false, "tag" }, { EXPR_ARG_VAR_OR_STRING, true, "aad" } }

const struct expr_converter expr_converters_crypto[] = {
	{
		.doc = { .name = "aes_cbc_dec", .since = "0.5",
			 .summary = "Bytes decrypted with AES-CBC, without their padding; there "
				    "are none when it is not right. Nonce and key are base64 or "
				    "variables that hold it.",
			 .example = "http-request set-var(txn.plain) req.hdr(x-secret),b64dec,"
				    "aes_cbc_dec(128,txn.nonce,Zm9vb2Zvb29mb29wZm9vbw==)" },
		.in = EXPR_BINARY, .out = EXPR_BINARY, .args = { CRYPTO_KEYED },
		.check = crypto_check_aes, .run = crypto_aes_cbc_dec,
	},
	{
		.doc = { .name = "aes_cbc_enc", .since = "0.5",
			 .summary = "Bytes encrypted with AES-CBC, padded to whole blocks. Nonce and "
				    "key are base64 or variables that hold it.",
			 .example = "http-response set-header x-secret %[res.hdr(x-plain),"
				    "aes_cbc_enc(128,txn.nonce,Zm9vb2Zvb29mb29wZm9vbw==),base64]" },
		.in = EXPR_BINARY, .out = EXPR_BINARY, .args = { CRYPTO_KEYED },
		.check = crypto_check_aes, .run = crypto_aes_cbc_enc,
	},
	{
		.doc = { .name = "aes_gcm_dec", .since = "0.2",
			 .summary = "Bytes decrypted with AES-GCM; there are none when the tag "
				    "does not match them. Nonce, key, tag and data that the tag "
				    "covers, too, are base64 or variables that hold it.",
			 .example = "http-request set-var(txn.plain) req.hdr(x-secret),b64dec,"
				    "aes_gcm_dec(128,txn.nonce,Zm9vb2Zvb29mb29wZm9vbw==,txn.tag)" },
		.in = EXPR_BINARY, .out = EXPR_BINARY, .args = CRYPTO_AES(EXPR_ARG_VAR_OR_STRING),
		.check = crypto_check_aes, .run = crypto_aes_gcm_dec,
	},
	{
		.doc = { .name = "aes_gcm_enc", .since = "0.2",
			 .summary = "Bytes encrypted with AES-GCM; the fourth argument is a variable "
				    "that gets the tag, in base64; a fifth is data that it covers, too.",
			 .example = "http-response set-header x-secret %[res.hdr(x-plain),"
				    "aes_gcm_enc(128,txn.nonce,Zm9vb2Zvb29mb29wZm9vbw==,txn.tag),base64]" },
		.in = EXPR_BINARY, .out = EXPR_BINARY, .args = CRYPTO_AES(EXPR_ARG_VAR),
		.check = crypto_check_aes, .run = crypto_aes_gcm_enc,
	},
	{
		.doc = { .name = "digest", .since = "0.2",
			 .summary = "The digest of bytes, by any algorithm of libcrypto.",
			 .example = "http-request set-header x-digest %[path,digest(sha256),hex]" },
		.in = EXPR_BINARY, .out = EXPR_BINARY,
		.args = { { EXPR_ARG_STRING, false, "algorithm" } },
		.check = crypto_check_digest, .run = crypto_digest,
	},
	{
		.doc = { .name = "hmac", .since = "0.2",
			 .summary = "The keyed-hash message authentication code of bytes; the key "
				    "is base64 or a variable that holds it.",
			 .example = "http-request set-header x-mac "
				    "%[path,hmac(sha256,c2VjcmV0),hex]" },
		.in = EXPR_BINARY, .out = EXPR_BINARY,
		.args = { { EXPR_ARG_STRING, false, "algorithm" },
			  { EXPR_ARG_VAR_OR_STRING, false, "key" } },
		.check = crypto_check_hmac, .run = crypto_hmac,
	},
	{
		.doc = { .name = "secure_memcmp", .since = "0.2",
			 .summary = "Whether bytes are those of a variable, found out in a time "
				    "that does not tell where they differ.",
			 .example = "acl token_right req.hdr(token),secure_memcmp(txn.token)" },
		.in = EXPR_BINARY, .out = EXPR_BOOL,
		.args = { { EXPR_ARG_VAR, false, "variable" } }, .run = crypto_secure_memcmp,
	},
	{
		.doc = { .name = "sha1", .since = "0.2", .summary = "The SHA-1 digest of bytes.",
			 .example = "http-request set-header x-digest %[path,sha1,hex]" },
		.in = EXPR_BINARY, .out = EXPR_BINARY,
		.check = crypto_check_sha1, .run = crypto_digest,
	},
	{
		.doc = { .name = "sha2", .since = "0.2",
			 .summary = "The SHA-2 digest of bytes, of 256 bits or as many as the "
				    "argument says.",
			 .example = "http-request set-header x-digest %[path,sha2(512),hex]" },
		.in = EXPR_BINARY, .out = EXPR_BINARY, .args = { { EXPR_ARG_INT, true, "bits" } },
		.check = crypto_check_sha2, .run = crypto_digest,
	},
	{ .doc = { .name = NULL } },
};
