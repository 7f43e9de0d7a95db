/* SPDX-License-Identifier: Apache-2.0 */
/* admin/form_action.c - see form_action.h. */
#include "admin/form_action.h"

#include <stdlib.h>
#include <string.h>

#include "proxy/server_admin.h"
#include "proxy/server_agent.h"
#include "proxy/worker.h"

/*
 * What is so already counts as done, as HAProxy has it: who
 * asks twice must not be told of a failure.
 */
static bool form_set(struct worker *worker, struct server *server, unsigned set, unsigned clear)
{
	unsigned now = server->admin;

	if (((now & ~clear) | set) != now)
		server_admin_change(worker, server, set, clear, "");
	return true;
}

static bool form_ready(struct worker *worker, struct server *server, const char *value)
{
	return form_set(worker, server, 0, SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_FORCED_DRAIN);
}

static bool form_drain(struct worker *worker, struct server *server, const char *value)
{
	return form_set(worker, server, SERVER_ADMIN_FORCED_DRAIN, SERVER_ADMIN_FORCED_MAINT);
}

static bool form_maint(struct worker *worker, struct server *server, const char *value)
{
	return form_set(worker, server, SERVER_ADMIN_FORCED_MAINT, SERVER_ADMIN_FORCED_DRAIN);
}

/* The older words; of these HAProxy says so when there is nothing to change. */
static bool form_enable(struct worker *worker, struct server *server, const char *value)
{
	return server_in_maintenance(server) && form_ready(worker, server, value);
}

static bool form_disable(struct worker *worker, struct server *server, const char *value)
{
	return !server_in_maintenance(server) && form_maint(worker, server, value);
}

static bool form_start(struct worker *worker, struct server *server, const char *value)
{
	return server_drains(server) && form_ready(worker, server, value);
}

static bool form_stop(struct worker *worker, struct server *server, const char *value)
{
	return !server_drains(server) && form_drain(worker, server, value);
}

static bool form_check(struct worker *worker, struct server *server, const char *value)
{
	if (server->checked && server->check_stopped)
		server_set_checking(server, true);
	return server->checked;
}

static bool form_check_not(struct worker *worker, struct server *server, const char *value)
{
	if (server->checked && !server->check_stopped)
		server_set_checking(server, false);
	return server->checked;
}

static bool form_force_up(struct worker *worker, struct server *server, const char *value)
{
	server_force(server, SERVER_FORCE_UP);
	return true;
}

static bool form_force_stopping(struct worker *worker, struct server *server, const char *value)
{
	server_force(server, SERVER_FORCE_STOPPING);
	return true;
}

static bool form_force_down(struct worker *worker, struct server *server, const char *value)
{
	server_force(server, SERVER_FORCE_DOWN);
	return true;
}

static bool form_agent(struct worker *worker, struct server *server, const char *value)
{
	if (server->agent != NULL && !server_agent_asked(server))
		server_agent_enable(server, true);
	return server->agent != NULL;
}

static bool form_agent_not(struct worker *worker, struct server *server, const char *value)
{
	if (server_agent_asked(server))
		server_agent_enable(server, false);
	return server->agent != NULL;
}

static bool form_agent_up(struct worker *worker, struct server *server, const char *value)
{
	if (!server_agent_asked(server))
		return false;
	server_agent_force_soon(server, true);
	return true;
}

static bool form_agent_down(struct worker *worker, struct server *server, const char *value)
{
	if (!server_agent_asked(server))
		return false;
	server_agent_force_soon(server, false);
	return true;
}

static bool form_shutdown(struct worker *worker, struct server *server, const char *value)
{
	server_end_streams(server, 'K');
	return true;
}

/* As `set weight` has it: a number, or a part of the configured one in percent. */
static bool form_weight(struct worker *worker, struct server *server, const char *value)
{
	char *end;
	unsigned long weight = strtoul(value, &end, 10);

	if (end == value || *value < '0' || *value > '9' || weight > 256)
		return false;
	if (strcmp(end, "%") == 0)
		weight = weight * server->conf->weight / 100;
	else if (*end != '\0')
		return false;
	return weight <= 256 && server->lb.uweight != weight &&
	       server_set_weight(server, (uint32_t)weight);
}

const struct form_action form_actions[] = {
	{ "ready", "Ready: serve again", false, false, form_ready },
	{ "drain", "Drain: no new load", false, false, form_drain },
	{ "maint", "Maintenance", false, false, form_maint },
	{ "weight", "Set the weight", false, true, form_weight },
	{ "dhlth", "Stop health checks", false, false, form_check_not },
	{ "ehlth", "Start health checks", false, false, form_check },
	{ "hrunn", "Checks: say it is up", false, false, form_force_up },
	{ "hnolb", "Checks: say it takes no new load", false, false, form_force_stopping },
	{ "hdown", "Checks: say it is down", false, false, form_force_down },
	{ "dagent", "Stop asking the agent", false, false, form_agent_not },
	{ "eagent", "Ask the agent again", false, false, form_agent },
	{ "arunn", "Agent: say it is up", false, false, form_agent_up },
	{ "adown", "Agent: say it is down", false, false, form_agent_down },
	{ "shutdown", "End all streams", false, false, form_shutdown },
	{ "enable", NULL, false, false, form_enable },
	{ "disable", NULL, false, false, form_disable },
	{ "start", NULL, false, false, form_start },
	{ "stop", NULL, false, false, form_stop },
	{ "handover", "Hand the addresses over", true, true, NULL },
	{ NULL, NULL, false, false, NULL },
};

const struct form_action *form_action_find(const char *word)
{
	for (const struct form_action *action = form_actions; action->word != NULL; action++)
		if (strcmp(action->word, word) == 0)
			return action;
	return NULL;
}
