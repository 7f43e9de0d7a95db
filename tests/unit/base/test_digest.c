/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/test_digest.c - base64, hashes and digests against values published elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/digest.h"
#include "base/hash.h"

static struct slice encoded(const char *text, bool url, char buf[64])
{
	struct out out = { .bytes = buf, .size = 64 };

	base64_encode(slice_of(text), url, &out);
	assert_false(out.cut);
	return out_slice(&out);
}

/* RFC 4648, 10, and the two digits in which the alphabets differ. */
static void test_base64_encode(void **state)
{
	char buf[64];

	assert_true(slice_is(encoded("", false, buf), ""));
	assert_true(slice_is(encoded("f", false, buf), "Zg=="));
	assert_true(slice_is(encoded("fo", false, buf), "Zm8="));
	assert_true(slice_is(encoded("foo", false, buf), "Zm9v"));
	assert_true(slice_is(encoded("foob", false, buf), "Zm9vYg=="));
	assert_true(slice_is(encoded("foob", true, buf), "Zm9vYg"));
	assert_true(slice_is(encoded("\xfb\xff", false, buf), "+/8="));
	assert_true(slice_is(encoded("\xfb\xff", true, buf), "-_8"));
}

static void decodes(const char *text, bool url, const char *expected)
{
	char buf[16];
	struct out out = { .bytes = buf, .size = sizeof(buf) };
	bool good = base64_decode(slice_of(text), url, &out);

	assert_int_equal(good, expected != NULL);
	if (good)
		assert_true(slice_is(out_slice(&out), expected));
}

static void test_base64_decode(void **state)
{
	decodes("", false, "");
	decodes("Zg==", false, "f");
	decodes("Zm9vYg==", false, "foob");
	decodes("Zm9vYh==", false, "foob"); /* bits left over */
	decodes("+/8=", false, "\xfb\xff");
	decodes("-_8", true, "\xfb\xff");
	decodes("-_8=", true, "\xfb\xff");
	decodes("Zg", true, "f");
	decodes("Zg", false, NULL);
	decodes("Zg=", false, NULL);
	decodes("Zg=", true, NULL);
	decodes("Z", true, NULL);
	decodes("====", false, NULL);
	decodes("Zm9v====", false, NULL);
	decodes("Zm=v", false, NULL);
	decodes("Zm9v Yg==", false, NULL);
	decodes("-_8=", false, NULL);
	decodes("+/8", true, NULL);
	decodes("MTIzNDU2Nzg5MDEyMzQ1Njc=", false, NULL); /* 17 bytes do not fit */
}

/* The check values of the catalogue of CRCs, and those of the xxHash project. */
static void test_hashes(void **state)
{
	assert_int_equal(hash_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(hash_crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(hash_crc32c(hash_crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	assert_int_equal(hash_xxh32("", 0, 0), 0x02cc5d05);
	assert_true(hash_xxh64("", 0, 0) == 0xef46db3751d8e999u);
	assert_true(hash_xxh3("", 0, 0) == 0x2d06800538d394c2u);
}

static void hex_is(const uint8_t *bytes, size_t len, const char *hex)
{
	static const char digits[] = "0123456789abcdef";

	assert_int_equal(len * 2, strlen(hex));
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(digits[bytes[i] >> 4], hex[2 * i]);
		assert_int_equal(digits[bytes[i] & 15], hex[2 * i + 1]);
	}
}

static void test_digests(void **state)
{
	struct arena *arena = arena_new();
	uint8_t made[DIGEST_MAX];

	assert_null(digest_new(arena, "nonsense"));
	hex_is(made, digest_make(digest_new(arena, "sha1"), SLICE("abc"), made),
	       "a9993e364706816aba3e25717850c26c9cd0d89d");
	hex_is(made, digest_make(digest_new(arena, "SHA256"), SLICE("abc"), made),
	       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* RFC 2202, 2, case 2 */
	hex_is(made,
	       digest_hmac("md5", SLICE("Jefe"), SLICE("what do ya want for nothing?"), made),
	       "750c783e6ab0b503eaa86e310a5db738");
	assert_int_equal(digest_hmac("md5", (struct slice){ NULL, 0 }, SLICE(""), made), 16);
	assert_int_equal(digest_hmac("nonsense", SLICE("k"), SLICE(""), made), 0);
	assert_true(digest_same("abc", "abc", 3));
	assert_false(digest_same("abc", "abd", 3));
	arena_free(arena);
}

/* There and back; a flipped bit of the tag, or a key of another length, gives nothing. */
static void test_aes_gcm(void **state)
{
	struct digest_aes aes = { .bits = 128, .key = SLICE("0123456789abcdef"),
				  .nonce = SLICE("twelve bytes") };
	uint8_t secret[5], plain[5], seal[16];
	struct slice tag = { (char *)seal, sizeof(seal) }, hidden = { (char *)secret, 5 };

	assert_true(digest_aes_gcm_encrypt(&aes, SLICE("hello"), secret, seal));
	assert_true(digest_aes_gcm_decrypt(&aes, tag, hidden, plain));
	assert_memory_equal(plain, "hello", 5);
	aes.aad = SLICE("more");
	assert_false(digest_aes_gcm_decrypt(&aes, tag, hidden, plain));
	assert_true(digest_aes_gcm_encrypt(&aes, SLICE("hello"), secret, seal));
	assert_true(digest_aes_gcm_decrypt(&aes, tag, hidden, plain));
	aes.aad = SLICE("less");
	assert_false(digest_aes_gcm_decrypt(&aes, tag, hidden, plain));
	aes.aad = SLICE("more");
	seal[3] ^= 1;
	assert_false(digest_aes_gcm_decrypt(&aes, tag, hidden, plain));
	aes.bits = 256;
	assert_false(digest_aes_gcm_encrypt(&aes, SLICE("hello"), secret, seal));
}

/* There and back; what is no whole block, or does not end in padding, gives nothing. */
static void test_aes_cbc(void **state)
{
	struct digest_aes aes = { .bits = 128, .key = SLICE("0123456789abcdef"),
				  .nonce = SLICE("sixteen_bytes_ok") };
	uint8_t secret[32], plain[32];
	struct slice hidden = { (char *)secret, 16 };
	size_t len;

	assert_true(digest_aes_cbc(&aes, SLICE("hello"), true, secret, &len));
	assert_int_equal(len, 16);
	assert_memory_equal(secret, "\x50\x64\x95\x3c", 4);
	assert_true(digest_aes_cbc(&aes, hidden, false, plain, &len));
	assert_int_equal(len, 5);
	assert_memory_equal(plain, "hello", 5);
	hidden.len = 15;
	assert_false(digest_aes_cbc(&aes, hidden, false, plain, &len));
	assert_false(digest_aes_cbc(&aes, aes.nonce, false, plain, &len));
	aes.bits = 192;
	assert_false(digest_aes_cbc(&aes, SLICE("hello"), true, secret, &len));
	aes.bits = 128;
	aes.nonce = SLICE("short");
	assert_false(digest_aes_cbc(&aes, SLICE("hello"), true, secret, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64_encode), cmocka_unit_test(test_base64_decode),
		cmocka_unit_test(test_hashes),	      cmocka_unit_test(test_digests),
		cmocka_unit_test(test_aes_gcm),     cmocka_unit_test(test_aes_cbc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
