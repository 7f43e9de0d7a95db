/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_commands.h - the tables of the runtime API's
 * commands, by subject; cli_tables.c joins them.
 */
#pragma once

#include "admin/cli_run.h"

/* cli_resolvers.c: the counters of all name servers, as CSV or typed. */
void cli_resolvers_stat(struct cli_run *run, bool typed);

extern const struct cli_command cli_commands_session[];	/* cli_session.c */
extern const struct cli_command cli_commands_process[];	/* cli_process.c */
extern const struct cli_command cli_commands_stat[];	/* cli_stat.c */
extern const struct cli_command cli_commands_server[];	/* cli_server.c */
extern const struct cli_command cli_commands_agent[];	/* cli_agent.c */
extern const struct cli_command cli_commands_sockets[];	/* cli_sockets.c */
extern const struct cli_command cli_commands_threads[];	/* cli_threads.c */
extern const struct cli_command cli_commands_var[];	/* cli_var.c */
extern const struct cli_command cli_commands_map[];	/* cli_map.c */
extern const struct cli_command cli_commands_streams[];	/* cli_streams.c */
extern const struct cli_command cli_commands_counters[];	/* cli_counters.c */
extern const struct cli_command cli_commands_frontend[];	/* cli_frontend.c */
extern const struct cli_command cli_commands_resolvers[];	/* cli_resolvers.c */
extern const struct cli_command cli_commands_dynamic[];	/* cli_dynamic.c */
extern const struct cli_command cli_commands_backend[];	/* cli_backend.c */
extern const struct cli_command cli_commands_wait[];	/* cli_wait.c */
extern const struct cli_command cli_commands_absent[];	/* cli_absent.c */
extern const struct cli_command cli_commands_errors[];	/* cli_errors.c */
extern const struct cli_command cli_commands_events[];	/* cli_events.c */
extern const struct cli_command cli_commands_servers[];	/* cli_servers.c */
