/* SPDX-License-Identifier: Apache-2.0 */
/* nl/rule.h - routing policy rules of both families, as `ip rule` knows them: add, remove, read. */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/macros.h"
#include "nl/socket.h"

enum nl_rule_action { /* as the kernel counts them */
	NL_RULE_NONE = 0,
	NL_RULE_TABLE = 1,
	NL_RULE_GOTO = 2,
	NL_RULE_NOP = 3,
	NL_RULE_BLACKHOLE = 6,
	NL_RULE_UNREACHABLE = 7,
	NL_RULE_PROHIBIT = 8,
};

struct nl_rule_range {
	bool given;
	uint32_t first, last;
};

struct nl_rule {
	uint8_t family;			/* AF_INET or AF_INET6 */
	uint8_t action;			/* enum nl_rule_action */
	uint8_t tos;
	uint8_t protocol;		/* who made it */
	uint8_t ip_protocol;		/* 0: any */
	bool invert;			/* packets that do not match */
	bool l3mdev;			/* the table of the packet's VRF */
	struct ip from, to;		/* family 0: any */
	uint8_t from_len, to_len;
	uint32_t priority;
	uint32_t table;
	uint32_t target;		/* NL_RULE_GOTO: the priority to go on at */
	char iif[IF_NAMESIZE], oif[IF_NAMESIZE]; /* "": any */
	bool has_mark, has_mask;
	uint32_t mark, mask;
	uint32_t realms;		/* source << 16 | destination */
	bool has_suppress_len, has_suppress_group;
	uint32_t suppress_len, suppress_group;
	uint64_t tunnel;		/* 0: any */
	struct nl_rule_range uids, source_ports, destination_ports;
};

/* Adds the rule. 0, also if it was there; or negative errno. */
int nl_rule_set(struct nl_socket *nl, const struct nl_rule *rule) MUST_CHECK;

/* Removes it. 0, also if it was not there; or negative errno. */
int nl_rule_remove(struct nl_socket *nl, const struct nl_rule *rule) MUST_CHECK;

/* Whether what the kernel told of is that rule, by family, priority, action, table and networks. */
bool nl_rule_is(const struct nl_rule *told, const struct nl_rule *rule);

/* Room: reads an RTM_NEWRULE or RTM_DELRULE; false if it is of neither family. */
bool nl_rule_read(const struct nlmsghdr *message, struct nl_rule *ret);
