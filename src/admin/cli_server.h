/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_server.h - what the commands about servers share. Inside the room. */
#pragma once

#include "admin/cli_run.h"

/* A number that is an address; no name is asked for while the process runs. */
bool cli_read_ip(const char *text, struct net_address *ret);

/* `set server ... agent*`: false when the word is none of them. */
bool cli_server_set_agent(struct cli_run *run, struct server *server);

/* "set server b/s fqdn NAME" (cli_resolvers.c). */
void cli_server_set_fqdn(struct cli_run *run, struct server *server);
