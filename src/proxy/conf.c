/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/conf.c - reads haproxy.cfg into one generation.
 */
#include "expr/map_admin.h"
#include "proxy/conf.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "conf/condition.h"
#include "conf/environment.h"
#include "expr/vars.h"
#include "proxy/reading.h"

const struct conf_keyword *const proxy_keyword_tables[] = {
	proxy_keywords_global,      proxy_keywords_process_vars, proxy_keywords_tune,
	proxy_keywords_log,         proxy_keywords_section,
	proxy_keywords_timeouts,    proxy_keywords_options,
	proxy_keywords_bind,        proxy_keywords_server,
	proxy_keywords_check,       proxy_keywords_check_rules,
	proxy_keywords_healthcheck,
	proxy_keywords_server_state, proxy_keywords_server_name, proxy_keywords_resolvers,
	proxy_keywords_balance,     proxy_keywords_rules,
	proxy_keywords_stats,       proxy_keywords_stats_socket,
	proxy_keywords_http,
	proxy_keywords_http_address, proxy_keywords_http_error,
	proxy_keywords_alert,
	proxy_keywords_persist,     proxy_keywords_userlist,
	proxy_keywords_format,      proxy_keywords_ring,      proxy_keywords_log_profile,
	proxy_keywords_log_forward, proxy_keywords_case,
	proxy_keywords_old,         proxy_keywords_old_http,
	proxy_keywords_monitor,
	proxy_keywords_global_idle, proxy_keywords_cpu_map, NULL,
};

const struct conf_grammar proxy_grammar = {
	.sections = proxy_sections,
	.tables = proxy_keyword_tables,
	.language = &proxy_language,
};

/* What `.if feature(...)` finds here, of the names HAProxy gives to build options. */
const char *const proxy_features[] = {
	"ACCEPT4",	"CPU_AFFINITY", "CRYPT_H", "EPOLL",  "GETADDRINFO", "LIBCRYPT",
	"LINUX_SPLICE", "LINUX_TPROXY", "PCRE2",   "PCRE2_JIT", "PROMEX",	"RT",
	"SYSTEMD",	"TFO",		"THREAD",  "TPROXY", NULL,
};

/* What `.if enabled(...)` finds. */
static const char *const conf_enabled[] = { "EPOLL", "GETADDRINFO", "REUSEPORT", "SPLICE", NULL };

static struct proxy_conf *conf_new(void)
{
	struct arena *arena = arena_new();
	struct proxy_conf *conf = arena_zalloc(arena, sizeof(*conf));

	conf->arena = arena;
	conf->reading = arena_zalloc(arena, sizeof(*conf->reading));
	conf->reading->last_section = &conf->sections;
	conf->reading->environment = conf_environment_new(arena);
	list_init(&conf->global.environment);
	return conf;
}

static struct conf_reader conf_reader(struct proxy_conf *conf, struct diag_report *report)
{
	return (struct conf_reader){
		.arena = conf->arena,
		.report = report,
		.features = proxy_features,
		.enabled = conf_enabled,
		.version = HAPROXY_LEVEL,
		.diagnostic = diag_report_diagnoses(report),
		.environment = conf->reading->environment,
	};
}

static void conf_read_lines(struct proxy_conf *conf, struct diag_report *report,
			    const struct conf_lines *lines)
{
	struct conf_parse parse = {
		.arena = conf->arena,
		.report = report,
		.grammar = &proxy_grammar,
		.context = conf,
		.environment = conf->reading->environment,
	};
	struct conf_lines *kept = arena_zalloc(conf->arena, sizeof(*kept));

	*kept = *lines; /* the caller's own goes; its lines are in the arena */
	conf->lines = kept;
	global_preset(&parse, &conf->global);
	conf_parse_lines(&parse, lines);
	conf->names = parse.names;
	conf->maps = parse.maps;
	conf->pattern_lists = parse.pattern_lists;
	conf->commanded = conf->reading->how.commanded || conf->global.cli != NULL;
	if (conf->commanded)
		expr_maps_may_change(conf->maps);
	conf->looks_at_bytes = (parse.expr_needs & EXPR_HAVE_REQUEST_BYTES) != 0;
	conf->keeps_request_lines = (parse.expr_needs & EXPR_HAVE_STREAM) != 0;
	conf->looks_at_bodies |= (parse.expr_needs & EXPR_HAVE_REQUEST_BODY) != 0;
	conf->looks_at_response_bodies |= (parse.expr_needs & EXPR_HAVE_RESPONSE_BODY) != 0;
	for (const struct expr_var *name = parse.names; name != NULL; name = name->next)
		if (name->scope == EXPR_SCOPE_SESS)
			conf->session_vars = true;
	proxy_resolve(&parse);
	if (diag_report_diagnoses(report))
		proxy_diagnose(&parse);
	if (conf->global.zero_warning)
		diag_report_warnings_fatal(report, true);
	for (struct section *section = conf->sections; section != NULL; section = section->next)
		section->notes = NULL;
	backend_models_make(&parse);
	conf->reading = NULL;
}

struct proxy_conf *proxy_conf_read(const char *const *files, unsigned count,
				   struct diag_report *report)
{
	return proxy_conf_read_so(files, count, (struct proxy_conf_how){ .commanded = false }, report);
}

struct proxy_conf *proxy_conf_read_so(const char *const *files, unsigned count,
				      struct proxy_conf_how how, struct diag_report *report)
{
	struct proxy_conf *conf = conf_new();
	struct conf_reader reader = conf_reader(conf, report);
	struct conf_lines lines = {0};

	conf->reading->how = how;
	conf_read_files(&reader, files, count, &lines);
	conf_read_lines(conf, report, &lines);
	return conf;
}

struct proxy_conf *proxy_conf_read_text(const char *name, const char *text, size_t len,
					struct diag_report *report)
{
	struct proxy_conf *conf = conf_new();
	struct conf_reader reader = conf_reader(conf, report);
	struct conf_lines lines = {0};

	conf_read_text(&reader, name, text, len, &lines);
	conf_read_lines(conf, report, &lines);
	return conf;
}

int proxy_conf_judge(const char *condition, struct diag_report *report)
{
	struct proxy_conf *conf = conf_new();
	struct conf_reader reader = conf_reader(conf, report);
	bool holds = false;
	bool good = conf_condition_text(&reader, condition, &holds);

	proxy_conf_free(conf);
	return good ? holds : -EINVAL;
}

struct userlist *proxy_userlist_find(const struct proxy_conf *conf, const char *name)
{
	struct userlist *list = conf->userlists;

	while (list != NULL && strcmp(list->name, name) != 0)
		list = list->next;
	return list;
}

struct dns_conf *proxy_resolvers_find(const struct proxy_conf *conf, const char *name)
{
	struct dns_conf *one = conf->resolvers;

	while (one != NULL && strcmp(one->name, name) != 0)
		one = one->next;
	return one;
}

struct http_errors *proxy_http_errors_find(const struct proxy_conf *conf, const char *name)
{
	struct http_errors *group = conf->http_errors;

	while (group != NULL && strcmp(group->name, name) != 0)
		group = group->next;
	return group;
}

struct server_conf *section_server_find(const struct section *section, const char *name)
{
	struct server_conf *server = section->back.servers;

	while (server != NULL && strcmp(server->name, name) != 0)
		server = server->next;
	return server;
}

void proxy_conf_free(struct proxy_conf *conf)
{
	if (conf != NULL)
		arena_free(conf->arena);
}
