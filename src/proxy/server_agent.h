/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_agent.h - `agent-check` (configuration manual 5.2): a program
 * beside the server says in a line of words what load it wants, whether it
 * drains or is in maintenance, and whether it is up.
 *
 * An agent is asked in the thread its server is at home. A server with both is
 * up while neither its check nor its agent says otherwise; an agent that does
 * not answer says nothing.
 */
#pragma once

#include "base/slice.h"
#include "proxy/proxy.h"

struct conf_parse;
struct section;

struct server_agent {
	struct server *server;
	struct health_check check;
	struct health_conf conf;
	struct health_plan plan;
	struct health_step steps[2];
	struct server_seen seen;
	_Atomic bool up;		/* as it said last */
	_Atomic bool stopped;		/* `disable agent` */
	_Atomic bool anew;		/* for server_agent_settle, in its home */
	_Atomic uint32_t forced;	/* enum server_agent_said: what it is to have said; likewise */
	_Atomic uint32_t port;
	struct net_address address;	/* len 0: the server's; under the backend's lock */
	char *send;			/* what it is asked with, or NULL; of the home */
	char *_Atomic next_send;	/* what it will be asked with; NULL: no news */
};

/* What one line asks for: the last word of each kind counts. */
struct agent_words {
	struct slice health;		/* "up", "down", "stopped", "fail"; at NULL: none */
	struct slice admin;		/* "ready", "drain", "maint" */
	struct slice weight, maxconn;	/* "75%"; "30" of "maxconn:30" */
	struct slice unknown;		/* the first that is none of them */
	struct slice description;	/* behind a word that begins with '#' */
};
void agent_words_parse(struct slice line, struct agent_words *ret);
static inline bool agent_words_up(const struct agent_words *words)
{
	return slice_is_nocase(words->health, "up");
}

/* Reports agents without a port. */
void server_agent_resolve(struct conf_parse *parse, const struct section *section);

/* The agent of a server that has one. 0 or -ENOMEM; server->agent NULL: none. */
int server_agent_init(struct server *server) MUST_CHECK;
void server_agent_fini(struct server *server);

/* In its home: asked from now on as its settings say, or no more. */
void server_agent_start(struct server *server, uint64_t delay_us);
void server_agent_settle(struct server *server);
void server_agent_stop(struct server *server);

/* Whether it is asked, and whether that keeps its server down. Any thread. */
bool server_agent_asked(const struct server *server);
bool server_agent_down(const struct server *server);

/* The runtime API; the next question follows. Any worker's thread, but for force. */
void server_agent_enable(struct server *server, bool on);
void server_agent_set_port(struct server *server, uint16_t port);
void server_agent_set_address(struct server *server, const struct net_address *address);
int server_agent_set_send(struct server *server, const char *text) MUST_CHECK; /* or -ENOMEM */
/* In its home: as if it had said so. */
void server_agent_force(struct server *server, bool up);
/* The same soon, from any worker's thread. */
enum server_agent_said { SERVER_AGENT_NOTHING, SERVER_AGENT_UP, SERVER_AGENT_DOWN };
void server_agent_force_soon(struct server *server, bool up);
/* For server_settle_later, in its home: what was asked for meanwhile. */
void server_agent_force_asked(struct server *server);
