/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_resolvers.c - `resolvers` sections (configuration manual 5.3.2):
 * the name servers that are asked while the proxy runs, and how. /etc/resolv.conf
 * is read here, since the proxy process reads no file.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static const char resolvers_system_file[] = "/etc/resolv.conf";

enum { DNS_PORT = 53 };

static void *resolvers_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct dns_conf **last = &conf->resolvers;
	struct dns_conf *made = arena_zalloc(parse->arena, sizeof(*made));

	conf_apply_presets(parse, CONF_RESOLVERS, made);
	if (line == NULL)
		return made;
	if (!conf_need_words(parse, line, 1, 1, 1, "resolvers <name>") ||
	    !name_valid(parse, &line->words[1], "resolvers section"))
		return NULL;
	made->name = line->words[1].text;
	made->span = line->words[1].span;
	if (proxy_resolvers_find(conf, made->name) != NULL)
		diag_add(parse->report, DIAG_ERROR, &diag_duplicate, made->span, NULL,
			 "another resolvers section is called '%s'", made->name);
	while (*last != NULL)
		last = &(*last)->next;
	*last = made;
	return made;
}

const struct conf_section proxy_section_resolvers = {
	.doc = { .name = "resolvers", .since = "0.4",
		 .summary = "Name servers through which servers' names are resolved while it runs.",
		 .example = "resolvers dns" },
	.where = CONF_RESOLVERS,
	.open = resolvers_open,
};

/* ---- name servers ---- */

static struct dns_nameserver_conf *resolvers_find_nameserver(const struct dns_conf *dns,
							     const char *name)
{
	struct dns_nameserver_conf *one = dns->nameservers;

	while (one != NULL && strcmp(one->name, name) != 0)
		one = one->next;
	return one;
}

static struct dns_nameserver_conf *resolvers_add(struct conf_parse *parse, struct dns_conf *dns,
						 const char *name)
{
	struct dns_nameserver_conf **last = &dns->nameservers;
	struct dns_nameserver_conf *made = arena_zalloc(parse->arena, sizeof(*made));

	while (*last != NULL)
		last = &(*last)->next;
	made->name = name;
	dns->nameserver_count++;
	*last = made;
	return made;
}

/* What a `server` line has behind the address means little here: one connection is all there is. */
static void resolvers_read_options(struct conf_parse *parse, const struct conf_line *line,
				   unsigned at, bool stream)
{
	int64_t maxconn;

	for (; at < line->count; at++) {
		if (stream && strcmp(line->words[at].text, "maxconn") == 0 &&
		    conf_need_words(parse, line, at + 1, 1, UINT32_MAX, NULL)) {
			at++;
			conf_read_int(parse, &line->words[at], 1, INT32_MAX, &maxconn);
			continue;
		}
		report_not_supported(parse, line->words[at].span,
				     arena_printf(parse->arena, "nameserver ... %s",
						  line->words[at].text),
				     NULL);
		return;
	}
}

static void resolvers_read_nameserver(struct conf_parse *parse, void *section,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct dns_conf *dns = section;
	struct dns_nameserver_conf *made;
	struct net_parsed parsed;
	const char *text, *why;

	if (!conf_need_words(parse, line, at, 2, UINT32_MAX,
			     "nameserver <name> <address>:<port>") ||
	    !name_valid(parse, &line->words[at], "name server"))
		return;
	text = read_address_text(parse, &line->words[at + 1]);
	if (text == NULL)
		return;
	if (!net_address_parse(text, NET_NEED_PORT | NET_NAMES, &parsed, &why)) {
		report_address(parse, line->words[at + 1].span, text, why);
		return;
	}
	if (resolvers_find_nameserver(dns, line->words[at].text) != NULL) {
		diag_add(parse->report, DIAG_ERROR, &diag_duplicate, line->words[at].span, NULL,
			 "another name server is called '%s'", line->words[at].text);
		return;
	}
	made = resolvers_add(parse, dns, line->words[at].text);
	made->span = line->words[at].span;
	made->address = parsed.address;
	net_address_set_port(&made->address, parsed.port_low);
	made->stream = parsed.type == SOCK_STREAM;
	resolvers_read_options(parse, line, at + 2, made->stream);
}

/* ---- /etc/resolv.conf ---- */

/* A line "nameserver ADDRESS"; all others are none of our business. */
static void resolvers_take_line(struct conf_parse *parse, struct dns_conf *dns, char *line)
{
	const char *word = strtok(line, " \t\r\n"), *text = strtok(NULL, " \t\r\n");
	struct dns_nameserver_conf *made;
	struct net_parsed parsed;
	const char *why;

	if (word == NULL || text == NULL || strcmp(word, "nameserver") != 0 ||
	    !net_address_parse(text, NET_NO_PORT, &parsed, &why) ||
	    resolvers_find_nameserver(dns, text) != NULL)
		return;
	made = resolvers_add(parse, dns, arena_strndup(parse->arena, text, strlen(text)));
	made->address = parsed.address;
	net_address_set_port(&made->address, DNS_PORT);
}

static int resolvers_take_system(struct conf_parse *parse, struct dns_conf *dns)
{
	FILE *file = fopen(resolvers_system_file, "re");
	char line[1024];

	if (file == NULL)
		return -errno;
	while (fgets(line, sizeof(line), file) != NULL)
		resolvers_take_line(parse, dns, line);
	fclose(file);
	return 0;
}

static void resolvers_read_system(struct conf_parse *parse, void *section,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct dns_conf *dns = section;
	int error;

	if (!conf_need_words(parse, line, at, 0, 0, "parse-resolv-conf"))
		return;
	error = resolvers_take_system(parse, dns);
	if (error < 0)
		diag_add(parse->report, DIAG_WARNING, &diag_cannot_read, line->words[0].span, NULL,
			 "%s cannot be read: %s", resolvers_system_file, strerrordesc_np(-error));
}

/* Without a section of that name there is one with the machine's own name servers. */
static void resolvers_add_default(struct conf_parse *parse)
{
	struct proxy_conf *conf = reading_conf(parse);
	struct dns_conf **last = &conf->resolvers;
	struct dns_conf *made = arena_zalloc(parse->arena, sizeof(*made));

	if (proxy_resolvers_find(conf, "default") != NULL)
		return;
	conf_apply_presets(parse, CONF_RESOLVERS, made);
	made->name = "default";
	if (resolvers_take_system(parse, made) < 0 || made->nameservers == NULL)
		return;
	while (*last != NULL)
		last = &(*last)->next;
	*last = made;
}

void resolvers_resolve(struct conf_parse *parse)
{
	for (const struct dns_conf *dns = reading_conf(parse)->resolvers; dns != NULL;
	     dns = dns->next)
		if (dns->nameservers == NULL)
			diag_add(parse->report, DIAG_WARNING, &diag_missing, dns->span,
				 "add 'nameserver <name> <address>:53', or 'parse-resolv-conf'",
				 "the resolvers section '%s' has no name server", dns->name);
	resolvers_add_default(parse);
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.4", .summary = what, .example = line }
#define FIELD(member) .offset = offsetof(struct dns_conf, member)
#define PERIOD(word, member, from, value, what, line)                                              \
	{ DOC(word, what, line), .where = CONF_RESOLVERS, .type = CONF_DURATION, FIELD(member),    \
	  .preset = value, .min = from, .max = INT32_MAX }

const struct conf_keyword proxy_keywords_resolvers[] = {
	{ DOC("accepted_payload_size", "How large an answer in one datagram may be.",
	      "accepted_payload_size 4096"),
	  .where = CONF_RESOLVERS, .type = CONF_INT, FIELD(payload), .preset = "512", .min = 12,
	  .max = 65535 },
	PERIOD("hold nx", hold_nx_ms, 0, "30s",
	       "How long the last address is kept while the name does not exist.", "hold nx 30s"),
	PERIOD("hold obsolete", hold_obsolete_ms, 0, "0",
	       "How long an address or service is kept that answers no longer have.",
	       "hold obsolete 30s"),
	PERIOD("hold other", hold_other_ms, 0, "30s",
	       "How long the last address is kept while answers are of no use.", "hold other 30s"),
	PERIOD("hold refused", hold_refused_ms, 0, "30s",
	       "How long the last address is kept while name servers refuse.",
	       "hold refused 30s"),
	PERIOD("hold timeout", hold_timeout_ms, 0, "30s",
	       "How long the last address is kept while no name server answers.",
	       "hold timeout 30s"),
	PERIOD("hold valid", hold_valid_ms, 0, "10s",
	       "How long an answer serves do-resolve actions; servers do not look at it.",
	       "hold valid 10s"),
	{ DOC("nameserver", "A name server, asked over UDP, or over TCP with tcp@.",
	      "nameserver ns1 10.0.0.53:53"),
	  .where = CONF_RESOLVERS, .type = CONF_PARSE, .parse = resolvers_read_nameserver },
	{ DOC("parse-resolv-conf", "Ask the name servers of /etc/resolv.conf too.",
	      "parse-resolv-conf"),
	  .where = CONF_RESOLVERS, .type = CONF_PARSE, .parse = resolvers_read_system },
	{ DOC("resolve_retries", "How often a name is asked for before that has failed.",
	      "resolve_retries 3"),
	  .where = CONF_RESOLVERS, .type = CONF_INT, FIELD(retries), .preset = "3", .min = 0,
	  .max = INT32_MAX },
	PERIOD("timeout resolve", timeout_resolve_ms, 1, "1s",
	       "How long after one resolution the next begins.", "timeout resolve 1s"),
	PERIOD("timeout retry", timeout_retry_ms, 1, "1s",
	       "How long an answer is waited for before the name is asked for again.",
	       "timeout retry 1s"),
	CONF_KEYWORDS_END,
};
