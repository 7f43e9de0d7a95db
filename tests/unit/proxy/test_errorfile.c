/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/proxy/test_errorfile.c - messages of the operator's own: what is taken, and as what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "proxy/http_errorfile.h"

/* `sent` NULL: refused with `why`. HAProxy 2.6 takes and refuses the same. */
static const struct {
	const char *text, *sent, *why;
} files[] = {
	{ "HTTP/1.0 503 Down\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n<html>\n",
	  "HTTP/1.0 503 Down\r\nCache-Control: no-cache\r\n\r\n<html>\n", NULL },
	{ "HTTP/1.0 503 Down\nX: y\n\nbody\n", "HTTP/1.0 503 Down\r\nX: y\r\n\r\nbody\n", NULL },
	{ "HTTP/1.1 503 X\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n",
	  "HTTP/1.1 503 X\r\n\r\n", NULL },
	{ "HTTP/1.1 404 Own\r\nX-A: a\r\n\r\n", "HTTP/1.1 404 Own\r\nX-A: a\r\n\r\n", NULL },
	{ "HTTP/1.1 503 X\r\nContent-Length: 6\r\n\r\nabcdef",
	  "HTTP/1.1 503 X\r\nContent-Length: 6\r\n\r\nabcdef", NULL },
	{ "HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 204 X\r\n\r\n", NULL },
	{ "", "", NULL },
	{ "HTTP/1.1 503 X\r\nContent-Length: 3\r\n\r\nabcdef", NULL, "Content-Length" },
	{ "HTTP/1.1 503 X\r\nContent-Length: 9\r\n\r\nabcdef", NULL, "Content-Length" },
	{ "HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", NULL, "chunked" },
	{ "hello", NULL, "does not end" },
	{ "hello\r\n\r\n", NULL, "no complete HTTP response" },
	{ "HTTP/1.1 404 X\r\nX: a\r\n", NULL, "does not end" },
	{ "HTTP/1.1 204 X\r\n\r\nbody", NULL, "has no body" },
};

static void test_files(void **state)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct arena *arena = arena_new();
		struct slice reply = { NULL, 0 };
		const char *why = "";
		bool taken = http_errorfile_read(arena, slice_of(files[i].text), &reply, &why);

		if (taken != (files[i].sent != NULL) ||
		    (taken && (reply.at == NULL || !slice_is(reply, files[i].sent))) ||
		    (!taken && strstr(why, files[i].why) == NULL))
			fail_msg("%s\n%s: %.*s", files[i].text, why, (int)reply.len, reply.at);
		arena_free(arena);
	}
}

static void test_redirect(void **state)
{
	struct arena *arena = arena_new();

	assert_true(slice_is(http_errorfile_redirect(arena, 303, "/sorry"),
			     "HTTP/1.1 303 See Other\r\ncache-control: no-cache\r\n"
			     "content-length: 0\r\nlocation: /sorry\r\n\r\n"));
	arena_free(arena);
}

static void test_paths(void **state)
{
	struct arena *arena = arena_new();
	struct slice reply;
	const char *why = NULL;

	assert_true(http_errorfile_load(arena, "/dev/null", 1000, &reply, &why));
	assert_non_null(reply.at);
	assert_int_equal(reply.len, 0);
	assert_false(http_errorfile_load(arena, "/no/such/file", 1000, &reply, &why));
	assert_string_equal(why, "cannot be opened");
	assert_false(http_errorfile_load(arena, "/dev/zero", 1000, &reply, &why));
	assert_string_equal(why, "too large");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests_name("proxy/errorfile", tests, NULL, NULL);
}
