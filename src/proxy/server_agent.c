/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_agent.c - see server_agent.h. */
#include "proxy/server_agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "proxy/reading.h"
#include "proxy/server.h"
#include "proxy/server_admin.h"
#include "proxy/server_request.h"
#include "proxy/server_state.h"
#include "proxy/worker.h"

/* ---- the line ---- */

static bool agent_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice agent_next_word(struct slice *line)
{
	struct slice word;

	while (line->len != 0 && (agent_is_blank(*line->at) || *line->at == ','))
		*line = slice_skip(*line, 1);
	word = (struct slice){ line->at, 0 };
	if (line->len != 0 && *line->at == '#')
		return word;
	while (word.len < line->len && !agent_is_blank(line->at[word.len]) &&
	       line->at[word.len] != ',')
		word.len++;
	*line = slice_skip(*line, word.len);
	return word;
}

static bool agent_word_is(struct slice word, const char *const *known)
{
	while (*known != NULL && !slice_is_nocase(word, *known))
		known++;
	return *known != NULL;
}

static void agent_take_word(struct agent_words *words, struct slice word)
{
	static const char *const health[] = { "up", "down", "stopped", "fail", NULL };
	static const char *const admin[] = { "ready", "drain", "maint", NULL };
	struct slice limit = SLICE("maxconn:");

	if (agent_word_is(word, health))
		words->health = word;
	else if (agent_word_is(word, admin))
		words->admin = word;
	else if (*word.at >= '0' && *word.at <= '9' && memchr(word.at, '%', word.len) != NULL)
		words->weight = word;
	else if (word.len >= limit.len && strncasecmp(word.at, limit.at, limit.len) == 0)
		words->maxconn = slice_skip(word, limit.len);
	else if (words->unknown.at == NULL)
		words->unknown = word;
}

void agent_words_parse(struct slice line, struct agent_words *ret)
{
	struct slice word;

	*ret = (struct agent_words){ .health = { NULL, 0 } };
	while ((word = agent_next_word(&line)).len != 0)
		agent_take_word(ret, word);
	if (line.len == 0)
		return;
	line = slice_skip(line, 1);
	while (line.len != 0 && agent_is_blank(*line.at))
		line = slice_skip(line, 1);
	ret->description = line;
}

/* ---- what follows from it ---- */

static void agent_set_admin(struct server *server, struct slice word)
{
	unsigned drain = SERVER_ADMIN_FORCED_DRAIN, maint = SERVER_ADMIN_FORCED_MAINT;
	unsigned set = slice_is_nocase(word, "drain")	? drain
		       : slice_is_nocase(word, "maint") ? maint
							: 0;
	unsigned clear = (drain | maint) & ~set, now = server->admin;

	if ((now & set) != set || (now & clear) != 0)
		server_admin_change(server->home, server, set, clear, "");
}

/* Does all but the state, which follows from the verdict. Why something could not be done, or NULL. */
static const char *agent_obey(struct server *server, const struct agent_words *words)
{
	const char *why = NULL, *why_too = NULL;
	char text[32];

	if (words->admin.at != NULL)
		agent_set_admin(server, words->admin);
	if (words->weight.at != NULL) {
		snprintf(text, sizeof(text), "%.*s", (int)words->weight.len, words->weight.at);
		why = server_request_weight(server->home, server, text);
	}
	if (words->maxconn.at != NULL) {
		snprintf(text, sizeof(text), "%.*s", (int)words->maxconn.len, words->maxconn.at);
		why_too = server_request_maxconn(server, text);
	}
	return why != NULL ? why : why_too;
}

/* "via agent : down (disk full)": what went wrong is told where the agent has no word on it itself. */
static void agent_tell_health(const struct agent_words *words, const char *why, struct out *out)
{
	struct slice more = words->description;

	if (more.len == 0 || agent_words_up(words)) {
		if (words->unknown.at != NULL)
			more = words->unknown;
		else if (why != NULL)
			more = slice_of(why);
	}
	out_text(out, "via agent : ");
	out_put(out, words->health);
	if (more.len == 0)
		return;
	out_text(out, " (");
	out_put(out, more);
	out_char(out, ')');
}

static void agent_judge(const struct agent_words *words, const char *why, struct health_answer *ret)
{
	struct out out = { .bytes = ret->text, .size = sizeof(ret->text) - 1 };

	ret->code = HEALTH_CHECKED;
	if (words->health.at != NULL) {
		ret->code = agent_words_up(words) ? HEALTH_L7OK : HEALTH_L7STS;
		agent_tell_health(words, why, &out);
	} else if (words->unknown.at != NULL) {
		out_text(&out, "agent reports an error : ");
		out_put(&out, words->unknown);
	} else if (why != NULL) {
		out_text(&out, "agent warns : ");
		out_text(&out, why);
	}
	ret->text[out.len] = '\0';
}

static void agent_hear(struct health_check *check, struct slice line, struct health_answer *ret)
{
	struct server *server = container_of(check, struct server_agent, check)->server;
	struct agent_words words;

	agent_words_parse(line, &words);
	/* Who comes out of maintenance is then as this line says. */
	if (words.health.at != NULL)
		server->agent->up = agent_words_up(&words);
	agent_judge(&words, agent_obey(server, &words), ret);
}

/* ---- results ---- */

static void agent_result(struct health_check *check, bool ok, bool is_new)
{
	struct server_agent *agent = container_of(check, struct server_agent, check);
	struct server *server = agent->server;

	server_copy_seen(server, &check->status, &agent->seen);
	if (is_new && check->status.code != HEALTH_CHECKED)
		server_log_check(server, check, ok);
	if (!health_counts(&agent->conf, check->status.code))
		return;
	agent->up = ok;
	server_follow(server, check);
}

static void agent_change(struct health_check *check)
{
	struct server_agent *agent = container_of(check, struct server_agent, check);

	server_copy_seen(agent->server, &check->status, &agent->seen);
}

void server_agent_force(struct server *server, bool up)
{
	struct server_agent *agent = server->agent;

	agent->up = up;
	agent->check.status.up = up;
	server_mark(server->home, server, up, false, ", changed from CLI");
}

void server_agent_force_soon(struct server *server, bool up)
{
	atomic_store(&server->agent->forced, up ? SERVER_AGENT_UP : SERVER_AGENT_DOWN);
	server_settle_later(server, false);
}

void server_agent_force_asked(struct server *server)
{
	uint32_t said = atomic_exchange(&server->agent->forced, SERVER_AGENT_NOTHING);

	if (said != SERVER_AGENT_NOTHING && server_agent_asked(server))
		server_agent_force(server, said == SERVER_AGENT_UP);
}

bool server_agent_asked(const struct server *server)
{
	return server->agent != NULL && !atomic_load(&server->agent->stopped);
}

bool server_agent_down(const struct server *server)
{
	return server_agent_asked(server) && !atomic_load(&server->agent->up);
}

/* ---- when ---- */

static void agent_fill_plan(struct server_agent *agent)
{
	unsigned count = 0;

	if (agent->send != NULL && agent->send[0] != '\0')
		agent->steps[count++] = (struct health_step){
			.kind = HEALTH_SEND, .send.constant = slice_of(agent->send) };
	agent->steps[count++] = (struct health_step){
		.kind = HEALTH_EXPECT, .number = 2, .expect.match = HEALTH_MATCH_LINE };
	agent->plan = (struct health_plan){ .kind = HEALTH_PLAN_PROTOCOL,
					    .steps = agent->steps,
					    .count = count };
}

static void agent_fill(struct server *server)
{
	struct server_agent *agent = server->agent;
	const struct server_conf *conf = server->conf;

	server_fill_check(server, &agent->conf);
	agent->conf.plan = &agent->plan;
	agent->conf.external = false;
	agent->conf.answers_only = true;
	agent->conf.send_proxy = 0;
	agent->conf.address = agent->address.len != 0 ? agent->address : *server_address_of(server);
	net_address_set_port(&agent->conf.address, (uint16_t)atomic_load(&agent->port));
	agent->conf.inter_ms = conf->agent_inter_ms;
	agent->conf.fastinter_ms = agent->conf.downinter_ms = 0;
	agent->conf.rise = agent->conf.fall = 1;
}

void server_agent_start(struct server *server, uint64_t delay_us)
{
	struct server_agent *agent = server->agent;
	struct health_status kept;

	if (agent == NULL || atomic_load(&agent->stopped))
		return;
	kept = agent->check.status;
	pthread_mutex_lock(&server->backend->lock);
	agent_fill(server);
	pthread_mutex_unlock(&server->backend->lock);
	if (agent->conf.address.len == 0)
		return; /* its server has no address yet */
	agent_fill_plan(agent);
	agent->check.on_result = agent_result;
	agent->check.on_change = agent_change;
	agent->check.hear = agent_hear;
	if (health_start(&server->home->checks, &agent->check, &agent->conf, true, delay_us) < 0)
		log_printf(server->home->log, &server->backend->section->log, LOG_LEVEL_ALERT,
			   "The agent of server %s/%s cannot be asked for want of memory.",
			   server->backend->section->name, server->conf->name);
	if (kept.code != HEALTH_UNKNOWN)
		agent->check.status = kept;
	server_copy_seen(server, &agent->check.status, &agent->seen);
}

void server_agent_stop(struct server *server)
{
	if (server->agent != NULL && server->agent->check.engine != NULL)
		health_stop(&server->agent->check);
}

/* Anew: what it is asked with and where may have changed. */
void server_agent_settle(struct server *server)
{
	struct server_agent *agent = server->agent;
	char *send = agent == NULL ? NULL : atomic_exchange(&agent->next_send, NULL);

	if (agent == NULL)
		return;
	server_agent_stop(server);
	if (send != NULL) {
		free(agent->send);
		agent->send = send;
	}
	server_agent_start(server, 0);
}

/* ---- the runtime API ---- */

void server_agent_enable(struct server *server, bool on)
{
	atomic_store(&server->agent->stopped, !on);
	server_settle_later(server, true);
}

void server_agent_set_port(struct server *server, uint16_t port)
{
	atomic_store(&server->agent->port, port);
	server_settle_later(server, true);
}

void server_agent_set_address(struct server *server, const struct net_address *address)
{
	pthread_mutex_lock(&server->backend->lock);
	server->agent->address = *address;
	pthread_mutex_unlock(&server->backend->lock);
	server_settle_later(server, true);
}

int server_agent_set_send(struct server *server, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	free(atomic_exchange(&server->agent->next_send, copy));
	server_settle_later(server, true);
	return 0;
}

/* ---- life ---- */

int server_agent_init(struct server *server)
{
	const struct server_conf *conf = server->conf;
	struct server_agent *agent;

	if (!conf->agent_check)
		return 0;
	agent = calloc(1, sizeof(*agent));
	if (agent == NULL)
		return -ENOMEM;
	if (conf->agent_send != NULL) {
		agent->send = strdup(conf->agent_send);
		if (agent->send == NULL) {
			free(agent);
			return -ENOMEM;
		}
	}
	agent->server = server;
	agent->up = true;
	agent->address = conf->agent_address;
	agent->port = (uint32_t)conf->agent_port;
	server->agent = agent;
	server_state_apply_agent(server);
	return 0;
}

void server_agent_fini(struct server *server)
{
	struct server_agent *agent = server->agent;

	if (agent == NULL)
		return;
	free(agent->send);
	free(agent->next_send);
	free(agent);
	server->agent = NULL;
}

void server_agent_resolve(struct conf_parse *parse, const struct section *section)
{
	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		if (server->agent_check && server->agent_port == 0)
			diag_add(parse->report, DIAG_ERROR, &diag_missing, server->span,
				 "add 'agent-port <port>'",
				 "the agent of server '%s' has no port", server->name);
}
