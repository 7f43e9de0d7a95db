/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_options.c - `option ...` of mode tcp (configuration manual,
 * chapter 4.2). In a listen section an option that both halves know sets both.
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

/* An option without words that sets up to two fields. */
static void keywords_set(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			 bool no, bool *first, bool *second)
{
	if (!conf_need_words(parse, line, at, 0, 0, NULL))
		return;
	*first = !no;
	if (second != NULL)
		*second = !no;
}

static void keywords_read_nolinger(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_set(parse, line, at, no, &section->front.nolinger, &section->back.nolinger);
}

static void keywords_read_splice_auto(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_set(parse, line, at, no, &section->front.splice_auto, &section->back.splice_auto);
}

static void keywords_read_splice_request(struct conf_parse *parse, void *object,
					 const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_set(parse, line, at, no, &section->front.splice_request,
		     &section->back.splice_request);
}

static void keywords_read_splice_response(struct conf_parse *parse, void *object,
					  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_set(parse, line, at, no, &section->front.splice_response,
		     &section->back.splice_response);
}

static void keywords_read_tcpka(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_set(parse, line, at, no, &section->front.keepalive.on, &section->back.keepalive.on);
}

/* A bare number is of seconds, which is all that the kernel counts in: parts of one round up. */
static void keywords_read_keepalive_time(struct conf_parse *parse, const struct conf_line *line,
					 unsigned at, uint32_t *ret_s)
{
	enum { MOST_S = 32767 }; /* the kernel's */
	uint32_t ms;

	if (!conf_need_words(parse, line, at, 1, 1, NULL) ||
	    !read_seconds(parse, &line->words[at], &ms))
		return;
	*ret_s = ms / 1000 + (ms % 1000 != 0);
	if (*ret_s > MOST_S)
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, line->words[at].span, NULL,
			 "'%s' is longer than the %d seconds that the kernel takes",
			 line->words[at].text, MOST_S);
}

static void keywords_read_client_idle(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_read_keepalive_time(parse, line, at, &section->front.keepalive.idle_s);
}

static void keywords_read_client_interval(struct conf_parse *parse, void *object,
					  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_read_keepalive_time(parse, line, at, &section->front.keepalive.interval_s);
}

static void keywords_read_server_idle(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_read_keepalive_time(parse, line, at, &section->back.keepalive.idle_s);
}

static void keywords_read_server_interval(struct conf_parse *parse, void *object,
					  const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_read_keepalive_time(parse, line, at, &section->back.keepalive.interval_s);
}

static void keywords_read_redispatch(struct conf_parse *parse, void *object,
				     const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;
	int64_t interval = -1;

	if (!conf_need_words(parse, line, at, 0, 1, "option redispatch [<interval>]"))
		return;
	if (at < line->count &&
	    !conf_read_int(parse, &line->words[at], INT32_MIN, INT32_MAX, &interval))
		return;
	section->back.redispatch = !no && interval != 0;
	section->back.redispatch_interval = interval;
}

static void keywords_read_contstats(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	conf_need_words(parse, line, at, 0, 0, "option contstats");
}

static void keywords_read_independent(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	keywords_set(parse, line, at, no, &section->front.independent, &section->back.independent);
}

#define FRONT .where = CONF_DFL, .ignored_in = CONF_BACKEND
#define BACK  .where = CONF_DLB, .ignored_in = CONF_FRONTEND
#define BOTH  .where = CONF_DFLB
#define DOC(word, what) .doc = { .name = word, .since = "0.1", .summary = what, .example = word }
#define OPTION(word, places, member, what)                                                         \
	{ DOC("option " word, what), places, .type = CONF_FLAG, .may_no = true,           \
	  .offset = offsetof(struct section, member) }
#define OPTION_PARSE(word, places, function, what)                                                 \
	{ DOC("option " word, what), places, .type = CONF_PARSE, .may_no = true,          \
	  .parse = function }

#define KEEPALIVE_DOC(word, what, line)                                                            \
	.doc = { .name = word, .since = "0.4", .summary = what, .example = line }
#define KEEPALIVE_TIME(word, places, function, what)                                               \
	{ KEEPALIVE_DOC(word, what, word " 60s"), places, .type = CONF_PARSE, .parse = function }
#define KEEPALIVE_COUNT(word, places, member, what)                                                \
	{ KEEPALIVE_DOC(word, what, word " 3"), places, .type = CONF_INT, .min = 0, .max = 127,   \
	  .offset = offsetof(struct section, member) }

const struct conf_keyword proxy_keywords_options[] = {
	KEEPALIVE_COUNT("clitcpka-cnt", FRONT, front.keepalive.probes,
			"TCP keep-alives a client may leave unanswered."),
	KEEPALIVE_TIME("clitcpka-idle", FRONT, keywords_read_client_idle,
		       "How long a client is silent before TCP keep-alives are sent."),
	KEEPALIVE_TIME("clitcpka-intvl", FRONT, keywords_read_client_interval,
		       "The time between TCP keep-alives to clients."),
	KEEPALIVE_COUNT("srvtcpka-cnt", BACK, back.keepalive.probes,
			"TCP keep-alives a server may leave unanswered."),
	KEEPALIVE_TIME("srvtcpka-idle", BACK, keywords_read_server_idle,
		       "How long a server is silent before TCP keep-alives are sent."),
	KEEPALIVE_TIME("srvtcpka-intvl", BACK, keywords_read_server_interval,
		       "The time between TCP keep-alives to servers."),
	OPTION("abortonclose", BACK, back.abortonclose,
	       "Drop a stream that waits for a server when its client has closed."),
	OPTION("allbackups", BACK, back.allbackups,
	       "Use all backup servers together, not the first alone."),
	OPTION("clitcpka", FRONT, front.keepalive.on, "TCP keep-alives towards clients."),
	OPTION_PARSE("contstats", FRONT, keywords_read_contstats,
		     "Count bytes while they flow; counters here always do."),
	OPTION("dontlog-normal", FRONT, front.dontlog_normal,
	       "Do not log connections without errors."),
	OPTION("dontlognull", FRONT, front.dontlognull,
	       "Do not log connections on which no data came."),
	{ .doc = { .name = "option independant-streams", .since = "0.5",
		   .summary = "Old form of option independent-streams.",
		   .example = "option independant-streams" },
	  BOTH, .type = CONF_PARSE, .may_no = true, .modern = "option independent-streams" },
	{ .doc = { .name = "option independent-streams", .since = "0.5",
		   .summary = "Only what a peer sends keeps it from timing out, not what it takes; "
			      "of a frontend: clients of tunnels, of a backend: servers.",
		   .example = "option independent-streams" },
	  BOTH, .type = CONF_PARSE, .may_no = true, .parse = keywords_read_independent },
	OPTION("log-health-checks", BACK, back.log_health_checks,
	       "Log each health check whose result is new."),
	OPTION("log-separate-errors", FRONT, front.log_separate_errors,
	       "Log failures at level err and not info."),
	OPTION("logasap", FRONT, front.logasap,
	       "Log when the server is reached, not when the stream ends."),
	OPTION_PARSE("nolinger", BOTH, keywords_read_nolinger,
		     "Close with a reset, which leaves nothing behind in the kernel."),
	OPTION_PARSE("redispatch", BACK, keywords_read_redispatch,
		     "Let a retry go to another server."),
	{ DOC("option socket-stats", "Counters for each listening address are not supported yet."),
	  FRONT, .type = CONF_NOT_YET },
	OPTION_PARSE("splice-auto", BOTH, keywords_read_splice_auto,
		     "Splice in the kernel where it pays, both ways."),
	OPTION_PARSE("splice-request", BOTH, keywords_read_splice_request,
		     "Splice always from client to server."),
	OPTION_PARSE("splice-response", BOTH, keywords_read_splice_response,
		     "Splice always from server to client."),
	{ .doc = { .name = "rate-limit sessions", .since = "0.3",
		   .summary = "Connections a second that are taken; the others wait in the kernel.",
		   .example = "rate-limit sessions 100" },
	  FRONT, .type = CONF_INT, .min = 0, .max = INT32_MAX,
	  .offset = offsetof(struct section, front.session_rate) },
	OPTION("srvtcpka", BACK, back.keepalive.on, "TCP keep-alives towards servers."),
	OPTION("tcp-smart-accept", FRONT, front.tcp_smart_accept,
	       "Save the acknowledgement of a client's first data."),
	OPTION("tcp-smart-connect", BACK, back.tcp_smart_connect,
	       "Save the acknowledgement when a server is reached and data waits."),
	OPTION_PARSE("tcpka", BOTH, keywords_read_tcpka, "TCP keep-alives on both sides."),
	CONF_KEYWORDS_END,
};
