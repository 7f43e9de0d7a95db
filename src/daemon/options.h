/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/options.h - the command line, in the manner of relevo, haproxy or
 * keepalived, whichever name the program was started under (haproxy
 * management manual chapter 3; man keepalived).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "vrrp/conf.h"

struct proxy_conf;
struct proxy_conf_how;

enum options_manner { /* bits */
	OPTIONS_RELEVO = 1 << 0,
	OPTIONS_HAPROXY = 1 << 1,
	OPTIONS_KEEPALIVED = 1 << 2,
};

enum options_command {
	COMMAND_RUN,
	COMMAND_CHECK,
	COMMAND_VERSION,
	COMMAND_VERSION_LONG,
	COMMAND_HELP,
	COMMAND_WHY,
	COMMAND_REFERENCE,
	COMMAND_LOG,
	COMMAND_CTL,
	COMMAND_HANDOVER,
	COMMAND_MAINTENANCE,
	COMMAND_RELOAD,
	COMMAND_DIFF,
	COMMAND_STATUS,
	COMMAND_SIGNUM,
	COMMAND_CONDITION,
	COMMAND_POISON_HELP,
};

enum { OPTIONS_FILES = 256, OPTIONS_PIDS = 256 };

struct options {
	enum options_manner manner;
	int command;			/* enum options_command */
	const char *haproxy_files[OPTIONS_FILES];
	unsigned haproxy_count;
	const char *keepalived_file;	/* NULL: no VRRP */
	const char *config_id;		/* NULL: the host name's first label */
	const char *directory;		/* -C: chdir before files are read; or NULL */
	const char *pidfile;		/* or NULL */
	const char *vrrp_pidfile;	/* -r; or NULL */
	const char *namespace;		/* -s; NULL: what keepalived.conf says, or ours */
	const char *check_file;		/* -t: where to say what is wrong; NULL: standard error */
	const char *log_file;		/* -g; or NULL */
	const char *core_pattern;	/* -M: "" is the default one; NULL: none */
	int facility;			/* -S; -1: daemon */
	int umask;			/* -u; -1: the file's */
	const char *unused_pidfile;	/* of processes that there are none of; or NULL */
	const char *control;		/* path of the control socket */
	const char *peer_file;		/* --peer, with -c; or NULL */
	const char *signal_name;	/* --signum; or NULL */
	const char *argument;		/* of COMMAND_HANDOVER, COMMAND_MAINTENANCE; or NULL */
	int rest;			/* COMMAND_LOG, COMMAND_CTL: argv from
					 * this word on is its own */
	const char *condition;		/* of COMMAND_CONDITION */
	const char *local_peer;		/* -L; or NULL */
	const char *keyword_classes;	/* -dK: "cfg,smp"; or NULL */
	const char *poison;		/* -dM: "0x50,tag", ""; or NULL */
	int64_t maxconn;		/* -n; 0: from the file */
	int64_t proxy_maxconn;		/* -N; 0: none */
	int64_t memory_mb;		/* -m; 0: no limit */
	/*
	 * -sf, -st: processes to be told when we serve. Given without
	 * one, too: we may share their addresses
	 */
	pid_t old_pids[OPTIONS_PIDS];
	unsigned old_count;
	int old_signal;			/* SIGUSR1, SIGTERM; 0: neither option is given */
	const char *take_from;		/* -x; or NULL */
	const char *master;		/* -S: the master CLI; or NULL */
	bool background, foreground;	/* -D, -db */
	bool libraries, diagnose, no_splice; /* -dL, -dD, -dS */
	bool no_reuseport, names_may_fail; /* -dR, -dr */
	/* keepalived's -P, -B, -d, -G, -V, -a, -R, -e, -m */
	bool vrrp_only, no_bfd, dump_conf, no_syslog, keep_addresses, tell_addresses, no_respawn;
	bool all_files, core_dump;
	bool quiet, verbose, json, debug, warnings_fatal, master_worker, systemd, log_console;
};

/*
 * Fills *ret from argv. 0, or -EINVAL after a message on stderr that names
 * the word and what to write instead.
 */
int options_parse(int argc, char **argv, struct options *ret);

/* How keepalived.conf is to be read. */
struct vrrp_conf_how options_how(const struct options *options);

/* And haproxy.cfg. */
struct proxy_conf_how options_proxy_how(const struct options *options);

/* What the command line says over the file; also of a file that is read anew. */
void options_shape(const struct options *options, struct proxy_conf *conf);

void options_help(enum options_manner manner, FILE *out);

/* The reference of all options as Markdown. */
void options_reference(FILE *out);
