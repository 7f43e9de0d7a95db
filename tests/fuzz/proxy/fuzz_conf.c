/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/proxy/fuzz_conf.c - any bytes as haproxy.cfg: the lexer, every
 * row, the checks and the report. Names are never asked of the network.
 */
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "proxy/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In place of the C library's, which would send queries and wait. */
int getaddrinfo(const char *restrict node, const char *restrict service,
		const struct addrinfo *restrict hints, struct addrinfo **restrict res)
{
	return EAI_NONAME;
}

/* A configuration without errors keeps its promises to the data path. */
static void check(const struct proxy_conf *conf)
{
	unsigned sections = 0;

	for (const struct section *section = conf->sections; section != NULL; section = section->next) {
		unsigned servers = 0;

		if (section->index != sections++ || section->id == 0 || section->back.lb.algo == NULL)
			abort();
		for (const struct server_conf *server = section->back.servers; server != NULL;
		     server = server->next)
			if (server->index != servers++ || server->id == 0 || server->address.len == 0)
				abort();
		if (servers != section->back.server_count)
			abort();
		for (const struct use_backend *use = section->front.use_backends; use != NULL;
		     use = use->next)
			if (use->backend == NULL)
				abort();
	}
	if (sections != conf->section_count || conf->bind_count == 0)
		abort();
	for (unsigned i = 0; i < conf->bind_count; i++)
		if (conf->binds[i]->index != i || conf->binds[i]->listener.backlog <= 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag_report *report = diag_report_new();
	struct proxy_conf *conf = proxy_conf_read_text("fuzz.cfg", (const char *)data, size, report);
	struct strbuf text = STRBUF_EMPTY;

	diag_report_render(report, &text);
	if (diag_count(report, DIAG_ERROR) == 0)
		check(conf);
	strbuf_free(&text);
	proxy_conf_free(conf);
	diag_report_free(report);
	return 0;
}
