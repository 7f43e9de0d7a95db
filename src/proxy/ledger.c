/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/ledger.c - see ledger.h. */
#include "proxy/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "proxy/conf.h"

struct ledger *ledger_new(const struct proxy_conf *conf)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger == NULL)
		return NULL;
	ledger->bind_count = conf->bind_count;
	ledger->size = sizeof(*ledger->page) + conf->bind_count;
	ledger->page = mmap(NULL, ledger->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	if (ledger->page == MAP_FAILED) {
		free(ledger);
		return NULL;
	}
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	munmap(ledger->page, ledger->size);
	free(ledger);
}

void ledger_fail(struct ledger *ledger, const char *what, const char *why)
{
	if (ledger != NULL)
		snprintf(ledger->page->failure, sizeof(ledger->page->failure), "%s: %s", what, why);
}
