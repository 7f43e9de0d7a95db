/* SPDX-License-Identifier: Apache-2.0 */
/* expr/converter_hash.c - hashes of bytes as numbers, for spreading and for keys (base/hash.h). */
#include "base/hash.h"
#include "expr/converter.h"

static uint32_t crc32c_of(const void *key, size_t len)
{
	return hash_crc32c(0, key, len);
}

/* The converter `hash_NAME`; an argument other than 0 asks for the avalanche. */
#define HASH_32(name, function)                                                                    \
	static bool convert_##name(struct expr_context *context, const struct expr_args *args,     \
				   struct expr_sample *sample)                                     \
	{                                                                                          \
		uint32_t hash = function(sample->value.text.at, sample->value.text.len);           \
                                                                                                   \
		if (args->at[0].integer != 0)                                                      \
			hash = hash_avalanche(hash);                                               \
		expr_give_int(sample, hash);                                                       \
		return true;                                                                       \
	}

/* The same with a seed. */
#define HASH_XXH(name, type)                                                                       \
	static bool convert_##name(struct expr_context *context, const struct expr_args *args,     \
				   struct expr_sample *sample)                                     \
	{                                                                                          \
		expr_give_int(sample, (int64_t)hash_##name(sample->value.text.at,                  \
							   sample->value.text.len,                 \
							   (type)args->at[0].integer));            \
		return true;                                                                       \
	}

HASH_32(crc32, hash_crc32)
HASH_32(crc32c, crc32c_of)
HASH_32(djb2, hash_djb2)
HASH_32(sdbm, hash_sdbm)
HASH_32(wt6, hash_wt6)
HASH_XXH(xxh32, uint32_t)
HASH_XXH(xxh64, uint64_t)
HASH_XXH(xxh3, uint64_t)

#define HASH_ROW(word, argument, text)                                                             \
	{ .doc = { .name = #word, .summary = text, .since = "0.2",                                 \
		   .example = "http-request set-header x-hash %[path," #word "]" },                \
	  .in = EXPR_BINARY, .out = EXPR_INT, .args = { { EXPR_ARG_INT, true, argument } },        \
	  .run = convert_##word }

const struct expr_converter expr_converters_hash[] = {
	HASH_ROW(crc32, "avalanche", "The CRC32 of Ethernet and gzip; with 1, each bit mixed again."),
	HASH_ROW(crc32c, "avalanche", "The CRC32C of SCTP and iSCSI; with 1, each bit mixed again."),
	HASH_ROW(djb2, "avalanche", "The 32-bit hash djb2; with 1, each bit mixed again."),
	HASH_ROW(sdbm, "avalanche", "The 32-bit hash sdbm; with 1, each bit mixed again."),
	HASH_ROW(wt6, "avalanche",
		 "A 32-bit hash, the one of hash-type wt6 (its numbers are relevo's own); with 1, "
		 "each bit mixed again."),
	HASH_ROW(xxh3, "seed", "The 64-bit hash XXH3, as a signed number."),
	HASH_ROW(xxh32, "seed", "The 32-bit hash XXH32."),
	HASH_ROW(xxh64, "seed", "The 64-bit hash XXH64, as a signed number."),
	{ .doc = { .name = NULL } },
};
