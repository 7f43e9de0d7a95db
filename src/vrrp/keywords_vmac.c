/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_vmac.c - links of relevo's own that carry addresses: VMACs
 * (private macvlans with the MAC of RFC 5798 chapter 7.3) and ipvlans.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "nl/link.h"
#include "vrrp/iproute.h"
#include "vrrp/keywords_kernel.h"

enum { VMAC_BYTES = 6, VMAC_FAMILY = 4, VMAC_VRID = 5 };

static const uint8_t vmac_standard[VMAC_BYTES] = { 0, 0, 0x5e, 0, 1, 0 };

/* --- use_vmac [IFNAME] [MAC] --- */

/* Bytes in pairs of digits with colons; returns how many, 0: it is no MAC. */
static unsigned vmac_read_mac(const char *text, uint8_t ret[VMAC_BYTES])
{
	unsigned count = 0;

	for (;; text += 3) {
		int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);

		if (low < 0 || count == VMAC_BYTES)
			return 0;
		ret[count++] = (uint8_t)(high * 16 + low);
		if (text[2] == '\0')
			return count;
		if (text[2] != ':')
			return 0;
	}
}

static void vmac_parse_mac(struct vrrp_parse *parse, struct vrrp_draft *draft,
			   const struct conf_word *word)
{
	uint8_t mac[VMAC_BYTES] = { 0 };
	unsigned count = vmac_read_mac(word->text, mac);

	if (count < VMAC_BYTES - 1)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
			    "'%s' is no MAC address of 6 bytes, or 5 before the VRID", word->text);
	else if ((mac[0] & 1) != 0)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
			    "'%s' is a multicast address", word->text);
	else {
		memcpy(draft->conf.vmac, mac, VMAC_BYTES);
		draft->vmac_bytes = count;
	}
}

static void vmac_parse_name(struct vrrp_parse *parse, struct vrrp_draft *draft,
			    const struct conf_word *word)
{
	size_t len = strlen(word->text);

	if (draft->conf.link_name[0] != '\0')
		vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, word->span,
			    "the link has the name '%s' already", draft->conf.link_name);
	else if (len == 0 || len >= IF_NAMESIZE || strchr(word->text, '/') != NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
			    "'%s' cannot be the name of an interface (1 to %d bytes)", word->text,
			    IF_NAMESIZE - 1);
	else
		memcpy(draft->conf.link_name, word->text, len + 1);
}

static void vmac_begin(struct vrrp_draft *draft, const struct vrrp_node *node, int link)
{
	draft->conf.link = (__typeof__(draft->conf.link))link;
	draft->conf.link_name[0] = '\0';
	draft->link_span = node->line.words[0].span;
}

static void vmac_parse(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	vmac_begin(draft, node, VRRP_LINK_VMAC);
	for (unsigned i = 1; i < node->line.count; i++) {
		const struct conf_word *word = &node->line.words[i];

		if (strchr(word->text, ':') != NULL)
			vmac_parse_mac(parse, draft, word);
		else
			vmac_parse_name(parse, draft, word);
	}
}

/* --- use_ipvlan [IFNAME] [ADDRESS] [bridge|private|vepa] --- */

static bool ipvlan_parse_mode(struct vrrp_instance_conf *conf, const char *text)
{
	static const char *const modes[] = {
		[VRRP_IPVLAN_BRIDGE] = "bridge",
		[VRRP_IPVLAN_PRIVATE] = "private",
		[VRRP_IPVLAN_VEPA] = "vepa",
	};

	for (unsigned i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(modes[i], text) == 0) {
			conf->ipvlan_mode = (__typeof__(conf->ipvlan_mode))i;
			return true;
		}
	return false;
}

static bool ipvlan_is_address(const char *text)
{
	struct ip ip;
	char host[IP_TEXT];
	size_t len = strcspn(text, "/");

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return ip_parse(host, &ip);
}

static void ipvlan_parse(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;
	struct vrrp_instance_conf *conf = &draft->conf;
	struct iproute_words words = { 0 };
	uint8_t prefix;
	bool any;

	vmac_begin(draft, node, VRRP_LINK_IPVLAN);
	for (unsigned i = 1; i < node->line.count; i++) {
		const struct conf_word *word = &node->line.words[i];

		if (ipvlan_is_address(word->text)) {
			if (iproute_network(parse, &words, word, &conf->ipvlan_ip, &prefix, &any))
				conf->ipvlan_prefix = prefix;
		} else if (!ipvlan_parse_mode(conf, word->text)) {
			vmac_parse_name(parse, draft, word);
		}
	}
}

/* --- prefixes of names --- */

static void vmac_parse_prefix(struct vrrp_parse *parse, const struct vrrp_node *node,
			      const char **ret)
{
	const struct conf_word *word = &node->line.words[1];

	if (!vrrp_need(parse, node, 1, "vmac_prefix NAME"))
		return;
	/* A number, a dot and three digits come behind it. */
	if (word->text[0] == '\0' || strlen(word->text) > IF_NAMESIZE - 1 - 5 ||
	    strchr(word->text, '/') != NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
			    "'%s' cannot begin the name of an interface (1 to %d bytes)",
			    word->text, IF_NAMESIZE - 1 - 5);
	else
		*ret = word->text;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void vmac_parse_main_prefix(struct vrrp_parse *parse, void *object,
				   const struct vrrp_node *node)
{
	vmac_parse_prefix(parse, node, &((struct vrrp_conf *)object)->vmac_prefix);
}

static void vmac_parse_address_prefix(struct vrrp_parse *parse, void *object,
				      const struct vrrp_node *node)
{
	vmac_parse_prefix(parse, node, &((struct vrrp_conf *)object)->vmac_address_prefix);
}

/* --- when the whole file is known --- */

static bool vmac_name_taken(const struct vrrp_parse *parse, const char *name)
{
	for (const struct vrrp_draft *d = parse->drafts; d != NULL; d = d->next)
		for (const struct vrrp_vmac_conf *v = d->conf.vmacs; v != NULL; v = v->next)
			if (strcmp(v->name, name) == 0)
				return true;
	return false;
}

/* PREFIX.VRID, or with a number behind the prefix when another link has that name. */
static void vmac_choose_name(const struct vrrp_parse *parse, const char *prefix, uint8_t vrid,
			     char ret[IF_NAMESIZE])
{
	snprintf(ret, IF_NAMESIZE, "%s.%u", prefix, vrid);
	for (unsigned n = 1; vmac_name_taken(parse, ret); n++)
		snprintf(ret, IF_NAMESIZE, "%s%u.%u", prefix, n, vrid);
}

static void vmac_choose_mac(const struct vrrp_draft *draft, int family, uint8_t ret[VMAC_BYTES])
{
	memcpy(ret, draft->vmac_bytes == 0 ? vmac_standard : draft->conf.vmac, VMAC_BYTES);
	if (draft->vmac_bytes == 0 && family == AF_INET6)
		ret[VMAC_FAMILY] = 2;
	if (draft->vmac_bytes < VMAC_BYTES)
		ret[VMAC_VRID] = draft->conf.vrid;
}

static struct vrrp_vmac_conf *vmac_add(struct vrrp_parse *parse, struct vrrp_draft *draft,
				       const char *base, int family)
{
	struct vrrp_vmac_conf *vmac = arena_zalloc(parse->common.arena, sizeof(*vmac));
	struct vrrp_vmac_conf **tail = &draft->conf.vmacs;

	vmac->base = base;
	vmac->family = family;
	vmac->ipv6 = family == AF_INET6;
	vmac_choose_mac(draft, family, vmac->mac);
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = vmac;
	return vmac;
}

static const char *vmac_prefix(const struct vrrp_conf *conf, bool of_address)
{
	const char *prefix = conf->vmac_prefix == NULL ? "vrrp" : conf->vmac_prefix;

	return of_address && conf->vmac_address_prefix != NULL ? conf->vmac_address_prefix : prefix;
}

/* The VMAC over `base` for addresses of a family, made if there is none yet. */
static const char *vmac_for(struct vrrp_parse *parse, struct vrrp_draft *draft, const char *base,
			    int family)
{
	struct vrrp_vmac_conf *vmac;
	char name[IF_NAMESIZE];

	for (vmac = draft->conf.vmacs; vmac != NULL; vmac = vmac->next)
		if (strcmp(vmac->base, base) == 0 && vmac->family == family)
			return vmac->name;
	vmac_choose_name(parse, vmac_prefix(parse->conf, true), draft->conf.vrid, name);
	vmac = vmac_add(parse, draft, base, family);
	memcpy(vmac->name, name, sizeof(name));
	return vmac->name;
}

/* The link of its own that an address is on, if it is. */
static void vmac_finish_address(struct vrrp_parse *parse, struct vrrp_draft *draft,
				struct vrrp_address_conf *address)
{
	const struct vrrp_instance_conf *conf = &draft->conf;
	const char *base = address->dev == NULL ? conf->interface : address->dev;
	bool own = strcmp(base, conf->interface) == 0;
	bool native = address->ip.family == conf->family;

	if (own && native && conf->link != VRRP_LINK_PLAIN)
		address->link = conf->link_name;
	else if (address->use_vmac || (conf->vmac_addresses && (!own || !native)))
		address->link = vmac_for(parse, draft, base, address->ip.family);
}

static void vmac_finish_link(struct vrrp_parse *parse, struct vrrp_draft *draft)
{
	struct vrrp_instance_conf *conf = &draft->conf;
	struct vrrp_vmac_conf *vmac;

	if (conf->link == VRRP_LINK_PLAIN) {
		if (conf->vmac_transmit_base)
			vrrp_report(parse, DIAG_ERROR, &diag_wrong_place, draft->link_span,
				    "'vmac_xmit_base' needs 'use_vmac'");
		return;
	}
	if (conf->link_name[0] == '\0')
		vmac_choose_name(parse, vmac_prefix(parse->conf, false), conf->vrid,
				 conf->link_name);
	else if (vmac_name_taken(parse, conf->link_name))
		vrrp_report(parse, DIAG_ERROR, &diag_duplicate, draft->link_span,
			    "another link is to have the name '%s'", conf->link_name);
	vmac = vmac_add(parse, draft, conf->interface, conf->family);
	memcpy(vmac->name, conf->link_name, sizeof(vmac->name));
	vmac->ipvlan = conf->link == VRRP_LINK_IPVLAN;
	for (const struct vrrp_address_conf *a = conf->excluded; a != NULL; a = a->next)
		vmac->ipv6 |= a->ip.family == AF_INET6;
	memcpy(conf->vmac, vmac->mac, sizeof(conf->vmac));
	if (vmac->ipvlan && conf->family == AF_INET && conf->ipvlan_ip.family != AF_INET)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, draft->link_span,
			    "an ipvlan of IPv4 needs an address: use_ipvlan [NAME] ADDRESS");
	if (conf->unicast_peer_count != 0 && !vmac->ipvlan && !conf->vmac_transmit_base) {
		vrrp_report(parse, DIAG_WARNING, &diag_missing, draft->link_span,
			    "'use_vmac' with unicast means 'vmac_xmit_base' too");
		conf->vmac_transmit_base = true;
	}
}

/* An interface of that name that is none of relevo's cannot become one. */
static void vmac_check_name(const struct nl_link *link, void *context)
{
	struct vrrp_parse *parse = context;

	for (const struct vrrp_draft *draft = parse->drafts; draft != NULL; draft = draft->next)
		for (const struct vrrp_vmac_conf *v = draft->conf.vmacs; v != NULL; v = v->next)
			if (link->kind == NL_LINK_OTHER && strcmp(v->name, link->name) == 0)
				vrrp_report(parse, DIAG_ERROR, &diag_duplicate,
					    draft->link_span.source != NULL ? draft->link_span :
									      draft->conf.span,
					    "this machine has an interface '%s' already",
					    link->name);
}

static void vmac_check_names(struct vrrp_parse *parse)
{
	struct nl_socket *nl = nl_open(NL_NOTHING);

	int error = nl == NULL ? -1 : nl_link_dump(nl, vmac_check_name, parse);

	(void)error; /* where interfaces cannot be listed, the start says what is wrong */
	nl_close(nl);
}

void vrrp_vmac_finish(struct vrrp_parse *parse)
{
	struct vrrp_draft *draft;

	for (draft = parse->drafts; draft != NULL; draft = draft->next) {
		vmac_finish_link(parse, draft);
		for (struct vrrp_address_conf *a = draft->conf.addresses; a != NULL; a = a->next)
			vmac_finish_address(parse, draft, a);
		for (struct vrrp_address_conf *a = draft->conf.excluded; a != NULL; a = a->next)
			vmac_finish_address(parse, draft, a);
	}
	for (draft = parse->drafts; draft != NULL; draft = draft->next)
		if (draft->conf.vmacs != NULL) {
			vmac_check_names(parse);
			break;
		}
}

/* --- rows --- */

static void vmac_parse_base(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	draft->conf.vmac_transmit_base = true;
	if (draft->link_span.source == NULL)
		draft->link_span = node->line.words[0].span;
	vrrp_warn_rest(parse, &node->line, 1);
}

const struct vrrp_keyword vrrp_keywords_vmac[] = {
	{
		.doc = { "use_vmac",
			 "The addresses are on a link of their own with the virtual router's MAC: "
			 "[IFNAME] [MAC].",
			 "use_vmac vrrp51", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .parse = vmac_parse,
	},
	{
		.doc = { "use_vmac_addr",
			 "Addresses on other interfaces, or of the other family, get VMACs too.",
			 "use_vmac_addr", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_FLAG, .preset = "off",
		.offset = offsetof(struct vrrp_instance_conf, vmac_addresses),
	},
	{
		.doc = { "vmac_xmit_base", "Adverts go by the interface below the VMAC.",
			 "vmac_xmit_base", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .preset = "off",
		.parse = vmac_parse_base,
	},
	{
		.doc = { "use_ipvlan",
			 "The addresses are on an ipvlan: [IFNAME] [ADDRESS] "
			 "[bridge|private|vepa].",
			 "use_ipvlan ipvl51 10.1.1.9", "0.3" },
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .parse = ipvlan_parse,
	},
	{
		.doc = { "vmac_prefix", "What the names of VMACs begin with.", "vmac_prefix vrrp",
			 "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "vrrp",
		.parse = vmac_parse_main_prefix,
	},
	{
		.doc = { "vmac_addr_prefix",
			 "What the names of VMACs of single addresses begin with.",
			 "vmac_addr_prefix vip", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_PARSE, .preset = "as vmac_prefix",
		.parse = vmac_parse_address_prefix,
	},
	VRRP_KEYWORDS_END,
};
