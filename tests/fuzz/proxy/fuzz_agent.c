/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/proxy/fuzz_agent.c - lines of agents: every word found lies in the line, and is a word. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "proxy/server_agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_inside(struct slice line, struct slice word, const char *not_in_it)
{
	if (word.at == NULL)
		return;
	if (word.at < line.at || word.at + word.len > line.at + line.len)
		abort();
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] != '\0' && strchr(not_in_it, word.at[i]) != NULL)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size == 0 ? 1 : size); /* no byte more, so that one too far is seen */
	struct agent_words words;
	struct slice line;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	line = (struct slice){ copy, size };
	agent_words_parse(line, &words);
	must_be_inside(line, words.health, " \t,");
	must_be_inside(line, words.admin, " \t,");
	must_be_inside(line, words.weight, " \t,");
	must_be_inside(line, words.maxconn, " \t,");
	must_be_inside(line, words.unknown, " \t,");
	must_be_inside(line, words.description, "");
	if (words.health.at != NULL && words.health.len == 0)
		abort();
	free(copy);
	return 0;
}
