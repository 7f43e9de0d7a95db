/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_state.c - see server_state.h. Files are read while haproxy.cfg is, before any privilege goes. */
#include "proxy/server_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "proxy/reading.h"
#include "proxy/server_admin.h"
#include "proxy/server_agent.h"

/* A file that was read: its lines in the order of backends and servers. */
struct state_file {
	struct state_file *next;
	const char *path;
	struct server_saved *lines;
	unsigned count;
};

/* ---- lines ---- */

static bool state_word(struct slice *line, struct slice *ret)
{
	while (line->len != 0 && *line->at == ' ')
		*line = slice_skip(*line, 1);
	ret->at = line->at;
	ret->len = 0;
	while (ret->len < line->len && line->at[ret->len] != ' ')
		ret->len++;
	*line = slice_skip(*line, ret->len);
	return ret->len != 0;
}

static bool state_number(struct slice *line, uint64_t most, uint64_t *ret)
{
	struct slice word;

	*ret = 0;
	if (!state_word(line, &word) || word.len > 18)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
		*ret = *ret * 10 + (uint64_t)(word.at[i] - '0');
	}
	return *ret <= most;
}

/* Whether it is checked and has an agent, two flags, the name it had. */
static bool state_read_name(struct slice *line, struct server_saved *ret)
{
	struct slice fqdn, service, word;
	uint64_t check, agent, port;

	if (!state_number(line, 0xff, &check) || !state_number(line, 0xff, &agent))
		return false;
	ret->check_state = (unsigned)check;
	ret->agent_state = (unsigned)agent;
	if (!state_word(line, &word) || !state_word(line, &word) || !state_word(line, &fqdn) ||
	    !state_number(line, UINT16_MAX, &port) || !state_word(line, &service))
		return false;
	ret->fqdn = fqdn;
	ret->port = (uint16_t)port;
	ret->service = service;
	return true;
}

/* Where it was asked. */
static void state_read_asked(struct slice *line, struct server_saved *ret)
{
	struct slice check, agent, word;
	uint64_t check_port, agent_port;

	if (!state_word(line, &word) || !state_number(line, UINT16_MAX, &check_port) ||
	    !state_word(line, &check) || !state_word(line, &agent) ||
	    !state_number(line, UINT16_MAX, &agent_port))
		return;
	ret->check_port = (uint16_t)check_port;
	ret->check_address = check;
	ret->agent_address = agent;
	ret->agent_port = (uint16_t)agent_port;
}

bool server_saved_address(struct slice text, struct net_address *ret)
{
	struct net_endpoint ip = { .family = AF_INET };
	char copy[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, ip.ip) != 1) {
		ip.family = AF_INET6;
		if (inet_pton(AF_INET6, copy, ip.ip) != 1)
			return false;
	}
	ret->len = net_endpoint_to_sockaddr(&ip, &ret->storage);
	return true;
}

bool server_saved_parse(struct slice line, struct server_saved *ret)
{
	uint64_t op, admin, uweight, iweight, code, result, health;
	struct slice word;

	if (!state_word(&line, &word) || !state_word(&line, &ret->backend) ||
	    !state_word(&line, &word) || !state_word(&line, &ret->server) ||
	    !state_word(&line, &ret->address) || !state_number(&line, SAVED_STOPPING, &op) ||
	    !state_number(&line, 0xff, &admin) || !state_number(&line, 256, &uweight) ||
	    !state_number(&line, 256, &iweight) || !state_number(&line, INT32_MAX, &ret->since_s) ||
	    !state_number(&line, 0xff, &code) || !state_number(&line, 0xff, &result) ||
	    !state_number(&line, UINT32_MAX, &health))
		return false;
	ret->op = (unsigned)op;
	ret->admin = (unsigned)admin;
	ret->uweight = (uint32_t)uweight;
	ret->iweight = (uint32_t)iweight;
	ret->health = (uint32_t)health;
	ret->fqdn = ret->service = ret->check_address = ret->agent_address = (struct slice){ "", 0 };
	ret->check_state = ret->agent_state = 0;
	ret->port = ret->check_port = ret->agent_port = 0;
	if (state_read_name(&line, ret))
		state_read_asked(&line, ret);
	return true;
}

static int state_compare_words(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.at, b.at, len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int state_compare(const void *left, const void *right)
{
	const struct server_saved *a = left, *b = right;
	int order = state_compare_words(a->backend, b->backend);

	return order != 0 ? order : state_compare_words(a->server, b->server);
}

/* ---- files ---- */

static bool state_read(struct conf_parse *parse, const char *path, struct strbuf *ret)
{
	FILE *file = fopen(path, "re");
	char bytes[8192];
	size_t got;

	if (file == NULL) {
		diag_add(parse->report, DIAG_WARNING, &diag_cannot_read, (struct diag_span){ 0 }, NULL,
			 "the state of servers cannot be read from '%s': %s", path,
			 strerrordesc_np(errno));
		return false;
	}
	while ((got = fread(bytes, 1, sizeof(bytes), file)) != 0)
		strbuf_add(ret, bytes, got);
	fclose(file);
	return ret->text != NULL && !ret->failed;
}

/* The first line is the version, which a comment with the names of the columns follows. */
static void state_split(struct conf_parse *parse, struct state_file *file, const char *text)
{
	bool first = true;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		struct slice line = { text, len };
		struct server_saved saved;

		text += len + (text[len] == '\n');
		if (first && !slice_is(line, "1")) {
			diag_add(parse->report, DIAG_WARNING, &diag_bad_value,
				 (struct diag_span){ 0 }, NULL,
				 "'%s' is no state of servers of version 1", file->path);
			return;
		}
		first = false;
		if (server_saved_parse(line, &saved))
			*ARENA_APPEND(parse->arena, file->lines, file->count) = saved;
	}
	if (file->count > 1)
		qsort(file->lines, file->count, sizeof(*file->lines), state_compare);
}

static const struct state_file *state_file_of(struct conf_parse *parse, const char *path)
{
	struct proxy_reading *reading = reading_conf(parse)->reading;
	struct strbuf text = STRBUF_EMPTY;
	struct state_file *file;

	for (file = reading->state_files; file != NULL; file = file->next)
		if (strcmp(file->path, path) == 0)
			return file;
	file = arena_zalloc(parse->arena, sizeof(*file));
	file->path = path;
	file->next = reading->state_files;
	reading->state_files = file;
	if (state_read(parse, path, &text))
		state_split(parse, file, arena_strndup(parse->arena, text.text, text.len));
	strbuf_free(&text);
	return file;
}

static const char *state_join(struct conf_parse *parse, const char *name)
{
	const char *base = reading_conf(parse)->global.server_state_base;

	if (base == NULL || *name == '/')
		return name;
	return arena_printf(parse->arena, "%s/%s", base, name);
}

static const char *state_path(struct conf_parse *parse, const struct section *section)
{
	const struct proxy_global *global = &reading_conf(parse)->global;
	const struct backend_conf *back = &section->back;

	if (back->state_from == SERVER_STATE_GLOBAL)
		return global->server_state_file == NULL
			       ? NULL
			       : state_join(parse, global->server_state_file);
	return state_join(parse, back->state_file != NULL ? back->state_file : section->name);
}

void server_state_resolve(struct conf_parse *parse, struct section *section)
{
	const struct state_file *file;
	const char *path;

	if (section->back.state_from == SERVER_STATE_NONE || section->back.servers == NULL)
		return;
	path = state_path(parse, section);
	if (path == NULL)
		return;
	file = state_file_of(parse, path);
	for (struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next) {
		struct server_saved key = { .backend = slice_of(section->name),
					    .server = slice_of(server->name) };

		if (file->count != 0)
			server->saved = bsearch(&key, file->lines, file->count,
						sizeof(*file->lines), state_compare);
	}
}

/* ---- servers ---- */

/* Reasons that the file of today gives or takes back itself are not restored. */
enum { STATE_ADMIN_KEPT = SERVER_ADMIN_FORCED_DRAIN };

/* It was switched off by hand. */
static bool state_was_stopped(unsigned state)
{
	return (state & (SAVED_CONFIGURED | SAVED_ENABLED)) == SAVED_CONFIGURED;
}

static void state_apply_check(struct server *server, const struct server_saved *saved)
{
	if (!server->checked)
		return;
	server->check_stopped = state_was_stopped(saved->check_state);
	if (saved->check_port != 0)
		server->check_port = saved->check_port;
	server_saved_address(saved->check_address, &server->check_address);
}

void server_state_apply_agent(struct server *server)
{
	const struct server_saved *saved = server->conf->saved;
	struct server_agent *agent = server->agent;

	if (saved == NULL)
		return;
	agent->stopped = state_was_stopped(saved->agent_state);
	if (saved->agent_port != 0)
		agent->port = saved->agent_port;
	server_saved_address(saved->agent_address, &agent->address);
	/* Nobody else can have said so. */
	agent->up = server->checked || saved->op != SAVED_STOPPED;
}

void server_state_apply(struct server *server)
{
	const struct server_conf *conf = server->conf;
	const struct server_saved *saved = conf->saved;
	uint64_t since_us;

	if (saved == NULL)
		return;
	since_us = saved->since_s * 1000000;
	server->admin |= saved->admin & STATE_ADMIN_KEPT;
	if ((saved->admin & SERVER_ADMIN_FORCED_MAINT) != 0 &&
	    (saved->admin & SERVER_ADMIN_CONFIG_MAINT) == 0) {
		server->admin |= SERVER_ADMIN_FORCED_MAINT;
		server->state = SERVER_MAINT;
	} else if (server->state == SERVER_UP && (conf->check || conf->agent_check) &&
		   saved->op == SAVED_STOPPED) {
		server->state = SERVER_DOWN;
	} else if (server->state == SERVER_DOWN && saved->op != SAVED_STOPPED) {
		server->state = SERVER_UP; /* that is known better than `init-state` */
	}
	if (server->state == SERVER_UP && conf->check)
		server->stopping = saved->op == SAVED_STOPPING;
	if ((int64_t)saved->iweight == conf->weight) {
		server->lb.uweight = saved->uweight;
		server->lb.weight = saved->uweight * SERVER_WEIGHT_SCALE;
	}
	state_apply_check(server, saved);
	if (since_us < server->changed_us)
		server->changed_us -= since_us;
}

uint32_t server_first_streak(const struct server *server, bool up)
{
	const struct server_conf *conf = server->conf;

	if (up)
		return conf->init_state == SERVER_INIT_FULLY_UP ? 0 : (uint32_t)conf->fall - 1;
	return conf->init_state == SERVER_INIT_DOWN ? (uint32_t)conf->rise - 1 : 0;
}

uint32_t server_state_streak(const struct server *server, bool up)
{
	const struct server_saved *saved = server->conf->saved;
	uint32_t rise = (uint32_t)server->conf->rise, fall = (uint32_t)server->conf->fall;

	if (saved == NULL || saved->health > rise + fall - 1 || (saved->health >= rise) != up)
		return server_first_streak(server, up);
	return up ? rise + fall - 1 - saved->health : saved->health;
}
