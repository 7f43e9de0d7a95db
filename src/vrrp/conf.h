/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/conf.h - keepalived.conf as typed (man keepalived.conf), for the part
 * relevo runs: global_defs, vrrp_script, vrrp_instance.
 *
 * Everything lives in `arena`. Durations are microseconds.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "diag/report.h"
#include "net/address.h"

struct arena;

/* A script to run: argv[0] is an absolute path or a name looked up in PATH. */
struct vrrp_command {
	char **argv;			/* NULL-ended; NULL: none */
	const char *path;		/* argv[0] as found in PATH: what to execute */
	uid_t uid;
	gid_t gid;
	struct diag_span span;
};

struct vrrp_script_conf {
	struct vrrp_script_conf *next;
	const char *name;
	struct diag_span span;
	struct vrrp_command command;
	uint64_t interval_us;		/* default 1 s */
	uint64_t timeout_us;		/* default: the interval */
	int weight;			/* -253..253; 0: failure means FAULT */
	bool weight_reverse;
	unsigned rise, fall;		/* default 1 */
	bool init_fail;
	unsigned index;			/* from 0 */
};

struct vrrp_address_conf {
	struct vrrp_address_conf *next;
	struct diag_span span;
	int family;			/* AF_INET (AF_INET6 comes with VRRPv3) */
	uint8_t ip[16];
	unsigned prefix;		/* default 32 */
	const char *dev;		/* NULL: the instance's interface */
	const char *label;		/* or NULL */
	int scope;			/* RT_SCOPE_*, default universe */
	bool has_broadcast;
	uint8_t broadcast[4];
};

struct vrrp_track_script { /* one line of track_script */
	struct vrrp_track_script *next;
	struct vrrp_script_conf *script;
	int weight;			/* the script's unless given here */
	bool weight_reverse;
};

struct vrrp_track_interface {
	struct vrrp_track_interface *next;
	char name[IF_NAMESIZE];
	int weight;			/* 0: down means FAULT */
	bool weight_reverse;
	struct diag_span span;
};

enum vrrp_auth { VRRP_AUTH_NONE = 0, VRRP_AUTH_PASS = 1, VRRP_AUTH_AH = 2 };

struct vrrp_garp_conf {
	uint64_t master_delay_us;	/* second burst this long after the first; default 5 s */
	unsigned master_repeat;		/* per burst; default 5 */
	uint64_t master_refresh_us;	/* 0: none */
	unsigned master_refresh_repeat; /* default 1 */
	uint64_t lower_prio_delay_us;	/* default: master_delay */
	unsigned lower_prio_repeat;	/* default: master_repeat */
	uint64_t interval_us;		/* least time between two ARPs on an interface */
};

struct vrrp_notify_conf {
	struct vrrp_command any, master, backup, fault, stop; /* argv NULL: none */
};

struct vrrp_instance_conf {
	struct vrrp_instance_conf *next;
	const char *name;
	struct diag_span span;
	char interface[IF_NAMESIZE];
	struct diag_span interface_span;
	uint8_t vrid;			/* 1..255 */
	uint8_t priority;		/* 1..255, default 100 */
	bool start_as_master;		/* `state MASTER` */
	uint64_t advert_interval_us;	/* default 1 s; v2: whole seconds, 1..255 */
	unsigned version;		/* 2 (3 comes later) */
	enum vrrp_auth auth;
	uint8_t auth_key[8];		/* auth_pass cut or padded with zeros */
	bool nopreempt;
	uint64_t preempt_delay_us;
	struct vrrp_address_conf *addresses;
	unsigned address_count;
	bool has_source;
	struct in_addr source;		/* mcast_src_ip or unicast_src_ip; else the interface's first */
	struct in_addr *unicast_peers;
	unsigned unicast_peer_count;	/* 0: multicast */
	struct vrrp_track_script *track_scripts;
	struct vrrp_track_interface *track_interfaces;
	struct vrrp_garp_conf garp;
	struct vrrp_notify_conf notify;
	bool smtp_alert;
	bool dont_track_primary;
	unsigned index;			/* from 0 */
};

struct vrrp_conf {
	struct arena *arena;
	/* global_defs */
	const char *router_id;		/* default: the host name */
	char **notification_emails;	/* NULL-ended; NULL: no mail */
	const char *notification_email_from;
	const char *smtp_host;		/* as curl takes it: "10.1.1.25" or a name; NULL: none */
	uint16_t smtp_port;		/* default 25 */
	const char *smtp_helo_name;	/* NULL: the host name */
	uint64_t smtp_connect_timeout_us; /* default 30 s */
	const char *script_user;	/* resolved into each command; kept for messages */
	bool enable_script_security;
	struct in_addr mcast_group;	/* default 224.0.0.18 */
	struct vrrp_garp_conf garp;	/* what instances inherit */
	/*
	 * Ours: `proxy_fault_delay SECONDS` in global_defs, default 0.5: how long
	 * the proxy may make no progress before the node gives its addresses up.
	 */
	uint64_t proxy_fault_delay_us;
	struct vrrp_script_conf *scripts;
	unsigned script_count;
	struct vrrp_instance_conf *instances;
	unsigned instance_count;
};

/*
 * Reads the file (and what it includes) into a configuration. Always returns
 * one; it may be used only if diag_count(report, DIAG_ERROR) is 0. The report
 * points into it: render before it is freed. An interface that this machine
 * does not have is an error, for a check too, as with `keepalived -t`: check
 * a file on the machine it is for.
 * `config_id` selects `@id` lines (NULL: the host name's first label, as -i would give).
 */
struct vrrp_conf *vrrp_conf_read(const char *file, const char *config_id,
				 struct diag_report *report);
struct vrrp_conf *vrrp_conf_read_text(const char *name, const char *text, size_t len,
				      const char *config_id, struct diag_report *report);
void vrrp_conf_free(struct vrrp_conf *conf);

/* Prints the reference of every row as Markdown. */
void vrrp_conf_print_reference(FILE *out);
