/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_words.c - the words of `add server` as a server's settings; see server_dynamic.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "conf/environment.h"
#include "conf/known.h"
#include "proxy/reading.h"
#include "proxy/server_dynamic.h"

/* What is read, and with what. */
struct words_reading {
	const struct backend *backend;
	struct arena *arena;
	struct proxy_conf conf;		/* a copy: rows look at it as if the file were being read */
	struct proxy_reading reading;
	struct conf_parse parse;
	struct conf_line line;
	struct server_conf *server;
	const char *why;		/* NULL: all is well */
};

/* Options of the file that a server added at run time cannot have, as in HAProxy 2.6. */
static const char *const words_refused[] = {
	"cookie", "init-addr", "log-proto", "max-reuse", "namespace", "no-agent-check", "no-check",
	"no-check-send-proxy", "no-check-ssl", "no-send-proxy-v2-ssl", "no-send-proxy-v2-ssl-cn", "no-ssl",
	"non-stick", "redir", "resolve-net", "resolve-opts", "resolve-prefer", "resolvers", "socks4",
	"stick", "tcp-ut", NULL,
};

static bool words_say(struct words_reading *reading, const char *format, const char *argument)
{
	reading->why = arena_printf(reading->arena, format, argument);
	return false;
}

static bool words_say_found(struct words_reading *reading)
{
	return words_say(reading, "%s\n", report_first_error(reading->arena, reading->parse.report));
}

static bool words_name(struct words_reading *reading)
{
	const struct server_set *set = backend_servers(reading->backend);
	const char *name = reading->line.words[0].text;

	if (reading->line.count < 2 || *name == '\0')
		return words_say(reading, "%s", "'server' expects <name> and <addr>[:<port>] as arguments.\n");
	for (const char *at = name; *at != '\0'; at++) {
		if (strchr("-_.:", *at) != NULL || (*at >= '0' && *at <= '9') ||
		    ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z'))
			continue;
		reading->why = arena_printf(reading->arena,
					    "character '%c' is not permitted in server name '%s'.\n",
					    *at, name);
		return false;
	}
	for (unsigned i = 0; i < set->count; i++)
		if (strcmp(set->at[i]->conf->name, name) == 0)
			return words_say(reading, "%s", "Already exists a server with the same name in backend.\n");
	return true;
}

/* Names are not looked up: that could take seconds, and the sandbox has no resolver's files. */
static bool words_address(struct words_reading *reading)
{
	const char *text = reading->line.words[1].text, *why;
	struct server_conf *server = reading->server;
	struct net_parsed parsed;

	if (!net_address_parse(text, NET_PORT_OFFSET | NET_ANY | NET_UNIX, &parsed, &why)) {
		reading->why = arena_printf(reading->arena, "'%s': %s\n", text, why);
		return false;
	}
	server->host = text;
	server->address = parsed.address;
	server->port_offset = parsed.port_offset;
	server->port_relative = parsed.port_relative;
	if (!parsed.port_relative && parsed.port_low != 0)
		net_address_set_port(&server->address, parsed.port_low);
	return true;
}

static bool words_accepted(struct words_reading *reading, const char *word)
{
	const char *const *refused = words_refused;

	while (*refused != NULL && strcmp(*refused, word) != 0)
		refused++;
	return *refused == NULL;
}

/* `track` is read here: it names a server of the running proxy. */
static bool words_track(struct words_reading *reading, const char *name)
{
	const char *slash = strchr(name, '/');
	const struct section *section = reading->backend->section;
	const struct server_conf *tracked;

	if (slash != NULL) {
		const struct section *all = reading->conf.sections;
		size_t len = (size_t)(slash - name);

		while (all != NULL && !(section_connects(all) && strlen(all->name) == len &&
					memcmp(all->name, name, len) == 0))
			all = all->next;
		if (all == NULL)
			return words_say(reading, "unable to find required proxy '%s' for tracking.\n",
					 arena_strndup(reading->arena, name, len));
		section = all;
	}
	tracked = section_server_find(section, slash != NULL ? slash + 1 : name);
	const char *full = arena_printf(reading->arena, "%s/%s", section->name,
					slash != NULL ? slash + 1 : name);
	const struct backend *backend = proxy_backend(reading->backend->proxy, section);

	if (tracked == NULL && backend != NULL) {
		const struct server_set *set = backend_servers(backend);

		for (unsigned i = 0; i < set->count; i++)
			if (strcmp(set->at[i]->conf->name, slash != NULL ? slash + 1 : name) == 0)
				return words_say(reading, "unable to use %s for tracking as it is a dynamic server.\n", full);
	}
	if (tracked == NULL || backend == NULL || backend_server_of(backend, tracked) == NULL)
		return words_say(reading, "unable to find required server '%s' for tracking.\n",
				 slash != NULL ? slash + 1 : name);
	if (!tracked->check && tracked->track == NULL)
		return words_say(reading,
				 "unable to use %s for tracking as it does not have any check nor agent enabled.\n",
				 full);
	reading->server->tracked = tracked;
	reading->server->track = full;
	return true;
}

static bool words_option(struct words_reading *reading, unsigned *at)
{
	const char *word = reading->line.words[*at].text;
	const struct conf_keyword *row = NULL;

	if (strcmp(word, "track") == 0 && *at + 1 < reading->line.count) {
		*at += 2;
		return words_track(reading, reading->line.words[*at - 1].text);
	}
	unsigned used = conf_parse_option(&reading->parse, proxy_server_options, NULL, &reading->line,
					  *at, &row);
	if (used != 0 && row->type == CONF_NOT_YET)
		return words_say(reading, "'%s' is not supported yet.\n", word);
	if (!words_accepted(reading, word))
		return words_say(reading, "'%s' option is not accepted for dynamic server\n", word);
	if (used == 0 && conf_known_elsewhere(CONF_KNOWN_SERVER, word))
		return words_say(reading, "'%s' is not supported yet.\n", word);
	if (used == 0)
		return words_say(reading, "unknown keyword '%s'.\n", word);
	*at += conf_parse_option(&reading->parse, proxy_server_options, reading->server,
				 &reading->line, *at, &row);
	return diag_count(reading->parse.report, DIAG_ERROR) == 0 || words_say_found(reading);
}

static bool words_id(struct words_reading *reading)
{
	const struct server_set *set = backend_servers(reading->backend);
	struct server_conf *server = reading->server;
	bool given = server->id != 0;

	if (!given)
		server->id = 1;
	for (unsigned i = 0; i < set->count; i++) {
		const struct server_conf *other = set->at[i]->conf;

		if (other->id != server->id)
			continue;
		if (given) {
			reading->why = arena_printf(
				reading->arena,
				"'id' : custom id %d already used at %s:%u ('server %s').\n",
				(int)server->id,
				other->span.source != NULL ? other->span.source->name : "CLI",
				other->span.line, other->name);
			return false;
		}
		server->id++;
		i = UINT32_MAX; /* from the first again */
	}
	server->id_given = given;
	return true;
}

static bool words_whole(struct words_reading *reading)
{
	const struct section *section = reading->backend->section;
	struct server_conf *server = reading->server;

	if (server->observe == SERVER_OBSERVE_LAYER7 && section->mode != PROXY_MODE_HTTP)
		return words_say(reading, "%s", "'layer7' can only be used in http proxies..\n");
	if (!healthcheck_find(reading->backend->proxy->conf, server))
		return words_say(reading, "there is no healthcheck section '%s'.\n", server->healthcheck);
	if (server->check && server->checked_by == NULL && section->back.check.kind == CHECK_EXTERNAL)
		return words_say(reading, "%s", "its backend is checked by a program, which knows the servers of the file only.\n");
	if (server->agent_check && server->agent_port == 0)
		return words_say(reading, "server '%s' does not have any port to ask its agent at.\n", server->name);
	if (server->check && server->track != NULL)
		return words_say(reading, "%s", "'track' and 'check' exclude each other.\n");
	if (server->check && server->address.storage.ss_family != AF_UNIX &&
	    server->check_port == 0 && net_address_port(&server->address) == 0) {
		reading->why = arena_printf(
			reading->arena,
			"config: backend '%s': server '%s' has neither service port nor check port nor "
			"tcp_check rule 'connect' with port information.\n",
			section->name, server->name);
		return false;
	}
	if (server->minconn >= server->maxconn && server->minconn != 0) {
		server->maxconn = server->minconn;
		server->minconn = 0;
	}
	return words_id(reading);
}

/* A capability that was given away does not come back, and what nobody has asked for is not kept. */
static bool words_prepared(struct words_reading *reading)
{
	const struct proxy_conf *conf = reading->backend->proxy->conf;
	const struct foreign_source *foreign = reading->server->foreign;
	const struct foreign_source *header = reading->backend->section->back.header_source;

	if (reading->conf.sets_marks && !conf->sets_marks)
		return words_say(reading, "'%s' needs a line of the file that has it.", "usesrc");
	if (reading->conf.keeps_tlvs && !conf->keeps_tlvs)
		return words_say(reading, "'%s' needs a line of the file that has it.",
				 "proxy-v2-options authority");
	if (foreign != NULL && foreign->kind == FOREIGN_HEADER &&
	    (header == NULL || strcmp(header->header, foreign->header) != 0))
		return words_say(reading, "'usesrc %s' needs a server of this backend that has it.",
				 foreign->header);
	return true;
}

static bool words_read_all(struct words_reading *reading)
{
	if (!words_name(reading) || !words_address(reading))
		return false;
	for (unsigned at = 2; at < reading->line.count;)
		if (!words_option(reading, &at))
			return false;
	return words_prepared(reading) && words_whole(reading);
}

static void words_line(struct words_reading *reading, const char *const *words, unsigned count)
{
	struct conf_word *all = arena_zalloc(reading->arena, (count + 1) * sizeof(*all));

	for (unsigned i = 0; i < count; i++)
		all[i].text = arena_strdup(reading->arena, words[i]);
	all[count].text = "";
	reading->line = (struct conf_line){ .words = all, .count = count };
}

const struct server_conf *server_words_read(const struct backend *backend, struct arena *arena,
					    const char *const *words, unsigned count,
					    const char **ret_why)
{
	struct words_reading *reading = arena_zalloc(arena, sizeof(*reading));

	*reading = (struct words_reading){
		.backend = backend,
		.arena = arena,
		.conf = *backend->proxy->conf,
		.reading.environment = conf_environment_new(arena),
		.parse = {
			.arena = arena,
			.report = diag_report_new(),
			.grammar = &proxy_grammar,
			.context = &reading->conf,
			.where = CONF_BACKEND,
		},
		.server = arena_zalloc(arena, sizeof(struct server_conf)),
	};
	reading->conf.reading = &reading->reading;
	reading->parse.environment = reading->reading.environment;
	words_line(reading, words, count);
	server_preset(&reading->parse, reading->server);
	reading->server->name = reading->line.words[0].text;
	reading->server->backend = (struct section *)(uintptr_t)backend->section;
	reading->server->index = UINT32_MAX;

	bool good = words_read_all(reading);
	diag_report_free(reading->parse.report);
	*ret_why = reading->why;
	return good ? reading->server : NULL;
}
