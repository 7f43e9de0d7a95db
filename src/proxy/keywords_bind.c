/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_bind.c - `bind` and its options (configuration manual,
 * chapters 4.2 and 5.1). Lists and port ranges make one listener each.
 */
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "proxy/reading.h"

enum { BINDS_MAX = 65536 };

static const char bind_usage[] = "bind [<address>]:<port>[-<port>][, ...] [options]";

/* A bit, or a mode in octal for Unix sockets. */
static bool bind_read_octal(const char *text, int64_t *ret_mode)
{
	int64_t mode = 0;

	for (; *text >= '0' && *text <= '7'; text++)
		mode = mode * 8 + (*text - '0');
	*ret_mode = mode;
	return *text == '\0' && mode <= 07777;
}

static void bind_read_mode(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct bind_conf *bind = object;

	conf_option_used(parse, 1);
	if (at >= line->count || !bind_read_octal(line->words[at].text, &bind->listener.unix_mode))
		diag_add(parse->report, DIAG_ERROR, &diag_bad_number, line->words[at].span,
			 "such as 'mode 660'", "'mode' needs the socket's permissions in octal");
}

static void bind_read_user(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct bind_conf *bind = object;

	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, "user <name>"))
		read_user(parse, &line->words[at], &bind->listener.unix_uid);
}

static void bind_read_group(struct conf_parse *parse, void *object, const struct conf_line *line,
			    unsigned at, bool no)
{
	struct bind_conf *bind = object;

	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, "group <name>"))
		read_group(parse, &line->words[at], &bind->listener.unix_gid);
}

static void bind_read_backlog(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	struct bind_conf *bind = object;
	int64_t backlog;

	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, "backlog <connections>") &&
	    conf_read_int(parse, &line->words[at], 0, INT32_MAX, &backlog))
		bind->listener.backlog = (int)backlog;
}

static void bind_read_mss(struct conf_parse *parse, void *object, const struct conf_line *line,
			  unsigned at, bool no)
{
	struct bind_conf *bind = object;
	int64_t mss;

	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, "mss <bytes>") &&
	    conf_read_int(parse, &line->words[at], 1, 65535, &mss))
		bind->listener.mss = (uint32_t)mss;
}

static void bind_read_nice(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	int64_t nice;

	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, "nice <number>") &&
	    conf_read_int(parse, &line->words[at], -1024, 1024, &nice))
		diag_add(parse->report, DIAG_WARNING, &diag_no_effect, line->words[at - 1].span,
			 NULL, "'nice' has no effect: connections are served in the order they are "
			       "ready");
}

static void bind_read_namespace(struct conf_parse *parse, void *object,
				const struct conf_line *line, unsigned at, bool no)
{
	struct bind_conf *bind = object;
	const char *name;

	conf_option_used(parse, 1);
	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "namespace <name>"))
		return;
	name = line->words[at].text;
	bind->listener.netns = name;
	if (strchr(name, '/') != NULL ||
	    access(arena_printf(parse->arena, "/run/netns/%s", name), F_OK) != 0)
		diag_add(parse->report, DIAG_ERROR, &diag_unresolved, line->words[at].span, NULL,
			 "there is no network namespace '%s' on this machine", name);
}

/* Several of them add up. */
static void bind_read_thread(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	struct bind_conf *bind = object;
	const char *text = line->words[at].text;
	uint64_t threads;

	conf_option_used(parse, 1);
	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "thread { all | odd | even | 1-4 }"))
		return;
	if (strchr(text, '/') == NULL)
		text = arena_printf(parse->arena, "1/%s", text);
	if (!read_thread_set(text, &threads) || threads == 0)
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[at].span,
			 "write 'all', 'odd', '2', '1-4' or '1/1-4'; there is one group of threads",
			 "'%s' names no threads", line->words[at].text);
	else
		bind->threads |= threads;
}

/* There is one process; what stands behind its number are threads. */
static void bind_read_process(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no)
{
	struct bind_conf *bind = object;
	const struct conf_word *word = &line->words[at];
	const char *slash;
	uint64_t threads;

	conf_option_used(parse, 1);
	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "process <processes>[/<threads>]"))
		return;
	slash = strchr(word->text, '/');
	if (!read_thread_set(word->text, &threads)) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, word->span, NULL,
			 "'%s' names no processes", word->text);
	} else if (slash == NULL || threads == 0) {
		report_obsolete(parse, line->words[at - 1].span, "process",
				"there is one process, whose threads all take these connections: "
				"remove it, or write 'thread'");
	} else {
		report_old_form(parse, line->words[at - 1].span, "process",
				arena_printf(parse->arena, "thread %s", slash + 1));
		bind->threads |= threads;
	}
}

static void bind_read_shards(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	const struct conf_word *word = &line->words[at];
	int64_t shards;

	conf_option_used(parse, 1);
	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, "shards { by-thread | <number> }") ||
	    strcmp(word->text, "by-thread") == 0 ||
	    !conf_read_int(parse, word, 1, 64, &shards))
		return;
	diag_add(parse->report, DIAG_WARNING, &diag_no_effect, line->words[at - 1].span,
		 "write 'shards by-thread', or nothing",
		 "'shards %s' has no effect: each thread has a listening socket of its own",
		 word->text);
}

/* `expose-fd listeners` */
static void bind_read_expose(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no)
{
	static const struct conf_choice what[] = {
		{ "listeners", 1, "The sockets that clients connect to." },
		{ NULL, 0, NULL },
	};
	struct bind_conf *bind = object;
	int chosen;

	conf_option_used(parse, 1);
	if (conf_need_words(parse, line, at, 1, UINT32_MAX, "expose-fd listeners") &&
	    conf_read_choice(parse, &line->words[at], what, "kind of descriptor", &chosen))
		bind->expose_listeners = true;
}

static const struct conf_choice bind_levels[] = {
	{ "user", CLI_USER, "May see what is not sensitive." },
	{ "operator", CLI_OPERATOR, "May see everything, and change what does no harm." },
	{ "admin", CLI_ADMIN, "May do everything." },
	{ NULL, 0, NULL },
};

static const struct conf_choice bind_severities[] = {
	{ "none", CLI_SEVERITY_NONE, "Messages stand alone." },
	{ "number", CLI_SEVERITY_NUMBER, "The syslog level by number stands before them." },
	{ "string", CLI_SEVERITY_STRING, "The syslog level by name stands before them." },
	{ NULL, 0, NULL },
};

#define DOC(word, what, line)                                                                      \
	.doc = { .name = word, .since = "0.1", .summary = what, .example = "bind " line }
#define FIELD(member) .offset = offsetof(struct bind_conf, member)
#define FLAG(word, member, what)                                                                   \
	{ DOC(word, what, ":80 " word), .type = CONF_FLAG, FIELD(member) }

const struct conf_keyword proxy_bind_options[] = {
	FLAG("accept-proxy", accept_proxy, "Clients' connections begin with a PROXY protocol header."),
	{ DOC("backlog", "Connections the kernel may queue on this address.", ":80 backlog 4096"),
	  .type = CONF_PARSE, .parse = bind_read_backlog },
	FLAG("defer-accept", listener.defer_accept, "Accept only when data has come."),
	{ .doc = { .name = "expose-fd", .since = "0.3",
		   .summary = "Who connects to this stats socket may take over the listening "
			      "sockets.",
		   .example = "bind unix@/run/admin.sock expose-fd listeners" },
	  .type = CONF_PARSE, .parse = bind_read_expose },
	{ DOC("gid", "The Unix socket's group by number.", "unix@/run/web.sock gid 0"),
	  .type = CONF_INT, .min = 0, .max = UINT32_MAX - 1, FIELD(listener.unix_gid) },
	{ DOC("group", "The Unix socket's group by name.", "unix@/run/web.sock group root"),
	  .type = CONF_PARSE, .parse = bind_read_group },
	{ DOC("id", "The address's number in statistics.", ":80 id 3"),
	  .type = CONF_INT, .min = 1, .max = INT32_MAX, FIELD(id) },
	{ DOC("interface", "Take only what comes in on this interface.", ":80 interface lo"),
	  .type = CONF_STRING, FIELD(listener.interface) },
	{ .doc = { .name = "level", .since = "0.3",
		   .summary = "What users of this stats socket may do.",
		   .example = "bind unix@/run/admin.sock level admin" },
	  .type = CONF_CHOICE, FIELD(level), .choices = bind_levels, .preset = "operator" },
	{ DOC("maxconn", "Connections at one time on this address.", ":80 maxconn 1000"),
	  .type = CONF_INT, .min = 0, .max = INT32_MAX, FIELD(maxconn) },
	{ DOC("mode", "The Unix socket's permissions, in octal.", "unix@/run/web.sock mode 660"),
	  .type = CONF_PARSE, .parse = bind_read_mode },
	{ DOC("mss", "The largest TCP segment to announce, in bytes.", ":80 mss 1460"),
	  .type = CONF_PARSE, .parse = bind_read_mss },
	{ DOC("name", "The address's name in statistics.", ":80 name public"),
	  .type = CONF_STRING, FIELD(name) },
	{ DOC("namespace", "Listen in this network namespace.", ":80 namespace blue"),
	  .type = CONF_PARSE, .parse = bind_read_namespace },
	{ DOC("nice", "No effect: connections are served in the order they are ready.", ":80 nice 100"),
	  .type = CONF_PARSE, .parse = bind_read_nice },
	{ DOC("proto", "The protocol in mode http: h1 alone.", ":8080 proto h1"),
	  .type = CONF_PARSE, .parse = read_proto },
	{ DOC("process", "Old form: there is one process; 'thread' took its place.", ":80 process 1"),
	  .type = CONF_PARSE, .parse = bind_read_process },
	{ .doc = { .name = "severity-output", .since = "0.3",
		   .summary = "Whether messages on this stats socket begin with their level.",
		   .example = "bind unix@/run/admin.sock severity-output number" },
	  .type = CONF_CHOICE, FIELD(severity), .choices = bind_severities, .preset = "none" },
	{ .doc = { .name = "shards", .since = "0.5",
		   .summary = "Listening sockets of this address: always one for each thread.",
		   .example = "bind :80 shards by-thread" },
	  .type = CONF_PARSE, .parse = bind_read_shards },
	{ DOC("tcp-ut", "Give up on data the client has not acknowledged for so long.",
	      ":80 tcp-ut 30s"),
	  .type = CONF_DURATION, FIELD(listener.tcp_user_timeout_ms) },
	FLAG("tfo", listener.tfo, "TCP Fast Open."),
	{ .doc = { .name = "thread", .since = "0.5",
		   .summary = "The threads that take this address's connections; beyond the last "
			      "one they are counted from the first again.",
		   .example = "bind :80 thread 1-2" },
	  .type = CONF_PARSE, .parse = bind_read_thread },
	FLAG("transparent", listener.transparent, "Also take connections to addresses not of this machine."),
	{ DOC("uid", "The Unix socket's owner by number.", "unix@/run/web.sock uid 0"),
	  .type = CONF_INT, .min = 0, .max = UINT32_MAX - 1, FIELD(listener.unix_uid) },
	{ DOC("user", "The Unix socket's owner by name.", "unix@/run/web.sock user root"),
	  .type = CONF_PARSE, .parse = bind_read_user },
	FLAG("v4v6", listener.v4v6, "An IPv6 address takes IPv4 connections too."),
	FLAG("v6only", listener.v6only, "An IPv6 address takes IPv6 connections only."),
	CONF_KEYWORDS_END,
};

/* ---- unix-bind ---- */

/* What `unix-bind` says of the Unix sockets of bind lines that do not say it themselves. */
struct unix_bind {
	struct bind_conf model;
	const char *prefix; /* before their paths; or NULL */
};

#define UNIX_BIND(word, what, value)                                                               \
	.doc = { .name = word, .since = "0.4", .summary = what,                                    \
		 .example = "unix-bind " word " " value }

const struct conf_keyword proxy_unix_bind_options[] = {
	{ UNIX_BIND("gid", "Their group by number.", "0"),
	  .type = CONF_INT, .min = 0, .max = UINT32_MAX - 1, FIELD(listener.unix_gid) },
	{ UNIX_BIND("group", "Their group by name.", "root"),
	  .type = CONF_PARSE, .parse = bind_read_group },
	{ UNIX_BIND("mode", "Their permissions, in octal.", "660"),
	  .type = CONF_PARSE, .parse = bind_read_mode },
	{ UNIX_BIND("prefix", "What is put before their paths.", "/run/web"),
	  .type = CONF_STRING, .offset = offsetof(struct unix_bind, prefix) },
	{ UNIX_BIND("uid", "Their owner by number.", "0"),
	  .type = CONF_INT, .min = 0, .max = UINT32_MAX - 1, FIELD(listener.unix_uid) },
	{ UNIX_BIND("user", "Their owner by name.", "root"),
	  .type = CONF_PARSE, .parse = bind_read_user },
	CONF_KEYWORDS_END,
};

static void bind_read_unix(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no)
{
	struct proxy_global *global = object;

	if (global->unix_bind == NULL) {
		global->unix_bind = arena_zalloc(parse->arena, sizeof(*global->unix_bind));
		bind_preset(&global->unix_bind->model);
	}
	conf_parse_options(parse, proxy_unix_bind_options, global->unix_bind, line, at, "unix-bind option");
}

/* False after a report. */
static bool bind_apply_unix(struct conf_parse *parse, struct bind_conf *bind)
{
	const struct unix_bind *unix_bind = reading_conf(parse)->global.unix_bind;
	struct net_listener_conf *listener = &bind->listener;
	struct sockaddr_un *un = (struct sockaddr_un *)&listener->address.storage;
	const char *path;

	if (unix_bind == NULL || un->sun_family != AF_UNIX)
		return true;
	if (listener->unix_mode < 0)
		listener->unix_mode = unix_bind->model.listener.unix_mode;
	if (listener->unix_uid < 0)
		listener->unix_uid = unix_bind->model.listener.unix_uid;
	if (listener->unix_gid < 0)
		listener->unix_gid = unix_bind->model.listener.unix_gid;
	if (unix_bind->prefix == NULL || un->sun_path[0] == '\0')
		return true;
	path = arena_printf(parse->arena, "%s%s", unix_bind->prefix, un->sun_path);
	if (strlen(path) >= sizeof(un->sun_path)) {
		report_address(parse, bind->span, path, "with the prefix of 'unix-bind' it is too long");
		return false;
	}
	strcpy(un->sun_path, path);
	return true;
}

/* Options that HAProxy gives to stats sockets and other transports. */
static bool bind_transport_later(struct conf_parse *parse, struct diag_span span, const char *text)
{
	static const char *const prefixes[] = {"quic4@", "quic6@",    "udp@",    "udp4@",  "udp6@",
					       "rhttp@", "sockpair@", "mptcp4@", "mptcp6@"};

	for (unsigned i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
			report_not_supported(parse, span, text, NULL);
			return true;
		}
	}
	return false;
}

static void bind_append(struct conf_parse *parse, struct section *section,
			const struct bind_conf *model, const struct net_address *address,
			uint16_t port, struct diag_span span)
{
	struct bind_conf *bind = arena_zalloc(parse->arena, sizeof(*bind));

	*bind = *model;
	bind->next = NULL;
	bind->frontend = section;
	bind->span = span;
	bind->listener.address = *address;
	if (port != 0)
		net_address_set_port(&bind->listener.address, port);
	if (section != reading_conf(parse)->global.cli && !bind_apply_unix(parse, bind))
		return;
	*section->notes->last_bind = bind;
	section->notes->last_bind = &bind->next;
}

/* One address of the list, with all ports of its range. */
static void bind_add_address(struct conf_parse *parse, struct section *section,
			     const struct bind_conf *model, const char *text, struct diag_span span)
{
	const unsigned flags = NET_NEED_PORT | NET_PORT_RANGE | NET_ANY | NET_NAMES | NET_UNIX;
	struct proxy_reading *reading = reading_conf(parse)->reading;
	struct net_parsed parsed;
	const char *why;

	if (!model->listener.datagrams && bind_transport_later(parse, span, text))
		return;
	if (!net_address_parse(text, model->listener.datagrams ? flags : flags | NET_FD, &parsed,
			       &why)) {
		report_address(parse, span, text, why);
		return;
	}
	if (model->listener.datagrams && parsed.type == SOCK_STREAM) {
		report_address(parse, span, text, "datagrams come by UDP");
		return;
	}
	if (reading->binds + (parsed.port_high - parsed.port_low) + 1u > BINDS_MAX) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_address, span, NULL,
			 "there are more than %d listening addresses", BINDS_MAX);
		return;
	}
	for (uint32_t port = parsed.port_low; port <= parsed.port_high; port++, reading->binds++)
		bind_append(parse, section, model, &parsed.address, (uint16_t)port, span);
}

void bind_add(struct conf_parse *parse, struct section *section, const struct conf_word *word,
	      const struct bind_conf *model)
{
	const char *text = read_address_text(parse, word);
	bool as_written;
	size_t at = 0;

	if (text == NULL)
		return;
	as_written = strcmp(text, word->text) == 0;
	for (;;) {
		size_t len = strcspn(text + at, ",");

		bind_add_address(parse, section, model, arena_strndup(parse->arena, text + at, len),
				 as_written ? conf_word_part(word, at, len) : word->span);
		at += len + 1;
		if (text[at - 1] == '\0' || text[at] == '\0')
			return;
	}
}

static void bind_read(struct conf_parse *parse, void *object, const struct conf_line *line,
		      unsigned at, bool no)
{
	struct bind_conf model = {0};

	if (!conf_need_words(parse, line, at, 1, UINT32_MAX, bind_usage))
		return;
	bind_preset(&model);
	conf_parse_options(parse, proxy_bind_options, &model, line, at + 1, "bind option");
	bind_add(parse, object, &line->words[at], &model);
}

const struct conf_keyword proxy_keywords_bind[] = {
	{ .doc = { .name = "unix-bind", .since = "0.4",
		   .summary = "Owner, mode and the beginning of the path of Unix sockets on bind lines.",
		   .example = "unix-bind prefix /run/web mode 660" },
	  .where = CONF_GLOBAL, .type = CONF_PARSE, .parse = bind_read_unix },
	{ DOC("bind", "Addresses and ports that clients connect to.", "10.1.1.80:80,:8000-8003 name web"),
	  .where = CONF_FRONTEND | CONF_LISTEN | CONF_LOG_FORWARD, .ignored_in = CONF_BACKEND,
	  .type = CONF_PARSE, .parse = bind_read },
	CONF_KEYWORDS_END,
};
