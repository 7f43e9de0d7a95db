/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/memory.h - the records of a name over several answers: a server of names
 * need not give all of them each time (`hold obsolete`). The clock is passed in.
 */
#pragma once

#include "dns/answer.h"

struct dns_memory {
	struct dns_record *records;	/* in the order they were first seen */
	unsigned count, size;
};

/*
 * Renews what `answer` has, adds what is new, and forgets what was not seen for
 * `hold_us`. 0, or -ENOMEM: nothing was taken.
 */
int dns_memory_take(struct dns_memory *memory, const struct dns_answer *answer, uint64_t hold_us,
		    struct moment now) MUST_CHECK;
void dns_memory_clear(struct dns_memory *memory); /* forgets all, and gives memory back */
