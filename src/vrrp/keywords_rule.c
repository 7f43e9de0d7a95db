/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_rule.c - the lines of virtual_rules and static_rules, which
 * are those of `ip rule add`.
 */
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/iproute.h"
#include "vrrp/keywords_kernel.h"
#include "vrrp/route_conf.h"

/* A line being read. */
struct rule_draft {
	struct iproute_words words;	/* first: see iproute.h */
	struct vrrp_rule_conf *conf;
	const struct conf_word *first;	/* of the line */
	int forced;			/* family by `inet` or `inet6`; 0: neither */
	bool any_from, any_to;		/* networks of either family */
	bool invert, no_track;
	bool has_priority;
	unsigned actions;
	const struct conf_word *action, *table_only; /* what only a lookup may have */
};

static struct nl_rule *draft_rule(void *object)
{
	return &((struct rule_draft *)object)->conf->rule;
}

static const struct conf_word *rule_value(struct vrrp_parse *parse, void *object,
					  const struct vrrp_node *node)
{
	return iproute_word(parse, object, node, 1);
}

/* --- what it matches --- */

static void rule_parse_from(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct rule_draft *draft = object;
	struct nl_rule *rule = draft_rule(object);

	iproute_network(parse, &draft->words, rule_value(parse, object, node), &rule->from,
			&rule->from_len, &draft->any_from);
}

static void rule_parse_to(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct rule_draft *draft = object;
	struct nl_rule *rule = draft_rule(object);

	iproute_network(parse, &draft->words, rule_value(parse, object, node), &rule->to,
			&rule->to_len, &draft->any_to);
}

static void rule_read_interface(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node, char ret_name[IF_NAMESIZE])
{
	struct rule_draft *draft = object;
	const char *name;

	if (iproute_interface(parse, &draft->words, rule_value(parse, object, node), &name))
		snprintf(ret_name, IF_NAMESIZE, "%s", name);
}

static void rule_parse_iif(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	rule_read_interface(parse, object, node, draft_rule(object)->iif);
}

static void rule_parse_oif(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	rule_read_interface(parse, object, node, draft_rule(object)->oif);
}

static void rule_parse_family(struct vrrp_parse *parse, void *object,
			      const struct vrrp_node *node)
{
	struct rule_draft *draft = object;

	draft->forced = strcmp(node->line.words[0].text, "inet6") == 0 ? AF_INET6 : AF_INET;
	draft->words.took = 1;
}

static void rule_parse_tos(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	uint32_t value;

	if (iproute_name(parse, object, rule_value(parse, object, node), NL_NAMES_DSFIELD,
			 "DS field", &value))
		draft_rule(object)->tos = (uint8_t)value;
}

/* The words before and after the first `sign` of a word; false if there is none. */
static bool rule_split(struct vrrp_parse *parse, const struct conf_word *word, char sign,
		       struct conf_word *ret_first, struct conf_word *ret_second)
{
	const char *at = word == NULL ? NULL : strchr(word->text, sign);

	if (at == NULL)
		return false;
	*ret_first = *ret_second = *word;
	ret_first->text = arena_strndup(parse->common.arena, word->text,
					(size_t)(at - word->text));
	ret_second->text = at + 1;
	return true;
}

/* MARK[/MASK] */
static void rule_parse_mark(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct nl_rule *rule = draft_rule(object);
	const struct conf_word *word = rule_value(parse, object, node);
	struct conf_word mark, mask;
	uint64_t value;

	if (rule_split(parse, word, '/', &mark, &mask)) {
		if (!iproute_number(parse, object, &mask, UINT32_MAX, &value))
			return;
		rule->has_mask = true;
		rule->mask = (uint32_t)value;
		word = &mark;
	}
	if (!iproute_number(parse, object, word, UINT32_MAX, &value))
		return;
	rule->has_mark = true;
	rule->mark = (uint32_t)value;
}

static void rule_parse_tunnel(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	iproute_number(parse, object, rule_value(parse, object, node), UINT64_MAX,
		       &draft_rule(object)->tunnel);
}

/* FIRST-LAST, from `min` on. */
static void rule_read_range(struct vrrp_parse *parse, void *object, const struct vrrp_node *node,
			    uint64_t min, uint64_t max, struct nl_rule_range *ret)
{
	const struct conf_word *word = rule_value(parse, object, node);
	struct conf_word first, last;
	uint64_t from, to;

	if (word == NULL)
		return;
	if (!rule_split(parse, word, '-', &first, &last)) {
		iproute_bad(parse, object, word, "'%s' is no range FIRST-LAST", word->text);
		return;
	}
	if (!iproute_number(parse, object, &first, max, &from) ||
	    !iproute_number(parse, object, &last, max, &to))
		return;
	if (from < min || from > to) {
		iproute_bad(parse, object, word, "'%s' is no range that holds something",
			    word->text);
		return;
	}
	*ret = (struct nl_rule_range){ true, (uint32_t)from, (uint32_t)to };
}

static void rule_parse_uids(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	rule_read_range(parse, object, node, 0, UINT32_MAX - 1, &draft_rule(object)->uids);
}

static void rule_parse_sport(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	rule_read_range(parse, object, node, 1, UINT16_MAX - 1,
			&draft_rule(object)->source_ports);
}

static void rule_parse_dport(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	rule_read_range(parse, object, node, 1, UINT16_MAX - 1,
			&draft_rule(object)->destination_ports);
}

static void rule_parse_ipproto(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	const struct conf_word *word = rule_value(parse, object, node);
	const struct protoent *known = word == NULL ? NULL : getprotobyname(word->text);
	uint64_t value;

	if (word == NULL)
		return;
	if (known != NULL)
		draft_rule(object)->ip_protocol = (uint8_t)known->p_proto;
	else if (nl_number(word->text, 255, &value))
		draft_rule(object)->ip_protocol = (uint8_t)value;
	else
		iproute_bad(parse, object, word, "'%s' is no protocol of /etc/protocols",
			    word->text);
}

/* --- what it does --- */

static void rule_set_action(void *object, const struct vrrp_node *node, enum nl_rule_action action)
{
	struct rule_draft *draft = object;

	draft_rule(object)->action = (uint8_t)action;
	draft->action = &node->line.words[0];
	draft->actions++;
}

static void rule_parse_table(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct conf_word *word = rule_value(parse, object, node);
	struct nl_rule *rule = draft_rule(object);

	rule_set_action(object, node, NL_RULE_TABLE);
	if (iproute_name(parse, object, word, NL_NAMES_TABLE, "routing table", &rule->table) &&
	    rule->table == 0)
		iproute_bad(parse, object, word, "there is no table 0");
}

static void rule_parse_l3mdev(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	rule_set_action(object, node, NL_RULE_TABLE);
	draft_rule(object)->l3mdev = true;
	((struct rule_draft *)object)->words.took = 1;
}

static void rule_parse_goto(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	uint64_t value;

	rule_set_action(object, node, NL_RULE_GOTO);
	if (iproute_number(parse, object, rule_value(parse, object, node), UINT32_MAX, &value))
		draft_rule(object)->target = (uint32_t)value;
}

static void rule_parse_end(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct vrrp_keyword *row = vrrp_keyword_find(node->line.words[0].text, VRRP_RULE);

	rule_set_action(object, node, (enum nl_rule_action)row->offset);
	((struct rule_draft *)object)->words.took = 1;
}

static void rule_parse_type(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	static const struct conf_choice types[] = {
		{ "nop", NL_RULE_NOP, "" },
		{ "blackhole", NL_RULE_BLACKHOLE, "" },
		{ "unreachable", NL_RULE_UNREACHABLE, "" },
		{ "prohibit", NL_RULE_PROHIBIT, "" },
		{ NULL, 0, NULL },
	};
	const struct conf_word *word = rule_value(parse, object, node);
	struct rule_draft *draft = object;
	int action = 0;

	if (word == NULL)
		return;
	draft->words.failed = !conf_read_choice(&parse->common, word, types, "type", &action);
	rule_set_action(object, node, (enum nl_rule_action)action);
}

/* --- the rest --- */

static void rule_parse_priority(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	uint64_t value;

	if (!iproute_number(parse, object, rule_value(parse, object, node), UINT32_MAX, &value))
		return;
	draft_rule(object)->priority = (uint32_t)value;
	((struct rule_draft *)object)->has_priority = true;
}

static void rule_parse_realms(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	((struct rule_draft *)object)->table_only = &node->line.words[0];
	iproute_realms(parse, object, rule_value(parse, object, node), &draft_rule(object)->realms);
}

static void rule_parse_suppress_len(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	uint64_t value;

	((struct rule_draft *)object)->table_only = &node->line.words[0];
	if (!iproute_number(parse, object, rule_value(parse, object, node), 128, &value))
		return;
	draft_rule(object)->has_suppress_len = true;
	draft_rule(object)->suppress_len = (uint32_t)value;
}

static void rule_parse_suppress_group(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	struct nl_rule *rule = draft_rule(object);

	((struct rule_draft *)object)->table_only = &node->line.words[0];
	rule->has_suppress_group = iproute_name(parse, object, rule_value(parse, object, node),
						NL_NAMES_GROUP, "interface group",
						&rule->suppress_group);
}


static void rule_parse_protocol(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	uint32_t value;

	if (iproute_name(parse, object, rule_value(parse, object, node), NL_NAMES_PROTOCOL,
			 "routing protocol", &value))
		draft_rule(object)->protocol = (uint8_t)value;
}

static void rule_parse_track_group(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	((struct rule_draft *)object)->conf->track_group =
		vrrp_track_group_named(parse, rule_value(parse, object, node));
}

/* --- the whole line --- */

/* The family that the line says; false after a report. */
static bool rule_finish_family(struct vrrp_parse *parse, struct rule_draft *draft)
{
	struct nl_rule *rule = &draft->conf->rule;
	int from = draft->any_from ? 0 : rule->from.family;
	int to = draft->any_to ? 0 : rule->to.family;
	int family = draft->forced != 0 ? draft->forced : from != 0 ? from : to;

	if ((from != 0 && from != family) || (to != 0 && to != family)) {
		iproute_bad(parse, &draft->words, draft->first,
			    "IPv4 and IPv6 do not go together in a rule");
		return false;
	}
	rule->family = (uint8_t)(family == 0 ? AF_INET : family);
	return true;
}

static bool rule_finish_action(struct vrrp_parse *parse, struct rule_draft *draft)
{
	const struct nl_rule *rule = &draft->conf->rule;

	if (draft->actions == 0) {
		vrrp_report(parse, DIAG_ERROR, &diag_missing, draft->first->span,
			    "a rule needs an action, such as 'table 100'");
		return false;
	}
	if (draft->actions > 1)
		iproute_bad(parse, &draft->words, draft->action, "a rule has one action only");
	else if (draft->table_only != NULL && rule->action != NL_RULE_TABLE)
		iproute_bad(parse, &draft->words, draft->table_only,
			    "'%s' is for rules that look in a table", draft->table_only->text);
	else if (rule->action == NL_RULE_GOTO && draft->has_priority &&
		 rule->target <= rule->priority)
		iproute_bad(parse, &draft->words, draft->action,
			    "a rule goes on to a later one: above %u", rule->priority);
	return !draft->words.failed;
}

/* As Keepalived does it: downwards, in the order of the file. */
static void rule_finish_priority(struct vrrp_parse *parse, struct rule_draft *draft)
{
	if (draft->has_priority)
		return;
	draft->conf->rule.priority = parse->next_rule_priority--;
	vrrp_report(parse, DIAG_WARNING, &diag_missing, draft->first->span,
		    "a rule without 'priority' gets %u, which may not be what is meant",
		    draft->conf->rule.priority);
}

struct vrrp_rule_conf *vrrp_rule_read(struct vrrp_parse *parse, const struct conf_line *line,
				      unsigned where)
{
	struct vrrp_rule_conf *conf = arena_zalloc(parse->common.arena, sizeof(*conf));
	struct rule_draft draft = { .conf = conf, .first = &line->words[0] };
	unsigned at = 0, took = 1;

	conf->span = line->words[0].span;
	conf->rule.protocol = NL_PROTOCOL_KEEPALIVED;
	for (; at < line->count && took != 0; at += took)
		took = iproute_option(parse, where, &draft.words, line, at);
	conf->rule.invert = draft.invert;
	conf->no_track = draft.no_track;
	if (draft.words.failed || !rule_finish_family(parse, &draft) ||
	    !rule_finish_action(parse, &draft))
		return NULL;
	rule_finish_priority(parse, &draft);
	return conf;
}

/* --- rows --- */

#define RULE(word, summary, example) .doc = { word, summary, example, "0.3" }, .where = VRRP_RULE
#define RULE_ROW(word, summary, example, function)                                                 \
	{ RULE(word, summary, example), .type = VRRP_PARSE, .parse = function }
#define RULE_END(word, summary, kind)                                                              \
	{ RULE(word, summary, word), .type = VRRP_PARSE, .offset = kind, .parse = rule_parse_end }

const struct vrrp_keyword vrrp_keywords_rule[] = {
	RULE_ROW("from", "The network that packets come from, or all.", "from 10.9.0.0/16",
		 rule_parse_from),
	RULE_ROW("to", "The network that packets go to, or all.", "to 10.8.0.0/16",
		 rule_parse_to),
	RULE_ROW("iif", "The interface that packets come in by.", "iif eth0", rule_parse_iif),
	RULE_ROW("dev", "The same as iif.", "dev eth0", rule_parse_iif),
	RULE_ROW("oif", "The interface that a local socket is bound to.", "oif eth0",
		 rule_parse_oif),
	RULE_ROW("inet", "The rule is of IPv4.", "inet", rule_parse_family),
	RULE_ROW("inet6", "The rule is of IPv6.", "inet6", rule_parse_family),
	RULE_ROW("tos", "The type of service of packets.", "tos 0x10", rule_parse_tos),
	RULE_ROW("dsfield", "The same as tos.", "dsfield 0x10", rule_parse_tos),
	RULE_ROW("fwmark", "The mark of packets: MARK[/MASK].", "fwmark 0x3/0x7",
		 rule_parse_mark),
	RULE_ROW("tunnel-id", "The id of the tunnel they came by.", "tunnel-id 5",
		 rule_parse_tunnel),
	RULE_ROW("uidrange", "The users whose sockets it is for.", "uidrange 1000-1999",
		 rule_parse_uids),
	RULE_ROW("ipproto", "The protocol of packets, by name or number.", "ipproto udp",
		 rule_parse_ipproto),
	RULE_ROW("sport", "The source ports of packets.", "sport 1000-2000", rule_parse_sport),
	RULE_ROW("dport", "The destination ports of packets.", "dport 53-53", rule_parse_dport),
	{ RULE("not", "It is for packets that do not match.", "not"), .type = VRRP_FLAG,
	  .offset = offsetof(struct rule_draft, invert) },
	RULE_ROW("table", "The routing table to look in, by number or name.", "table 100",
		 rule_parse_table),
	RULE_ROW("lookup", "The same as table.", "lookup 100", rule_parse_table),
	RULE_ROW("l3mdev", "The table of the packet's VRF is looked in.", "l3mdev",
		 rule_parse_l3mdev),
	RULE_ROW("goto", "The rules go on at this priority.", "goto 32766", rule_parse_goto),
	RULE_ROW("type", "nop, blackhole, unreachable or prohibit.", "type blackhole",
		 rule_parse_type),
	RULE_END("nop", "Nothing happens.", NL_RULE_NOP),
	RULE_END("blackhole", "Packets are dropped without a word.", NL_RULE_BLACKHOLE),
	RULE_END("unreachable", "The sender hears that the network is unreachable.",
		 NL_RULE_UNREACHABLE),
	RULE_END("prohibit", "The sender hears that it is forbidden.", NL_RULE_PROHIBIT),
	RULE_ROW("priority", "The place among the rules; the lowest is first.", "priority 50",
		 rule_parse_priority),
	RULE_ROW("preference", "The same as priority.", "preference 50", rule_parse_priority),
	RULE_ROW("order", "The same as priority.", "order 50", rule_parse_priority),
	RULE_ROW("realms", "Realms of source and destination.", "realms 5/7", rule_parse_realms),
	RULE_ROW("suppress_prefixlength", "Shorter routes of the table do not count.",
		 "suppress_prefixlength 0", rule_parse_suppress_len),
	RULE_ROW("sup_pl", "The same as suppress_prefixlength.", "sup_pl 0",
		 rule_parse_suppress_len),
	RULE_ROW("suppress_ifgroup", "Routes by interfaces of this group do not count.",
		 "suppress_ifgroup default", rule_parse_suppress_group),
	RULE_ROW("sup_group", "The same as suppress_ifgroup.", "sup_group default",
		 rule_parse_suppress_group),
	RULE_ROW("protocol", "Who made the rule, by number or name.", "protocol static",
		 rule_parse_protocol),
	{ RULE("no_track", "A rule that others remove stays removed.", "no_track"),
	  .type = VRRP_FLAG, .offset = offsetof(struct rule_draft, no_track) },
	{ .doc = { "track_group", "The instances that go to FAULT when it cannot be put back.",
		   "track_group GROUP1", "0.3" },
	  .where = VRRP_STATIC_RULE, .type = VRRP_PARSE, .parse = rule_parse_track_group },
	VRRP_KEYWORDS_END,
};
