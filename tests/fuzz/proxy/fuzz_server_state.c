/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/proxy/fuzz_server_state.c - any bytes as a line of a state file
 * (`load-server-state-from-file`): what is found lies in the line, has no blank
 * in it, and is in its range.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/server_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_inside(struct slice line, struct slice word)
{
	struct net_address address = { 0 };

	if (word.len == 0)
		return;
	if (word.at < line.at || word.at + word.len > line.at + line.len ||
	    memchr(word.at, ' ', word.len) != NULL)
		abort();
	if (server_saved_address(word, &address) && address.len == 0)
		abort();
}

static void check(struct slice line, const struct server_saved *saved)
{
	must_be_inside(line, saved->backend);
	must_be_inside(line, saved->server);
	must_be_inside(line, saved->address);
	must_be_inside(line, saved->fqdn);
	must_be_inside(line, saved->service);
	must_be_inside(line, saved->check_address);
	must_be_inside(line, saved->agent_address);
	if (saved->backend.len == 0 || saved->server.len == 0 || saved->address.len == 0)
		abort();
	if (saved->op > SAVED_STOPPING || saved->admin > 0xff || saved->uweight > 256 ||
	    saved->iweight > 256 || saved->since_s > INT32_MAX || saved->check_state > 0xff ||
	    saved->agent_state > 0xff)
		abort();
	/* What a line that ends early leaves open. */
	if (saved->fqdn.len == 0 && (saved->port != 0 || saved->service.len != 0))
		abort();
	if (saved->check_address.len == 0 && (saved->check_port != 0 || saved->agent_port != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size == 0 ? 1 : size); /* no byte more, so that one too far is seen */
	struct server_saved saved;
	struct slice line;

	if (copy == NULL)
		return 0;
	memset(&saved, 0xa5, sizeof(saved));
	memcpy(copy, data, size);
	line = (struct slice){ copy, size };
	if (server_saved_parse(line, &saved))
		check(line, &saved);
	free(copy);
	return 0;
}
