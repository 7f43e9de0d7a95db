/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/options.c - see options.h: one row an option. */
#include "daemon/options_private.h"

#include <signal.h>

enum {
	R = OPTIONS_RELEVO,
	H = OPTIONS_HAPROXY,
	K = OPTIONS_KEEPALIVED,
	RH = R | H,
};

#define ROW(names, long_name, who, what, field, text)                                              \
	{ .doc = { .name = names, .summary = text, .since = "0.1" }, .alias = long_name,           \
	  .manners = who, .type = what, .offset = offsetof(struct options, field) }
/* The same with a value that is no path: `word` stands for it in the help. */
#define ROW_TAKES(names, long_name, who, what, field, word, text)                                  \
	{ .doc = { .name = names, .summary = text, .since = "0.1" }, .alias = long_name,           \
	  .manners = who, .type = what, .offset = offsetof(struct options, field), .takes = word }
/* The same with a value behind the name, without a blank. */
#define ROW_ATTACHED(names, who, field, word, text)                                                \
	{ .doc = { .name = names, .summary = text, .since = "0.4" }, .manners = who,               \
	  .type = OPTION_TEXT, .offset = offsetof(struct options, field), .takes = word,           \
	  .attached = true }
#define COMMAND(names, long_name, who, which, text)                                                \
	{ .doc = { .name = names, .summary = text, .since = "0.1" }, .alias = long_name,           \
	  .manners = who, .type = OPTION_COMMAND, .value = which }
#define NO_EFFECT(names, long_name, who, words, text)                                              \
	{ .doc = { .name = names, .summary = text, .since = "0.1" }, .alias = long_name,           \
	  .manners = who, .type = OPTION_NO_EFFECT, .value = words }

/* Of keepalived alone, since "0.4". */
#define KEEPALIVED(names, long_name, what, field, word, text)                                      \
	{ .doc = { .name = names, .summary = text, .since = "0.4" }, .alias = long_name,           \
	  .manners = K, .type = what, .offset = offsetof(struct options, field), .takes = word }
#define KEEPALIVED_ATTACHED(names, long_name, what, field, word, text)                             \
	{ .doc = { .name = names, .summary = text, .since = "0.4" }, .alias = long_name,           \
	  .manners = K, .type = what, .offset = offsetof(struct options, field), .takes = word,    \
	  .attached = true }
#define REFUSED_DEBUG(names, reason)                                                               \
	{ .doc = { .name = names, .summary = reason, .since = "0.5" }, .manners = RH,              \
	  .type = OPTION_REFUSED }
#define REFUSED(names, long_name, reason)                                                          \
	{ .doc = { .name = names, .summary = reason, .since = "0.4" }, .alias = long_name,         \
	  .manners = K, .type = OPTION_REFUSED }

const struct option options_rows[] = {
	ROW("-f", NULL, RH, OPTION_FILES_LIST, haproxy_files,
	    "Read this haproxy.cfg, or the *.cfg files of this directory; may be repeated."),
	ROW("-k", "--keepalived", R, OPTION_TEXT, keepalived_file, "Read this keepalived.conf."),
	ROW("-f", "--use-file", K, OPTION_TEXT, keepalived_file, "Read this keepalived.conf."),
	COMMAND("-c", "--check", RH, COMMAND_CHECK,
		"Check the files, say everything that is wrong, and exit."),
	ROW("-D", NULL, RH, OPTION_FLAG, background, "Go to the background once everything runs."),
	ROW("-db", NULL, RH, OPTION_FLAG, foreground,
	    "Stay in the foreground whatever the file says."),
	ROW("-n", "--dont-fork", K, OPTION_FLAG, foreground, "Stay in the foreground."),
	ROW("-d", NULL, RH, OPTION_FLAG, debug,
	    "Stay in the foreground and show events on standard error."),
	ROW("-dW", NULL, RH, OPTION_FLAG, warnings_fatal,
	    "Treat warnings about the files as errors."),
	ROW("-p", "--pid", R | H | K, OPTION_TEXT, pidfile,
	    "Write the parent's process id to this file."),
	ROW("-n", NULL, RH, OPTION_NUMBER, maxconn,
	    "Limit of connections, over the file's maxconn."),
	ROW_TAKES("-N", NULL, RH, OPTION_NUMBER, proxy_maxconn, " N",
		  "Limit of connections of each frontend that has no maxconn of its own."),
	ROW_TAKES("-m", NULL, RH, OPTION_NUMBER, memory_mb, " MEGABYTES",
		  "Limit of the proxy process's address space."),
	ROW_TAKES("-L", NULL, RH, OPTION_TEXT, local_peer, " NAME",
		  "This node's name in HAPROXY_LOCALPEER, in place of the host name."),
	{ .doc = { .name = "-cc", .since = "0.4",
		   .summary = "Judge a condition as `.if` would: exit status 0 true, 1 false, "
			      "2 wrong." },
	  .manners = RH, .type = OPTION_CONDITION, .value = COMMAND_CONDITION,
	  .takes = " CONDITION" },
	ROW_ATTACHED("-dK", RH, keyword_classes, "CLASS[,CLASS]...",
		     "Print the words that are known: `-dKhelp` names the classes, `-dKall` prints "
		     "all."),
	ROW("-dL", NULL, RH, OPTION_FLAG, libraries,
	    "Print the files of the program and its libraries."),
	ROW("-dD", NULL, RH, OPTION_FLAG, diagnose,
	    "Tell of lines that are right and yet suspicious."),
	ROW("-dS", NULL, RH, OPTION_FLAG, no_splice,
	    "Copy always, never splice, as `nosplice` says."),
	ROW_ATTACHED("-dM", RH, poison, "[BYTE][,OPTION]...",
		     "Fill memory from malloc with a byte, 0x50 if none is given; `-dMhelp` "
		     "explains."),
	ROW("-C", NULL, RH, OPTION_TEXT, directory,
	    "Change to this directory before files are read."),
	ROW("-q", NULL, RH, OPTION_FLAG, quiet, "Say nothing on start but errors."),
	ROW("-V", NULL, RH, OPTION_FLAG, verbose,
	    "Say more on start, even when the file says quiet."),
	ROW("-W", NULL, RH, OPTION_FLAG, master_worker,
	    "Master-worker mode: relevo always has a parent, so this only states the intent."),
	ROW("-Ws", NULL, RH, OPTION_FLAG, systemd, "As -W, and tell systemd when ready."),
	ROW_TAKES("-i", "--config-id", R | K, OPTION_TEXT, config_id, " ID",
	    "Select the `@ID` lines of keepalived.conf by this name."),
	ROW("--control", NULL, R, OPTION_TEXT, control,
	    "Path of the control socket; default /run/relevo/control.sock."),
	ROW("-l", "--log-console", K, OPTION_FLAG, log_console,
	    "Show events on standard error too."),
	ROW("-r", "--vrrp_pid", K, OPTION_TEXT, vrrp_pidfile,
	    "Write the vrrp process's id to this file."),
	ROW("-c", "--checkers_pid", K, OPTION_TEXT, unused_pidfile,
	    "Accepted: there is no checkers process whose id could be written."),
	ROW("-b", "--bfd_pid", K, OPTION_TEXT, unused_pidfile,
	    "Accepted: BFD runs in the vrrp process."),
	COMMAND("-v", "--version", R | H | K, COMMAND_VERSION, "Print the version and exit."),
	COMMAND("-vv", NULL, RH, COMMAND_VERSION_LONG, "Print the version and how it was built."),
	COMMAND("-h", "--help", R | H | K, COMMAND_HELP, "Print this and exit."),
	ROW("--peer", NULL, R, OPTION_TEXT, peer_file,
	    "With -c: compare with this keepalived.conf of the other node."),
	ROW("--json", NULL, R, OPTION_FLAG, json, "`relevo status` in JSON."),
	ROW_TAKES("--signum", NULL, K, OPTION_TEXT, signal_name, " NAME",
	    "Print the number of the signal for STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON."),
	NO_EFFECT("-D", "--log-detail", K, 0, "Detailed log: every transition is always logged."),
	NO_EFFECT("-X", "--release-vips", K, 0,
		  "Addresses are always given up before the program ends."),
	NO_EFFECT("-I", "--dont-release-ipvs", K, 0,
		  "There are no virtual servers that could be left behind."),
	NO_EFFECT("-R", NULL, R, 0, "Children are always started again."),
	KEEPALIVED_ATTACHED("-t", "--config-test", OPTION_CHECK, check_file, "[=FILE]",
		   "Check the file, say everything that is wrong (to FILE, if it is named), and "
		   "exit."),
	KEEPALIVED("-P", "--vrrp", OPTION_FLAG, vrrp_only, NULL,
		   "Run the VRRP part only: virtual servers of the file are read, and no error."),
	KEEPALIVED("-B", "--no_bfd", OPTION_FLAG, no_bfd, NULL,
		   "Run no BFD sessions: each counts as down."),
	KEEPALIVED("-d", "--dump-conf", OPTION_FLAG, dump_conf, NULL,
		   "Write the data that SIGUSR1 writes to a file to the log, once everything "
		   "runs."),
	KEEPALIVED("-g", "--log-file", OPTION_TEXT, log_file, " FILE",
		   "Write events to this file, too; the vrrp process's to one with _vrrp before "
		   "the dot."),
	KEEPALIVED("-G", "--no-syslog", OPTION_FLAG, no_syslog, NULL, "Send no events to syslog."),
	KEEPALIVED("-S", "--log-facility", OPTION_FACILITY, facility, " 0-7|local0-7|user|daemon",
		   "The facility of events in syslog; default daemon."),
	KEEPALIVED("-V", "--dont-release-vrrp", OPTION_FLAG, keep_addresses, NULL,
		   "A master that is told to stop leaves addresses, routes and rules as they are, "
		   "and tells nobody."),
	KEEPALIVED("-a", "--address-monitoring", OPTION_FLAG, tell_addresses, NULL,
		   "Log each address that comes and goes."),
	KEEPALIVED("-R", "--dont-respawn", OPTION_FLAG, no_respawn, NULL,
		   "Stop when a process dies, and do not start it again."),
	KEEPALIVED("-s", "--namespace", OPTION_TEXT, namespace, " NAME",
		   "Run in this network namespace, whatever the file says."),
	KEEPALIVED("-e", "--all-config", OPTION_FLAG, all_files, NULL,
		   "A file that an include names and that cannot be read is an error."),
	KEEPALIVED("-u", "--umask", OPTION_UMASK, umask, " NUMBER",
		   "The umask of files, over the one in the file: 022, or 0x12."),
	KEEPALIVED("-m", "--core-dump", OPTION_FLAG, core_dump, NULL,
		   "No limit of the size of core files."),
	KEEPALIVED_ATTACHED("-M", "--core-dump-pattern", OPTION_TEXT, core_pattern, "[=PATTERN]",
		   "The same, and core files have this name, until the program ends; "
		   "default core."),
	NO_EFFECT("--all", NULL, K, 0, "What has no configuration has nothing to run for."),
	NO_EFFECT("--flush-log-file", NULL, K, 0, "Each event is written to the file at once."),
	NO_EFFECT("--no-mem-check", NULL, K, 0, "Memory is checked in sanitizer builds only."),
	{ .doc = { .name = "--debug", .since = "0.4",
		   .summary = "Nothing more can be logged than always is." },
	  .manners = K, .type = OPTION_NO_EFFECT, .takes = "[=OPTIONS]", .attached = true },
	REFUSED("-C", "--check", "There are no checkers that could run alone."),
	REFUSED("-x", "--snmp", "There is no SNMP."),
	REFUSED("-A", "--snmp-agent-socket", "There is no SNMP."),
	REFUSED("-T", "--genhash", "There are no checks of pages to make digests for."),
	REFUSED("--perf", NULL, "Nothing is recorded: use the perf tool."),
	{ .doc = { .name = "-sf", .since = "0.5",
		   .summary = "Once we serve, tell these processes to let streams finish and end "
			      "(SIGUSR1)." },
	  .manners = RH, .type = OPTION_PIDS, .value = SIGUSR1, .takes = " PID..." },
	{ .doc = { .name = "-st", .since = "0.5",
		   .summary = "Once we serve, tell these processes to end at once (SIGTERM)." },
	  .manners = RH, .type = OPTION_PIDS, .value = SIGTERM, .takes = " PID..." },
	{ .doc = { .name = "-x", .since = "0.5",
		   .summary = "Take listening sockets from the process that has this stats socket "
			      "(with `expose-fd listeners`), and bind only what it has not." },
	  .manners = RH, .type = OPTION_TEXT, .offset = offsetof(struct options, take_from),
	  .takes = " SOCKET" },
	{ .doc = { .name = "-S", .since = "0.5",
		   .summary = "The master CLI's address, with options of `bind` behind commas: "
			      "commands to the parent, and to each proxy process." },
	  .manners = RH, .type = OPTION_TEXT, .offset = offsetof(struct options, master),
	  .takes = " ADDRESS[,OPTION]..." },
	NO_EFFECT("-dI", NULL, RH, 0,
		  "Programs that the file names may be started: always so, by a process of their "
		  "own."),
	NO_EFFECT("-dV", NULL, RH, 0,
		  "Certificates of servers are not looked at: no TLS is spoken with servers yet."),
	NO_EFFECT("-dp", NULL, RH, 0, "Poller choice: epoll is the only one."),
	NO_EFFECT("-ds", NULL, RH, 0, "Poller choice: epoll is the only one."),
	NO_EFFECT("-dk", NULL, RH, 0, "Poller choice: epoll is the only one."),
	{ .doc = { .name = "-dR", .since = "0.5",
		   .summary = "Each address has one socket that all threads share, as "
			      "`noreuseport` says." },
	  .manners = RH, .type = OPTION_FLAG, .offset = offsetof(struct options, no_reuseport) },
	{ .doc = { .name = "-dr", .since = "0.5",
		   .summary = "A server whose name cannot be resolved waits until it can: each "
			      "init-addr ends in `none`." },
	  .manners = RH, .type = OPTION_FLAG, .offset = offsetof(struct options, names_may_fail) },
	REFUSED_DEBUG("-dG", "Names are asked for by getaddrinfo() alone."),
	REFUSED_DEBUG("-de", "Events come by epoll alone."),
};

const size_t options_row_count = ARRAY_LEN(options_rows);

const struct option options_commands[] = {
	COMMAND("why", NULL, R, COMMAND_WHY,
		"Print the recent transitions of the running relevo, with their causes."),
	COMMAND("reference", NULL, R, COMMAND_REFERENCE,
		"Print every word of both files and of the command line, as Markdown."),
	COMMAND("status", NULL, R, COMMAND_STATUS,
		"Print how each vrrp_instance is, and why; with --json for programs."),
	COMMAND("ctl", NULL, R, COMMAND_CTL,
		"Send a command of the runtime API to the running relevo: `relevo ctl help`."),
	COMMAND("handover", NULL, R, COMMAND_HANDOVER,
		"Move the addresses (of one vrrp_instance, if named) to the other node of relevo "
		"now."),
	COMMAND("maintenance", NULL, R, COMMAND_MAINTENANCE,
		"`on` gives the addresses up and keeps this node from claiming them, `off` ends "
		"that."),
	COMMAND("diff", NULL, R, COMMAND_DIFF,
		"Say what a reload would change. Exit status 0: nothing, 1: something, 2: a file "
		"is wrong."),
	COMMAND("reload", NULL, R, COMMAND_RELOAD,
		"Read both files anew; what is wrong is refused, said, and changes nothing."),
	COMMAND("log", NULL, R, COMMAND_LOG,
		"Analyse log files or standard input: `relevo log -h` says how."),
};

const size_t options_command_count = ARRAY_LEN(options_commands);

static const char *value_word(const struct option *row)
{
	if (row->takes != NULL)
		return row->takes;
	switch (row->type) {
	case OPTION_NUMBER:
		return " N";
	case OPTION_FILES_LIST:
	case OPTION_TEXT:
		return " PATH";
	default:
		return "";
	}
}

void options_help(enum options_manner manner, FILE *out)
{
	static const char *const usage[] = {
		[OPTIONS_RELEVO] = "relevo -f haproxy.cfg -k keepalived.conf [options]",
		[OPTIONS_HAPROXY] = "haproxy -f haproxy.cfg [options]",
		[OPTIONS_KEEPALIVED] = "keepalived [-f keepalived.conf] [options]",
	};

	fprintf(out, "Usage: %s\n", usage[manner]);
	for (size_t i = 0; manner == OPTIONS_RELEVO && i < options_command_count; i++)
		fprintf(out, "  relevo %-12s %s\n", options_commands[i].doc.name,
			options_commands[i].doc.summary);
	for (size_t i = 0; i < options_row_count; i++) {
		const struct option *row = &options_rows[i];
		char name[64];

		if (!(row->manners & manner) || row->type == OPTION_REFUSED)
			continue;
		snprintf(name, sizeof(name), "%s%s%s%s", row->doc.name,
			 row->alias != NULL ? ", " : "", row->alias != NULL ? row->alias : "",
			 value_word(row));
		fprintf(out, "  %-24s %s\n", name, row->doc.summary);
	}
}

void options_reference(FILE *out)
{
	static const struct {
		enum options_manner manner;
		const char *title;
	} manners[] = {
		{ OPTIONS_RELEVO, "relevo" },
		{ OPTIONS_HAPROXY, "haproxy (started under this name)" },
		{ OPTIONS_KEEPALIVED, "keepalived (started under this name)" },
	};

	fprintf(out, "# Command line\n");
	for (size_t m = 0; m < ARRAY_LEN(manners); m++) {
		fprintf(out, "\n## %s\n\n", manners[m].title);
		for (size_t i = 0; i < options_row_count; i++) {
			const struct option *row = &options_rows[i];

			if (row->manners & manners[m].manner)
				fprintf(out, "- `%s%s`%s%s%s: %s%s\n", row->doc.name,
					value_word(row), row->alias != NULL ? ", `" : "",
					row->alias != NULL ? row->alias : "",
					row->alias != NULL ? "`" : "",
					row->type == OPTION_REFUSED ? "Refused. " : "",
					row->doc.summary);
		}
	}
}
