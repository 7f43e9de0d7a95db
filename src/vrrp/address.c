/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/address.c - the lines of virtual_ipaddress and its kin: ADDRESS[/PREFIX] [OPTION...]. */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "nl/address.h"
#include "vrrp/iproute.h"
#include "vrrp/keywords_kernel.h"

/* A line being read. */
struct address_draft {
	struct iproute_words words;	/* first: see iproute.h */
	struct vrrp_address_conf *conf;
	const struct conf_word *first;	/* of the line */
	bool use_vmac, no_track;
	bool home, dad, manage_temp, no_prefix_route, auto_join;
	bool has_prefix;
	bool has_preferred;
};

static void address_parse_dev(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct address_draft *draft = object;
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);

	if (draft->conf->dev != NULL && word != NULL)
		iproute_bad(parse, &draft->words, word, "an address is on one interface only");
	else
		iproute_interface(parse, &draft->words, word, &draft->conf->dev);
}

static void address_parse_label(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct address_draft *draft = object;
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);

	if (word == NULL)
		return;
	if (draft->conf->ip.family != AF_INET)
		iproute_bad(parse, &draft->words, word, "an IPv6 address has no label");
	else if (strlen(word->text) >= IF_NAMESIZE)
		iproute_bad(parse, &draft->words, word, "a label has at most %d bytes",
			    IF_NAMESIZE - 1);
	else
		draft->conf->label = word->text;
}

static void address_parse_scope(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct address_draft *draft = object;
	uint32_t scope;

	if (iproute_name(parse, &draft->words, iproute_word(parse, &draft->words, node, 1),
			 NL_NAMES_SCOPE, "scope", &scope))
		draft->conf->scope = (int)scope;
}

static void address_parse_broadcast(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct address_draft *draft = object;
	struct vrrp_address_conf *address = draft->conf;
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);
	struct ip broadcast;

	if (word == NULL)
		return;
	if (address->ip.family != AF_INET) {
		iproute_bad(parse, &draft->words, word, "IPv6 has no broadcast addresses");
		return;
	}
	address->has_broadcast = strcmp(word->text, "-") != 0;
	if (strcmp(word->text, "+") == 0) { /* the last address of the network */
		uint32_t ip, host = address->prefix >= 32 ? 0 : UINT32_MAX >> address->prefix;

		if (address->prefix > 30)
			iproute_bad(parse, &draft->words, word,
				    "a network of /%u has no broadcast address", address->prefix);
		memcpy(&ip, address->ip.bytes, sizeof(ip));
		broadcast = ip_from_v4((struct in_addr){ ip | htonl(host) });
	} else if (!address->has_broadcast ||
		   !iproute_ip(parse, &draft->words, word, AF_INET, &broadcast)) {
		return;
	}
	memcpy(address->broadcast, broadcast.bytes, sizeof(address->broadcast));
}

static void address_parse_peer(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	struct address_draft *draft = object;
	struct vrrp_address_conf *address = draft->conf;
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);

	if (!iproute_ip(parse, &draft->words, word, address->ip.family, &address->peer))
		return;
	address->peer_prefix = address->prefix;
	if (draft->has_prefix)
		iproute_bad(parse, &draft->words, draft->first,
			    "an address with a peer has no prefix of its own");
}

/* Seconds until it is deprecated: 0 is at once, `forever` never. */
static void address_parse_preferred(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct address_draft *draft = object;
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);
	uint64_t seconds;

	draft->has_preferred = true;
	if (word == NULL || strcmp(word->text, "forever") == 0 ||
	    !iproute_number(parse, &draft->words, word, UINT32_MAX, &seconds))
		return;
	draft->conf->deprecated = seconds == 0;
	draft->conf->preferred_s = seconds == UINT32_MAX ? 0 : (uint32_t)seconds;
}

static void address_parse_track_group(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	struct address_draft *draft = object;

	draft->conf->track_group = vrrp_track_group_named(
		parse, iproute_word(parse, &draft->words, node, 1));
}

/* --- the whole line --- */

/* IPv6 is usable at once unless it says otherwise: a backup may have had it until now. */
static void address_finish(struct address_draft *draft)
{
	struct vrrp_address_conf *conf = draft->conf;
	bool six = conf->ip.family == AF_INET6;

	conf->use_vmac = draft->use_vmac;
	conf->no_track = draft->no_track;
	conf->flags = (draft->home && six ? NL_ADDRESS_HOME : 0) |
		      (draft->manage_temp && six ? NL_ADDRESS_MANAGE_TEMP : 0) |
		      (draft->no_prefix_route ? NL_ADDRESS_NO_PREFIX_ROUTE : 0) |
		      (draft->auto_join ? NL_ADDRESS_AUTO_JOIN : 0) |
		      (six && !draft->dad ? NL_ADDRESS_NODAD : 0);
	if (six && conf->prefix == 128 && conf->peer.family == 0 && !draft->has_preferred)
		conf->deprecated = true;
}

struct vrrp_address_conf *vrrp_address_read(struct vrrp_parse *parse, const struct conf_line *line,
					    unsigned where)
{
	struct vrrp_address_conf *conf = arena_zalloc(parse->common.arena, sizeof(*conf));
	struct address_draft draft = { .conf = conf, .first = &line->words[0] };
	uint8_t prefix = 0;
	bool any = false;

	conf->span = line->words[0].span;
	if (!iproute_network(parse, &draft.words, &line->words[0], &conf->ip, &prefix, &any))
		return NULL;
	if (any || (prefix == 0 && strcmp(line->words[0].text, "default6") == 0)) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_address, conf->span,
			    "'%s' is not an address", line->words[0].text);
		return NULL;
	}
	conf->prefix = prefix;
	draft.has_prefix = strchr(line->words[0].text, '/') != NULL;
	for (unsigned at = 1, took = 1; at < line->count && took != 0; at += took)
		took = iproute_option(parse, where, &draft.words, line, at);
	address_finish(&draft);
	return draft.words.failed ? NULL : conf;
}

/* --- rows --- */

#define ADDRESS(word, summary, example, since)                                                     \
	.doc = { word, summary, example, since }, .where = VRRP_ADDRESS
#define ADDRESS_ROW(word, summary, example, since, function)                                       \
	{ ADDRESS(word, summary, example, since), .type = VRRP_PARSE, .parse = function }
#define ADDRESS_FLAG(word, summary, field)                                                         \
	{ ADDRESS(word, summary, word, "0.3"), .type = VRRP_FLAG,                                  \
	  .offset = offsetof(struct address_draft, field), .preset = "off" }

const struct vrrp_keyword vrrp_keywords_address[] = {
	{ ADDRESS("dev", "The interface that holds the address.", "dev eth1", "0.1"),
	  .type = VRRP_PARSE, .preset = "the instance's", .parse = address_parse_dev },
	ADDRESS_ROW("label", "The label of the address.", "label eth0:1", "0.1",
		    address_parse_label),
	{ ADDRESS("scope", "global, site, link, host, nowhere or a number.", "scope link", "0.1"),
	  .type = VRRP_PARSE, .preset = "global", .parse = address_parse_scope },
	{ ADDRESS("brd", "The broadcast address; + derives it from the prefix.", "brd 10.1.1.255",
		  "0.1"),
	  .type = VRRP_PARSE, .preset = "-", .parse = address_parse_broadcast },
	ADDRESS_ROW("broadcast", "The same as brd.", "broadcast +", "0.1",
		    address_parse_broadcast),
	ADDRESS_ROW("peer", "The address at the other end of a link of two.", "peer 10.1.1.81",
		    "0.3", address_parse_peer),
	ADDRESS_ROW("preferred_lft",
		    "Seconds until an IPv6 address is no more a source of new connections, or "
		    "forever; 0 is the default of a /128.",
		    "preferred_lft forever", "0.3", address_parse_preferred),
	ADDRESS_FLAG("home", "A mobile node's home address; IPv6.", home),
	ADDRESS_FLAG("-nodad", "The address is looked for before it is used; IPv6.", dad),
	ADDRESS_FLAG("mngtmpaddr", "Temporary addresses are made from it; IPv6.", manage_temp),
	ADDRESS_FLAG("noprefixroute", "The kernel makes no route to its network.",
		     no_prefix_route),
	ADDRESS_FLAG("autojoin", "A multicast address is joined.", auto_join),
	ADDRESS_FLAG("no_track", "An address that others remove stays removed.", no_track),
	{ .doc = { "use_vmac", "The address is on a VMAC over its interface.", "use_vmac", "0.3" },
	  .where = VRRP_VIRTUAL_ADDRESS, .type = VRRP_FLAG,
	  .offset = offsetof(struct address_draft, use_vmac), .preset = "off" },
	{ .doc = { "track_group", "The instances that go to FAULT when it cannot be put back.",
		   "track_group GROUP1", "0.3" },
	  .where = VRRP_STATIC_ADDRESS, .type = VRRP_PARSE, .parse = address_parse_track_group },
	VRRP_KEYWORDS_END,
};
