/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_state.h - what "show servers state" of an earlier process said
 * (configuration manual "load-server-state-from-file", management guide 9.3):
 * servers begin as they were.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "net/address.h"

struct conf_parse;
struct section;
struct server;
struct server_conf;

enum server_saved_op { SAVED_STOPPED, SAVED_STARTING, SAVED_RUNNING, SAVED_STOPPING };

/* One line, version 1. */
struct server_saved {
	struct slice backend, server;	/* in the file's text */
	unsigned op;			/* enum server_saved_op */
	unsigned admin;			/* enum server_admin_reason bits */
	uint32_t uweight, iweight;
	uint64_t since_s;		/* of the last change of state */
	uint32_t health;		/* 0..rise + fall - 1 */
	struct slice address;		/* "-": none */
	struct slice fqdn, service;	/* "-": none; empty when the line ends before them */
	uint16_t port;
	/* enum server_saved_check bits; 0 and empty when the line ends before them */
	unsigned check_state, agent_state;
	uint16_t check_port, agent_port; /* 0: none */
	struct slice check_address, agent_address; /* "-": none */
};

enum server_saved_check { SAVED_CONFIGURED = 2, SAVED_ENABLED = 4, SAVED_PAUSED = 8, SAVED_AGENT = 16 };

/* "10.0.0.1" or "::1". False: no address. */
bool server_saved_address(struct slice text, struct net_address *ret);

/* False: not a line of version 1. */
bool server_saved_parse(struct slice line, struct server_saved *ret);

/* Finds what was saved of the section's servers, as its keywords and the global ones say. */
void server_state_resolve(struct conf_parse *parse, struct section *section);

/* Puts a new server, not yet in use, into the state that was saved. */
void server_state_apply(struct server *server);
/* The same of its agent, which is there by now. */
void server_state_apply_agent(struct server *server);
/* How checks begin as `init-state` says: the streak (health/check.h). */
uint32_t server_first_streak(const struct server *server, bool up);
/* How its check begins: the streak (health/check.h). */
uint32_t server_state_streak(const struct server *server, bool up);
