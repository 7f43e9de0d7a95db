/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/keywords_encap.c - see keywords_encap.h. */
#include "vrrp/keywords_encap.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"

enum encap_field { ENCAP_ID, ENCAP_DST, ENCAP_SRC, ENCAP_TTL, ENCAP_TOS, ENCAP_FLAGS };

static const struct encap_option {
	const char *word;
	int family;			/* of the tunnel; 0: either */
	enum encap_field field;
	uint64_t max;
} encap_options[] = {
	{ "id", 0, ENCAP_ID, UINT64_MAX },
	{ "dst", 0, ENCAP_DST, 0 },
	{ "src", 0, ENCAP_SRC, 0 },
	{ "ttl", AF_INET, ENCAP_TTL, 255 },
	{ "hoplimit", 0, ENCAP_TTL, 255 },
	{ "tos", AF_INET, ENCAP_TOS, 255 },
	{ "dsfield", AF_INET, ENCAP_TOS, 255 },
	{ "tc", AF_INET6, ENCAP_TOS, 255 },
	{ "flags", 0, ENCAP_FLAGS, UINT16_MAX },
};

static const struct encap_option *encap_find(const char *word, int family)
{
	for (size_t i = 0; i < ARRAY_LEN(encap_options); i++)
		if ((encap_options[i].family == 0 || encap_options[i].family == family) &&
		    strcmp(encap_options[i].word, word) == 0)
			return &encap_options[i];
	return NULL;
}

static void encap_store(struct nl_encap *encap, enum encap_field field, uint64_t value)
{
	switch (field) {
	case ENCAP_ID: encap->id = value; break;
	case ENCAP_TTL: encap->ttl = (uint8_t)value; break;
	case ENCAP_TOS: encap->tos = (uint8_t)value; break;
	case ENCAP_FLAGS: encap->flags = (uint16_t)value; break;
	default: ASSERT(!"a number");
	}
}

static void encap_read_option(struct vrrp_parse *parse, struct iproute_words *object,
			      const struct encap_option *option, const struct conf_word *word,
			      int family, struct nl_encap *ret)
{
	uint64_t value;
	uint32_t field;

	if (option->field == ENCAP_DST || option->field == ENCAP_SRC)
		iproute_ip(parse, object, word, family,
			   option->field == ENCAP_DST ? &ret->destination : &ret->source);
	else if (option->field == ENCAP_TOS) {
		if (iproute_name(parse, object, word, NL_NAMES_DSFIELD, "DS field", &field))
			ret->tos = (uint8_t)field;
	} else if (iproute_number(parse, object, word, option->max, &value))
		encap_store(ret, option->field, value);
}

static unsigned encap_read_tunnel(struct vrrp_parse *parse, struct iproute_words *object,
				  const struct vrrp_node *node, struct nl_encap *ret)
{
	int family = ret->kind == NL_ENCAP_IP6 ? AF_INET6 : AF_INET;
	unsigned at = 2;

	while (at < node->line.count && !object->failed) {
		const struct encap_option *option =
			encap_find(node->line.words[at].text, family);

		if (option == NULL)
			break; /* an option of the route again */
		encap_read_option(parse, object, option, iproute_word(parse, object, node, at + 1),
				  family, ret);
		at += 2;
	}
	return at;
}

/* LABEL[/LABEL]... */
static void encap_read_labels(struct vrrp_parse *parse, struct iproute_words *object,
			      const struct conf_word *word, struct nl_encap *ret)
{
	const uint64_t most = (1 << 20) - 1;
	struct conf_word label;
	char *rest;

	if (word == NULL)
		return;
	label = *word;
	label.text = strtok_r(arena_strdup(parse->common.arena, word->text), "/", &rest);
	for (; label.text != NULL; label.text = strtok_r(NULL, "/", &rest)) {
		uint64_t value;

		if (!iproute_number(parse, object, &label, most, &value))
			return;
		if (ret->label_count == NL_ENCAP_LABELS) {
			iproute_bad(parse, object, word, "at most %d labels are possible",
				    NL_ENCAP_LABELS);
			return;
		}
		ret->labels[ret->label_count++] = (uint32_t)value;
	}
	if (ret->label_count == 0)
		iproute_bad(parse, object, word, "a label is missing");
}

/* Four groups of 16 bits, as in an IPv6 address. */
static void encap_read_locator(struct vrrp_parse *parse, struct iproute_words *object,
			       const struct conf_word *word, struct nl_encap *ret)
{
	const char *at = word == NULL ? "" : word->text;
	uint64_t locator = 0;
	unsigned groups = 0;
	char *end;

	if (word == NULL)
		return;
	for (; groups < 4; groups++, at = end + 1) {
		unsigned long group = strtoul(at, &end, 16);

		if (end == at || end - at > 4 || (*end != ':' && *end != '\0'))
			break;
		locator = locator << 16 | group;
		if (*end == '\0')
			break;
	}
	if (groups != 3 || *end != '\0')
		iproute_bad(parse, object, word, "'%s' is no locator such as 1:2:3:4", word->text);
	ret->id = locator;
}

unsigned vrrp_encap_read(struct vrrp_parse *parse, struct iproute_words *object,
			 const struct vrrp_node *node, struct nl_encap *ret)
{
	static const struct conf_choice kinds[] = {
		{ "mpls", NL_ENCAP_MPLS, "" }, { "ip", NL_ENCAP_IP, "" },
		{ "ip6", NL_ENCAP_IP6, "" },   { "ila", NL_ENCAP_ILA, "" },
		{ NULL, 0, NULL },
	};
	const struct conf_word *word = iproute_word(parse, object, node, 1);
	unsigned took = 3;
	int kind;

	if (word == NULL)
		return 0;
	if (!conf_read_choice(&parse->common, word, kinds, "encapsulation", &kind)) {
		object->failed = true;
		return 0;
	}
	*ret = (struct nl_encap){ .kind = (enum nl_encap_kind)kind };
	if (kind == NL_ENCAP_MPLS)
		encap_read_labels(parse, object, iproute_word(parse, object, node, 2), ret);
	else if (kind == NL_ENCAP_ILA)
		encap_read_locator(parse, object, iproute_word(parse, object, node, 2), ret);
	else
		took = encap_read_tunnel(parse, object, node, ret);
	return object->failed ? 0 : took;
}
