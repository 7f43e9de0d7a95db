/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes on the control socket get an answer. */
#include <stdint.h>
#include <stdlib.h>

#include "daemon/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct page *page;
	struct strbuf answer = STRBUF_EMPTY;

	if (page == NULL) {
		page = page_map();
		page_event_add(page, "an event");
	}
	control_answer(page, (const char *)data, size, &answer);
	if (answer.len == 0)
		abort();
	strbuf_free(&answer);
	return 0;
}
