/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/options_parse.c - words of the command line to rows; see options.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/options_private.h"
#include "diag/report.h"
#include "proxy/conf.h"

enum { NAMES_MAX = 256 };	/* of one manner, aliases too */

static bool is_called(const char *name, const char *word, size_t len)
{
	return name != NULL && strlen(name) == len && memcmp(name, word, len) == 0;
}

static const struct option *find(const char *word, size_t len, unsigned manner)
{
	for (size_t i = 0; i < options_row_count; i++) {
		const struct option *row = &options_rows[i];

		if ((row->manners & manner) && (is_called(row->doc.name, word, len) ||
						is_called(row->alias, word, len)))
			return row;
	}
	return NULL;
}

/* "-dM0x50": the row whose name the word begins with. */
static const struct option *find_attached(const char *word, unsigned manner)
{
	for (size_t i = 0; i < options_row_count; i++) {
		const struct option *row = &options_rows[i];

		if ((row->manners & manner) && row->attached &&
		    strncmp(word, row->doc.name, strlen(row->doc.name)) == 0)
			return row;
	}
	return NULL;
}

static int fail_unknown(const char *word, unsigned manner)
{
	const char *names[NAMES_MAX];
	size_t count = 0;

	ASSERT(2 * options_row_count < NAMES_MAX);

	for (size_t i = 0; i < options_row_count; i++) {
		if (!(options_rows[i].manners & manner))
			continue;
		names[count++] = options_rows[i].doc.name;
		if (options_rows[i].alias != NULL)
			names[count++] = options_rows[i].alias;
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
	return !row->attached &&
	       (row->type == OPTION_TEXT || row->type == OPTION_NUMBER ||
		row->type == OPTION_FILES_LIST || row->type == OPTION_CONDITION ||
		row->type == OPTION_FACILITY || row->type == OPTION_UMASK);
}

static int apply_number(const struct option *row, const char *value, int64_t *field)
{
	char *end;

	errno = 0;
	long long number = strtoll(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || number < 0) {
		fprintf(stderr, "relevo: %s needs a number from 0, not '%s'\n", row->doc.name,
			value);
		return -EINVAL;
	}
	*field = number;
	return 0;
}

/* 0 to 7 and local0 to local7 are the same. */
static int apply_facility(const char *value, int *ret)
{
	enum { FACILITY_USER = 1, FACILITY_DAEMON = 3, FACILITY_LOCAL = 16 };
	const char *number = strncmp(value, "local", 5) == 0 ? value + 5 : value;

	if (strcmp(value, "user") == 0)
		*ret = FACILITY_USER;
	else if (strcmp(value, "daemon") == 0)
		*ret = FACILITY_DAEMON;
	else if (number[0] >= '0' && number[0] <= '7' && number[1] == '\0')
		*ret = FACILITY_LOCAL + number[0] - '0';
	else
		fprintf(stderr, "relevo: no facility '%s': write 0 to 7, local0 to local7, user or "
				"daemon\n", value);
	return *ret >= 0 ? 0 : -EINVAL;
}

static int apply_umask(const char *value, int *ret)
{
	char *end;
	long bits = strtol(value, &end, 0);

	if (end == value || *end != '\0' || bits < 0 || bits > 0777) {
		fprintf(stderr, "relevo: '%s' is not a umask from 0 to 0777\n", value);
		return -EINVAL;
	}
	*ret = (int)bits;
	return 0;
}

/* The words behind -sf or -st, of which there may be none; moves *at to the last. */
static int apply_pids(const struct option *row, int argc, char **argv, int *at,
		      struct options *opts)
{
	opts->old_signal = row->value;
	for (; *at + 1 < argc && argv[*at + 1][0] != '-'; (*at)++) {
		const char *word = argv[*at + 1];
		char *end;
		long pid = strtol(word, &end, 10);

		while (*end == ' ' || *end == '\n' || *end == '\t')
			end++;
		if (end == word || *end != '\0' || pid <= 0 || pid > INT32_MAX) {
			fprintf(stderr, "relevo: %s: '%s' is no process id\n", row->doc.name, word);
			return -EINVAL;
		}
		if (opts->old_count == OPTIONS_PIDS) {
			fprintf(stderr, "relevo: more than %d processes\n", OPTIONS_PIDS);
			return -EINVAL;
		}
		opts->old_pids[opts->old_count++] = (pid_t)pid;
	}
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
	case OPTION_CONDITION:
		opts->command = row->value;
		opts->condition = value;
		return 0;
	case OPTION_CHECK:
		opts->command = COMMAND_CHECK;
		*(const char **)(void *)field = value != NULL && *value != '\0' ? value : NULL;
		return 0;
	case OPTION_FACILITY:
		return apply_facility(value, (int *)(void *)field);
	case OPTION_UMASK:
		return apply_umask(value, (int *)(void *)field);
	case OPTION_REFUSED:
		fprintf(stderr, "relevo: option '%s' is refused: %s\n", row->doc.name,
			row->doc.summary);
		return -EINVAL;
	case OPTION_NO_EFFECT:
	case OPTION_PIDS: /* parse_one has read them */
		return 0;
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
	if (row == NULL) {
		row = find_attached(word, opts->manner);
		value = row != NULL ? word + strlen(row->doc.name) : NULL;
	} else if (row->attached && value == NULL) {
		value = "";
	}
	if (row == NULL)
		return opts->manner == OPTIONS_KEEPALIVED && word[1] != '-' && len > 2
			       ? apply_cluster(word, opts)
			       : fail_unknown(word, opts->manner);
	if (row->type == OPTION_PIDS)
		return apply_pids(row, argc, argv, at, opts);
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
		for (size_t i = 0; i < options_command_count; i++) {
			if (strcmp(options_commands[i].doc.name, word) == 0)
				return apply(&options_commands[i], NULL, opts);
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
	if (opts->poison != NULL && strstr(opts->poison, "help") != NULL)
		opts->command = COMMAND_POISON_HELP;
	if (opts->signal_name != NULL)
		opts->command = COMMAND_SIGNUM;
	if (opts->manner == OPTIONS_KEEPALIVED && opts->keepalived_file == NULL)
		opts->keepalived_file = "/etc/keepalived/keepalived.conf";
	if (opts->command > COMMAND_CHECK || opts->haproxy_count > 0 ||
	    opts->keepalived_file != NULL)
		return 0;
	fprintf(stderr, "relevo: no configuration: give -f haproxy.cfg%s\n",
		opts->manner == OPTIONS_RELEVO ? ", -k keepalived.conf, or both" : "");
	return -EINVAL;
}

struct vrrp_conf_how options_how(const struct options *options)
{
	return (struct vrrp_conf_how){ .config_id = options->config_id,
				       .net_namespace = options->namespace,
				       .check = options->command == COMMAND_CHECK,
				       .vrrp_only = options->vrrp_only,
				       .all_files = options->all_files };
}

struct proxy_conf_how options_proxy_how(const struct options *options)
{
	return (struct proxy_conf_how){ .commanded = options->master != NULL,
					.names_may_fail = options->names_may_fail };
}

void options_shape(const struct options *options, struct proxy_conf *conf)
{
	conf->global.no_splice |= options->no_splice;
	conf->global.no_reuseport |= options->no_reuseport;
	if (options->memory_mb > 0)
		conf->global.memory_mb = options->memory_mb;
	for (struct section *section = conf->sections; section != NULL; section = section->next)
		if (section->front.maxconn == 0)
			section->front.maxconn = options->proxy_maxconn;
}

int options_parse(int argc, char **argv, struct options *ret)
{
	bool only_files = false;

	*ret = (struct options){ .manner = manner_of(argv[0]),
				 .control = "/run/relevo/control.sock",
				 .facility = -1, .umask = -1 };
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
