/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/firewall.c - see firewall.h. */
#include "vrrp/firewall.h"

#include "vrrp/kernel_items.h"

enum { FIREWALL_OWNER = 255 };

/* What differs between the families. */
static const struct firewall_family {
	int family;
	const char *name;	/* of the table's family, and of the header */
	const char *type;	/* of an address */
	const char *silent[2];	/* IGMP, MLD: what a VMAC does not send, but the
				 * interface below; NULL: no more */
	const char *never;	/* what it does not send at all */
	const char *always;	/* what no_accept lets pass */
} firewall_families[] = {
	{ AF_INET, "ip", "ipv4_addr", { "ip protocol 2", NULL }, NULL, NULL },
	{ AF_INET6, "ip6", "ipv6_addr",
	  { "icmpv6 type mld2-listener-report", "icmpv6 type mld-listener-report" },
	  "icmpv6 type nd-router-solicit",
	  "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept" },
};

static bool firewall_drops(const struct vrrp_instance_conf *conf)
{
	return conf->no_accept && conf->priority != FIREWALL_OWNER;
}

bool firewall_is_wanted(const struct vrrp_conf *conf)
{
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		if (i->vmacs != NULL || firewall_drops(i))
			return true;
	return false;
}

static const char *firewall_verdict(const struct vrrp_conf *conf)
{
	return conf->nft_counters ? "counter drop" : "drop";
}

/* --- no_accept --- */

/* Link-local addresses are told apart by their interface, and have a rule each. */
static void firewall_address(const struct vrrp_instance_conf *conf,
			     const struct vrrp_address_conf *address, bool local,
			     const char *chain, const char *drop, struct strbuf *out)
{
	bool in = chain[0] == 'i';
	char text[IP_TEXT];

	ip_text(&address->ip, text);
	if (!local)
		strbuf_printf(out, " %s,", text);
	else
		strbuf_printf(out, "  %sifname \"%s\" ip6 %s %s %s\n", in ? "i" : "o",
			      item_interface(address, conf->interface), in ? "daddr" : "saddr",
			      text, drop);
}

/* Every address of no_accept, of one family, link-local or not; returns how many. */
static unsigned firewall_addresses(const struct vrrp_conf *conf, int family, bool local,
				   const char *chain, struct strbuf *out)
{
	unsigned count = 0;

	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next) {
		const struct vrrp_address_conf *lists[] = { i->addresses, i->excluded };

		for (unsigned list = 0; list < 2 && firewall_drops(i); list++)
			for (const struct vrrp_address_conf *a = lists[list]; a != NULL;
			     a = a->next)
				if (a->ip.family == family && ip_is_link_local(&a->ip) == local) {
					firewall_address(i, a, local, chain, firewall_verdict(conf),
							 out);
					count++;
				}
	}
	return count;
}

static void firewall_set(const struct vrrp_conf *conf, const struct firewall_family *family,
			 struct strbuf *out)
{
	struct strbuf elements = STRBUF_EMPTY;

	strbuf_printf(out, " set vips {\n  type %s\n", family->type);
	if (firewall_addresses(conf, family->family, false, "", &elements) != 0)
		strbuf_printf(out, "  elements = {%s }\n", elements.text);
	strbuf_puts(out, " }\n");
	strbuf_free(&elements);
}

static void firewall_drop(const struct vrrp_conf *conf, const struct firewall_family *family,
			  const char *chain, struct strbuf *out)
{
	if (family->always != NULL)
		strbuf_printf(out, "  %s\n", family->always);
	strbuf_printf(out, "  %s %s @vips %s\n", family->name,
		      chain[0] == 'i' ? "daddr" : "saddr", firewall_verdict(conf));
	firewall_addresses(conf, family->family, true, chain, out);
}

/* --- VMACs --- */

static void firewall_vmac(const struct firewall_family *family, const struct vrrp_vmac_conf *vmac,
			  const struct links *links, const char *drop, struct strbuf *out)
{
	if (links_by_name(links, vmac->name) == NULL || links_by_name(links, vmac->base) == NULL)
		return;
	for (unsigned i = 0; i < 2 && family->silent[i] != NULL; i++)
		strbuf_printf(out, "  oifname \"%s\" %s dup to %s daddr device \"%s\" %s\n",
			      vmac->name, family->silent[i], family->name, vmac->base, drop);
	if (family->never != NULL)
		strbuf_printf(out, "  oifname \"%s\" %s %s\n", vmac->name, family->never,
			      drop);
}

static void firewall_vmacs(const struct vrrp_conf *conf, const struct firewall_family *family,
			   const struct links *links, struct strbuf *out)
{
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		for (const struct vrrp_vmac_conf *v = i->vmacs; v != NULL; v = v->next)
			if (!v->ipvlan)
				firewall_vmac(family, v, links, firewall_verdict(conf), out);
}

static void firewall_chain(const struct vrrp_conf *conf, const char *name, const char *hook,
			   struct strbuf *out)
{
	strbuf_printf(out, " chain %s {\n  type filter hook %s priority %d; policy accept;\n", name,
		      hook, conf->nft_priority);
}

void firewall_write(const struct vrrp_conf *conf, const struct links *links, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(firewall_families); i++) {
		const struct firewall_family *family = &firewall_families[i];

		/* Added first, so that there is one to delete. */
		strbuf_printf(out, "add table %s %s { flags owner; }\ndelete table %s %s\n",
			      family->name, conf->nft_table, family->name, conf->nft_table);
		strbuf_printf(out, "table %s %s {\n flags owner\n", family->name, conf->nft_table);
		firewall_set(conf, family, out);
		firewall_chain(conf, "in", "input", out);
		firewall_drop(conf, family, "in", out);
		strbuf_puts(out, " }\n");
		firewall_chain(conf, "out", "output", out);
		firewall_vmacs(conf, family, links, out);
		firewall_drop(conf, family, "out", out);
		strbuf_puts(out, " }\n}\n");
	}
}
