/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/address.c - the lines of virtual_ipaddress: ADDRESS[/PREFIX] [OPTION VALUE]... */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

/* Values of RT_SCOPE_*, whose header belongs to nl/. */
enum {
	SCOPE_UNIVERSE = 0,
	SCOPE_SITE = 200,
	SCOPE_LINK = 253,
	SCOPE_HOST = 254,
	SCOPE_NOWHERE = 255,
};

/* The text before the slash; *ret_prefix is what follows it, or NULL. */
static struct conf_word address_split(struct vrrp_parse *parse, const struct conf_word *word,
				      struct conf_word *ret_prefix)
{
	const char *slash = strchr(word->text, '/');
	struct conf_word ip = *word;

	*ret_prefix = *word;
	ret_prefix->text = slash == NULL ? NULL : slash + 1;
	if (slash != NULL)
		ip.text = arena_strndup(parse->common.arena, word->text,
					(size_t)(slash - word->text));
	return ip;
}

static void address_parse_dev(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_address_conf *address = object;
	char name[IF_NAMESIZE];

	vrrp_read_interface(parse, &node->line.words[1], name);
	address->dev = node->line.words[1].text;
}

static void address_parse_label(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_address_conf *address = object;

	if (strlen(node->line.words[1].text) >= IF_NAMESIZE)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, node->line.words[1].span,
			    "a label has at most %d bytes", IF_NAMESIZE - 1);
	else
		address->label = node->line.words[1].text;
}

static void address_parse_scope(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	static const struct conf_choice scopes[] = {
		{ "global", SCOPE_UNIVERSE, "Valid everywhere." },
		{ "site", SCOPE_SITE, "Valid within the site." },
		{ "link", SCOPE_LINK, "Valid on the link." },
		{ "host", SCOPE_HOST, "Valid on this host." },
		{ "nowhere", SCOPE_NOWHERE, "Valid nowhere." },
		{ NULL, 0, NULL },
	};
	struct vrrp_address_conf *address = object;

	conf_read_choice(&parse->common, &node->line.words[1], scopes, "scope", &address->scope);
}

static void address_parse_broadcast(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct vrrp_address_conf *address = object;
	const struct conf_word *word = &node->line.words[1];
	struct ip broadcast;

	if (strcmp(word->text, "-") == 0) /* none, as with `ip address add` */
		return;
	if (strcmp(word->text, "+") == 0) { /* the last address of the network */
		uint32_t ip, host = address->prefix >= 32 ? 0 : UINT32_MAX >> address->prefix;

		memcpy(&ip, address->ip.bytes, sizeof(ip));
		broadcast = ip_from_v4((struct in_addr){ ip | htonl(host) });
	} else if (!vrrp_read_ip(parse, word, AF_INET, &broadcast)) {
		return;
	}
	memcpy(address->broadcast, broadcast.bytes, sizeof(address->broadcast));
	address->has_broadcast = true;
}

/* The kernel would refuse the second one. */
static bool address_is_same(const struct vrrp_address_conf *a, const struct vrrp_address_conf *b)
{
	return ip_equal(&a->ip, &b->ip) && a->prefix == b->prefix &&
	       strcmp(a->dev == NULL ? "" : a->dev, b->dev == NULL ? "" : b->dev) == 0;
}

void vrrp_parse_address(struct vrrp_parse *parse, void *instance, const struct vrrp_node *node)
{
	struct vrrp_instance_conf *conf = &((struct vrrp_draft *)instance)->conf;
	struct vrrp_address_conf *address = arena_zalloc(parse->common.arena, sizeof(*address));
	struct vrrp_address_conf **tail = &conf->addresses;
	struct conf_word prefix, ip = address_split(parse, &node->line.words[0], &prefix);
	struct ip value;
	int64_t bits;

	if (!vrrp_read_ip(parse, &ip, 0, &value))
		return;
	bits = value.family == AF_INET6 ? 128 : 32;
	if (prefix.text != NULL && !conf_read_int(&parse->common, &prefix, 0, bits, &bits))
		return;
	*address = (struct vrrp_address_conf){
		.span = node->line.words[0].span, .ip = value, .prefix = (unsigned)bits,
		.scope = SCOPE_UNIVERSE,
	};
	for (unsigned at = 1, took = 1; at < node->line.count && took != 0; at += took)
		took = vrrp_parse_option(parse, VRRP_ADDRESS, address, &node->line, at);
	for (; *tail != NULL; tail = &(*tail)->next)
		if (address_is_same(*tail, address)) {
			vrrp_report(parse, DIAG_WARNING, &diag_duplicate, address->span,
				    "%s is given twice; this line is not read", ip.text);
			return;
		}
	*tail = address;
	conf->address_count++;
}

const struct vrrp_keyword vrrp_keywords_address[] = {
	{
		.doc = { "dev", "The interface that holds the address.", "dev eth1", "0.1" },
		.where = VRRP_ADDRESS, .type = VRRP_PARSE, .preset = "the instance's",
		.parse = address_parse_dev,
	},
	{
		.doc = { "label", "The label of the address.", "label eth0:1", "0.1" },
		.where = VRRP_ADDRESS, .type = VRRP_PARSE, .parse = address_parse_label,
	},
	{
		.doc = { "scope", "global, site, link, host or nowhere.", "scope link", "0.1" },
		.where = VRRP_ADDRESS, .type = VRRP_PARSE, .preset = "global",
		.parse = address_parse_scope,
	},
	{
		.doc = { "brd", "The broadcast address; + derives it from the prefix.",
			 "brd 10.1.1.255", "0.1" },
		.where = VRRP_ADDRESS, .type = VRRP_PARSE, .preset = "-",
		.parse = address_parse_broadcast,
	},
	{
		.doc = { "broadcast", "The same as brd.", "broadcast +", "0.1" },
		.where = VRRP_ADDRESS, .type = VRRP_PARSE, .parse = address_parse_broadcast,
	},
	VRRP_KEYWORDS_END,
};
