/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/reading.h - what the keyword rows share while haproxy.cfg is read;
 * for the files of proxy/ that parse, gone when the generation is complete.
 */
#pragma once

#include "conf/keyword.h"
#include "proxy/conf.h"

/* What becomes of a word that only means something in mode http. */
enum http_word_fate {
	HTTP_WORD_WARNS_IN_TCP = 1 << 0,   /* HAProxy says that it ignores it there */
	HTTP_WORD_MISSED_IN_HTTP = 1 << 1, /* it is not supported yet there */
	HTTP_WORD_BALANCE = 1 << 3, /* balance uri and the like: roundrobin takes its place */
};

/* One such word. Lists are newest first, so that sections share their defaults' tail. */
struct http_word {
	struct http_word *next;
	const struct section *owner; /* the section it stands in */
	const char *name;
	unsigned fate;
	struct diag_span span;
	bool *said; /* shared by copies: one warning is enough */
};

/* What is kept of a section for the checks at the end. */
struct section_notes {
	struct http_word *http_words;
	struct diag_span mode_span; /* source NULL: `mode` was not given */
	const struct section *mode_owner;
	const struct section *defaults; /* that it took its settings from, or NULL */
	struct server_conf **last_server;
	struct bind_conf **last_bind;
	bool defaults_implicit;            /* no `from` */
	bool taken_implicitly;             /* of a defaults section: by a section without `from` */
	struct diag_span taken_explicitly; /* of a defaults section: the first `from` */
	bool dispatch;                     /* the server comes from `dispatch` */
	bool http_proxy;                   /* the server is the one of the request's URL */
	struct diag_span http_proxy_span;
	bool transparent;                  /* without servers, clients' own destinations are */
	struct diag_span transparent_span;
};

struct proxy_reading {
	struct proxy_conf_how how;
	struct section *defaults; /* every defaults section, newest first */
	struct section **last_section;
	unsigned binds;                       /* listening addresses so far */
	int64_t nbproc;                       /* 0: not given */
	struct conf_environment *environment; /* that addresses see */
	struct fetch_name *names; /* in arguments of fetches: fetches_names.c */
	struct state_file *state_files;       /* server_state.c */
	struct ring_reading *rings;           /* keywords_ring.c */
	struct log_overrides *profiles;       /* log_profile.c */
	struct net_address last_resolved;     /* of last_name: server_name_start.c */
	const char *last_name;
	struct format *lines[LOG_LINES];      /* built-in log formats, once they are used */
};

/* The generation that is being read. */
static inline struct proxy_conf *reading_conf(struct conf_parse *parse)
{
	return parse->context;
}

extern const struct conf_keyword proxy_keywords_global[];
extern const struct conf_keyword proxy_keywords_tune[];
extern const struct conf_keyword proxy_keywords_global_idle[];
extern const struct conf_keyword proxy_keywords_cpu_map[];
extern const struct conf_keyword proxy_keywords_process_vars[];
extern const struct conf_keyword proxy_keywords_log[];
extern const struct conf_keyword proxy_keywords_section[];
extern const struct conf_keyword proxy_keywords_options[];
extern const struct conf_keyword proxy_keywords_timeouts[];
extern const struct conf_keyword proxy_keywords_bind[];
extern const struct conf_keyword proxy_keywords_server[];
extern const struct conf_keyword proxy_keywords_server_state[];
extern const struct conf_keyword proxy_keywords_server_name[];
extern const struct conf_keyword proxy_keywords_resolvers[];
extern const struct conf_keyword proxy_keywords_check[];
extern const struct conf_keyword proxy_keywords_healthcheck[];
extern const struct conf_keyword proxy_keywords_check_rules[];
extern const struct conf_keyword proxy_keywords_balance[];
extern const struct conf_keyword proxy_keywords_rules[];
extern const struct conf_keyword proxy_keywords_stats[];
extern const struct conf_keyword proxy_keywords_stats_socket[];
extern const struct conf_keyword proxy_keywords_http[];
extern const struct conf_keyword proxy_keywords_format[];
extern const struct conf_keyword proxy_keywords_case[];
extern const struct conf_keyword proxy_keywords_ring[];
extern const struct conf_keyword proxy_keywords_log_profile[];
extern const struct conf_keyword proxy_keywords_log_forward[];
extern const struct conf_keyword proxy_keywords_http_address[];
extern const struct conf_keyword proxy_keywords_http_error[];
extern const struct conf_keyword proxy_keywords_persist[];
extern const struct conf_keyword proxy_keywords_alert[];
extern const struct conf_keyword proxy_keywords_userlist[];
extern const struct conf_keyword proxy_keywords_old[];
extern const struct conf_keyword proxy_keywords_old_http[];
extern const struct conf_keyword proxy_keywords_monitor[];

extern const struct conf_section proxy_section_userlist;
extern const struct conf_section proxy_section_resolvers;
extern const struct conf_section proxy_section_healthcheck;
extern const struct conf_section proxy_section_mailers;
extern const struct conf_section proxy_section_ring;
extern const struct conf_section proxy_section_log_profile;
extern const struct conf_section proxy_section_log_forward;
extern const struct conf_section proxy_section_http_errors;

/* All that may be written in an expression (language.c). */
extern const struct expr_language proxy_language;

/* Options after `bind` and `server`, for the reference and the tests. */
extern const struct conf_keyword proxy_bind_options[], proxy_unix_bind_options[];
extern const struct conf_keyword proxy_server_options[];

/* Fills in the documented defaults. */
void section_preset(struct conf_parse *parse, struct section *section);
void server_preset(struct conf_parse *parse, struct server_conf *server);
void global_preset(struct conf_parse *parse, struct proxy_global *global);

/* Reports an address that cannot be read, naming hosts that do not resolve as such. */
void report_address(struct conf_parse *parse, struct diag_span span, const char *text,
		    const char *why);

/* An address as written, with its $NAMEs in place of variables. NULL after a report. */
const char *read_address_text(struct conf_parse *parse, const struct conf_word *word);

/* Whether a proxy, server or ACL may be called that; otherwise reports. */
bool name_valid(struct conf_parse *parse, const struct conf_word *word, const char *what);

/* A duration whose bare number is of seconds. False after a report. */
bool read_seconds(struct conf_parse *parse, const struct conf_word *word, uint32_t *ret_ms);

/* Ids of users and groups by name. False after a report. */
bool read_user(struct conf_parse *parse, const struct conf_word *word, int64_t *ret_uid);
bool read_group(struct conf_parse *parse, const struct conf_word *word, int64_t *ret_gid);

/* Adds one listener for every address in `word` ("a:80,b:81-83"), as `model` says. */
void bind_add(struct conf_parse *parse, struct section *section, const struct conf_word *word,
	      const struct bind_conf *model);
void bind_preset(struct bind_conf *bind);

/* Appends a server. */
struct server_conf *server_add(struct conf_parse *parse, struct section *section,
			       const struct conf_word *name);
bool server_read_address(struct conf_parse *parse, struct server_conf *server,
			 const struct conf_word *word);
/* One that differs from `model` only by its name. */
struct server_conf *server_add_like(struct conf_parse *parse, const struct server_conf *model,
				    const struct conf_word *name);
/* The one word an option needs, or NULL after a report. Says how many words were used. */
const struct conf_word *server_argument(struct conf_parse *parse, const struct conf_line *line,
					unsigned at);
/* A `server` line from its options on: the server, or NULL after a report. */
struct server_conf *server_read_line(struct conf_parse *parse, struct section *section,
				     const struct conf_word *name, const struct conf_line *line,
				     unsigned at);

/* Options about names: .parse of their rows (keywords_server_name.c). */
void server_read_init_addr(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no);
void server_read_resolvers(struct conf_parse *parse, void *object, const struct conf_line *line,
			   unsigned at, bool no);
void server_read_resolve_net(struct conf_parse *parse, void *object, const struct conf_line *line,
			     unsigned at, bool no);
void server_read_resolve_opts(struct conf_parse *parse, void *object, const struct conf_line *line,
			      unsigned at, bool no);
extern const struct conf_choice server_families[];

/* The addresses that a section's servers begin with; after server_state_resolve. */
void server_names_resolve(struct conf_parse *parse, struct section *section);
/* A `resolvers default` of this machine's own, and what is wrong with the sections. */
void resolvers_resolve(struct conf_parse *parse);

/* `source` of a server or a backend. */
struct source_conf {
	struct net_address address;
	const char *interface;
	uint16_t ports;
	const struct foreign_source *foreign;
};

/* words[at] is the address; `range`: of ports, may be. Returns how many words it took (keywords_source.c). */
unsigned read_source(struct conf_parse *parse, const struct conf_line *line, unsigned at, bool range,
		     struct source_conf *ret);

/*
 * "all", "odd", "1/1-4", "2-": threads as bits from 0 in *ret, which has none when the words name a
 * process or a group that is not there. False: it makes no sense, and nothing is reported.
 */
bool read_thread_set(const char *text, uint64_t *ret_threads);

/* Which header the sources of a section's servers need. */
void source_resolve(struct conf_parse *parse, struct section *section);

/* `proto` of bind and server lines, a row's .parse: HTTP/1 is all there is. */
void read_proto(struct conf_parse *parse, void *object, const struct conf_line *line, unsigned at,
		bool no);

/* Whether a header may be called that (RFC 9110, 5.1); otherwise reports. */
bool read_header_name(struct conf_parse *parse, const struct conf_word *word);

/* "10.0.0.0/8", "fe80::/10", "proxy.example.com": NULL after a report. */
struct http_except *read_network(struct conf_parse *parse, const struct conf_word *word);

/* "name" of a word like "hdr(name)", whose parenthesis is at byte `from`. NULL after a report. */
const char *read_parentheses(struct conf_parse *parse, const struct conf_word *word, size_t from);

/* `if|unless ...` of a request, from words[at] on, appended to a list. */
void read_http_condition(struct conf_parse *parse, struct section *section,
			 const struct conf_line *line, unsigned at, struct http_condition **list);

/* What may be looked at where a request is in its backend and has no server yet. */
extern const struct expr_place reading_request_place;

/* Remembers a word of mode http, or with `no` forgets it: words[..at] are its name. */
void http_word_note(struct conf_parse *parse, struct section *section, const struct conf_line *line,
		    unsigned at, bool no, unsigned fate);

/* The warning for a form that was removed; `modern` is what to write today. */
void report_old_form(struct conf_parse *parse, struct diag_span span, const char *old,
		     const char *modern);
/* The same for a word that has no modern form; `hint` says what to do. */
void report_obsolete(struct conf_parse *parse, struct diag_span span, const char *old,
		     const char *hint);
/* The error for a word that was removed and cannot be translated. */
void report_removed(struct conf_parse *parse, struct diag_span span, const char *what,
		    const char *hint);
void report_not_supported(struct conf_parse *parse, struct diag_span span, const char *what,
			  const char *hint);

/* A copy of a list or an array that a section may append to. */
void log_conf_copy(struct arena *arena, struct log_conf *log);

/* The ring that a log line names, which a section must make; and one for `log tcp@ADDRESS`. */
const struct log_ring *ring_named(struct conf_parse *parse, const char *name,
				  struct diag_span span);
const struct log_ring *ring_to(struct conf_parse *parse, const struct net_address *server,
			       enum log_format format, uint16_t length);
void log_forward_check(struct conf_parse *parse, struct log_forward *forward);
/* A target for each further server of the rings that `log` leads to; after the last line. */
void rings_expand(struct arena *arena, struct log_conf *log);
void rings_check(struct conf_parse *parse); /* that all of them have their section */

/* What log formats may look at. */
extern const struct expr_place reading_log_place;
/* What needs a request has none in mode tcp: reports. `format` may be NULL. */
void format_check_mode(struct conf_parse *parse, const struct section *section,
		       const struct format *format);
/* Which log format applies, and whether the section's mode can have it; after proxy_check_mode. */
void format_resolve(struct conf_parse *parse, struct section *section);
/* One more capture of the section; `header` NULL: a slot that rules fill. */
struct http_capture *capture_add(struct conf_parse *parse, struct section *section, bool response,
				 const char *header, unsigned length);

/* Names to backends, numbers, joined settings and the checks over all sections. */
void proxy_resolve(struct conf_parse *parse);

/* The same for one section that no file has; all others are done. */
void section_resolve(struct conf_parse *parse, struct section *section);
/* What a section begins with; `defaults` NULL: nothing but presets. */
struct section *section_new(struct conf_parse *parse, const struct section *defaults);
/* conf->models; what is wrong with them is no finding. Last of all (backend_model.c). */
void backend_models_make(struct conf_parse *parse);
/* The text of the report's first error; "" without one. */
const char *report_first_error(struct arena *arena, struct diag_report *report);

/* -dD: notes on lines that are right and yet suspicious. */
void proxy_diagnose(struct conf_parse *parse);
/* Servers, http-errors sections and the like that one section refers to. */
void resolve_http(struct conf_parse *parse, struct section *section);
/* `mode health` (keywords_monitor.c). */
void read_mode_health(struct conf_parse *parse, struct section *section,
		      const struct conf_word *word);
/* What clients are told that are not served (keywords_monitor.c). */
void monitor_resolve(struct section *section);
/* `option http_proxy` as rules of today, before rules are resolved (keywords_old_http.c). */
void http_proxy_resolve(struct conf_parse *parse, struct section *section);
/* What becomes of mode http and its words, and the checks within one section. */
void proxy_check_mode(struct conf_parse *parse, struct section *section);
void proxy_check_section(struct conf_parse *parse, struct section *section);
