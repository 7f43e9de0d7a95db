/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_ring.c - `ring` sections: queues of log lines before a TCP
 * syslog server (configuration manual 3.9), for `log ring@NAME`. A log line
 * may name a ring that stands below it, so rings are made when they are first
 * named, and must be there at the end.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

enum { RING_SIZE = 16384 }; /* as `size` has it */

/* One `server` line. */
struct ring_server {
	struct ring_server *next;
	const char *name;
	struct net_address address;
	bool counted;			/* log-proto octet-count */
};

/* One ring while the files are read. */
struct ring_reading {
	struct ring_reading *next;
	struct log_ring ring;		/* what log targets point to */
	struct diag_span used, span;	/* source NULL: not named by a log line; no section */
	const char *description;
	uint64_t size;
	int64_t length;
	struct ring_server *servers;
};

static struct ring_reading *ring_find(struct conf_parse *parse, const char *name)
{
	struct proxy_reading *reading = reading_conf(parse)->reading;
	struct ring_reading *ring;

	for (ring = reading->rings; ring != NULL; ring = ring->next)
		if (strcmp(ring->ring.name, name) == 0)
			return ring;
	ring = arena_zalloc(parse->arena, sizeof(*ring));
	ring->ring.name = name;
	ring->ring.format = LOG_FORMAT_RAW;
	ring->next = reading->rings;
	reading->rings = ring;
	return ring;
}

const struct log_ring *ring_named(struct conf_parse *parse, const char *name, struct diag_span span)
{
	struct ring_reading *ring = ring_find(parse, name);

	if (ring->used.source == NULL)
		ring->used = span;
	return &ring->ring;
}

const struct log_ring *ring_to(struct conf_parse *parse, const struct net_address *server,
			       enum log_format format, uint16_t length)
{
	struct log_ring *ring = arena_zalloc(parse->arena, sizeof(*ring));

	ring->address = server->storage;
	ring->address_len = server->len;
	ring->format = format;
	ring->length = length;
	ring->size = RING_SIZE;
	return ring;
}

void rings_expand(struct arena *arena, struct log_conf *log)
{
	for (unsigned i = 0; i < log->count; i++) {
		const struct log_ring *ring = log->targets[i].ring;
		struct log_target *further;

		if (log->targets[i].kind != LOG_TO_RING || ring->also == NULL)
			continue;
		/* Those behind it are looked at in their turn. */
		further = ARENA_APPEND(arena, log->targets, log->count);
		*further = log->targets[i];
		further->ring = ring->also;
	}
}

void rings_check(struct conf_parse *parse)
{
	for (const struct ring_reading *ring = reading_conf(parse)->reading->rings; ring != NULL;
	     ring = ring->next) {
		if (ring->span.source == NULL)
			diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, ring->used, NULL,
				 "no ring section is called '%s'", ring->ring.name);
		else if (ring->used.source != NULL && ring->ring.address_len == 0)
			diag_add(parse->report, DIAG_WARNING, &diag_no_effect, ring->span,
				 "add 'server <name> <address>'",
				 "ring '%s' has no server, so nobody reads it", ring->ring.name);
	}
}

/* ---- the section ---- */

static void *ring_open(struct conf_parse *parse, const struct conf_line *line)
{
	struct ring_reading *ring;

	if (line == NULL) {
		ring = arena_zalloc(parse->arena, sizeof(*ring));
	} else if (!conf_need_words(parse, line, 1, 1, 1, "ring <name>") ||
		   !name_valid(parse, &line->words[1], "ring")) {
		return NULL;
	} else {
		ring = ring_find(parse, line->words[1].text);
		if (ring->span.source != NULL)
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, line->words[1].span,
				 NULL, "another ring is called '%s'", ring->ring.name);
		ring->span = line->words[1].span;
	}
	conf_apply_presets(parse, CONF_RING, ring);
	return ring;
}

static void ring_serve(struct log_ring *ring, const struct ring_server *server)
{
	ring->address = server->address.storage;
	ring->address_len = server->address.len;
	ring->counted = server->counted;
}

static void ring_close(struct conf_parse *parse, void *section)
{
	struct ring_reading *ring = section;
	struct ring_server *server = ring->servers;

	ring->ring.length = (uint16_t)ring->length;
	ring->ring.size = (uint32_t)ring->size;
	if (server == NULL)
		return;
	ring_serve(&ring->ring, server);
	for (struct log_ring *last = &ring->ring; (server = server->next) != NULL;) {
		struct log_ring *also = arena_zalloc(parse->arena, sizeof(*also));

		*also = ring->ring;
		also->also = NULL;
		ring_serve(also, server);
		last->also = also;
		last = also;
	}
}

static void ring_read_format(struct conf_parse *parse, void *section, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct ring_reading *ring = section;
	int format;

	if (!conf_need_words(parse, line, at, 1, 1, "format <format>"))
		return;
	format = log_format_find(line->words[at].text);
	if (format < 0)
		conf_error_unknown(parse, &line->words[at], "log format", log_format_names);
	else
		ring->ring.format = (enum log_format)format;
}

static bool ring_read_address(struct conf_parse *parse, struct ring_server *server,
			      const struct conf_word *word)
{
	const char *text = read_address_text(parse, word);
	struct net_parsed parsed;
	const char *why;

	if (text == NULL)
		return false;
	if (!net_address_parse(text, NET_NEED_PORT | NET_NAMES | NET_STREAM, &parsed, &why)) {
		report_address(parse, word->span, text, why);
		return false;
	}
	net_address_set_port(&parsed.address, parsed.port_low);
	server->address = parsed.address;
	return true;
}

static bool ring_read_option(struct conf_parse *parse, struct ring_server *server,
			     const struct conf_word *word)
{
	if (strcmp(word->text, "log-proto") != 0) {
		conf_error_unknown(parse, word, "server option",
				   (const char *const[]){ "log-proto", NULL });
		return false;
	}
	server->counted = strcmp(word[1].text, "octet-count") == 0;
	if (server->counted || strcmp(word[1].text, "legacy") == 0)
		return true;
	conf_error_unknown(parse, &word[1], "log protocol",
			   (const char *const[]){ "legacy", "octet-count", NULL });
	return false;
}

static void ring_read_server(struct conf_parse *parse, void *section, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct ring_reading *ring = section;
	struct ring_server *server = arena_zalloc(parse->arena, sizeof(*server));
	struct ring_server **last = &ring->servers;

	if (!conf_need_words(parse, line, at, 2, UINT32_MAX,
			     "server <name> <address> [log-proto legacy|octet-count]"))
		return;
	server->name = line->words[at].text;
	for (; *last != NULL; last = &(*last)->next)
		if (strcmp((*last)->name, server->name) == 0)
			diag_add(parse->report, DIAG_ERROR, &diag_duplicate, line->words[at].span,
				 NULL, "another server of the ring is called '%s'", server->name);
	if (!ring_read_address(parse, server, &line->words[at + 1]))
		return;
	for (at += 2; at < line->count; at += 2)
		if (!ring_read_option(parse, server, &line->words[at]))
			return;
	*last = server;
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.2", .summary = what, .example = line }

const struct conf_keyword proxy_keywords_ring[] = {
	{ DOC("backing-file", "Keeping a ring's lines in a file is not supported yet.",
	      "backing-file /var/lib/relevo/ring"),
	  .where = CONF_RING, .type = CONF_NOT_YET },
	{ DOC("description", "What the ring is for.", "description \"lines for the archive\""),
	  .where = CONF_RING, .type = CONF_TEXT, .offset = offsetof(struct ring_reading, description) },
	{ DOC("format", "How lines are written; the format of the log line does not count.",
	      "format rfc5424"),
	  .where = CONF_RING, .type = CONF_PARSE, .parse = ring_read_format },
	{ DOC("maxlen", "Longest line with its header; what is beyond is cut.", "maxlen 1200"),
	  .where = CONF_RING, .type = CONF_INT, .offset = offsetof(struct ring_reading, length),
	  .preset = "1024", .min = 80, .max = 65535 },
	{ DOC("size", "Bytes that may wait for the server, in each thread; what comes then is dropped.",
	      "size 32764"),
	  .where = CONF_RING, .type = CONF_SIZE, .offset = offsetof(struct ring_reading, size),
	  .preset = "16384", .min = 16384, .max = 1 << 30 },
	{ DOC("timeout connect", "Longest time to connect to the server, after which it is tried again.",
	      "timeout connect 5s"),
	  .where = CONF_RING, .type = CONF_DURATION,
	  .offset = offsetof(struct ring_reading, ring.connect_ms) },
	{ DOC("timeout server", "Longest time the server may take no bytes while lines wait.",
	      "timeout server 10s"),
	  .where = CONF_RING, .type = CONF_DURATION,
	  .offset = offsetof(struct ring_reading, ring.server_ms) },
	{ DOC("server", "A TCP syslog server that gets all lines, one after the other, or with octet counts (RFC 6587). Each has a queue of its own.",
	      "server archive 127.0.0.1:6514 log-proto octet-count"),
	  .where = CONF_RING, .type = CONF_PARSE, .parse = ring_read_server },
	{ .doc = { .name = "tune.ring.queues", .since = "0.3", .example = "tune.ring.queues 8",
		   .summary = "No effect: each thread has a queue of its own before each server of a ring." },
	  .where = CONF_GLOBAL, .type = CONF_IGNORED, .min = 1, .max = 1 },
	CONF_KEYWORDS_END,
};

const struct conf_section proxy_section_ring = {
	.doc = { .name = "ring", .since = "0.2",
		 .summary = "A queue of log lines before a TCP syslog server, for 'log ring@NAME'.",
		 .example = "ring archive" },
	.where = CONF_RING,
	.open = ring_open,
	.close = ring_close,
};
