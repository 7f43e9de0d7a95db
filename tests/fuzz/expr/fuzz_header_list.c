/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of headers. Beyond not crashing: each text lies within the list and
 * behind the one before, and what was taken, written again, is taken alike.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expr/header_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void again(struct slice text)
{
	char *bytes = malloc(text.len + HEADER_LIST_SIZE_MAX);
	char *end = header_list_put_size(bytes, text.len);
	struct slice list, taken;

	if (text.len != 0)
		memcpy(end, text.at, text.len);
	list = (struct slice){ bytes, (size_t)(end - bytes) + text.len };
	must(header_list_take(&list, &taken) && list.len == 0 && taken.len == text.len &&
	     (text.len == 0 || memcmp(taken.at, text.at, text.len) == 0));
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice list = { (const char *)data, size }, before = list, text;

	while (header_list_take(&list, &text)) {
		must(text.at > before.at && text.at + text.len == list.at);
		must(list.at + list.len == (const char *)data + size);
		again(text);
		before = list;
	}
	must(list.at == before.at && list.len == before.len);
	return 0;
}
