/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_log.c - where log lines go and how they are addressed
 * (configuration manual, chapters 3.1 and 4.2 "log").
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "proxy/log_profile.h"
#include "proxy/reading.h"

static const char log_usage[] = "log <address> [len <bytes>] [format <format>] "
				"[sample <ranges>:<size>] [profile <name>] <facility> [<level> [<least level>]]";

/* Reads "fd@N", "stdout" and "stderr". */
static bool keywords_log_descriptor(const char *text, int *ret_fd)
{
	char *end;
	unsigned long fd;

	if (strcmp(text, "stdout") == 0) {
		*ret_fd = STDOUT_FILENO;
		return true;
	}
	if (strcmp(text, "stderr") == 0) {
		*ret_fd = STDERR_FILENO;
		return true;
	}
	if (strncmp(text, "fd@", 3) != 0 || text[3] < '0' || text[3] > '9')
		return false;
	fd = strtoul(text + 3, &end, 10);
	if (*end != '\0' || fd > INT16_MAX)
		return false;
	*ret_fd = (int)fd;
	return true;
}

/* A connection; the ring before it is made when the line's format is known. */
static bool keywords_log_tcp(struct conf_parse *parse, const struct conf_word *word,
			     const char *text, struct log_target *target)
{
	struct net_parsed parsed;
	const char *why;

	if (!net_address_parse(text, NET_NAMES | NET_STREAM, &parsed, &why)) {
		report_address(parse, word->span, text, why);
		return false;
	}
	net_address_set_port(&parsed.address, parsed.port_low != 0 ? parsed.port_low : 514);
	target->kind = LOG_TO_RING;
	target->address = parsed.address.storage;
	target->address_len = parsed.address.len;
	return true;
}

static bool keywords_log_address(struct conf_parse *parse, const struct conf_word *word,
				 struct log_target *target)
{
	const char *text = read_address_text(parse, word);
	struct net_parsed parsed;
	const char *why;

	if (text == NULL)
		return false;
	if (keywords_log_descriptor(text, &target->fd)) {
		target->kind = LOG_TO_FD;
		return true;
	}
	if (strncmp(text, "ring@", 5) == 0) {
		target->kind = LOG_TO_RING;
		target->ring = ring_named(parse, text + 5, word->span);
		return true;
	}
	if (strncmp(text, "tcp@", 4) == 0 || strncmp(text, "tcp4@", 5) == 0 ||
	    strncmp(text, "tcp6@", 5) == 0)
		return keywords_log_tcp(parse, word, text, target);
	if (strncmp(text, "backend@", 8) == 0) {
		report_not_supported(parse, word->span, text, NULL);
		return false;
	}
	if (strncmp(text, "udp@", 4) == 0)
		text += 4;
	if (!net_address_parse(text, NET_ANY | NET_NAMES | NET_UNIX, &parsed, &why)) {
		report_address(parse, word->span, text, why);
		return false;
	}
	target->kind = parsed.address.storage.ss_family == AF_UNIX ? LOG_TO_UNIX : LOG_TO_UDP;
	if (target->kind == LOG_TO_UDP)
		net_address_set_port(&parsed.address, parsed.port_low != 0 ? parsed.port_low : 514);
	target->address = parsed.address.storage;
	target->address_len = parsed.address.len;
	return true;
}

/* One `log` line while it is read. */
struct log_reading {
	struct conf_parse *parse;
	struct log_target target;
	struct log_range *ranges;
	unsigned range_count;
};

static bool keywords_log_number(const char **at, uint32_t *ret_value)
{
	char *end;
	unsigned long value;

	if (**at < '0' || **at > '9')
		return false;
	value = strtoul(*at, &end, 10);
	*at = end;
	*ret_value = (uint32_t)value;
	return value > 0 && value <= INT32_MAX;
}

static int keywords_log_compare(const void *x, const void *y)
{
	const struct log_range *a = x;
	const struct log_range *b = y;

	return (a->low > b->low) - (a->low < b->low);
}

/* "1,3-5:10" */
static bool keywords_log_ranges(struct log_reading *reading, const char *at)
{
	uint32_t highest = 0;

	do {
		struct log_range *range =
			ARENA_APPEND(reading->parse->arena, reading->ranges, reading->range_count);

		if (!keywords_log_number(&at, &range->low))
			return false;
		range->high = range->low;
		if (*at == '-' && (at++, !keywords_log_number(&at, &range->high)))
			return false;
		if (range->high < range->low)
			return false;
	} while (*at == ',' && *++at != '\0');
	qsort(reading->ranges, reading->range_count, sizeof(*reading->ranges),
	      keywords_log_compare);
	for (unsigned i = 0; i < reading->range_count; i++) {
		if (reading->ranges[i].low <= highest)
			return false;
		highest = reading->ranges[i].high;
	}
	return *at++ == ':' && keywords_log_number(&at, &reading->target.sample_size) &&
	       *at == '\0' && reading->target.sample_size >= highest;
}

static bool keywords_log_option(struct log_reading *reading, const struct conf_word *option,
				const struct conf_word *value)
{
	int64_t number;
	int format;

	if (strcmp(option->text, "len") == 0) {
		if (!conf_read_int(reading->parse, value, 80, 65535, &number))
			return false;
		reading->target.length = (uint16_t)number;
	} else if (strcmp(option->text, "format") == 0) {
		format = log_format_find(value->text);
		if (format < 0) {
			conf_error_unknown(reading->parse, value, "log format", log_format_names);
			return false;
		}
		reading->target.format = (enum log_format)format;
	} else if (strcmp(option->text, "profile") == 0) {
		reading->target.profile =
			log_profile_named(reading->parse, value->text, value->span);
	} else if (!keywords_log_ranges(reading, value->text)) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_bad_value, value->span,
			 "such as '1:10' or '1,3-5:10'",
			 "'%s' is no sample: ranges from 1 that "
			 "do not overlap, and a size that holds them",
			 value->text);
		return false;
	}
	return true;
}

static bool keywords_log_level(struct conf_parse *parse, const struct conf_word *word,
			       uint8_t *ret_level)
{
	int level = log_level_find(word->text);

	if (level < 0) {
		conf_error_unknown(parse, word, "log level", log_level_names);
		return false;
	}
	*ret_level = (uint8_t)level;
	return true;
}

/* Facility and levels: words[at] on. */
static bool keywords_log_severity(struct log_reading *reading, const struct conf_line *line,
				  unsigned at)
{
	int facility;

	if (at >= line->count) {
		diag_add(reading->parse->report, DIAG_ERROR, &diag_missing, line->words[at].span,
			 NULL, "the log line needs a facility, such as 'local0'");
		return false;
	}
	facility = log_facility_find(line->words[at].text);
	if (facility < 0) {
		conf_error_unknown(reading->parse, &line->words[at], "log facility",
				   log_facility_names);
		return false;
	}
	reading->target.facility = (uint8_t)facility;
	if (at + 1 < line->count &&
	    !keywords_log_level(reading->parse, &line->words[at + 1], &reading->target.max_level))
		return false;
	if (at + 2 < line->count &&
	    !keywords_log_level(reading->parse, &line->words[at + 2], &reading->target.min_level))
		return false;
	return conf_need_words(reading->parse, line, at, 1, 3, log_usage);
}

static void keywords_log_add(struct log_reading *reading, struct log_conf *log)
{
	struct arena *arena = reading->parse->arena;
	struct log_target *target = ARENA_APPEND(arena, log->targets, log->count);

	*target = reading->target;
	if (target->kind == LOG_TO_RING && target->ring == NULL) {
		const struct net_address server = { .storage = target->address,
						    .len = target->address_len };

		target->ring = ring_to(reading->parse, &server, target->format, target->length);
	}
	if (reading->range_count == 0)
		return;
	target->sample_low = reading->ranges[0].low;
	target->sample_high = reading->ranges[0].high;
	if (reading->range_count > 1) {
		*ARENA_APPEND(arena, reading->ranges, reading->range_count) = (struct log_range){0};
		target->sample_more = reading->ranges + 1;
	}
}

static void keywords_read_log(struct conf_parse *parse, struct log_conf *log,
			      const struct conf_line *line, unsigned at)
{
	struct log_reading reading = {
		.parse = parse,
		.target = {.fd = -1,
			   .format = LOG_FORMAT_DEFAULT,
			   .max_level = LOG_LEVEL_DEBUG,
			   .min_level = LOG_LEVEL_EMERG,
			   .length = 1024},
	};

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, log_usage) ||
	    !keywords_log_address(parse, &line->words[at], &reading.target))
		return;
	for (at++; at + 1 < line->count; at += 2) {
		const char *option = line->words[at].text;

		if (strcmp(option, "len") != 0 && strcmp(option, "format") != 0 &&
		    strcmp(option, "sample") != 0 && strcmp(option, "profile") != 0)
			break;
		if (!keywords_log_option(&reading, &line->words[at], &line->words[at + 1]))
			return;
	}
	if (keywords_log_severity(&reading, line, at))
		keywords_log_add(&reading, log);
}

static void keywords_read_global_log(struct conf_parse *parse, void *section,
				     const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;

	if (no) {
		global->log.targets = NULL;
		global->log.count = 0;
		conf_need_words(parse, line, at, 0, 0, "no log");
	} else if (at < line->count && strcmp(line->words[at].text, "global") == 0) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_place, line->words[at].span, NULL,
			 "'log global' stands in the sections that are to use the global log");
	} else {
		keywords_read_log(parse, &global->log, line, at);
	}
}

static void keywords_read_section_log(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	if (no) {
		section->log.targets = NULL;
		section->log.count = 0;
		section->log_global = false;
		conf_need_words(parse, line, at, 0, 0, "no log");
	} else if (at < line->count && strcmp(line->words[at].text, "global") == 0) {
		if (conf_need_words(parse, line, at, 1, 1, "log global"))
			section->log_global = true;
	} else {
		keywords_read_log(parse, &section->log, line, at);
	}
}

static void keywords_read_hostname(struct conf_parse *parse, void *section,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct proxy_global *global = section;
	char name[256] = "";

	if (!conf_need_words(parse, line, at, 0, 1, "log-send-hostname [<name>]"))
		return;
	if (at < line->count) {
		global->log.hostname = line->words[at].text;
	} else if (gethostname(name, sizeof(name) - 1) == 0) {
		global->log.hostname = arena_strdup(parse->arena, name);
	}
}

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = line }
#define LOG_SUMMARY "A syslog server, socket or descriptor that log lines are sent to."

const struct conf_keyword proxy_keywords_log[] = {
	{ DOC("log", LOG_SUMMARY, "log 10.1.1.10:514 len 4096 format rfc5424 local0 info"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .may_no = true, .parse = keywords_read_global_log },
	{ DOC("log", LOG_SUMMARY " 'log global' takes those of the global section.", "log global"),
	  .where = CONF_DFLB | CONF_LOG_FORWARD, .type = CONF_PARSE, .may_no = true,
	  .parse = keywords_read_section_log },
	{ DOC("log-send-hostname", "Put a host name into syslog lines; by default this machine's.",
	      "log-send-hostname left"),
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = keywords_read_hostname },
	{ DOC("log-tag", "The program's name in log lines.", "log-tag web"),
	  .where = CONF_GLOBAL, .type = CONF_STRING, .offset = offsetof(struct proxy_global, log.tag) },
	{ DOC("log-tag", "The program's name in this section's log lines.", "log-tag web"),
	  .where = CONF_DFLB, .type = CONF_STRING, .offset = offsetof(struct section, log.tag) },
	CONF_KEYWORDS_END,
};
