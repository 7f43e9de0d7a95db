/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/main.c - the command: reads the files, then checks, runs or answers. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin/cli.h"
#include "analyse/flags.h"
#include "analyse/run.h"
#include "base/strbuf.h"
#include "conf/keyword.h"
#include "daemon/compare.h"
#include "daemon/control.h"
#include "daemon/ctl.h"
#include "daemon/dump.h"
#include "daemon/inspect.h"
#include "daemon/namespace.h"
#include "daemon/options.h"
#include "daemon/parent.h"
#include "daemon/title.h"
#include "daemon/version.h"
#include "diag/report.h"
#include "proxy/conf.h"
#include "vrrp/conf.h"

/*
 * Prints what was found, on standard error; in quiet mode only
 * when there are errors. Appends it to *said.
 */
static void print_report(const struct diag_report *report, bool quiet, struct strbuf *said)
{
	size_t before = said->len;

	diag_report_render(report, said);
	if (said->len > before && (!quiet || diag_count(report, DIAG_ERROR) != 0))
		fwrite(said->text + before, 1, said->len - before, stderr);
}

static void print_reference(void)
{
	options_reference(stdout);
	analyse_flags_reference(stdout);
	printf("\n# Runtime API\n\n");
	admin_cli_print_reference(stdout);
	printf("\n# haproxy.cfg\n\n");
	proxy_conf_print_reference(stdout);
	printf("\n# keepalived.conf\n\n");
	vrrp_conf_print_reference(stdout);
}

/* Takes `proxy_conf`, and `said`: what was found in the files. */
static int run(const struct options *options, struct proxy_conf *proxy_conf,
	       const struct vrrp_conf *vrrp_conf, bool quiet, struct strbuf *said)
{
	struct diag_report *report = diag_report_new();

	diag_report_warnings_fatal(report, options->warnings_fatal);
	struct parent *parent = parent_open(options, proxy_conf, vrrp_conf, report);
	print_report(report, quiet, said);

	bool good = parent != NULL && diag_count(report, DIAG_ERROR) == 0;
	diag_report_free(report);
	if (parent != NULL)
		parent_said(parent, said);
	int status = good ? parent_serve(parent) : 1;
	if (parent == NULL)
		proxy_conf_free(proxy_conf);
	parent_free(parent);
	return status;
}

/* The other node's file is read as if it were this machine's: its errors are told, too. */
static int check_peer(const struct options *options, const struct vrrp_conf *ours)
{
	struct diag_report *report = diag_report_new();
	struct vrrp_conf *theirs = vrrp_conf_check(options->peer_file, options->config_id, report);
	struct strbuf lines = STRBUF_EMPTY, said = STRBUF_EMPTY;
	unsigned differences = 1;

	print_report(report, true, &said);
	strbuf_free(&said);
	if (diag_count(report, DIAG_ERROR) == 0)
		differences = compare_peer(ours, theirs, &lines);
	diag_report_free(report);
	if (lines.len != 0)
		fwrite(lines.text, 1, lines.len, differences != 0 ? stderr : stdout);
	if (differences == 0)
		printf("Both files agree\n");
	strbuf_free(&lines);
	vrrp_conf_free(theirs);
	return differences == 0 ? 0 : 1;
}

/* What is right, and may yet not be what the operator wants. */
static void advise(const struct vrrp_conf *conf)
{
	const struct vrrp_instance_conf *i = conf->instances;

	while (i != NULL && i->nopreempt)
		i = i->next;
	if (i != NULL)
		printf("Note: after a repair '%s' takes its addresses back from a node of lower "
		       "priority, which ends the connections there; with 'nopreempt' (and 'state "
		       "BACKUP') they stay, and no connection is lost\n", i->name);
}

/* -s or net_namespace. False after a message, if something is to run there. */
static bool enter_namespace(const struct options *options)
{
	bool check = options->command == COMMAND_CHECK;
	const char *name = options->namespace;
	char found[PATH_MAX];
	int r;

	if (name == NULL && options->keepalived_file != NULL &&
	    vrrp_conf_namespace(options->keepalived_file, options->config_id, found, sizeof(found)))
		name = found;
	r = name != NULL ? namespace_enter(name) : 0;
	if (r < 0)
		fprintf(stderr, "relevo: cannot enter the network namespace '%s': %s%s\n", name,
			strerror(-r), check ? ": the file is checked outside of it" : "");
	return r == 0 || check;
}

/* The words and libraries that were asked for are those of when all is read. */
static void tell(const struct options *options)
{
	if (options->keyword_classes != NULL)
		inspect_keywords(options->keyword_classes);
	if (options->libraries)
		inspect_libraries();
}

static int tell_valid(const struct options *options, const struct vrrp_conf *vrrp_conf, bool quiet,
		      bool warned)
{
	if (!quiet && warned)
		printf("Warnings were found.\n");
	if (!quiet)
		printf("Configuration file is valid\n");
	if (!quiet && vrrp_conf != NULL)
		advise(vrrp_conf);
	return options->peer_file != NULL && vrrp_conf != NULL ? check_peer(options, vrrp_conf) : 0;
}

/* Under its name the exit status of a check is Keepalived's. */
static int bad_status(const struct options *options)
{
	return options->manner == OPTIONS_KEEPALIVED && options->command == COMMAND_CHECK ? 3 : 1;
}

static int check_or_run(const struct options *options)
{
	struct diag_report *report = diag_report_new();
	struct proxy_conf *proxy_conf = NULL;
	struct vrrp_conf *vrrp_conf = NULL;
	struct strbuf said = STRBUF_EMPTY;
	int status = bad_status(options);

	if (options->check_file != NULL && freopen(options->check_file, "w", stderr) == NULL)
		return 1;

	diag_report_warnings_fatal(report, options->warnings_fatal);
	diag_report_diagnose(report, options->diagnose);
	if (options->haproxy_count > 0) {
		proxy_conf = proxy_conf_read_so(options->haproxy_files, options->haproxy_count,
						options_proxy_how(options), report);
		options_shape(options, proxy_conf);
	}
	if (options->keepalived_file != NULL) {
		struct vrrp_conf_how how = options_how(options);

		vrrp_conf = vrrp_conf_open(options->keepalived_file, &how, report);
	}

	bool quiet = options->quiet ||
		     (proxy_conf != NULL && proxy_conf->global.quiet && !options->verbose);
	bool good = diag_count(report, DIAG_ERROR) == 0;
	bool warned = diag_count(report, DIAG_WARNING) != 0;
	print_report(report, quiet, &said);
	diag_report_free(report);

	tell(options);
	if (good && options->command == COMMAND_CHECK)
		status = tell_valid(options, vrrp_conf, quiet, warned);
	if (good && options->command != COMMAND_CHECK) {
		status = run(options, proxy_conf, vrrp_conf, quiet, &said);
		proxy_conf = NULL;
	}
	strbuf_free(&said);
	vrrp_conf_free(vrrp_conf);
	proxy_conf_free(proxy_conf);
	return status;
}

/* As HAProxy without a master: it is the signal that ends the process. */
static int end_by_signal(int status)
{
	sigset_t set;

	if (status > PARENT_SIGNAL && status <= PARENT_SIGNAL + SIGTERM) {
		signal(status - PARENT_SIGNAL, SIG_DFL);
		raise(status - PARENT_SIGNAL);
		sigemptyset(&set);
		sigprocmask(SIG_SETMASK, &set, NULL);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct options options;

	title_init(argc, argv);
	if (options_parse(argc, argv, &options) < 0)
		return 1;
	if (options.poison != NULL && options.command != COMMAND_POISON_HELP &&
	    inspect_poison(options.poison) < 0)
		return 1;
	if (options.local_peer != NULL)
		setenv("HAPROXY_LOCALPEER", options.local_peer, 1);
	if (options.directory != NULL && chdir(options.directory) < 0) {
		fprintf(stderr, "relevo: cannot change to %s: %s\n", options.directory,
			strerror(errno));
		return 1;
	}
	switch (options.command) {
	case COMMAND_VERSION:
	case COMMAND_VERSION_LONG:
		version_print(options.manner, options.command == COMMAND_VERSION_LONG);
		return 0;
	case COMMAND_POISON_HELP:
		inspect_poison_help();
		return 0;
	case COMMAND_CONDITION:
		return inspect_condition(options.condition);
	case COMMAND_HELP:
		options_help(options.manner, stdout);
		return 0;
	case COMMAND_WHY:
		return control_ask(options.control, "why\n");
	case COMMAND_HANDOVER:
		return control_operate(options.control, "handover", options.argument);
	case COMMAND_STATUS:
		return control_ask(options.control, options.json ? "status-json\n" : "status\n");
	case COMMAND_SIGNUM:
		return dump_print_signal(options.signal_name);
	case COMMAND_DIFF:
		return control_diff(options.control);
	case COMMAND_RELOAD:
		return control_reload(options.control);
	case COMMAND_MAINTENANCE:
		return control_operate(options.control,
				       strcmp(options.argument, "on") == 0 ? "maintenance-on"
									   : "maintenance-off",
				       NULL);
	case COMMAND_REFERENCE:
		print_reference();
		return 0;
	case COMMAND_CTL:
		return ctl_main(argc - options.rest, argv + options.rest, options.control);
	case COMMAND_LOG:
		return analyse_main(argc - options.rest, argv + options.rest);
	default:
		return enter_namespace(&options) ? end_by_signal(check_or_run(&options)) : 1;
	}
}
