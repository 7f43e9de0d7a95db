/* SPDX-License-Identifier: Apache-2.0 */
/* dns/answer.c - see answer.h. */
#include "dns/answer.h"

#include <arpa/nameser.h>
#include <ctype.h>
#include <resolv.h>
#include <string.h>

enum { SRV_FIXED_BYTES = 6, ALIASES_MAX = 16 };

static const ns_type answer_types[] = {
	[DNS_A] = ns_t_a,
	[DNS_AAAA] = ns_t_aaaa,
	[DNS_SRV] = ns_t_srv,
};

/* The walk over one message. */
struct answer_walk {
	ns_msg message;
	const struct dns_asked *asked;
	struct dns_answer *answer;
	char owner[NS_MAXDNAME];	/* the name whose records count */
	unsigned aliases;
};

bool dns_name_copy(const char *name, char ret[DNS_NAME_BYTES])
{
	size_t len = strlen(name);

	if (!dns_name_valid(name))
		return false;
	if (name[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++)
		ret[i] = (char)tolower((unsigned char)name[i]);
	ret[len] = '\0';
	return true;
}

/* A name inside the message. */
static bool answer_name(const struct answer_walk *walk, const uint8_t *at, char ret[NS_MAXDNAME])
{
	return dn_expand(ns_msg_base(walk->message), ns_msg_end(walk->message), at, ret,
			 NS_MAXDNAME) >= 0;
}

static bool answer_ip(const ns_rr *rr, struct net_endpoint *ret)
{
	if (ns_rr_type(*rr) == ns_t_a && ns_rr_rdlen(*rr) == 4)
		ret->family = AF_INET;
	else if (ns_rr_type(*rr) == ns_t_aaaa && ns_rr_rdlen(*rr) == 16)
		ret->family = AF_INET6;
	else
		return false;
	memcpy(ret->ip, ns_rr_rdata(*rr), ns_rr_rdlen(*rr));
	return true;
}

static bool answer_srv(const struct answer_walk *walk, const ns_rr *rr, struct dns_record *ret)
{
	const uint8_t *data = ns_rr_rdata(*rr);
	char target[NS_MAXDNAME];

	if (ns_rr_rdlen(*rr) <= SRV_FIXED_BYTES ||
	    !answer_name(walk, data + SRV_FIXED_BYTES, target) ||
	    !dns_name_copy(target, ret->target))
		return false; /* a target of "." too: there is no such service (RFC 2782) */
	ret->priority = (uint16_t)ns_get16(data);
	ret->weight = (uint16_t)ns_get16(data + 2);
	ret->where.port = (uint16_t)ns_get16(data + 4);
	return true;
}

static void answer_follow(struct answer_walk *walk, const ns_rr *rr)
{
	char target[NS_MAXDNAME];

	if (walk->aliases++ >= ALIASES_MAX || !answer_name(walk, ns_rr_rdata(*rr), target)) {
		walk->answer->alias_error = true;
		return;
	}
	walk->answer->alias = true;
	memcpy(walk->owner, target, sizeof(target));
}

static bool answer_known(const struct dns_answer *answer, const struct dns_record *record)
{
	for (unsigned i = 0; i < answer->count; i++)
		if (net_endpoint_same_ip(&answer->records[i].where, &record->where) &&
		    answer->records[i].where.port == record->where.port &&
		    strcmp(answer->records[i].target, record->target) == 0)
			return true;
	return false;
}

static void answer_take(struct answer_walk *walk, const ns_rr *rr)
{
	struct dns_answer *answer = walk->answer;
	struct dns_record record = { 0 };
	bool good;

	if (strcasecmp(ns_rr_name(*rr), walk->owner) != 0 || ns_rr_class(*rr) != ns_c_in)
		return;
	if (ns_rr_type(*rr) == ns_t_cname) {
		answer_follow(walk, rr);
		return;
	}
	if (ns_rr_type(*rr) != answer_types[walk->asked->type])
		return;
	good = walk->asked->type == DNS_SRV ? answer_srv(walk, rr, &record)
					    : answer_ip(rr, &record.where);
	if (good && answer->count < DNS_RECORDS_MAX && !answer_known(answer, &record))
		answer->records[answer->count++] = record;
}

/* The address of a target, which the server sent along. */
static void answer_take_more(struct answer_walk *walk, const ns_rr *rr)
{
	struct dns_answer *answer = walk->answer;
	struct net_endpoint ip = { 0 };

	if (ns_rr_class(*rr) != ns_c_in || !answer_ip(rr, &ip))
		return;
	for (unsigned i = 0; i < answer->count; i++) {
		struct dns_record *record = &answer->records[i];

		if (strcasecmp(record->target, ns_rr_name(*rr)) != 0 ||
		    (record->where.family != AF_UNSPEC &&
		     (record->where.family == walk->asked->prefer ||
		      ip.family != walk->asked->prefer)))
			continue;
		ip.port = record->where.port;
		record->where = ip;
	}
}

static bool answer_walk(struct answer_walk *walk, ns_sect section,
			void (*take)(struct answer_walk *, const ns_rr *))
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(walk->message, section); i++) {
		if (ns_parserr(&walk->message, section, i, &rr) < 0)
			return false;
		take(walk, &rr);
	}
	return true;
}

static enum dns_status answer_of_rcode(int rcode)
{
	return rcode == ns_r_noerror	? DNS_VALID
	       : rcode == ns_r_nxdomain ? DNS_NX
	       : rcode == ns_r_refused	? DNS_REFUSED
					: DNS_OTHER;
}

static void answer_judge(struct answer_walk *walk)
{
	struct dns_answer *answer = walk->answer;

	answer->truncated = ns_msg_getflag(walk->message, ns_f_tc) != 0;
	answer->status = answer_of_rcode(ns_msg_getflag(walk->message, ns_f_rcode));
	if (answer->truncated)
		answer->status = DNS_OTHER;
	if (answer->status != DNS_VALID)
		return;
	if (!answer_walk(walk, ns_s_an, answer_take)) {
		answer->invalid = true;
		answer->count = 0;
	}
	/* Targets whose address does not come along are asked for. */
	if (walk->asked->type == DNS_SRV)
		(void)answer_walk(walk, ns_s_ar, answer_take_more);
	if (answer->count != 0)
		return;
	answer->status = DNS_OTHER;
	answer->empty = !answer->invalid;
	answer->alias_error |= answer->alias;
}

void dns_answer_read(const uint8_t *bytes, size_t len, const struct dns_asked *asked,
		     struct dns_answer *ret)
{
	struct answer_walk walk = { .asked = asked, .answer = ret };

	ret->status = DNS_OTHER;
	ret->invalid = ret->truncated = ret->empty = ret->alias = ret->alias_error = false;
	ret->count = 0;
	strcpy(walk.owner, asked->name);
	if (len > UINT16_MAX || ns_initparse(bytes, (int)len, &walk.message) < 0 ||
	    !ns_msg_getflag(walk.message, ns_f_qr))
		ret->invalid = true;
	else
		answer_judge(&walk);
}
