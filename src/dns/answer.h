/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/answer.h - a DNS message as the records that were asked for (RFC 1035,
 * RFC 2782). The C library takes the message apart; what counts is judged here.
 * Pure: no clock, no sockets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "dns/conf.h"

enum { DNS_NAME_BYTES = 256, DNS_RECORDS_MAX = 512 };

enum dns_type { DNS_A, DNS_AAAA, DNS_SRV };

struct dns_record {
	struct net_endpoint where;	/* port 0 unless SRV, family AF_UNSPEC:
					 * SRV without an address */
	uint16_t priority, weight;	/* of SRV */
	char target[DNS_NAME_BYTES];	/* of SRV; "" else; in small letters,
					 * without a dot at the end */
	struct moment seen;		/* kept by dns/memory.h */
};

/* What was asked for. */
struct dns_asked {
	char name[DNS_NAME_BYTES];	/* valid, in small letters, without a dot at the end */
	enum dns_type type;
	int prefer;			/* AF_INET or AF_INET6: which of a SRV target's addresses */
};

struct dns_answer {
	enum dns_status status;		/* DNS_VALID: there is a record */
	bool invalid;			/* no DNS answer at all (status DNS_OTHER) */
	bool truncated;			/* it says that it is not whole (status DNS_OTHER) */
	bool empty;			/* the name is there, such records are
					 * not (status DNS_OTHER) */
	bool alias;			/* a CNAME led on */
	bool alias_error;		/* and to nothing */
	unsigned count;			/* further records than DNS_RECORDS_MAX are left out */
	struct dns_record records[DNS_RECORDS_MAX];
};

/*
 * Reads the whole message `bytes`. Records of other names than those asked for and
 * its aliases do not count. SRV targets take the address that the message brings
 * along, of the family that is preferred if there are both.
 */
void dns_answer_read(const uint8_t *bytes, size_t len, const struct dns_asked *asked,
		     struct dns_answer *ret);

/* Copies a name as dns_asked has it. False: not valid. */
bool dns_name_copy(const char *name, char ret[DNS_NAME_BYTES]);
