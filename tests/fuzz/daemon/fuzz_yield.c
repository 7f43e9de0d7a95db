/* SPDX-License-Identifier: Apache-2.0 */
/* What another relevo says of its instances: a page is filled whole or not at all. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/yield.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vrrp_instance_conf instance = { .name = "VI_1" };
	static const struct vrrp_conf conf = { .instances = &instance };
	static struct page *page;
	char *text = malloc(size + 1);

	if (page == NULL)
		page = page_map();
	if (page == NULL || text == NULL)
		abort();
	memset(page->instance, 0, sizeof(page->instance));
	atomic_store(&page->vrrp_generation, 0);
	memcpy(text, data, size);
	text[size] = '\0';

	bool taken = yield_take(text, &conf, page);
	if (taken != (atomic_load(&page->vrrp_generation) == 1))
		abort();
	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		const struct page_instance *place = &page->instance[i];

		if (atomic_load(&place->used) != 0 &&
		    (!taken || strcmp(place->name, "VI_1") != 0 ||
		     atomic_load(&place->priority) > 255))
			abort();
	}
	free(text);
	return 0;
}
