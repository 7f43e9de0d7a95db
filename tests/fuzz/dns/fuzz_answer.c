/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of answers to who gets which address. The first byte says what is
 * asked for and how long the records are kept; then answers, each behind two bytes
 * of length. Whatever they say: nobody has an address that no answer had, nobody two
 * take the same one unless they share, and no place stands for what is not there.
 */
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "dns/assign.h"
#include "dns/memory.h"

enum { SERVERS = 5 };

static struct dns_answer answer;

static void check_addresses(struct dns_taker takers[SERVERS], const struct dns_memory *memory)
{
	dns_assign(takers, SERVERS, memory->records, memory->count);
	for (unsigned i = 0; i < SERVERS; i++) {
		bool known = takers[i].where.family == AF_UNSPEC;

		for (unsigned j = 0; j < memory->count; j++)
			known |= net_endpoint_same_ip(&takers[i].where, &memory->records[j].where);
		ASSERT(known);
		for (unsigned j = 0; j < i; j++)
			ASSERT(takers[i].where.family == AF_UNSPEC || takers[i].shares ||
			       takers[j].shares ||
			       !net_endpoint_same_ip(&takers[i].where, &takers[j].where));
	}
}

static void check_services(struct dns_place places[SERVERS], const struct dns_memory *memory)
{
	dns_assign_services(places, SERVERS, memory->records, memory->count);
	for (unsigned i = 0; i < SERVERS; i++) {
		const struct dns_record *record = places[i].record;

		ASSERT(record == NULL || (record >= memory->records &&
					  record < memory->records + memory->count));
		for (unsigned j = 0; j < i; j++)
			ASSERT(record == NULL || record != places[j].record);
		places[i].target[0] = '\0';
		if (record != NULL) {
			ASSERT(dns_name_valid(record->target));
			memcpy(places[i].target, record->target, sizeof(record->target));
			places[i].port = record->where.port;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_asked asked = { .name = "a.test", .prefer = AF_INET };
	struct dns_taker takers[SERVERS] = { 0 };
	struct dns_place places[SERVERS] = { 0 };
	struct dns_memory memory = { 0 };
	struct moment now = { 1000 };
	uint64_t hold_us;

	if (size == 0)
		return 0;
	asked.type = (enum dns_type)(data[0] % 3);
	hold_us = data[0] / 3 % 3;
	for (unsigned i = 0; i < SERVERS; i++) {
		takers[i].prefer = i % 2 == 0 ? AF_INET : AF_INET6;
		takers[i].shares = i > 2;
	}
	for (data++, size--; size > 2; now.us++) {
		size_t len = (size_t)(data[0] << 8 | data[1]);

		len = len > size - 2 ? size - 2 : len;
		dns_answer_read(data + 2, len, &asked, &answer);
		ASSERT(answer.count <= DNS_RECORDS_MAX);
		ASSERT((answer.status == DNS_VALID) == (answer.count != 0));
		if (answer.status == DNS_VALID &&
		    dns_memory_take(&memory, &answer, hold_us, now) < 0)
			break;
		if (asked.type == DNS_SRV)
			check_services(places, &memory);
		else
			check_addresses(takers, &memory);
		data += 2 + len;
		size -= 2 + len;
	}
	dns_memory_clear(&memory);
	return 0;
}
