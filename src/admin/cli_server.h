/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_server.h - what the commands about servers share. Inside the room. */
#pragma once

#include "admin/cli_run.h"

/* `set server ... agent*`: false when the word is none of them. */
bool cli_server_set_agent(struct cli_run *run, struct server *server);
