/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/compare.c - see compare.h. */
#include "daemon/compare.h"

#include <string.h>

#include "vrrp/agreement.h"

static const struct vrrp_instance_conf *compare_find(const struct vrrp_conf *conf,
						     const struct vrrp_instance_conf *like)
{
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		if (i->vrid == like->vrid && i->family == like->family)
			return i;
	return NULL;
}

static const char *compare_word(const struct strbuf *text)
{
	return text->text != NULL && text->len != 0 ? text->text : "none";
}

static unsigned compare_part(const struct vrrp_instance_conf *ours,
			     const struct vrrp_instance_conf *theirs, enum vrrp_agreement part,
			     struct strbuf *lines)
{
	struct strbuf here = STRBUF_EMPTY, there = STRBUF_EMPTY;
	bool differs;

	vrrp_agreement_text(ours, part, &here);
	vrrp_agreement_text(theirs, part, &there);
	differs = strcmp(compare_word(&here), compare_word(&there)) != 0;
	if (differs)
		strbuf_printf(lines, "%s: %s differs: %s here, %s there\n", ours->name,
			      vrrp_agreement_name(part), compare_word(&here), compare_word(&there));
	strbuf_free(&here);
	strbuf_free(&there);
	return differs;
}

static unsigned compare_missing(const struct vrrp_conf *of, const struct vrrp_conf *in,
				const char *where, struct strbuf *lines)
{
	unsigned count = 0;

	for (const struct vrrp_instance_conf *i = of->instances; i != NULL; i = i->next) {
		if (compare_find(in, i) != NULL)
			continue;
		strbuf_printf(lines, "%s: there is no virtual_router_id %u of this family %s\n",
			      i->name, i->vrid, where);
		count++;
	}
	return count;
}

unsigned compare_peer(const struct vrrp_conf *ours, const struct vrrp_conf *theirs,
		      struct strbuf *ret_lines)
{
	unsigned count = 0;

	for (const struct vrrp_instance_conf *i = ours->instances; i != NULL; i = i->next) {
		const struct vrrp_instance_conf *other = compare_find(theirs, i);

		for (int part = 0; other != NULL && part < VRRP_AGREEMENTS; part++)
			count += compare_part(i, other, (enum vrrp_agreement)part, ret_lines);
		if (other != NULL && other->priority == i->priority)
			strbuf_printf(ret_lines,
				      "%s: priority %u on both: the node with the higher "
				      "address is preferred\n", i->name, i->priority);
	}
	count += compare_missing(ours, theirs, "in the other file", ret_lines);
	return count + compare_missing(theirs, ours, "in this file", ret_lines);
}
