/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/values.c - values of keepalived.conf that conf/keyword.h does not read. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "vrrp/keyword.h"

enum { MICRO = 1000000 };

void vrrp_report(struct vrrp_parse *parse, enum diag_level level, const struct diag_kind *kind,
		 struct diag_span span, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	diag_add(parse->common.report, level, kind, span, NULL, "%s", text);
}

bool vrrp_need(struct vrrp_parse *parse, const struct vrrp_node *node, unsigned min,
	       const char *usage)
{
	if (node->line.count > min)
		return true;
	diag_add(parse->common.report, DIAG_ERROR, &diag_wrong_words, node->line.words[0].span,
		 usage, "'%s' needs a value", node->line.words[0].text);
	return false;
}

bool vrrp_closed(struct vrrp_parse *parse, const struct vrrp_node *node)
{
	if (node->unclosed.source == NULL)
		return true;
	vrrp_report(parse, DIAG_ERROR, &diag_bad_quoting, node->unclosed,
		    "the quote is not closed");
	return false;
}

void vrrp_warn_rest(struct vrrp_parse *parse, const struct conf_line *line, unsigned at)
{
	if (at < line->count)
		vrrp_report(parse, DIAG_WARNING, &diag_wrong_words, line->words[at].span,
			    "'%s' and what follows it is not read, as in Keepalived",
			    line->words[at].text);
}

bool vrrp_need_block(struct vrrp_parse *parse, const struct vrrp_node *node, bool needed)
{
	if (node->has_block == needed)
		return true;
	vrrp_report(parse, DIAG_ERROR, needed ? &diag_missing : &diag_wrong_place,
		    node->line.words[0].span,
		    needed ? "'%s' needs a block in braces" : "'%s' takes no block",
		    node->line.words[0].text);
	return false;
}

static bool values_bad_seconds(struct vrrp_parse *parse, const struct conf_word *word, int64_t min,
			       int64_t max)
{
	vrrp_report(parse, DIAG_ERROR, &diag_bad_number, word->span,
		    "'%s' is not a number of seconds from %.15g to %.15g", word->text,
		    (double)min / MICRO, (double)max / MICRO);
	return false;
}

bool vrrp_read_seconds(struct vrrp_parse *parse, const struct conf_word *word, int64_t min_us,
		       int64_t max_us, uint64_t *ret_us)
{
	const char *c = word->text;
	int64_t us = 0, digit_us = MICRO / 10;

	if (*c == '\0' || strcmp(c, ".") == 0)
		return values_bad_seconds(parse, word, min_us, max_us);
	for (; *c >= '0' && *c <= '9'; c++) {
		if (us > max_us)
			return values_bad_seconds(parse, word, min_us, max_us);
		us = us * 10 + (int64_t)(*c - '0') * MICRO;
	}
	if (*c == '.')
		for (c++; *c >= '0' && *c <= '9'; c++, digit_us /= 10)
			us += (*c - '0') * digit_us;
	if (*c != '\0' || us < min_us || us > max_us)
		return values_bad_seconds(parse, word, min_us, max_us);
	*ret_us = (uint64_t)us;
	return true;
}

bool vrrp_read_bool(struct vrrp_parse *parse, const struct conf_word *word, bool *ret_value)
{
	static const struct conf_choice choices[] = {
		{ "on", 1, "" }, { "true", 1, "" }, { "yes", 1, "" },
		{ "off", 0, "" }, { "false", 0, "" }, { "no", 0, "" },
		{ NULL, 0, NULL },
	};
	int value;

	if (!conf_read_choice(&parse->common, word, choices, "value", &value))
		return false;
	*ret_value = value != 0;
	return true;
}

bool vrrp_read_ip(struct vrrp_parse *parse, const struct conf_word *word, int family,
		  struct ip *ret_address)
{
	struct ip ip = { .family = 0 };

	if (ip_parse(word->text, &ip) && (family == 0 || ip.family == family)) {
		*ret_address = ip;
		return true;
	}
	vrrp_report(parse, DIAG_ERROR, &diag_bad_address, word->span, "'%s' is not an %s address",
		    word->text, family == AF_INET ? "IPv4" : family == AF_INET6 ? "IPv6" : "IP");
	return false;
}

bool vrrp_read_host(struct vrrp_parse *parse, const struct conf_word *word,
		    struct ip *ret_address)
{
	const char *slash = strchr(word->text, '/');
	struct conf_word host = *word;

	if (slash == NULL)
		return vrrp_read_ip(parse, word, 0, ret_address);
	host.text = arena_strndup(parse->common.arena, word->text, (size_t)(slash - word->text));
	if (!vrrp_read_ip(parse, &host, 0, ret_address))
		return false;
	vrrp_report(parse, DIAG_WARNING, &diag_no_effect, word->span,
		    "the prefix '%s' has no effect here", slash);
	return true;
}

bool vrrp_read_interface(struct vrrp_parse *parse, const struct conf_word *word,
			 char ret_name[IF_NAMESIZE])
{
	size_t len = strlen(word->text);

	if (len == 0 || len >= IF_NAMESIZE || strpbrk(word->text, "/ \t") != NULL) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, word->span,
			    "'%s' cannot be the name of an interface (1 to %d bytes)", word->text,
			    IF_NAMESIZE - 1);
		return false;
	}
	memcpy(ret_name, word->text, len + 1);
	if (if_nametoindex(word->text) != 0 || parse->conf->dynamic_interfaces)
		return true;
	vrrp_report(parse, DIAG_ERROR, &diag_unresolved, word->span,
		    "this machine has no interface '%s'", word->text);
	return false;
}

bool vrrp_read_weight_within(struct vrrp_parse *parse, const struct conf_line *line, unsigned at,
			     int limit, int *ret_weight, bool *ret_reverse)
{
	static const struct conf_choice directions[] = {
		{ "reverse", 1, "" }, { "noreverse", 0, "" }, { "no_reverse", 0, "" },
		{ NULL, 0, NULL },
	};
	int64_t weight;
	int reverse;

	if (at >= line->count) {
		vrrp_report(parse, DIAG_ERROR, &diag_wrong_words, line->words[at - 1].span,
			    "a weight from -%d to %d is missing", limit, limit);
		return false;
	}
	if (!conf_read_int(&parse->common, &line->words[at], -limit, limit, &weight))
		return false;
	*ret_weight = (int)weight;
	if (at + 1 < line->count) {
		if (!conf_read_choice(&parse->common, &line->words[at + 1], directions, "direction",
				      &reverse))
			return false;
		*ret_reverse = reverse != 0;
	}
	vrrp_warn_rest(parse, line, at + 2);
	return true;
}
