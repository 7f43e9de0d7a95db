/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/conf.h - haproxy.cfg as typed: one immutable generation.
 *
 * The keyword rows (proxy/keywords_*.c, lb/, diag/) write it, the data path
 * and the statistics read it. Everything lives in `arena`. Durations are
 * milliseconds, 0: none. Defaults are those of the configuration manual.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/list.h"
#include "diag/log.h"
#include "dns/assign.h"
#include "expr/acl.h"
#include "lb/algo.h"
#include "net/listener.h"
#include "proxy/alert.h"
#include "proxy/check_conf.h"
#include "proxy/http_conf.h"
#include "proxy/rule.h"

struct arena;
struct http_case;
struct conf_grammar;
struct conf_lines;
struct section;
struct section_notes;	/* of the reader, for its checks: proxy/reading.h */
struct proxy_reading;

/* `global` */
#define CLOSE_SPREAD_NEVER UINT32_MAX

struct proxy_global {
	struct log_conf log;
	const char *user, *group, *chroot, *pidfile, *node, *description;
	int64_t uid, gid;		/* -1: not given */
	bool daemon, quiet, master_worker, debug;
	bool zero_warning;		/* -dW */
	int64_t maxconn;		/* 0: as many as the descriptor limit allows */
	int64_t maxconnrate, maxsessrate; /* a second; 0: none */
	int64_t nbthread;		/* 0: one per usable CPU, at most 64 */
	uint64_t cpu_map[64];		/* a bit for each CPU, by thread; 0: any */
	int64_t ulimit_n;		/* 0: computed */
	int64_t fd_hard_limit;		/* 0: none */
	bool strict_limits;
	bool names_itself;		/* pp2-never-send-local */
	bool dumpable;			/* a crash may leave a core file */
	int64_t maxpipes;		/* 0: computed */
	int64_t memory_mb;		/* -m; 0: no limit */
	uint32_t hard_stop_after_ms, grace_ms;
	struct unix_bind *unix_bind;	/* of keywords_bind.c */
	int64_t mworker_max_reloads;	/* that a draining process lives through */
	bool no_splice, no_reuseport;
	const char *server_state_base, *server_state_file; /* or NULL */
	bool external_check;		/* `external-check` allows programs */
	int64_t max_checks;		/* tune.max-checks-per-thread; 0: any number */
	int64_t spread_checks;		/* percent, 0..50 */
	uint32_t max_spread_checks_ms;	/* from the first start of a check to the last; 0: no bound */
	uint32_t close_spread_ms;	/* CLOSE_SPREAD_NEVER: no connection is closed for a stop */
	bool setuid_wanted;		/* programs of checks may be setuid */
	/* tune.* */
	uint64_t bufsize;		/* bytes, default 16384 */
	uint64_t pipesize;		/* bytes, default 1 MiB here */
	int64_t maxrewrite;		/* bytes of bufsize kept for edits, default 1024 */
	int64_t maxhdr;			/* tune.http.maxhdr */
	int64_t logurilen;		/* tune.http.logurilen, default 1024 */
	int64_t cookielen;		/* tune.http.cookielen, default 63 */
	struct http_case *cases;	/* h1-case-adjust */
	bool any_body;			/* h1-accept-payload-with-any-method */
	const char *hostname;		/* %H: this machine's */
	int64_t maxaccept;		/* per wake-up; -1: no limit */
	int64_t maxpollevents;
	/* of the descriptors for connections: idle ones are closed from here on, none is kept */
	int64_t pool_high_percent, pool_low_percent; /* 0..100 */
	uint64_t rcvbuf_client, rcvbuf_server, sndbuf_client, sndbuf_server; /* 0: the kernel's */
	struct section *cli;		/* its binds are those of `stats socket`; NULL: none (admin/cli.h) */
	unsigned cli_count;		/* of its binds */
	uint32_t cli_timeout_ms;	/* stats timeout, default 10 s */
	int64_t cli_maxconn;		/* stats maxconn, default 10 */
	struct list environment;	/* setenv and the like are done when read */
};

enum proxy_mode { PROXY_MODE_TCP, PROXY_MODE_HTTP };

/* What a user of a stats socket may do: all of those below too. */
enum cli_level { CLI_USER, CLI_OPERATOR, CLI_ADMIN };
enum cli_severity { CLI_SEVERITY_NONE, CLI_SEVERITY_NUMBER, CLI_SEVERITY_STRING };

/* One address of a `bind` or `stats socket` line: a range or a list makes several. */
struct bind_conf {
	struct bind_conf *next;
	struct section *frontend;
	struct diag_span span;		/* of the address */
	struct net_listener_conf listener;
	bool accept_proxy;
	int64_t maxconn;		/* 0: the frontend's */
	uint64_t threads;		/* that take its connections, as bits; 0: all */
	const char *name;
	int64_t id;			/* 0: none */
	unsigned index;			/* over the whole configuration, from 0: place in the fd table */
	/* Of stats sockets */
	int level;			/* enum cli_level, default operator */
	int severity;			/* enum cli_severity */
	bool expose_listeners;		/* who connects may take copies of the listening sockets */
};

enum server_error_action { /* on-error */
	SERVER_ON_ERROR_FAIL_CHECK,
	SERVER_ON_ERROR_FASTINTER,
	SERVER_ON_ERROR_SUDDEN_DEATH,
	SERVER_ON_ERROR_MARK_DOWN,
};

enum server_observe { SERVER_OBSERVE_NOTHING, SERVER_OBSERVE_LAYER4, SERVER_OBSERVE_LAYER7 };

/* How a name becomes an address at start; tried in order. */
enum server_init { SERVER_INIT_LAST = 1, SERVER_INIT_LIBC, SERVER_INIT_NONE, SERVER_INIT_ADDRESS };
enum { SERVER_INITS = 4, SERVER_NETS = 5 };

/* A server that is written as a name (configuration manual 5.3). */
struct server_naming {
	const char *name;		/* NULL: it was written as an address */
	int family;			/* that the name's prefix forces, or AF_UNSPEC */
	bool service;			/* the name is one of SRV records */
	struct diag_span span;		/* of the address on its line */
	const char *resolvers;		/* NULL: never asked for again */
	struct diag_span resolvers_span;
	struct dns_conf *dns;		/* of `resolvers`; NULL without a name */
	unsigned char init[SERVER_INITS]; /* enum server_init; 0 ends it, or stands for the default */
	struct net_address init_address;
	int prefer;			/* AF_INET6, or AF_INET */
	struct dns_net nets[SERVER_NETS];
	unsigned net_count;
	bool shares_address, ignores_weight;
	const char *begins;		/* the name it begins with in place of `name`; NULL: that one */
};

/* `source ... usesrc`: whose address servers see (IP_TRANSPARENT). */
enum foreign_kind { FOREIGN_CLIENT, FOREIGN_CLIENT_IP, FOREIGN_HEADER, FOREIGN_ADDRESS };

struct foreign_source {
	enum foreign_kind kind;
	const struct expr *expr;	/* of FOREIGN_HEADER */
	const char *header;		/* the same as written */
	struct diag_span span;
	struct net_address address;	/* of FOREIGN_ADDRESS */
};

/* proxy-v2-options, as bits */
enum { PROXY_V2_CRC32C = 1, PROXY_V2_UNIQUE_ID = 2, PROXY_V2_AUTHORITY = 4 };

/* Configuration manual 5.2; `default-server` is one of these too. */
/* How a server with checks begins, and comes out of maintenance. */
enum server_init_state {
	SERVER_INIT_UP,		/* up, and the first failed check takes it down */
	SERVER_INIT_FULLY_UP,	/* up, and `fall` failed checks do */
	SERVER_INIT_DOWN,	/* down, and the first good check brings it up */
	SERVER_INIT_FULLY_DOWN,	/* down, and `rise` good checks do */
};

struct server_conf {
	struct server_conf *next;
	struct section *backend;
	struct diag_span span;		/* of the name */
	const char *name;
	const char *host;		/* as written, for messages and the stats page */
	struct net_address address;	/* port 0: the client's destination port; len 0: none yet */
	uint16_t port;			/* as written; 0: none */
	struct server_naming naming;
	int32_t port_offset;		/* with port_relative */
	bool port_relative;
	int64_t id;			/* `id`, or place from 1 */
	bool id_given;
	int64_t weight;			/* 0..256, default 1 */
	bool backup, disabled;
	bool enabled;			/* of one added at run time: it begins ready */
	int64_t maxconn, minconn, maxqueue; /* 0: no limit */
	uint32_t slowstart_ms;
	struct net_address source;	/* len 0: none */
	const char *source_interface;
	uint16_t source_ports;		/* from the source's port on, tried in turn; 0: it is one */
	const struct foreign_source *foreign; /* NULL: none */
	unsigned send_proxy;		/* 0, 1 or 2: the version */
	unsigned proxy_options;		/* PROXY_V2_* */
	bool tfo;			/* the first data may go with the first packet */
	bool check, check_send_proxy;
	bool check_reuse_pool;
	const char *healthcheck;	/* the section that says how; NULL: its own */
	struct diag_span healthcheck_span;
	const struct check_conf *checked_by; /* what it means */
	struct net_address check_address; /* len 0: the server's */
	int64_t check_port;		/* 0: the server's */
	uint32_t inter_ms, fastinter_ms, downinter_ms; /* default 2000; 0: as inter */
	int64_t rise, fall;		/* defaults 2, 3 */
	enum server_observe observe;
	struct diag_span observe_span;
	enum server_init_state init_state; /* with checks */
	bool agent_check;
	struct net_address agent_address; /* len 0: the server's */
	int64_t agent_port;
	uint32_t agent_inter_ms;	/* default 2000 */
	const char *agent_send;		/* NULL: nothing */
	const char *cookie;		/* `cookie` value; NULL: none */
	const char *redir;		/* `redir` prefix; NULL: none */
	int64_t pool_max_conn;		/* -1: no limit */
	int64_t pool_low_conn;		/* checked, and not needed: no thread takes another's */
	int64_t max_reuse;		/* requests after a connection's first; -1: any number */
	uint32_t pool_purge_delay_ms;	/* default 5000 */
	enum server_error_action on_error;
	int64_t error_limit;		/* default 10 */
	bool shutdown_sessions_when_down, shutdown_backup_sessions_when_up; /* on-marked-* */
	uint32_t tcp_user_timeout_ms;	/* tcp-ut */
	int64_t mss;
	const char *track;		/* "backend/server" once resolved; NULL: none */
	struct diag_span track_span;
	const struct server_conf *tracked;
	const struct server_saved *saved; /* of an earlier process (server_state.h), or NULL */
	bool referenced;		/* rules or other servers name it: it cannot be deleted */
	unsigned index;			/* in the files' backend, from 0; UINT32_MAX: added at run time */
};

struct use_backend {
	struct use_backend *next;
	const char *name;
	struct diag_span span;
	struct section *backend;	/* resolved at the end; NULL with `format` */
	struct format *format;		/* use_backend %[...]: the name, found when it runs */
	struct acl_condition *condition;
};

/* `stats ...` (configuration manual 4.2); for a mode http listener. */
struct stats_user {
	struct stats_user *next;
	const char *name, *password;
};

struct stats_scope {
	struct stats_scope *next;
	const char *proxy;		/* "." means the section itself */
};

struct stats_conf {
	bool enabled, hide_version, show_legends, show_node, show_desc;
	bool handover;			/* who may change something may hand the addresses over */
	const char *uri;		/* default "/haproxy?stats" */
	const char *realm;		/* NULL: "HAProxy Statistics" */
	const char *node, *description;	/* NULL: the global ones */
	uint32_t refresh_ms;
	struct stats_user *users;
	struct stats_scope *scopes;	/* NULL: everything */
	struct http_condition *admins;	/* stats admin: NULL: nothing can be changed */
};

/* The part of a section that accepts. */
struct frontend_conf {
	struct bind_conf *binds;
	int64_t maxconn;		/* 0: the global one */
	int64_t backlog;		/* 0: maxconn */
	int64_t session_rate;		/* rate-limit sessions: a second; 0: none */
	uint32_t timeout_client, timeout_client_fin;
	uint32_t timeout_http_request, timeout_http_keep_alive; /* mode http only; 0: none */
	const char *default_backend_name;
	struct diag_span default_backend_span;
	struct section *default_backend; /* resolved at the end; a listen section has itself */
	struct use_backend *use_backends;
	uint32_t inspect_delay;
	struct net_keepalive keepalive;	/* option clitcpka */
	bool dontlognull, dontlog_normal, log_separate_errors, logasap;
	bool splice_auto, splice_request, splice_response, nolinger, tcp_smart_accept;
	bool independent;		/* option independent-streams: clients */
	bool health;			/* mode health: no client is served */
	const struct http_except *monitor_net; /* monitor-net, of IPv4: those are not served; or NULL */
	const char *monitor_answer;	/* what they get before the connection closes; NULL: there are none */
};

enum server_state_source { SERVER_STATE_NONE, SERVER_STATE_GLOBAL, SERVER_STATE_LOCAL };

/* The part of a section that connects. */
struct backend_conf {
	struct server_conf *servers;
	unsigned server_count;
	struct server_conf default_server;
	struct lb_conf lb;
	int64_t fullconn;		/* 0: computed: a tenth of the sum of the frontends' maxconn */
	uint32_t timeout_connect, timeout_server, timeout_server_fin, timeout_queue, timeout_check,
		timeout_tunnel;
	int64_t retries;		/* default 3 */
	bool redispatch;
	int64_t redispatch_interval;	/* default -1: on the last retry */
	bool splice_auto, splice_request, splice_response, nolinger, abortonclose;
	bool allbackups, log_health_checks, tcp_smart_connect;
	bool independent;		/* option independent-streams: servers */
	uint32_t inspect_delay, response_inspect_delay;
	struct net_keepalive keepalive;	/* option srvtcpka */
	struct check_conf check;
	enum server_state_source state_from;
	const char *state_file;		/* of SERVER_STATE_LOCAL; NULL: the section's name */
	struct net_address source;
	const char *source_interface;
	const struct foreign_source *foreign;
	const struct foreign_source *header_source; /* of the backend or of servers: the one with a header */
};

enum section_kind {
	SECTION_DEFAULTS,
	SECTION_FRONTEND,
	SECTION_LISTEN,
	SECTION_BACKEND,
	SECTION_LOG_FORWARD,	/* in struct log_forward: takes syslog messages, no streams */
};

/* defaults, frontend, listen or backend, with the defaults it took. */
struct section {
	struct section *next;		/* in the order of the files */
	enum section_kind kind;
	const char *name;
	struct diag_span span;		/* of the name, or of the keyword */
	int64_t id;			/* `id`, or numbered from 1 over the unused ones */
	bool id_given;
	enum proxy_mode mode;
	bool switches_mode;		/* tcp-request content switch-mode: mode http's words count */
	bool disabled;
	const char *description;
	struct log_conf log;		/* `log global` already joined in */
	bool log_global;
	struct acl_scope *acls;
	struct frontend_conf front;	/* meaningless for SECTION_BACKEND */
	struct backend_conf back;	/* meaningless for SECTION_FRONTEND */
	struct stats_conf stats;
	struct http_conf http;
	struct rules rules;
	struct alert_conf alert;
	unsigned index;			/* from 0 over all sections but defaults */
	struct section_notes *notes;	/* NULL after reading */
};

static inline bool section_accepts(const struct section *section)
{
	return section->kind == SECTION_FRONTEND || section->kind == SECTION_LISTEN;
}

/* Its words of mode http have an effect. */
static inline bool section_speaks_http(const struct section *section)
{
	return section->mode == PROXY_MODE_HTTP || section->switches_mode;
}

static inline bool section_connects(const struct section *section)
{
	return section->kind == SECTION_BACKEND || section->kind == SECTION_LISTEN;
}

enum log_forward_host { /* option host: what becomes of a message's host name */
	LOG_HOST_KEEP,
	LOG_HOST_REPLACE,	/* by the sender's address */
	LOG_HOST_FILL,		/* the sender's address if it has none */
	LOG_HOST_APPEND,	/* ",address" behind it */
};

/* A `log-forward` section (configuration manual 3.10): of `section` log, front.binds, .maxconn, .timeout_client. */
struct log_forward {
	struct log_forward *next;
	struct section section;
	bool dont_parse;		/* the whole message is text */
	bool by_newline;		/* in TCP a newline ends each message (RFC 6587, 3.4.2) */
	enum log_forward_host host;
};

/*
 * What `add backend NAME from DEFAULTS` makes (backend_dynamic.h): a named defaults section as a
 * backend of each mode takes it, without servers. Only where commands may come.
 */
struct backend_model {
	struct backend_model *next;
	const char *name;		/* of the defaults section */
	enum proxy_mode mode;		/* of the defaults section */
	bool mode_given;
	struct {
		const struct section *section;
		const char *why;	/* it cannot be had; or NULL */
	} of[2];			/* by enum proxy_mode */
};

/* Where a converter `debug` leads to (converter_debug.c), with the servers of its ring. */
struct debug_log {
	struct debug_log *next;
	struct log_conf log;
};

/* The whole of one generation. */
struct proxy_conf {
	struct arena *arena;
	struct proxy_global global;
	struct section *sections;	/* without defaults; in order */
	unsigned section_count;
	struct backend_model *models;
	struct dns_conf *resolvers;
	struct section *healthchecks;	/* of which back.check alone is used */
	struct log_forward *log_forwards; /* their sections' indexes follow those of `sections` */
	unsigned log_forward_count;
	struct debug_log *debug_logs;	/* to rings */
	struct userlist *userlists;
	struct mailers *mailers;
	struct http_errors *http_errors;
	struct expr_map *maps;		/* every file of patterns, newest first (expr/map_admin.h) */
	unsigned pattern_lists;		/* their numbers are below */
	const struct expr_var *names;	/* every variable that the files name */
	bool keeps_tlvs;		/* some expression asks for what a PROXY header said besides addresses */
	bool runs_programs;		/* some server's check is external */
	bool sends_mail;		/* some section has `email-alert` */
	struct process_var *process_vars; /* that `global` sets; process_vars.h */
	bool session_vars;		/* some of them are of sessions */
	bool looks_at_bytes;		/* some expression needs req.payload and the like */
	bool keeps_request_lines;	/* something besides log lines may ask for one later */
	bool looks_at_bodies;		/* some expression or rule needs req.body and the like */
	bool looks_at_response_bodies;	/* res.body and the like */
	bool commanded;			/* commands may come: a stats socket, or the master CLI */
	bool sets_marks;		/* a rule marks packets, or `usesrc` is used: needs CAP_NET_ADMIN */
	bool counts_binds;		/* some expression asks how many connections a bind line has */
	struct bind_conf **binds;	/* all, by index; the disabled sections' are not here */
	unsigned bind_count;
	struct diag_span late_global;	/* a `global` behind other sections; source NULL: none */
	struct proxy_reading *reading;	/* NULL after reading */
	const struct conf_lines *lines;	/* as they were read (conf/line.h) */
};

/* By name, or NULL. While the file is read: those above. */
struct dns_conf *proxy_resolvers_find(const struct proxy_conf *conf, const char *name);
struct userlist *proxy_userlist_find(const struct proxy_conf *conf, const char *name);
struct http_errors *proxy_http_errors_find(const struct proxy_conf *conf, const char *name);
struct server_conf *section_server_find(const struct section *section, const char *name);

/* The tables of words of this room, for daemon/ to join. Each ends in NULL. */
extern const struct conf_section *const proxy_sections[];
extern const struct conf_keyword *const proxy_keyword_tables[];

/*
 * Reads the files into a generation. Always returns one (its arena frees
 * all); it may be used only if diag_count(report, DIAG_ERROR) is 0.
 */
struct proxy_conf *proxy_conf_read(const char *const *files, unsigned count,
				   struct diag_report *report);

/* What the command line says of the reading. */
struct proxy_conf_how {
	bool commanded;			/* -S: commands may come without a stats socket, too */
	bool names_may_fail;		/* -dr: init-addr of each server ends in `none` */
};
struct proxy_conf *proxy_conf_read_so(const char *const *files, unsigned count,
				      struct proxy_conf_how how, struct diag_report *report);
struct proxy_conf *proxy_conf_read_text(const char *name, const char *text, size_t len,
					struct diag_report *report);
void proxy_conf_free(struct proxy_conf *conf);

/* -cc: 1 or 0, or -EINVAL when the condition is malformed (configuration manual 2.4). */
int proxy_conf_judge(const char *condition, struct diag_report *report);

/* HAProxy's names for what this program was built with; ends in NULL. */
extern const char *const proxy_features[];

/* -dK: the words of a class ("cfg", "acl", "smp", "cnv", "flt", "svc"); false: no such class. */
bool proxy_conf_list(const char *class, FILE *out);

extern const struct conf_grammar proxy_grammar;

/* The reference of every word of haproxy.cfg, as Markdown. */
void proxy_conf_print_reference(FILE *out);
