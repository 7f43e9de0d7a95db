/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_route_metric.c - metrics of a route: what its connections begin with. */
#include <string.h>

#include "base/arena.h"
#include "vrrp/keywords_route.h"

enum { ROUTE_TIME_MIN_MS = 200 };

static void route_set_metric(struct nl_route *route, enum nl_metric metric, uint64_t value)
{
	route->metric[metric] = (uint32_t)value;
	route->metrics |= 1u << metric;
}

/* The word of a metric's value: `lock` may stand before it. */
static const struct conf_word *route_metric_word(struct vrrp_parse *parse,
						 struct route_draft *draft,
						 const struct vrrp_node *node,
						 enum nl_metric metric)
{
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);

	if (word == NULL || strcmp(word->text, "lock") != 0)
		return word;
	draft->words.took = 3;
	draft->conf->route.locked |= 1u << metric;
	return iproute_word(parse, &draft->words, node, 2);
}

void route_parse_metric(struct vrrp_parse *parse, void *object,
			       const struct vrrp_node *node)
{
	const struct vrrp_keyword *row = vrrp_keyword_find(node->line.words[0].text, VRRP_ROUTE);
	enum nl_metric metric = (enum nl_metric)row->offset;
	struct route_draft *draft = object;
	const struct conf_word *word = row->max > 255 ?
					       route_metric_word(parse, draft, node, metric) :
					       iproute_word(parse, &draft->words, node, 1);
	uint64_t value;

	if (iproute_number(parse, &draft->words, word, (uint64_t)row->max, &value))
		route_set_metric(draft_route(object), metric, value);
}

/* N, Nms or Ns in ms. */
static bool route_read_time(struct vrrp_parse *parse, struct route_draft *draft,
			    const struct conf_word *word, uint64_t *ret_ms)
{
	struct conf_word number;
	uint64_t unit = 1;
	size_t len;

	if (word == NULL)
		return false;
	number = *word;
	len = strlen(word->text);
	if (len > 2 && strcmp(word->text + len - 2, "ms") == 0) {
		number.text = arena_strndup(parse->common.arena, word->text, len - 2);
	} else if (len > 1 && word->text[len - 1] == 's') {
		number.text = arena_strndup(parse->common.arena, word->text, len - 1);
		unit = 1000;
	}
	if (!iproute_number(parse, &draft->words, &number, UINT32_MAX / 8 / unit, ret_ms))
		return false;
	*ret_ms *= unit;
	return true;
}

/* The kernel keeps the round trip in eighths of ms, its variance in quarters. */
void route_parse_time(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	const struct vrrp_keyword *row = vrrp_keyword_find(node->line.words[0].text, VRRP_ROUTE);
	enum nl_metric metric = (enum nl_metric)row->offset;
	struct route_draft *draft = object;
	const struct conf_word *word = route_metric_word(parse, draft, node, metric);
	uint64_t ms;

	if (!route_read_time(parse, draft, word, &ms))
		return;
	if (metric == NL_METRIC_RTT && ms < ROUTE_TIME_MIN_MS) {
		vrrp_report(parse, DIAG_WARNING, &diag_bad_number, word->span,
			    "a round trip of less than %d ms is not kept: %d ms are taken",
			    ROUTE_TIME_MIN_MS, ROUTE_TIME_MIN_MS);
		ms = ROUTE_TIME_MIN_MS;
	}
	route_set_metric(draft_route(object), metric,
			 ms * (metric == NL_METRIC_RTT ? 8 : metric == NL_METRIC_RTTVAR ? 4 : 1));
}

void route_parse_features(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	static const struct conf_choice choices[] = { { "ecn", 1, "" }, { NULL, 0, NULL } };
	struct route_draft *draft = object;
	const struct conf_word *word = iproute_word(parse, &draft->words, node, 1);
	int value = 0;

	if (word == NULL)
		return;
	draft->words.failed = !conf_read_choice(&parse->common, word, choices, "feature", &value);
	route_set_metric(draft_route(object), NL_METRIC_FEATURES, (uint64_t)value);
}

void route_parse_congestion(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	struct route_draft *draft = object;
	struct nl_route *route = draft_route(object);
	const struct conf_word *word =
		route_metric_word(parse, draft, node, NL_METRIC_CONGESTION);

	if (word == NULL)
		return;
	if (strlen(word->text) >= sizeof(route->congestion)) {
		iproute_bad(parse, &draft->words, word,
			    "the name of a congestion control has at most %d bytes",
			    NL_CONGESTION - 1);
		return;
	}
	strcpy(route->congestion, word->text);
	route_set_metric(route, NL_METRIC_CONGESTION, 0);
}
