/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/options.c - see options.h: one row an option. */
#include "daemon/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"
#include "base/macros.h"
#include "diag/report.h"

enum option_type {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_FILES_LIST,	/* appends to haproxy_files */
	OPTION_COMMAND,		/* sets command to .value */
	OPTION_NO_EFFECT,	/* documented to change nothing here; .value words follow */
	OPTION_NOT_YET,
};

struct option {
	struct doc doc;
	const char *alias;	/* long form, or NULL */
	unsigned manners;
	enum option_type type;
	size_t offset;
	int value;
	const char *takes;	/* the value's name in the help; NULL: by its type */
};

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
#define COMMAND(names, long_name, who, which, text)                                                \
	{ .doc = { .name = names, .summary = text, .since = "0.1" }, .alias = long_name,           \
	  .manners = who, .type = OPTION_COMMAND, .value = which }
#define NO_EFFECT(names, long_name, who, words, text)                                              \
	{ .doc = { .name = names, .summary = text, .since = "0.1" }, .alias = long_name,           \
	  .manners = who, .type = OPTION_NO_EFFECT, .value = words }
#define NOT_YET(names, long_name, who)                                                             \
	{ .doc = { .name = names, .summary = "Not supported yet.", .since = "-" },                 \
	  .alias = long_name, .manners = who, .type = OPTION_NOT_YET }

static const struct option options[] = {
	ROW("-f", NULL, RH, OPTION_FILES_LIST, haproxy_files,
	    "Read this haproxy.cfg, or the *.cfg files of this directory; may be repeated."),
	ROW("-k", "--keepalived", R, OPTION_TEXT, keepalived_file, "Read this keepalived.conf."),
	ROW("-f", "--use-file", K, OPTION_TEXT, keepalived_file, "Read this keepalived.conf."),
	COMMAND("-c", "--check", RH, COMMAND_CHECK,
		"Check the files, say everything that is wrong, and exit."),
	COMMAND("-t", "--config-test", K, COMMAND_CHECK,
		"Check the file, say everything that is wrong, and exit."),
	ROW("-D", NULL, RH, OPTION_FLAG, background, "Go to the background once everything runs."),
	ROW("-db", NULL, RH, OPTION_FLAG, foreground, "Stay in the foreground whatever the file says."),
	ROW("-n", "--dont-fork", K, OPTION_FLAG, foreground, "Stay in the foreground."),
	ROW("-d", NULL, RH, OPTION_FLAG, debug,
	    "Stay in the foreground and show events on standard error."),
	ROW("-dW", NULL, RH, OPTION_FLAG, warnings_fatal, "Treat warnings about the files as errors."),
	ROW("-p", "--pid", R | H | K, OPTION_TEXT, pidfile, "Write the parent's process id to this file."),
	ROW("-n", NULL, RH, OPTION_NUMBER, maxconn, "Limit of connections, over the file's maxconn."),
	ROW("-C", NULL, RH, OPTION_TEXT, directory, "Change to this directory before files are read."),
	ROW("-q", NULL, RH, OPTION_FLAG, quiet, "Say nothing on start but errors."),
	ROW("-V", NULL, RH, OPTION_FLAG, verbose, "Say more on start, even when the file says quiet."),
	ROW("-W", NULL, RH, OPTION_FLAG, master_worker,
	    "Master-worker mode: relevo always has a parent, so this only states the intent."),
	ROW("-Ws", NULL, RH, OPTION_FLAG, systemd, "As -W, and tell systemd when ready."),
	ROW_TAKES("-i", "--config-id", R | K, OPTION_TEXT, config_id, " ID",
	    "Select the `@ID` lines of keepalived.conf by this name."),
	ROW("--control", NULL, R, OPTION_TEXT, control,
	    "Path of the control socket; default /run/relevo/control.sock."),
	ROW("-l", "--log-console", K, OPTION_FLAG, log_console, "Show events on standard error too."),
	ROW("-r", "--vrrp_pid", K, OPTION_TEXT, vrrp_pidfile, "Write the vrrp process's id to this file."),
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
	NO_EFFECT("-P", "--vrrp", K, 0, "Run the VRRP part only: always so."),
	NO_EFFECT("-D", "--log-detail", K, 0, "Detailed log: every transition is always logged."),
	NO_EFFECT("-X", "--release-vips", K, 0,
		  "Addresses are always given up before the program ends."),
	NO_EFFECT("-I", "--dont-release-ipvs", K, 0,
		  "There are no virtual servers that could be left behind."),
	NO_EFFECT("-R", "--dont-respawn", R, 0, "Children are always started again."),
	NO_EFFECT("-dM", NULL, RH, 0, "Memory poisoning: use the sanitizer builds."),
	NO_EFFECT("-dp", NULL, RH, 0, "Poller choice: epoll is the only one."),
	NO_EFFECT("-ds", NULL, RH, 0, "Poller choice: epoll is the only one."),
	NO_EFFECT("-dk", NULL, RH, 0, "Poller choice: epoll is the only one."),
	NOT_YET("-sf", NULL, RH),
	NOT_YET("-st", NULL, RH),
	NOT_YET("-x", NULL, RH),
	NOT_YET("-S", NULL, RH),
	NOT_YET("-L", NULL, RH),
	NOT_YET("-m", NULL, RH),
	NOT_YET("-N", NULL, RH),
	NOT_YET("-dS", NULL, RH),
	NOT_YET("-dR", NULL, RH),
	NOT_YET("-dr", NULL, RH),
	NOT_YET("-dV", NULL, RH),
	NOT_YET("-dD", NULL, RH),
	NOT_YET("-dL", NULL, RH),
	NOT_YET("-dK", NULL, RH),
	NOT_YET("-cc", NULL, RH),
	NOT_YET("-C", "--check", K),
	NOT_YET("-d", "--dump-conf", K),
	NOT_YET("-g", "--log-file", K),
	NOT_YET("-G", "--no-syslog", K),
	NOT_YET("-S", "--log-facility", K),
	NOT_YET("-V", "--dont-release-vrrp", K),
	NOT_YET("-a", "--address-monitoring", K),
	NOT_YET("-R", "--dont-respawn", K),
	NOT_YET("-s", "--namespace", K),
	NOT_YET("-m", "--core-dump", K),
	NOT_YET("-x", "--snmp", K),
	NOT_YET("-u", "--umask", K),
};

/* Words that stand alone, under the name relevo only. */
static const struct option commands[] = {
	COMMAND("why", NULL, R, COMMAND_WHY,
		"Print the recent transitions of the running relevo, with their causes."),
	COMMAND("reference", NULL, R, COMMAND_REFERENCE,
		"Print every word of both files and of the command line, as Markdown."),
	COMMAND("status", NULL, R, COMMAND_STATUS,
		"Print how each vrrp_instance is, and why; with --json for programs."),
	COMMAND("ctl", NULL, R, COMMAND_CTL,
		"Send a command of the runtime API to the running relevo: `relevo ctl help`."),
	COMMAND("handover", NULL, R, COMMAND_HANDOVER,
		"Move the addresses (of one vrrp_instance, if named) to the other node of relevo now."),
	COMMAND("maintenance", NULL, R, COMMAND_MAINTENANCE,
		"`on` gives the addresses up and keeps this node from claiming them, `off` ends that."),
	COMMAND("reload", NULL, R, COMMAND_RELOAD,
		"Read keepalived.conf anew; one that is wrong is refused and changes nothing."),
	COMMAND("log", NULL, R, COMMAND_LOG,
		"Analyse log files or standard input: `relevo log -h` says how."),
};

static const struct option *find(const char *word, size_t len, unsigned manner)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *row = &options[i];

		if (!(row->manners & manner))
			continue;
		if (strlen(row->doc.name) == len && memcmp(row->doc.name, word, len) == 0)
			return row;
		if (row->alias != NULL && strlen(row->alias) == len &&
		    memcmp(row->alias, word, len) == 0)
			return row;
	}
	return NULL;
}

static int fail_unknown(const char *word, unsigned manner)
{
	const char *names[2 * ARRAY_LEN(options) + 1];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (!(options[i].manners & manner))
			continue;
		names[count++] = options[i].doc.name;
		if (options[i].alias != NULL)
			names[count++] = options[i].alias;
	}
	names[count] = NULL;

	const char *near = diag_closest(word, names);
	if (near != NULL)
		fprintf(stderr, "relevo: unknown option '%s': did you mean '%s'?\n", word, near);
	else
		fprintf(stderr, "relevo: unknown option '%s': 'relevo -h' lists them\n", word);
	return -EINVAL;
}

static bool takes_value(const struct option *row)
{
	return row->type == OPTION_TEXT || row->type == OPTION_NUMBER ||
	       row->type == OPTION_FILES_LIST;
}

static int apply_number(const struct option *row, const char *value, int64_t *field)
{
	char *end;

	errno = 0;
	long long number = strtoll(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || number < 0) {
		fprintf(stderr, "relevo: %s needs a number from 0, not '%s'\n", row->doc.name, value);
		return -EINVAL;
	}
	*field = number;
	return 0;
}

static int apply(const struct option *row, const char *value, struct options *opts)
{
	char *field = (char *)opts + row->offset;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)(void *)field = value;
		return 0;
	case OPTION_NUMBER:
		return apply_number(row, value, (int64_t *)(void *)field);
	case OPTION_FILES_LIST:
		if (opts->haproxy_count == OPTIONS_FILES) {
			fprintf(stderr, "relevo: more than %d files\n", OPTIONS_FILES);
			return -EINVAL;
		}
		opts->haproxy_files[opts->haproxy_count++] = value;
		return 0;
	case OPTION_COMMAND:
		opts->command = row->value;
		return 0;
	case OPTION_NO_EFFECT:
		return 0;
	case OPTION_NOT_YET:
		fprintf(stderr, "relevo: option '%s' is not supported yet\n", row->doc.name);
		return -EINVAL;
	}
	return -EINVAL;
}

/* "-nlP": keepalived takes several letters in one word. */
static int apply_cluster(const char *word, struct options *opts)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		char name[3] = { '-', *letter, '\0' };
		const struct option *row = find(name, 2, opts->manner);

		if (row == NULL || takes_value(row))
			return fail_unknown(word, opts->manner);
		int r = apply(row, NULL, opts);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One option at argv[*at]; moves *at to its last word. */
static int parse_one(int argc, char **argv, int *at, struct options *opts)
{
	const char *word = argv[*at];
	const char *value = NULL;
	size_t len = strlen(word);

	if (strncmp(word, "--", 2) == 0 && strchr(word, '=') != NULL) {
		value = strchr(word, '=') + 1;
		len = (size_t)(value - word) - 1;
	}

	const struct option *row = find(word, len, opts->manner);
	if (row == NULL)
		return opts->manner == OPTIONS_KEEPALIVED && word[1] != '-' && len > 2
			       ? apply_cluster(word, opts)
			       : fail_unknown(word, opts->manner);
	if (takes_value(row) && value == NULL) {
		if (*at + 1 >= argc) {
			fprintf(stderr, "relevo: option '%s' needs a value\n", word);
			return -EINVAL;
		}
		value = argv[++*at];
	}
	return apply(row, value, opts);
}

static int parse_command_word(const char *word, struct options *opts)
{
	if (opts->argument == NULL &&
	    (opts->command == COMMAND_HANDOVER || opts->command == COMMAND_MAINTENANCE)) {
		opts->argument = word;
		return 0;
	}
	if (opts->manner == OPTIONS_RELEVO) {
		for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
			if (strcmp(commands[i].doc.name, word) == 0)
				return apply(&commands[i], NULL, opts);
		}
	}
	fprintf(stderr, "relevo: unexpected word '%s': files follow -f%s\n", word,
		opts->manner == OPTIONS_RELEVO ? " or -k" : "");
	return -EINVAL;
}

static enum options_manner manner_of(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');
	const char *name = slash != NULL ? slash + 1 : argv0;

	if (strcmp(name, "haproxy") == 0)
		return OPTIONS_HAPROXY;
	if (strcmp(name, "keepalived") == 0)
		return OPTIONS_KEEPALIVED;
	return OPTIONS_RELEVO;
}

static int require_argument(const struct options *opts)
{
	const char *word = opts->argument != NULL ? opts->argument : "";

	if (opts->command != COMMAND_MAINTENANCE || strcmp(word, "on") == 0 ||
	    strcmp(word, "off") == 0)
		return 0;
	fprintf(stderr, "relevo: write 'relevo maintenance on' or 'relevo maintenance off'\n");
	return -EINVAL;
}

static int require_files(struct options *opts)
{
	if (opts->signal_name != NULL)
		opts->command = COMMAND_SIGNUM;
	if (opts->manner == OPTIONS_KEEPALIVED && opts->keepalived_file == NULL)
		opts->keepalived_file = "/etc/keepalived/keepalived.conf";
	if (opts->command > COMMAND_CHECK || opts->haproxy_count > 0 || opts->keepalived_file != NULL)
		return 0;
	fprintf(stderr, "relevo: no configuration: give -f haproxy.cfg%s\n",
		opts->manner == OPTIONS_RELEVO ? ", -k keepalived.conf, or both" : "");
	return -EINVAL;
}

int options_parse(int argc, char **argv, struct options *ret)
{
	bool only_files = false;

	*ret = (struct options){ .manner = manner_of(argv[0]),
				 .control = "/run/relevo/control.sock" };
	for (int i = 1; i < argc; i++) {
		int r;

		if (only_files || (argv[i][0] == '-' && argv[i][1] == '\0'))
			r = apply(find("-f", 2, ret->manner), argv[i], ret);
		else if (strcmp(argv[i], "--") == 0)
			r = 0, only_files = true;
		else if (argv[i][0] == '-')
			r = parse_one(argc, argv, &i, ret);
		else
			r = parse_command_word(argv[i], ret);
		if (r < 0)
			return r;
		if (ret->command == COMMAND_LOG || ret->command == COMMAND_CTL) {
			ret->rest = i;
			break;
		}
	}
	return require_argument(ret) < 0 ? -EINVAL : require_files(ret);
}

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
	for (size_t i = 0; manner == OPTIONS_RELEVO && i < ARRAY_LEN(commands); i++)
		fprintf(out, "  relevo %-12s %s\n", commands[i].doc.name, commands[i].doc.summary);
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *row = &options[i];
		char name[64];

		if (!(row->manners & manner) || row->type == OPTION_NOT_YET)
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
		for (size_t i = 0; i < ARRAY_LEN(options); i++) {
			const struct option *row = &options[i];

			if (row->manners & manners[m].manner)
				fprintf(out, "- `%s%s`%s%s%s: %s\n", row->doc.name, value_word(row),
					row->alias != NULL ? ", `" : "",
					row->alias != NULL ? row->alias : "",
					row->alias != NULL ? "`" : "", row->doc.summary);
		}
	}
}
