/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/http_conf.h - what a section says about HTTP, captures, errors,
 * persistence and log formats: the part of struct section that
 * keywords_http*.c, keywords_persist.c and keywords_format.c write.
 *
 * A frontend's and a backend's settings may differ for one request; where the
 * manual joins them, the function that reads them says how.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "expr/acl.h"
#include "expr/expr.h"
#include "expr/format.h"
#include "net/address.h"

struct appsession_conf;
struct reply_args;
struct section;

enum http_connection { /* option http-keep-alive, http-server-close, httpclose */
	HTTP_MODE_KEEP_ALIVE,
	HTTP_MODE_SERVER_CLOSE,
	HTTP_MODE_CLOSE,
};

enum http_reuse { HTTP_REUSE_SAFE, HTTP_REUSE_NEVER, HTTP_REUSE_AGGRESSIVE, HTTP_REUSE_ALWAYS };

enum http_names { /* option http-restrict-req-hdr-names */
	HTTP_NAMES_KEEP, /* "preserve" */
	HTTP_NAMES_DELETE,
	HTTP_NAMES_REJECT,
};

/* option forwardfor, option originalto */
struct http_address_header {
	bool enabled, if_none;
	const char *name;		/* "X-Forwarded-For" unless given */
	struct http_except {
		struct http_except *next;
		struct net_address network;
		unsigned bits;
	} *except;
};

/* option forwarded: the parameters that are written; NULL formats: none */
struct http_forwarded {
	bool enabled, proto;
	bool by, by_port, for_, for_port, host;
	struct expr *host_expr, *by_expr, *by_port_expr, *for_expr, *for_port_expr;
};

/*
 * errorfile, errorfiles, errorloc*, http-error: by status. Newest first; the
 * first of a status counts. Neither reply nor return_args: the built-in one
 * (`default-errorfiles`).
 */
struct http_error_conf {
	struct http_error_conf *next;
	unsigned status;
	struct slice reply;		/* a whole message, not at NULL when empty: answer nothing */
	const struct reply_args *return_args; /* http-error with a body: proxy/reply.h */
	/* While the file is read: those of an http-errors section, which take this one's place. */
	const char *group;		/* NULL: a message by itself */
	const unsigned *statuses;	/* these alone, ending in 0; NULL: all */
	struct diag_span span;
};

/* `http-errors`: a group of them. */
struct http_errors {
	struct http_errors *next;
	const char *name;
	struct http_error_conf *errors;
};

struct http_capture { /* capture request|response header, and slots of `declare capture` */
	struct http_capture *next;
	bool response;
	const char *header;		/* NULL: a slot */
	unsigned length;
	unsigned index;			/* within its direction, from 0 */
};

enum http_cookie_mode { HTTP_COOKIE_NONE, HTTP_COOKIE_INSERT, HTTP_COOKIE_REWRITE, HTTP_COOKIE_PREFIX,
			HTTP_COOKIE_PASSIVE };

struct http_cookie_conf { /* `cookie` */
	const char *name;
	enum http_cookie_mode mode;
	bool indirect, nocache, postonly, preserve, httponly, secure, dynamic;
	uint32_t maxidle_s, maxlife_s;
	const char *domains;		/* "; domain=a; domain=b", or NULL */
	const char *attributes;		/* "; SameSite=None", or NULL */
};

struct http_condition { /* monitor fail, force-persist, ignore-persist */
	struct http_condition *next;
	struct acl_condition *condition;
};

/* use-server NAME if ... */
struct use_server {
	struct use_server *next;
	const char *name;
	struct diag_span span;
	struct server_conf *server;	/* resolved at the end; NULL with `format` */
	struct format *format;
	struct acl_condition *condition;
};

enum http_retry { /* retry-on; bits */
	HTTP_RETRY_CONN_FAILURE = 1 << 0,
	HTTP_RETRY_EMPTY_RESPONSE = 1 << 1,
	HTTP_RETRY_JUNK_RESPONSE = 1 << 2,
	HTTP_RETRY_RESPONSE_TIMEOUT = 1 << 3,
	HTTP_RETRY_0RTT_REJECTED = 1 << 4,
	HTTP_RETRY_401 = 1 << 5, HTTP_RETRY_403 = 1 << 6, HTTP_RETRY_404 = 1 << 7,
	HTTP_RETRY_408 = 1 << 8, HTTP_RETRY_425 = 1 << 9, HTTP_RETRY_429 = 1 << 10,
	HTTP_RETRY_500 = 1 << 11, HTTP_RETRY_501 = 1 << 12, HTTP_RETRY_502 = 1 << 13,
	HTTP_RETRY_503 = 1 << 14, HTTP_RETRY_504 = 1 << 15,
};

enum log_line_kind { /* option tcplog, option httplog, ..., log-format */
	LOG_LINE_TCP,
	LOG_LINE_HTTP,
	LOG_LINE_TCP_CLF,
	LOG_LINE_HTTP_CLF,
	LOG_LINE_ACCEPTED_TCP,
	LOG_LINE_ACCEPTED_HTTP,
	LOG_LINE_REFUSED,
	LOG_LINE_HTTPS,
	LOG_LINES,		/* those above are built in */
	LOG_LINE_CUSTOM,
};

/* What the last such word asked for; http_conf.log_format is made from it at the end. */
struct log_choice {
	enum log_line_kind kind;
	struct format *format;	/* LOG_LINE_CUSTOM */
	const struct section *owner;
	const char *name;
	struct diag_span span;
	bool said;		/* that mode tcp cannot have it */
};

struct http_conf {
	enum http_connection connection;
	bool pretend_keepalive, no_delay, buffer_request, use_proxy_header, ignore_probes;
	bool unsafe_request, unsafe_response, checkcache, prefer_last_server, persist;
	bool idle_close_on_response;
	bool adjust_request_case, adjust_response_case; /* h1-case-adjust-bogus-server, -client */
	bool drop_request_trailers, drop_response_trailers;
	enum http_names names;
	enum http_reuse reuse;
	unsigned retry_on;		/* enum http_retry bits; default CONN_FAILURE */
	int64_t max_keep_alive_queue;	/* -1: any */
	const char *send_name_header;
	bool redirects;			/* some server has a `redir` */
	struct http_address_header forwardfor, originalto;
	struct http_forwarded forwarded;
	struct http_error_conf *errors;
	const char *monitor_uri;
	struct http_condition *monitor_fail, *force_persist, *ignore_persist;
	struct http_cookie_conf cookie;
	const char *dynamic_cookie_key;
	const struct appsession_conf *appsession; /* appsession.h; NULL: off */
	const char *rdp_cookie;		/* persist rdp-cookie(name); NULL: off */
	struct use_server *use_servers;
	struct http_capture *captures;
	unsigned request_captures, response_captures;
	const char *capture_cookie;	/* a name, or the beginning of one; NULL: none */
	unsigned capture_cookie_len;	/* of the value */
	struct format *unique_id;
	const char *unique_id_header;
	struct log_choice *log_choice;	/* of the reader; NULL: nothing was said */
	struct format *log_format;	/* of sections that accept, never NULL after reading */
	bool log_counts;		/* the format has %lc */
	bool log_at_accept;		/* no format was asked for: one line when it is accepted */
	struct format *error_log_format; /* NULL: refused_format and a reason */
	struct format *refused_format;	/* built in */
	struct format *log_format_sd;	/* NULL: none */
	unsigned log_steps;		/* bits 1 << enum log_step (log_profile.h); 0: as without `log-steps` */
	uint32_t timeout_tarpit;
};

/* Users and groups (`userlist`). */
struct userlist_user {
	struct userlist_user *next;
	const char *name, *password;
	bool plain;			/* insecure-password; else crypt(3) */
	const char *const *groups;	/* names; ends in NULL */
};

struct userlist {
	struct userlist *next;
	const char *name;
	struct userlist_user *users;
};
