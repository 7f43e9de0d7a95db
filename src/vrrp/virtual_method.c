/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/virtual_method.c - how a virtual server forwards: lvs_method and its tunnels. */
#include <string.h>

#include "vrrp/virtual_server.h"

static const struct conf_choice virtual_methods[] = {
	{ "NAT", VIRTUAL_NAT, "Addresses are rewritten." },
	{ "DR", VIRTUAL_DR, "Packets go to the server's MAC address." },
	{ "TUN", VIRTUAL_TUN, "Packets go through a tunnel." },
	{ NULL, 0, NULL },
};

static const struct conf_choice virtual_tunnels[] = {
	{ "ipip", 0, "IP in IP." },
	{ "gue", 1, "In UDP, to a port." },
	{ "gre", 2, "In GRE." },
	{ NULL, 0, NULL },
};

static bool virtual_is_checksum(const char *word)
{
	return strcmp(word, "nocsum") == 0 || strcmp(word, "csum") == 0 ||
	       strcmp(word, "remcsum") == 0;
}

/* `type TYPE [port N] [nocsum|csum|remcsum]` from words[2] on. */
static void virtual_check_tunnel(struct vrrp_parse *parse, const struct conf_line *line)
{
	int type = 0;
	int64_t port = 0;

	for (unsigned at = 2; at < line->count; at++) {
		const struct conf_word *word = &line->words[at];

		if (virtual_is_checksum(word->text)) {
			if (type == 2 && strcmp(word->text, "remcsum") == 0)
				vrrp_report(parse, DIAG_ERROR, &diag_conflict, word->span,
					    "gre has no remote checksum");
		} else if (strcmp(word->text, "type") == 0 && at + 1 < line->count) {
			if (!conf_read_choice(&parse->common, &line->words[++at], virtual_tunnels,
					      "tunnel", &type))
				return;
		} else if (strcmp(word->text, "port") == 0 && at + 1 < line->count) {
			if (!conf_read_int(&parse->common, &line->words[++at], 1, 65535, &port))
				return;
		} else {
			conf_error_unknown(&parse->common, word, "option of a tunnel",
					   (const char *const[]){ "type", "port", "nocsum", "csum",
								  "remcsum", NULL });
			return;
		}
	}
	if ((type == 1) != (port != 0))
		vrrp_report(parse, DIAG_ERROR, &diag_conflict, line->words[1].span,
			    type == 1 ? "gue needs a port" : "only gue has a port");
}

void virtual_parse_method(struct vrrp_parse *parse, struct virtual_method *method,
			  const struct vrrp_node *node)
{
	const struct conf_line *line = &node->line;
	int kind;

	if (!vrrp_need(parse, node, 1, "lvs_method NAT|DR|TUN") ||
	    !conf_read_choice(&parse->common, &line->words[1], virtual_methods, "method", &kind))
		return;
	method->kind = kind;
	if (kind == VIRTUAL_TUN)
		virtual_check_tunnel(parse, line);
	else if (line->count > 2)
		vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, line->words[2].span,
			    "only TUN has options");
}
