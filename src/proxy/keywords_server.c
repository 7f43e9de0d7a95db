/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_server.c - `server`, `default-server` and their options
 * (configuration manual, chapters 4.2 and 5.2).
 */
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

static const char server_usage[] = "server <name> <address>[:<port>] [options]";

static const struct conf_choice server_init_states[] = {
	{ "fully-up", SERVER_INIT_FULLY_UP, "Up until `fall` checks have failed." },
	{ "up", SERVER_INIT_UP, "Up until a check fails." },
	{ "down", SERVER_INIT_DOWN, "Down until a check is good." },
	{ "fully-down", SERVER_INIT_FULLY_DOWN, "Down until `rise` checks are good." },
	{ NULL, 0, NULL },
};

static const struct conf_choice server_error_actions[] = {
	{ "fail-check", SERVER_ON_ERROR_FAIL_CHECK, "It counts as a failed check." },
	{ "fastinter", SERVER_ON_ERROR_FASTINTER, "The next check comes within fastinter." },
	{ "mark-down", SERVER_ON_ERROR_MARK_DOWN, "The server is down at once." },
	{ "sudden-death", SERVER_ON_ERROR_SUDDEN_DEATH, "One more failed check takes it down." },
	{ NULL, 0, NULL },
};

const struct conf_word *server_argument(struct conf_parse *parse, const struct conf_line *line,
					unsigned at)
{
	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, NULL))
		return &line->words[at];
	conf_option_used(parse, 0);
	return NULL;
}

static void server_read_addr(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct server_conf *server = object;
	const struct conf_word *word = server_argument(parse, line, at);
	struct net_parsed parsed;
	const char *why;

	if (word == NULL)
		return;
	if (!net_address_parse(word->text, NET_NAMES | NET_UNIX, &parsed, &why)) {
		report_address(parse, word->span, word->text, why);
		return;
	}
	server->check_address = parsed.address;
	if (parsed.port_low != 0)
		server->check_port = parsed.port_low;
}

static void server_read_agent_addr(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;
	const struct conf_word *word = server_argument(parse, line, at);
	struct net_parsed parsed;
	const char *why;

	if (word == NULL)
		return;
	if (!net_address_parse(word->text, NET_NAMES, &parsed, &why))
		report_address(parse, word->span, word->text, why);
	else if (parsed.port_low != 0)
		report_address(parse, word->span, word->text, "its port is that of agent-port");
	else
		server->agent_address = parsed.address;
}

/* An option of one word that only knows `word`. */
static bool server_only(struct conf_parse *parse, const struct conf_line *line, unsigned at,
			const char *known, const char *later)
{
	const struct conf_word *word = server_argument(parse, line, at);
	const struct conf_choice choices[] = {{known, 0, NULL}, {NULL, 0, NULL}};
	int ignored;

	if (word == NULL)
		return false;
	if (later != NULL && strcmp(word->text, later) == 0) {
		report_not_supported(
			parse, word->span,
			arena_printf(parse->arena, "%s %s", line->words[at - 1].text, later), NULL);
		return false;
	}
	return conf_read_choice(parse, word, choices, line->words[at - 1].text, &ignored);
}

static void server_read_observe(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	static const struct conf_choice modes[] = {
		{ "layer4", SERVER_OBSERVE_LAYER4, "Connections." },
		{ "layer7", SERVER_OBSERVE_LAYER7, "Responses, in mode http." },
		{ NULL, 0, NULL },
	};
	struct server_conf *server = object;
	const struct conf_word *word = server_argument(parse, line, at);
	int mode;

	if (word == NULL || !conf_read_choice(parse, word, modes, "observe", &mode))
		return;
	server->observe = (enum server_observe)mode;
	server->observe_span = word->span;
}

static void server_read_track(struct conf_parse *parse, void *object,
			      const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;
	const struct conf_word *word = server_argument(parse, line, at);

	if (word == NULL)
		return;
	server->track = word->text;
	server->track_span = word->span;
}

static void server_read_healthcheck(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;
	const struct conf_word *word = server_argument(parse, line, at);

	if (word == NULL)
		return;
	server->healthcheck = word->text;
	server->healthcheck_span = word->span;
}

static void server_read_marked_down(struct conf_parse *parse, void *object,
				    const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;

	if (server_only(parse, line, at, "shutdown-sessions", NULL))
		server->shutdown_sessions_when_down = true;
}

static void server_read_marked_up(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;

	if (server_only(parse, line, at, "shutdown-backup-sessions", NULL))
		server->shutdown_backup_sessions_when_up = true;
}

static void server_read_enabled(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;

	server->disabled = false;
	server->enabled = true;
}

static void server_read_send_proxy(struct conf_parse *parse, void *object,
				   const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;

	server->send_proxy = no ? 0 : 1;
}

static void server_read_send_proxy_v2(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;

	server->send_proxy = no ? 0 : 2;
}

static void server_read_source(struct conf_parse *parse, void *object, const struct conf_line *line,
			       unsigned at, bool no)
{
	struct server_conf *server = object;
	struct source_conf source;

	conf_option_used(parse, read_source(parse, line, at, true, &source));
	server->source = source.address;
	server->source_interface = source.interface;
	server->source_ports = source.ports;
	server->foreign = source.foreign;
}

/* Those that tell of TLS are named as not supported, and not as unknown. */
static unsigned server_proxy_option(struct conf_parse *parse, const struct conf_word *word,
				    size_t at, size_t len)
{
	static const struct {
		const char *name;
		unsigned bit; /* 0: of TLS */
	} options[] = {
		{ "crc32c", PROXY_V2_CRC32C }, { "unique-id", PROXY_V2_UNIQUE_ID },
		{ "authority", PROXY_V2_AUTHORITY }, { "ssl", 0 }, { "cert-cn", 0 },
		{ "ssl-cipher", 0 }, { "cert-sig", 0 }, { "cert-key", 0 },
	};
	const char *name = arena_strndup(parse->arena, word->text + at, len);
	struct diag_span span = conf_word_part(word, at, len);

	for (unsigned i = 0; i < ARRAY_LEN(options); i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (options[i].bit == 0)
			report_not_supported(parse, span,
					     arena_printf(parse->arena, "proxy-v2-options %s", name),
					     "it tells of TLS");
		return options[i].bit;
	}
	diag_add(parse->report, DIAG_ERROR, &diag_unknown_word, span,
		 "write 'crc32c', 'unique-id' or 'authority'", "unknown PROXY option '%s'", name);
	return 0;
}

/* As with HAProxy it turns on version 1 where no version is asked for, which cannot say them. */
static void server_read_proxy_options(struct conf_parse *parse, void *object,
				      const struct conf_line *line, unsigned at, bool no)
{
	struct server_conf *server = object;
	const struct conf_word *word = server_argument(parse, line, at);
	size_t from = 0, len;

	if (word == NULL)
		return;
	do {
		len = strcspn(word->text + from, ",");
		server->proxy_options |= server_proxy_option(parse, word, from, len);
		from += len + 1;
	} while (word->text[from - 1] != '\0');
	if (server->send_proxy == 0)
		server->send_proxy = 1;
	if ((server->proxy_options & PROXY_V2_AUTHORITY) != 0)
		reading_conf(parse)->keeps_tlvs = true;
}

static void server_read_websocket(struct conf_parse *parse, void *object,
				  const struct conf_line *line, unsigned at, bool no)
{
	const struct conf_word *word = server_argument(parse, line, at);
	static const struct conf_choice ways[] = {
		{ "auto", 0, "As the other requests go." },
		{ "h1", 1, "By HTTP/1.1." },
		{ "h2", 2, "By HTTP/2: not supported yet." },
		{ NULL, 0, NULL },
	};
	int way;

	if (word != NULL && conf_read_choice(parse, word, ways, "protocol of WebSockets", &way) &&
	    way == 2)
		report_not_supported(parse, word->span, "ws h2", NULL);
}

#define NEW(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.5", .summary = what,                                    \
		 .example = "server web01 10.1.1.30:80 " line }
#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what,                                    \
		 .example = "server web01 10.1.1.30:80 " line }
#define FIELD(member) .offset = offsetof(struct server_conf, member)
#define INT(word, member, from, to, what, line, value)                                             \
	{ DOC(word, what, line), .type = CONF_INT, FIELD(member), .min = from, .max = to,          \
	  .preset = value }
#define DURATION(word, member, what, line, value)                                                  \
	{ DOC(word, what, line), .type = CONF_DURATION, FIELD(member), .preset = value, .min = 1,  \
	  .max = INT32_MAX }
#define PARSE(word, function, what, line)                                                          \
	{ DOC(word, what, line), .type = CONF_PARSE, .parse = function }
#define STRING(word, member, what, line)                                                           \
	{ DOC(word, what, line), .type = CONF_STRING, FIELD(member) }

const struct conf_keyword proxy_server_options[] = {
	PARSE("agent-addr", server_read_agent_addr, "The address of the server's agent.",
	      "agent-check agent-port 9707 agent-addr 10.1.2.30"),
	{ DOC("agent-check", "Ask a program beside the server for its load and state.",
	      "agent-check agent-port 9707"),
	  .type = CONF_FLAG, .may_no = true, FIELD(agent_check) },
	DURATION("agent-inter", agent_inter_ms, "Time between questions to the agent.",
		 "agent-check agent-port 9707 agent-inter 5s", "2000"),
	INT("agent-port", agent_port, 0, 65535, "The port of the server's agent.",
	    "agent-check agent-port 9707", NULL),
	STRING("agent-send", agent_send, "What the agent is sent before it answers.",
	       "agent-check agent-port 9707 agent-send web01\\n"),
	PARSE("addr", server_read_addr, "The address that health checks connect to.",
	      "check addr 10.1.2.30"),
	{ DOC("backup", "Used only when no other server is usable.", "backup"),
	  .type = CONF_FLAG, .may_no = true, FIELD(backup) },
	{ DOC("check", "Check the server's health.", "check"),
	  .type = CONF_FLAG, .may_no = true, FIELD(check) },
	{ NEW("check-reuse-pool", "Checks of HTTP share their connections with traffic.",
	      "check check-reuse-pool"),
	  .type = CONF_FLAG, .may_no = true, FIELD(check_reuse_pool) },
	{ DOC("check-send-proxy", "Checks send a PROXY protocol header too.", "check check-send-proxy"),
	  .type = CONF_FLAG, .may_no = true, FIELD(check_send_proxy) },
	{ NEW("check-proto", "The protocol of checks: h1 alone.", "check check-proto h1"),
	  .type = CONF_PARSE, .parse = read_proto },
	STRING("cookie", cookie, "The value by which a persistence cookie names the server.",
	       "cookie web01"),
	{ DOC("disabled", "Begin in maintenance: no new streams.", "disabled"),
	  .type = CONF_FLAG, FIELD(disabled) },
	DURATION("downinter", downinter_ms, "Time between checks while down.", "check downinter 10s", NULL),
	PARSE("enabled", server_read_enabled, "The opposite of disabled.", "enabled"),
	INT("error-limit", error_limit, 1, INT32_MAX, "Errors in traffic that make on-error act.",
	    "check observe layer4 error-limit 20", "10"),
	INT("fall", fall, 1, INT32_MAX, "Failed checks in a row that take the server down.",
	    "check fall 3", "3"),
	DURATION("fastinter", fastinter_ms, "Time between checks while the state may change.",
		 "check fastinter 500ms", NULL),
	INT("id", id, 1, INT32_MAX, "The server's number in statistics and hashes.", "id 7", NULL),
	PARSE("healthcheck", server_read_healthcheck,
	      "Checked as a healthcheck section says, not as the backend does.",
	      "check healthcheck web"),
	PARSE("init-addr", server_read_init_addr,
	      "How a name becomes an address at start; what comes first and works is taken.",
	      "init-addr last,libc,none"),
	{ DOC("init-state", "How it begins and leaves maintenance, before checks have told.",
	      "check init-state down"),
	  .type = CONF_CHOICE, FIELD(init_state), .choices = server_init_states, .preset = "up" },
	DURATION("inter", inter_ms, "Time between checks.", "check inter 2s", "2000"),
	INT("maxconn", maxconn, 0, INT32_MAX, "Streams at one time; more wait in the queue.",
	    "maxconn 6000", "0"),
	INT("maxqueue", maxqueue, 0, INT32_MAX, "Streams that may wait; more go elsewhere.",
	    "maxqueue 100", "0"),
	INT("minconn", minconn, 0, INT32_MAX, "The limit of streams while the backend has few.",
	    "minconn 10 maxconn 100", "0"),
	INT("max-reuse", max_reuse, -1, INT32_MAX,
	    "Requests after the first that one connection may carry; -1: any number.",
	    "max-reuse 100", "-1"),
	{ DOC("non-stick", "No effect: there are no stick tables yet.", "non-stick"),
	  .type = CONF_IGNORED },
	PARSE("observe", server_read_observe, "Learn the server's health from traffic.",
	      "check observe layer4"),
	{ DOC("on-error", "What an error seen in traffic does.", "check observe layer4 on-error mark-down"),
	  .type = CONF_CHOICE, FIELD(on_error), .choices = server_error_actions,
	  .preset = "fail-check" },
	PARSE("on-marked-down", server_read_marked_down, "Cut its streams when the server goes down.",
	      "check on-marked-down shutdown-sessions"),
	PARSE("on-marked-up", server_read_marked_up,
	      "Cut the backup servers' streams when this server comes up.",
	      "check on-marked-up shutdown-backup-sessions"),
	INT("pool-low-conn", pool_low_conn, 0, INT32_MAX,
	    "No effect here: threads never take each other's idle connections.", "pool-low-conn 10",
	    "0"),
	INT("pool-max-conn", pool_max_conn, -1, INT32_MAX,
	    "Idle connections that are kept; -1: any number.", "pool-max-conn 10", "-1"),
	{ DOC("pool-purge-delay", "How often half of the connections that were not needed are closed.",
	      "pool-purge-delay 5s"),
	  .type = CONF_DURATION, FIELD(pool_purge_delay_ms), .preset = "5s" },
	INT("port", check_port, 0, 65535, "The port that health checks connect to.", "check port 8080",
	    NULL),
	STRING("redir", redir, "Redirect GET and HEAD to this prefix in place of the server.",
	       "redir http://img.example.com"),
	PARSE("proto", read_proto, "The protocol in mode http: h1 alone.", "proto h1"),
	{ NEW("proxy-v2-options",
	      "What a PROXY header of version 2 says besides addresses: crc32c, unique-id, authority.",
	      "send-proxy-v2 proxy-v2-options crc32c,unique-id"),
	  .type = CONF_PARSE, .parse = server_read_proxy_options },
	PARSE("resolve-net", server_read_resolve_net, "Networks whose addresses of a name come first.",
	      "resolvers dns resolve-net 10.0.0.0/8"),
	PARSE("resolve-opts", server_read_resolve_opts,
	      "Whether two servers may get one address, and SRV weights count.",
	      "resolvers dns resolve-opts allow-dup-ip"),
	{ DOC("resolve-prefer", "The family whose addresses of a name come first.",
	      "resolvers dns resolve-prefer ipv4"),
	  .type = CONF_CHOICE, FIELD(naming.prefer), .choices = server_families, .preset = "ipv6" },
	PARSE("resolvers", server_read_resolvers,
	      "The section through which the name is asked for again and again.",
	      "resolvers dns"),
	INT("rise", rise, 1, INT32_MAX, "Good checks in a row that bring the server up.",
	    "check rise 2", "2"),
	{ DOC("send-proxy", "Begin connections with PROXY protocol version 1.", "send-proxy"),
	  .type = CONF_PARSE, .may_no = true, .parse = server_read_send_proxy },
	{ DOC("send-proxy-v2", "Begin connections with PROXY protocol version 2.", "send-proxy-v2"),
	  .type = CONF_PARSE, .may_no = true, .parse = server_read_send_proxy_v2 },
	DURATION("slowstart", slowstart_ms, "Let the weight grow for so long after coming up.",
		 "check slowstart 30s", NULL),
	PARSE("source", server_read_source, "The address that connections to the server come from.",
	      "source 10.1.1.80"),
	{ DOC("stick", "No effect: there are no stick tables yet.", "stick"), .type = CONF_IGNORED },
	DURATION("tcp-ut", tcp_user_timeout_ms,
		 "Give up on data the server has not acknowledged for so long.", "tcp-ut 30s", NULL),
	{ NEW("tfo", "TCP Fast Open: a request may go with the first packet.", "tfo"),
	  .type = CONF_FLAG, .may_no = true, FIELD(tfo) },
	PARSE("track", server_read_track, "Go up and down with another server, without own checks.",
	      "track main/one"),
	{ NEW("ws", "The protocol of WebSockets: that of the other requests, or h1.", "ws h1"),
	  .type = CONF_PARSE, .parse = server_read_websocket },
	INT("weight", weight, 0, 256, "Its share of the load.", "weight 10", "1"),
	CONF_KEYWORDS_END,
};

struct server_conf *server_add(struct conf_parse *parse, struct section *section,
			       const struct conf_word *name)
{
	struct server_conf *server = arena_zalloc(parse->arena, sizeof(*server));

	*server = section->back.default_server;
	server->name = name->text;
	server->span = name->span;
	server->backend = section;
	server->index = section->back.server_count++;
	*section->notes->last_server = server;
	section->notes->last_server = &server->next;
	return server;
}

struct server_conf *server_add_like(struct conf_parse *parse, const struct server_conf *model,
				    const struct conf_word *name)
{
	struct server_conf *server = server_add(parse, model->backend, name);
	unsigned index = server->index;

	*server = *model;
	server->next = NULL;
	server->name = name->text;
	server->index = index;
	server->id = 0;
	return server;
}

bool server_read_address(struct conf_parse *parse, struct server_conf *server,
			 const struct conf_word *word)
{
	const char *text = read_address_text(parse, word);
	struct net_parsed parsed;
	const char *why;

	if (text == NULL)
		return false;
	server->host = text;
	server->naming.span = word->span;
	if (!net_address_parse(text,
			       NET_PORT_OFFSET | NET_ANY | NET_NAMES | NET_KEEP_NAME | NET_UNIX,
			       &parsed, &why)) {
		report_address(parse, word->span, text, why);
		return false;
	}
	server->address = parsed.address;
	server->port_offset = parsed.port_offset;
	server->port_relative = parsed.port_relative;
	if (!parsed.port_relative)
		server->port = parsed.port_low;
	net_address_set_port(&server->address, server->port);
	server->naming.family = parsed.family;
	if (parsed.name[0] != '\0')
		server->naming.name = arena_strndup(parse->arena, parsed.name, strlen(parsed.name));
	server->naming.service = parsed.name[0] == '_';
	return true;
}

struct server_conf *server_read_line(struct conf_parse *parse, struct section *section,
				     const struct conf_word *name, const struct conf_line *line,
				     unsigned at)
{
	struct server_conf *server;

	if (!name_valid(parse, name, "server"))
		return NULL;
	server = server_add(parse, section, name);
	conf_parse_options(parse, proxy_server_options, server, line, at + 1, "server option");
	server_read_address(parse, server, &line->words[at]);
	return server;
}

static void server_read(struct conf_parse *parse, void *object, const struct conf_line *line,
			unsigned at, bool no)
{
	if (conf_need_words(parse, line, at, 2, UINT32_MAX, server_usage))
		server_read_line(parse, object, &line->words[at], line, at + 1);
}

static void server_read_default(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct section *section = object;

	conf_parse_options(parse, proxy_server_options, &section->back.default_server, line, at,
			   "server option");
}

const struct conf_keyword proxy_keywords_server[] = {
	{ .doc = { .name = "default-server", .since = "0.1",
		   .summary = "Options that the servers below it begin with.",
		   .example = "default-server check inter 2s fall 3 rise 2" },
	  .where = CONF_DLB, .type = CONF_PARSE, .parse = server_read_default },
	{ .doc = { .name = "server", .since = "0.1",
		   .summary = "A server: its name, its address, and options.",
		   .example = "server web01 10.1.1.30:80 check weight 10 maxconn 6000" },
	  .where = CONF_LISTEN | CONF_BACKEND, .type = CONF_PARSE, .parse = server_read },
	CONF_KEYWORDS_END,
};
