/* SPDX-License-Identifier: Apache-2.0 */
/* dns/memory.c - see memory.h. */
#include "dns/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBERED_MAX = 2 * DNS_RECORDS_MAX };

/* A service is its target and port, whatever its address is today. */
static bool memory_same(const struct dns_record *a, const struct dns_record *b)
{
	if (a->target[0] == '\0' && b->target[0] == '\0')
		return net_endpoint_same_ip(&a->where, &b->where);
	return a->where.port == b->where.port && strcmp(a->target, b->target) == 0;
}

static struct dns_record *memory_find(const struct dns_memory *memory,
				      const struct dns_record *record)
{
	for (unsigned i = 0; i < memory->count; i++)
		if (memory_same(&memory->records[i], record))
			return &memory->records[i];
	return NULL;
}

static int memory_reserve(struct dns_memory *memory, unsigned more)
{
	unsigned size = memory->count + more;
	struct dns_record *records;

	if (size <= memory->size)
		return 0;
	records = realloc(memory->records, size * sizeof(*records));
	if (records == NULL)
		return -ENOMEM;
	memory->records = records;
	memory->size = size;
	return 0;
}

static void memory_forget(struct dns_memory *memory, uint64_t hold_us, struct moment now)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < memory->count; i++) {
		uint64_t unseen_us = moment_since(memory->records[i].seen, now);

		if (unseen_us == 0 || unseen_us < hold_us)
			memory->records[kept++] = memory->records[i];
	}
	memory->count = kept;
}

int dns_memory_take(struct dns_memory *memory, const struct dns_answer *answer, uint64_t hold_us,
		    struct moment now)
{
	int error = memory_reserve(memory, answer->count);

	if (error < 0)
		return error;
	for (unsigned i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];
		struct dns_record *known = memory_find(memory, record);

		if (known == NULL && memory->count < REMEMBERED_MAX)
			known = &memory->records[memory->count++];
		if (known == NULL)
			continue;
		*known = *record;
		known->seen = now;
	}
	memory_forget(memory, hold_us, now);
	return 0;
}

void dns_memory_clear(struct dns_memory *memory)
{
	free(memory->records);
	*memory = (struct dns_memory){ 0 };
}
