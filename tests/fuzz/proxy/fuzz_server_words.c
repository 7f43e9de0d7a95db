/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/proxy/fuzz_server_words.c - any words as those of `add server`:
 * what is taken keeps its promises to the data path, what is refused says why.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/page.h"
#include "diag/report.h"
#include "proxy/proxy.h"
#include "proxy/run.h"
#include "proxy/server_dynamic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS = 64 };

static const char config[] = "defaults\n"
			     "  timeout client 5s\n"
			     "  timeout server 5s\n"
			     "  timeout connect 1s\n"
			     "listen web\n"
			     "  mode http\n"
			     "  bind 127.0.0.1:20998\n"
			     "  option httpchk GET /\n"
			     "  server a 127.0.0.1:1 check\n"
			     "  server b 127.0.0.1:2 id 7\n"
			     "backend raw\n"
			     "  mode tcp\n"
			     "  server a 127.0.0.1:1\n";

static struct proxy *proxy;

static void start(void)
{
	static struct proxy_args args;
	struct diag_report *report = diag_report_new();

	args = (struct proxy_args){ .page = page_map(), .threads = 1, .maxconn = 100 };
	args.conf = proxy_conf_read_text("fuzz.cfg", config, sizeof(config) - 1, report);
	if (diag_count(report, DIAG_ERROR) != 0)
		abort();
	diag_report_free(report);
	proxy = proxy_new(&args);
	if (proxy == NULL)
		abort();
}

/* No name and no number twice, an address, limits in their order. */
static void check(const struct backend *backend, const struct server_conf *server)
{
	const struct server_set *set = backend_servers(backend);

	if (server->id <= 0 || server->address.len == 0 || *server->name == '\0')
		abort();
	for (unsigned i = 0; i < set->count; i++)
		if (set->at[i]->conf->id == server->id ||
		    strcmp(set->at[i]->conf->name, server->name) == 0)
			abort();
	if (server->minconn != 0 && server->minconn >= server->maxconn)
		abort();
	if (server->tracked != NULL && server->check)
		abort();
}

static void read_words(const struct backend *backend, const char *const *words, unsigned count)
{
	struct arena *arena = arena_new();
	const char *why = NULL;
	const struct server_conf *server = server_words_read(backend, arena, words, count, &why);

	if (server != NULL)
		check(backend, server);
	else if (why == NULL || *why == '\0')
		abort();
	arena_free(arena);
}

/* The words of a line, as the runtime API has taken them apart: no blank is left in them but by '\1'. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *word, *rest = text;
	const char *words[WORDS];
	unsigned count = 0;

	if (text == NULL)
		return 0;
	if (proxy == NULL)
		start();
	memcpy(text, data, size);
	text[size] = '\0';
	while (count < WORDS && (word = strsep(&rest, " \n")) != NULL) {
		for (char *at = strchr(word, '\1'); at != NULL; at = strchr(at, '\1'))
			*at = ' ';
		words[count++] = word;
	}
	/* Mode http or mode tcp, by its length: an input always does the same. */
	read_words(proxy->parts[size % 2].backend, words, count);
	free(text);
	return 0;
}
