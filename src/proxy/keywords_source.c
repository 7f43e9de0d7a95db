/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_source.c - what follows `source` on server lines and in
 * backends (configuration manual 4.2 and 5.2): an address with a port or a
 * range of them, the interface, and whose address servers see in its place.
 */
#include <string.h>

#include "base/arena.h"
#include "expr/expr.h"
#include "proxy/reading.h"

static const char source_usage[] =
	"source <address>[:<port>[-<port>]] [usesrc <whose>] [interface <name>]";

static void source_read_address(struct conf_parse *parse, const struct conf_word *word, bool range,
				struct source_conf *ret)
{
	const char *text = read_address_text(parse, word), *why;
	struct net_parsed parsed;

	if (text == NULL)
		return;
	if (!net_address_parse(text, NET_ANY | NET_NAMES | (range ? NET_PORT_RANGE : 0), &parsed,
			       &why)) {
		report_address(parse, word->span, text, why);
		return;
	}
	ret->address = parsed.address;
	net_address_set_port(&ret->address, parsed.port_low);
	if (range && parsed.port_high != parsed.port_low)
		ret->ports = (uint16_t)(parsed.port_high - parsed.port_low + 1);
}

/* Without an occurrence the last address of the header counts, which a proxy before us has added. */
static const struct expr *source_read_header(struct conf_parse *parse, const struct conf_word *word)
{
	struct conf_word last = *word;
	size_t len = strlen(word->text);
	size_t end;

	if (strchr(word->text, ',') == NULL && word->text[len - 1] == ')')
		last.text = arena_printf(parse->arena, "%.*s,-1)", (int)len - 1, word->text);
	return expr_parse(parse, &reading_request_place, &last, 0, NULL, &end);
}

static void source_read_foreign(struct conf_parse *parse, const struct conf_word *word,
				struct source_conf *ret)
{
	struct foreign_source *foreign = arena_zalloc(parse->arena, sizeof(*foreign));
	struct net_parsed parsed;
	const char *why;

	ret->foreign = foreign;
	reading_conf(parse)->sets_marks = true;
	if (strcmp(word->text, "client") == 0) {
		foreign->kind = FOREIGN_CLIENT;
	} else if (strcmp(word->text, "clientip") == 0) {
		foreign->kind = FOREIGN_CLIENT_IP;
	} else if (strncmp(word->text, "hdr_ip(", 7) == 0) {
		foreign->kind = FOREIGN_HEADER;
		foreign->expr = source_read_header(parse, word);
		foreign->header = word->text;
		foreign->span = word->span;
	} else if (net_address_parse(word->text, NET_NAMES, &parsed, &why)) {
		foreign->kind = FOREIGN_ADDRESS;
		foreign->address = parsed.address;
		net_address_set_port(&foreign->address, parsed.port_low);
	} else {
		report_address(parse, word->span, word->text, why);
	}
}

/* A request's head has gone when its server is chosen: one header is looked at before. */
static void source_note_header(struct conf_parse *parse, struct backend_conf *back,
			       const struct foreign_source *foreign)
{
	if (foreign == NULL || foreign->kind != FOREIGN_HEADER)
		return;
	if (back->header_source != NULL && strcmp(back->header_source->header, foreign->header) != 0)
		report_not_supported(parse, foreign->span, foreign->header,
				     "all servers of a backend take the same header");
	back->header_source = foreign;
}

void source_resolve(struct conf_parse *parse, struct section *section)
{
	struct backend_conf *back = &section->back;

	source_note_header(parse, back, back->foreign);
	for (const struct server_conf *server = back->servers; server != NULL; server = server->next)
		source_note_header(parse, back, server->foreign);
}

unsigned read_source(struct conf_parse *parse, const struct conf_line *line, unsigned at, bool range,
		     struct source_conf *ret)
{
	const struct conf_word *word = &line->words[at];
	unsigned used = 1;

	*ret = (struct source_conf){ .address.fd = -1 };
	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, source_usage))
		return 1;
	source_read_address(parse, word, range, ret);
	for (word++; at + used < line->count; word += 2, used += 2) {
		bool interface = strcmp(word->text, "interface") == 0;

		if (!interface && strcmp(word->text, "usesrc") != 0)
			break;
		if (at + used + 1 >= line->count) {
			diag_add(parse->report, DIAG_ERROR, &diag_wrong_words, word->span, NULL,
				 interface ? "'interface' needs the name of an interface"
					   : "'usesrc' needs 'client', 'clientip', 'hdr_ip(<name>)' "
					     "or an address");
			return used + 1;
		}
		if (interface)
			ret->interface = word[1].text;
		else
			source_read_foreign(parse, &word[1], ret);
	}
	return used;
}
