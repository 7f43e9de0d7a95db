/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_absent.c - HAProxy 2.6's commands that relevo does not have: each
 * is answered with what is missing, not with a guess at what was meant.
 */
#include "admin/cli_commands.h"

static void absent_say(struct cli_run *run)
{
	cli_sayf(run, LOG_LEVEL_ERR, "relevo has no '%s': %s\n", run->command->doc.name,
		 run->command->doc.summary);
	cli_failed(run, CLI_UNKNOWN);
}

#define ABSENT(words, why)                                                                         \
	{ .doc = { .name = words, .summary = why, .example = words, .since = "0.5" },              \
	  .flags = CLI_ABSENT, .run = absent_say }

static const char no_tables[] = "there are no stick tables.";
static const char no_tls[] = "TLS is not supported.";
static const char no_keys[] = "cookies do not change with servers' addresses.";
static const char no_trace[] = "nothing is traced; its logs and 'show errors' say what went wrong.";
static const char no_profile[] =
	"nothing is profiled; 'show activity' and 'perf' say what the threads do.";

const struct cli_command cli_commands_absent[] = {
	ABSENT("abort ssl", no_tls),
	ABSENT("add ssl", no_tls),
	ABSENT("clear table", no_tables),
	ABSENT("commit ssl", no_tls),
	ABSENT("del ssl", no_tls),
	ABSENT("disable dynamic-cookie", no_keys),
	ABSENT("enable dynamic-cookie", no_keys),
	ABSENT("new ssl", no_tls),
	ABSENT("set dynamic-cookie-key", no_keys),
	ABSENT("set profiling", no_profile),
	ABSENT("set ssl", no_tls),
	ABSENT("set table", no_tables),
	ABSENT("show cache", "there is no cache."),
	ABSENT("show fd",
	       "descriptors have no flags to show; 'show sess all' has those of streams."),
	ABSENT("show peers", "there are no stick tables for peers."),
	ABSENT("show profiling", no_profile),
	ABSENT("show ssl", no_tls),
	ABSENT("show startup-logs", "the master CLI (-S) has them, and who has started relevo."),
	ABSENT("show table", no_tables),
	ABSENT("show tasks", "streams are no tasks here; 'show sess' lists them."),
	ABSENT("show tls-keys", no_tls),
	ABSENT("show trace", no_trace),
	ABSENT("trace", no_trace),
	CLI_COMMANDS_END,
};
