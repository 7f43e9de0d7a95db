/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/conf.h - keepalived.conf as typed (man keepalived.conf), for the part
 * relevo runs: all but virtual servers.
 *
 * Everything lives in `arena`. Durations are microseconds. Lists are in the
 * order of the file; an `index` counts from 0 over what is used.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ip.h"
#include "diag/report.h"

struct arena;
struct conf_word;
struct vrrp_node;
struct vrrp_route_conf;	/* vrrp/route_conf.h */
struct vrrp_rule_conf;

/* A script to run: argv[0] is an absolute path or a name looked up in PATH. */
struct vrrp_command {
	char **argv;			/* NULL-ended; NULL: none */
	const char *path;		/* argv[0] as found in PATH: what to execute */
	uid_t uid;
	gid_t gid;
	gid_t *groups;			/* its groups (`USER :GROUP`), gid
					 * among them; NULL: gid alone */
	unsigned group_count;
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
	struct ip ip;
	unsigned prefix;		/* default 32 or 128 */
	const char *dev;		/* NULL: the instance's interface (its VMAC, if any) */
	bool use_vmac;			/* on a VMAC over `dev` */
	const char *label;		/* or NULL; IPv4 */
	int scope;			/* RT_SCOPE_*, default universe */
	bool has_broadcast;
	uint8_t broadcast[4];
	struct ip peer;			/* family 0: none */
	unsigned peer_prefix;
	uint32_t flags;			/* IFA_F_* of home, -nodad, mngtmpaddr,
					 * noprefixroute, autojoin */
	bool deprecated;		/* preferred_lft 0 */
	uint32_t preferred_s;		/* preferred_lft; 0: as long as it is there */
	const char *link;		/* the VMAC it is on; NULL: `dev` or
					 * the instance's interface */
	bool no_track;			/* deleted by others: so be it */
	const char *track_group;	/* static ones; or NULL */
};

/* A condition on processes of the machine (vrrp_track_process). */
struct vrrp_process_conf {
	struct vrrp_process_conf *next;
	const char *name;
	struct diag_span span;
	char **argv;			/* NULL-ended: the name, then the parameters */
	bool match_params;		/* parameters count, if only that there are none */
	enum { VRRP_PARAMS_EXACT, VRRP_PARAMS_PARTIAL, VRRP_PARAMS_INITIAL } param_match;
	bool full_command;
	int weight;			/* -254..254; default 1 */
	bool weight_reverse;
	unsigned quorum;		/* default 1 */
	unsigned quorum_max;		/* default UINT_MAX */
	uint64_t fork_delay_us, terminate_delay_us;
	unsigned index;
};

/* A number in a file (track_file, vrrp_track_file). */
struct vrrp_file_conf {
	struct vrrp_file_conf *next;
	const char *name;
	struct diag_span span;
	const char *path;
	int weight;			/* default 1 */
	bool weight_reverse;
	bool init, init_overwrite;	/* write init_value at start: if there
					 * is no file, or always */
	long init_value;
	unsigned index;
};

/* A BFD session (bfd_instance; RFC 5880). */
struct vrrp_bfd_conf {
	struct vrrp_bfd_conf *next;
	const char *name;
	struct diag_span span;
	struct ip neighbor, source;	/* source family 0: any */
	uint64_t min_rx_us, min_tx_us, idle_tx_us; /* default 10 ms, 10 ms, 1 s */
	unsigned multiplier;		/* default 5 */
	bool passive;
	bool tells_checkers, tells_instances; /* the first alone: no instance may track it */
	bool multihop;			/* RFC 5883: another port */
	unsigned ttl;			/* of what is sent; default 255, or 64 with IPv6 */
	unsigned max_hops;		/* received ones may have lost that many; 255: any */
	int weight;
	bool weight_reverse;
	unsigned index;
};

enum vrrp_track_kind {
	VRRP_TRACK_SCRIPT,
	VRRP_TRACK_INTERFACE,
	VRRP_TRACK_FILE,
	VRRP_TRACK_PROCESS,
	VRRP_TRACK_BFD,
};

/* One line of track_*, of an instance or a sync group. */
struct vrrp_track {
	struct vrrp_track *next;
	struct diag_span span;
	enum vrrp_track_kind kind;
	unsigned index;			/* of the script, file, process or bfd */
	const char *name;		/* of that, or of the interface */
	int weight;			/* 0: failure means FAULT */
	bool weight_reverse;
};

enum vrrp_auth { VRRP_AUTH_NONE = 0, VRRP_AUTH_PASS = 1, VRRP_AUTH_AH = 2 };

/* auth_hmac (Keepalived 2.4.2 and newer): a trailer behind the advertisement. */
enum vrrp_hmac_mode {
	VRRP_HMAC_OFF,
	VRRP_HMAC_RECEIVE_ONLY,	/* sends none, checks one that comes */
	VRRP_HMAC_PERMISSIVE,	/* sends, and takes adverts that have none */
	VRRP_HMAC_ENFORCE,
};

enum { VRRP_HMAC_KEYS = 8, VRRP_HMAC_KEY = 64 };

struct vrrp_hmac_conf {
	enum vrrp_hmac_mode mode;
	struct {
		uint8_t id;
		uint8_t len;
		uint8_t bytes[VRRP_HMAC_KEY];
	} key[VRRP_HMAC_KEYS];
	unsigned key_count;
	uint8_t active_key;		/* id of the one we send with */
	bool anti_replay;
	uint64_t time_window_us;	/* at least 5 s */
};

/* One line of unicast_peer. */
struct vrrp_peer_conf {
	struct ip ip;
	uint8_t min_ttl, max_ttl;	/* 0, 255: any */
};

struct vrrp_garp_conf {
	uint64_t master_delay_us;	/* second burst this long after the first; default 5 s */
	unsigned master_repeat;		/* per burst; default 5 */
	uint64_t master_refresh_us;	/* 0: none */
	unsigned master_refresh_repeat; /* default 1 */
	uint64_t lower_prio_delay_us;	/* default: master_delay */
	unsigned lower_prio_repeat;	/* default: master_repeat */
	uint64_t interval_us;		/* least time between two ARPs on an interface */
	uint64_t na_interval_us;	/* the same for neighbour advertisements */
	uint64_t extra_if_us;		/* on interfaces of addresses that are
					 * not the instance's; 0: none */
	bool extra_if_all;		/* not only on VMACs */
};

struct vrrp_notify_conf {
	/* argv NULL: none */
	struct vrrp_command any, master, backup, fault, stop, deleted, rx_lower_prio;
	bool priority_changes;		/* on the FIFOs */
	bool is_deleted;		/* notify_deleted: DELETED and not FAULT is said */
};

/* Instances that change state together (vrrp_sync_group). */
struct vrrp_group_conf {
	struct vrrp_group_conf *next;
	const char *name;
	struct diag_span span;
	struct vrrp_instance_conf **members;
	unsigned member_count;
	struct vrrp_track *tracks;	/* count for each member */
	bool tracking_weight;		/* members' own weights count
					 * (sync_group_tracking_weight) */
	struct vrrp_notify_conf notify;
	bool smtp_alert;
	unsigned index;
};

/* Where notifies are written to as lines (notify_fifo, vrrp_notify_fifo). */
struct vrrp_fifo_conf {
	const char *path;		/* NULL: none */
	uid_t uid;
	gid_t gid;
	struct vrrp_command script;	/* reads it; gets the path as its last argument */
};

struct vrrp_instance_conf {
	struct vrrp_instance_conf *next;
	const char *name;
	struct diag_span span;
	char interface[IF_NAMESIZE];	/* "": none, unicast goes as it is routed */
	struct diag_span interface_span;
	const char *address_interface;	/* the first that has addresses: where rivals are seen */
	uint8_t vrid;			/* 1..255 */
	uint8_t priority;		/* 1..255, default 100 */
	bool start_as_master;		/* `state MASTER` */
	uint64_t advert_interval_us;	/* default 1 s; v2: whole s, 1..255; v3: 10 ms to 40.95 s */
	unsigned version;		/* 2 or 3 */
	int family;			/* of the advertisements: AF_INET or AF_INET6 */
	unsigned down_timer_adverts;	/* default 3: the master-down interval in intervals */
	enum vrrp_auth auth;
	uint8_t auth_key[8];		/* auth_pass cut or padded with zeros */
	struct vrrp_hmac_conf hmac;
	bool nopreempt;
	uint64_t preempt_delay_us;
	bool lower_prio_no_advert;	/* a worse master is not answered at once */
	bool higher_prio_send_advert;	/* a better one is, before we yield */
	bool owner_ignore_adverts;	/* with priority 255 nobody is better */
	uint64_t timer_expired_backup_us; /* so late, a master yields first;
					   * 0: our own rule alone */
	struct vrrp_address_conf *addresses;
	unsigned address_count;
	struct vrrp_address_conf *excluded; /* on the machine, not in the advertisement */
	struct vrrp_route_conf *routes;
	struct vrrp_rule_conf *rules;
	bool no_accept;			/* drop what is sent to the addresses, but for the owner */
	bool promote_secondaries;
	struct ip source;		/* mcast_src_ip or unicast_src_ip; family
					 * 0: the interface's first */
	bool track_source;		/* FAULT while the machine does not have it */
	struct ip group;		/* multicast: where to */
	struct vrrp_peer_conf *unicast_peers;
	unsigned unicast_peer_count;	/* 0: multicast */
	bool unicast_fault_no_peer;	/* unicast was meant, and there is no peer: FAULT */
	uint8_t unicast_ttl;		/* default 255 */
	bool check_unicast_source;
	bool skip_check_addresses;	/* of a master whose last advertisement was checked */
	bool v3_checksum_as_v2;
	enum { VRRP_CHECKSUM_AUTO, VRRP_CHECKSUM_OLD, VRRP_CHECKSUM_NEVER_OLD } unicast_checksum;
	unsigned receive_buffer;	/* bytes; 0: the system's */
	char vrf[IF_NAMESIZE];		/* "": none */
	/* A VMAC or ipvlan over `interface`, which carries the addresses. */
	enum { VRRP_LINK_PLAIN, VRRP_LINK_VMAC, VRRP_LINK_IPVLAN } link;
	char link_name[IF_NAMESIZE];
	uint8_t vmac[6];
	struct vrrp_vmac_conf *vmacs;	/* every link of its own, `link_name` first */
	bool vmac_transmit_base;	/* advertisements go through `interface` */
	bool vmac_addresses;		/* use_vmac_addr */
	enum { VRRP_IPVLAN_BRIDGE, VRRP_IPVLAN_PRIVATE, VRRP_IPVLAN_VEPA } ipvlan_mode;
	struct ip ipvlan_ip;
	unsigned ipvlan_prefix;
	struct vrrp_track *tracks;
	struct vrrp_group_conf *group_conf; /* the sync group, or NULL */
	struct vrrp_garp_conf garp;
	struct vrrp_notify_conf notify;
	bool smtp_alert;
	bool strict;
	bool dont_track_primary;
	unsigned index;			/* from 0 */
};

/* Least time between ARPs, over the interfaces of one switch (garp_group). */
struct vrrp_garp_group_conf {
	struct vrrp_garp_group_conf *next;
	char (*interfaces)[IF_NAMESIZE];
	unsigned interface_count;
	uint64_t interval_us, na_interval_us;
};

/* A link of ours over another one, for addresses (use_vmac, use_vmac_addr, use_ipvlan). */
struct vrrp_vmac_conf {
	struct vrrp_vmac_conf *next;
	char name[IF_NAMESIZE];
	const char *base;		/* the interface below */
	int family;			/* of its addresses */
	uint8_t mac[6];
	bool ipvlan;
	bool ipv6;			/* an IPv6 address may be on it */
};

/* Instances that go to FAULT when a static thing cannot be put back (track_group). */
struct vrrp_track_group_conf {
	struct vrrp_track_group_conf *next;
	const char *name;
	struct diag_span span;
	const struct conf_word **names;	/* as written */
	unsigned name_count;
	struct vrrp_instance_conf **members;
	unsigned member_count;
};

/* How an interface's changes are believed (interface_up_down_delays, linkbeat). */
struct vrrp_interface_conf {
	struct vrrp_interface_conf *next;
	char name[IF_NAMESIZE];
	uint64_t up_delay_us, down_delay_us;
	bool linkbeat;			/* polled, beside netlink, first in this way: */
	int linkbeat_way;		/* enum nl_beat_way */
};

/*
 * Beyond Keepalived: nodes of relevo that share a virtual router say hello to
 * each other beside VRRP, authenticated by `key`. Words of global_defs.
 */
struct vrrp_peering_conf {
	bool off;			/* `peering off` */
	const char *key;		/* `peer_key`; NULL: of each instance's authentication */
	struct vrrp_witness_conf {	/* `witness ADDRESS [icmp|arp|tcp PORT]` */
		struct ip ip;		/* family 0: none */
		enum { VRRP_WITNESS_ICMP, VRRP_WITNESS_ARP, VRRP_WITNESS_TCP } kind;
		uint16_t port;
	} witness;
	/* `duplicate_address`: another machine has an address of a MASTER's, and is no peer. */
	enum { VRRP_DUPLICATE_ANNOUNCE, VRRP_DUPLICATE_REPORT, VRRP_DUPLICATE_FAULT } duplicate;
	struct ip *paths;		/* `heartbeat_path ADDRESS`: other ways to the peer */
	unsigned path_count;
};

struct vrrp_conf {
	const struct vrrp_node *statements; /* as they were read (vrrp/lexer.h) */
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
	struct ip mcast_group4, mcast_group6; /* default 224.0.0.18, ff02::12 */
	unsigned version;		/* of instances that do not say; default 2 */
	unsigned down_timer_adverts;
	bool no_email_faults;
	uint64_t startup_delay_us;	/* of every instance (vrrp_startup_delay) */
	uint64_t delay_after_boot_us;	/* and so long after the machine's start */
	bool log_unknown_vrids;
	const char *default_interface;	/* of static addresses; default eth0 */
	const char *vmac_prefix, *vmac_address_prefix; /* default "vrrp", and as that */
	struct vrrp_fifo_conf fifo, vrrp_fifo;
	bool notify_priority_changes;	/* of every instance, on the FIFOs */
	bool fifo_on_reload;		/* states are written again after a reload */
	struct vrrp_command startup_script, shutdown_script;
	uint64_t startup_timeout_us, shutdown_timeout_us; /* default 10 s */
	int rt_priority;		/* of the vrrp process; 0: ours */
	int nice;			/* vrrp_priority; 0: none */
	uint64_t rlimit_rttime_us;	/* 0: none */
	uint64_t cpus;			/* vrrp_cpu_affinity, a bit each; 0: any */
	const char *process_name;	/* vrrp_process_name; NULL: ours */
	int umask;			/* -1: the system's */
	bool supplementary_groups;	/* of every script */
	const char *net_namespace;	/* NULL: where we are started */
	const char *instance_name;	/* in the names of pid files; or NULL */
	bool use_pid_dir;
	unsigned json_version;		/* of the dump: 1 or 2 */
	const char *reload_time_file;	/* NULL: none */
	const char *reload_file;	/* NULL: none; "": the one in the directory of pid files */
	bool reload_repeat;
	const char *nft_table;		/* nftables; default relevo, or
					 * keepalived if it names none */
	int nft_priority;		/* of chains, before the filter's; default -1 */
	bool nft_counters;
	bool dynamic_interfaces;	/* one that is not there yet is no error */
	bool no_local_igmp;		/* disable_local_igmp */
	const char *state_dump_file, *stats_dump_file, *json_dump_file; /* NULL: below TMPDIR */
	struct vrrp_peering_conf peering;
	struct vrrp_garp_conf garp;	/* what instances inherit */
	/*
	 * Ours: `proxy_fault_delay SECONDS` in global_defs, default 0.5: how long
	 * the proxy may make no progress before the node gives its addresses up.
	 */
	uint64_t proxy_fault_delay_us;
	struct vrrp_script_conf *scripts;
	unsigned script_count;
	struct vrrp_process_conf *processes;
	unsigned process_count;
	struct vrrp_file_conf *files;
	unsigned file_count;
	struct vrrp_bfd_conf *bfds;
	unsigned bfd_count;
	struct vrrp_group_conf *groups;
	unsigned group_count;
	struct vrrp_garp_group_conf *garp_groups;
	struct vrrp_interface_conf *interfaces;
	bool linkbeat_all;		/* linkbeat_use_polling */
	struct vrrp_address_conf *static_addresses;
	struct vrrp_route_conf *static_routes;
	struct vrrp_rule_conf *static_rules;
	struct vrrp_track_group_conf *track_groups;
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
/* The same when nothing is to be run: a virtual_server is a warning and no error. */
struct vrrp_conf *vrrp_conf_check(const char *file, const char *config_id,
				  struct diag_report *report);
/* Both, as the command line says. */
struct vrrp_conf_how {
	const char *config_id;		/* or NULL */
	const char *net_namespace;	/* in place of the file's; NULL: that one */
	bool check;			/* nothing is to be run */
	bool vrrp_only;			/* or no virtual server is (keepalived -P) */
	bool all_files;			/* includes fail when a file is missing (keepalived -e) */
};
struct vrrp_conf *vrrp_conf_open(const char *file, const struct vrrp_conf_how *how,
				 struct diag_report *report);
struct vrrp_conf *vrrp_conf_read_text(const char *name, const char *text, size_t len,
				      const char *config_id, struct diag_report *report);
/*
 * The net_namespace of the file, to be entered before it is read, for it names
 * interfaces. False: it has none, or cannot be read.
 */
bool vrrp_conf_namespace(const char *file, const char *config_id, char *ret_name, size_t size);

void vrrp_conf_free(struct vrrp_conf *conf);

/* Prints the reference of every row as Markdown. */
void vrrp_conf_print_reference(FILE *out);
