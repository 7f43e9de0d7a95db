/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_route_hop.c - the ways of a route: via, or, nexthop. */
#include <string.h>

#include "base/arena.h"
#include "vrrp/keywords_encap.h"
#include "vrrp/keywords_route.h"

/* [inet|inet6] ADDRESS from word `at` on. */
static void route_read_via(struct vrrp_parse *parse, struct route_draft *draft,
			   const struct vrrp_node *node, struct ip *ret)
{
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);
	int family = 0;

	if (word != NULL && (strcmp(word->text, "inet") == 0 || strcmp(word->text, "inet6") == 0)) {
		family = word->text[4] == '6' ? AF_INET6 : AF_INET;
		word = iproute_word(parse, &draft->words, node, 2);
		draft->words.took = 3;
	}
	iproute_ip(parse, &draft->words, word, family, ret);
}

void route_parse_via(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	route_read_via(parse, object, node, &draft_route(object)->hop.via);
}

void route_parse_or(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct route_draft *draft = object;

	vrrp_report(parse, DIAG_WARNING, &diag_old_form, node->line.words[0].span,
		    "'or' is an old form of 'nexthop'");
	route_read_via(parse, draft, node, &draft->other);
}

static bool route_hop_word(const struct conf_word *word, const char *a, const char *b)
{
	return strcmp(word->text, a) == 0 || (b != NULL && strcmp(word->text, b) == 0);
}

/* One option of a hop at word `at`; returns how many words it has, 0: it is none of a hop. */
static unsigned route_read_hop_option(struct vrrp_parse *parse, struct route_draft *draft,
				      const struct vrrp_node *node, unsigned at,
				      struct nl_hop *hop, const char **ret_dev)
{
	struct vrrp_node option = {
		.line = { .words = &node->line.words[at], .count = node->line.count - at },
	};
	const struct conf_word *name = &option.line.words[0];
	uint64_t weight;

	draft->words.took = 2;
	if (route_hop_word(name, "onlink", NULL)) {
		hop->onlink = true;
		return 1;
	}
	if (route_hop_word(name, "encap", NULL))
		return vrrp_encap_read(parse, &draft->words, &option, &hop->encap);
	if (route_hop_word(name, "via", NULL)) {
		route_read_via(parse, draft, &option, &hop->via);
		return draft->words.took;
	}
	if (route_hop_word(name, "dev", "oif"))
		iproute_interface(parse, &draft->words,
				  iproute_word(parse, &draft->words, &option, 1), ret_dev);
	else if (route_hop_word(name, "realms", NULL))
		iproute_realms(parse, &draft->words,
			       iproute_word(parse, &draft->words, &option, 1), &hop->realms);
	else if (!route_hop_word(name, "weight", NULL))
		return 0;
	else if (iproute_number(parse, &draft->words,
				iproute_word(parse, &draft->words, &option, 1), 256, &weight))
		hop->weight = (uint16_t)weight;
	if (route_hop_word(name, "weight", NULL) && !draft->words.failed && hop->weight == 0)
		iproute_bad(parse, &draft->words, &option.line.words[1],
			    "a weight is from 1 to 256");
	return 2;
}

static struct nl_hop *route_add_hop(struct vrrp_parse *parse, struct route_draft *draft,
				    const struct conf_word *word)
{
	struct nl_route *route = &draft->conf->route;
	unsigned count = route->hop_count;
	struct nl_hop *hop;

	if (count == NL_ROUTE_HOPS) {
		iproute_bad(parse, &draft->words, word, "a route has at most %d hops",
			    NL_ROUTE_HOPS);
		return NULL;
	}
	hop = ARENA_APPEND(parse->common.arena, route->hops, route->hop_count);
	*ARENA_APPEND(parse->common.arena, draft->conf->hop_devs, count) = NULL;
	*hop = (struct nl_hop){ .weight = 1 };
	return hop;
}

/* nexthop OPTION... [nexthop OPTION...]...: the rest of the line. */
void route_parse_nexthop(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	struct nl_hop *hop = NULL;
	unsigned at = 0, took;

	while (at < node->line.count && !draft->words.failed) {
		if (route_hop_word(&node->line.words[at], "nexthop", NULL)) {
			hop = route_add_hop(parse, draft, &node->line.words[at++]);
			continue;
		}
		took = route_read_hop_option(parse, draft, node, at, hop,
					     &draft->conf->hop_devs
						     [draft->conf->route.hop_count - 1]);
		if (took == 0 && !draft->words.failed)
			iproute_bad(parse, &draft->words, &node->line.words[at],
				    "'%s' is no option of a nexthop", node->line.words[at].text);
		at += took;
	}
	draft->words.took = node->line.count;
}

void route_finish_or(struct vrrp_parse *parse, struct route_draft *draft)
{
	struct vrrp_route_conf *conf = draft->conf;

	if (draft->other.family == 0)
		return;
	route_add_hop(parse, draft, draft->first)->via = conf->route.hop.via;
	route_add_hop(parse, draft, draft->first)->via = draft->other;
	conf->hop_devs[0] = conf->hop_devs[1] = conf->dev;
	conf->route.hop = (struct nl_hop){ 0 };
	conf->dev = NULL;
}
