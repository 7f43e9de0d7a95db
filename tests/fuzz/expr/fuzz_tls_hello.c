/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tls_hello: the first bytes of a TLS client or server, or of an RDP
 * client. Whatever is found lies in the bytes or in memory, and more bytes
 * never change what was said before.
 */
#include "base/bump.h"
#include "base/macros.h"
#include "expr/rdp.h"
#include "expr/tls_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static unsigned sum;

static void touch(struct slice slice)
{
	for (size_t i = 0; i < slice.len; i++)
		sum += (unsigned char)slice.at[i];
}

static void look(const struct tls_hello *hello)
{
	struct slice content;

	touch(hello->session_id);
	touch(hello->extensions);
	if (tls_hello_server_name(hello, &content))
		touch(content);
	if (tls_hello_alpn(hello, &content)) {
		struct slice name;

		while (tls_hello_alpn_next(&content, &name))
			touch(name);
	}
	for (unsigned id = 0; id < 64; id++)
		if (tls_hello_extension(hello, id, &content))
			touch(content);
}

static void check_prefixes(struct slice all, struct bump *memory, enum tls_hello_result whole)
{
	uint16_t version, early;
	enum tls_hello_result of_all = tls_hello_version(all, &version);
	struct tls_hello hello;

	for (size_t len = 0; len < all.len && len < 128; len++) {
		struct slice part = { all.at, len };
		enum tls_hello_result result;

		bump_free(memory);
		result = tls_hello_read(part, memory, &hello);
		ASSERT(result == TLS_HELLO_MORE || result == whole);
		result = tls_hello_version(part, &early);
		ASSERT(result == TLS_HELLO_MORE || result == of_all);
		if (result == TLS_HELLO_DONE)
			ASSERT(early == version);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct slice all = { (const char *)bytes, len }, value;
	struct bump_pool pool = { 0 };
	struct bump memory = { .pool = &pool };
	struct tls_hello hello;
	enum tls_hello_result result = tls_hello_read(all, &memory, &hello);

	if (result == TLS_HELLO_DONE)
		look(&hello);
	check_prefixes(all, &memory, result);
	if (rdp_cookie_read(all, (struct slice){ NULL, 0 }, &value) == RDP_COOKIE)
		touch(value);
	bump_free(&memory);
	bump_pool_free(&pool);
	return 0;
}
