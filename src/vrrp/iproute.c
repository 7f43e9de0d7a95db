/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/iproute.c - see iproute.h. */
#include "vrrp/iproute.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"

void iproute_bad(struct vrrp_parse *parse, struct iproute_words *object,
		 const struct conf_word *word, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	object->failed = true;
	vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span, "%s", text);
}

unsigned iproute_option(struct vrrp_parse *parse, unsigned where, struct iproute_words *object,
			const struct conf_line *line, unsigned at)
{
	const struct vrrp_keyword *row = vrrp_keyword_find(line->words[at].text, where);
	struct vrrp_node node = {
		.line = { .words = &line->words[at], .count = line->count - at },
	};

	if (row == NULL) {
		vrrp_report_unknown(parse, where, &line->words[at]);
		object->failed = true;
		return 0;
	}
	if (row->modern != NULL) {
		vrrp_report(parse, DIAG_WARNING, &diag_old_form, line->words[at].span,
			    "'%s' is an old form of '%s'", line->words[at].text, row->modern);
		row = vrrp_keyword_find(row->modern, where);
		ASSERT(row != NULL);
	}
	if (row->type == VRRP_FLAG) {
		*(bool *)((char *)object + row->offset) = true;
		return 1;
	}
	object->took = 2;
	row->parse(parse, object, &node);
	return object->failed || object->took > node.line.count ? 0 : object->took;
}

const struct conf_word *iproute_word(struct vrrp_parse *parse, struct iproute_words *object,
				     const struct vrrp_node *node, unsigned at)
{
	if (at < node->line.count)
		return &node->line.words[at];
	object->failed = true;
	vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, node->line.words[at - 1].span,
		    "'%s' needs a value", node->line.words[at - 1].text);
	return NULL;
}

bool iproute_number(struct vrrp_parse *parse, struct iproute_words *object,
		    const struct conf_word *word, uint64_t max, uint64_t *ret)
{
	if (word == NULL)
		return false;
	if (nl_number(word->text, max, ret))
		return true;
	object->failed = true;
	vrrp_report(parse, DIAG_ERROR, &diag_bad_number, word->span,
		    "'%s' is not a whole number from 0 to %llu", word->text,
		    (unsigned long long)max);
	return false;
}

bool iproute_name(struct vrrp_parse *parse, struct iproute_words *object,
		  const struct conf_word *word, enum nl_names names, const char *what,
		  uint32_t *ret)
{
	if (word == NULL)
		return false;
	if (nl_name_find(names, word->text, &parse->name_dirs, ret))
		return true;
	iproute_bad(parse, object, word,
		    "'%s' is no %s: neither a number nor a name of /etc/iproute2",
		    word->text, what);
	return false;
}

/* The words for every address; false if it is none of them. */
static bool iproute_any(const char *text, struct ip *ret_ip, bool *ret_any)
{
	bool six = strcmp(text, "default6") == 0;

	if (!six && strcmp(text, "default") != 0 && strcmp(text, "any") != 0 &&
	    strcmp(text, "all") != 0)
		return false;
	*ret_ip = (struct ip){ .family = six ? AF_INET6 : AF_INET };
	*ret_any = !six;
	return true;
}

bool iproute_network(struct vrrp_parse *parse, struct iproute_words *object,
		     const struct conf_word *word, struct ip *ret_ip, uint8_t *ret_len,
		     bool *ret_any)
{
	const char *slash;
	struct conf_word ip;
	uint64_t len;

	if (word == NULL)
		return false;
	*ret_len = 0;
	*ret_any = false;
	if (iproute_any(word->text, ret_ip, ret_any))
		return true;
	ip = *word;
	slash = strchr(word->text, '/');
	if (slash != NULL)
		ip.text = arena_strndup(parse->common.arena, word->text,
					(size_t)(slash - word->text));
	if (!iproute_ip(parse, object, &ip, 0, ret_ip))
		return false;
	len = 8 * ip_len(ret_ip);
	ip.text = slash == NULL ? "" : slash + 1;
	if (ip.text[0] != '\0' && !iproute_number(parse, object, &ip, len, &len))
		return false;
	*ret_len = (uint8_t)len;
	return true;
}

bool iproute_realms(struct vrrp_parse *parse, struct iproute_words *object,
		    const struct conf_word *word, uint32_t *ret)
{
	struct conf_word first;
	uint32_t from = 0, to = 0;
	const char *slash;

	if (word == NULL)
		return false;
	first = *word;
	slash = strchr(word->text, '/');
	if (slash != NULL) {
		first.text = arena_strndup(parse->common.arena, word->text,
					   (size_t)(slash - word->text));
		if (!iproute_name(parse, object, &first, NL_NAMES_REALM, "realm", &from))
			return false;
		first.text = slash + 1;
	}
	if (!iproute_name(parse, object, &first, NL_NAMES_REALM, "realm", &to))
		return false;
	*ret = from << 16 | to;
	return true;
}

bool iproute_ip(struct vrrp_parse *parse, struct iproute_words *object,
		const struct conf_word *word, int family, struct ip *ret)
{
	struct ip ip;

	if (word == NULL)
		return false;
	if (ip_parse(word->text, &ip) && (family == 0 || ip.family == family)) {
		*ret = ip;
		return true;
	}
	object->failed = true;
	vrrp_report(parse, DIAG_ERROR, &diag_bad_address, word->span, "'%s' is not an %s address",
		    word->text, family == AF_INET ? "IPv4" : family == AF_INET6 ? "IPv6" : "IP");
	return false;
}

bool iproute_interface(struct vrrp_parse *parse, struct iproute_words *object,
		       const struct conf_word *word, const char **ret_name)
{
	char name[IF_NAMESIZE];

	if (word == NULL)
		return false;
	if (!vrrp_read_interface(parse, word, name)) {
		object->failed = true;
		return false;
	}
	*ret_name = word->text;
	return true;
}
