/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_tables.c - every command of the runtime API. */
#include "admin/cli_commands.h"

const struct cli_command *const cli_tables[] = {
	cli_commands_session,
	cli_commands_process,
	cli_commands_stat,
	cli_commands_server,
	cli_commands_agent,
	cli_commands_dynamic,
	cli_commands_backend,
	cli_commands_sockets,
	cli_commands_threads,
	cli_commands_var,
	cli_commands_map,
	cli_commands_streams,
	cli_commands_counters,
	cli_commands_frontend,
	cli_commands_servers,
	cli_commands_resolvers,
	cli_commands_errors,
	cli_commands_events,
	cli_commands_wait,
	cli_commands_absent,
	NULL,
};
