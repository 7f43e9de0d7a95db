/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/check_conf.h - how a section's servers are checked: `option httpchk` and
 * its kin, `http-check` and `tcp-check` rules, as read and as compiled.
 */
#pragma once

#include "conf/keyword.h"
#include "health/plan.h"

struct section;

enum check_kind { CHECK_CONNECT, CHECK_TCP, CHECK_HTTP, CHECK_PROTOCOL, CHECK_EXTERNAL };

/* Rules in the order of the file. A section with rules of its own has none of its defaults'. */
struct check_rules {
	const struct section *owner;
	struct health_step *steps;
	unsigned count;
	unsigned numbered;		/* rules, with those that leave no step */
	const char *comment;		/* of the last comment rule */
	bool comment_used;
	bool connects;
};

struct check_conf {
	enum check_kind kind;
	struct diag_span span;		/* of the option, for findings on the whole */
	const char *method, *uri, *version; /* of `option httpchk`; NULL: not given */
	const struct health_header *headers; /* behind its version, the old way */
	unsigned header_count;
	const char *body;		/* or NULL */
	struct check_rules *http, *tcp;	/* or NULL */
	bool soft_404, sends_state;
	const char *command, *path;	/* external-check; NULL: not given */
	struct diag_span command_span;
	const struct health_plan *plan;	/* of CHECK_PROTOCOL; else compiled by check_resolve */
};

/* Compiles the section's plan. */
void check_resolve(struct conf_parse *parse, struct section *section);

struct proxy_conf;
struct server_conf;

/* Compiles those of healthcheck sections, before any server is looked at. */
void healthchecks_resolve(struct conf_parse *parse);
/* Finds the one that the server's line names, if it names one. False: there is none. */
bool healthcheck_find(const struct proxy_conf *conf, struct server_conf *server);

/* What expressions of checks may look at: before there is an answer, and of an answer. */
extern const struct expr_place check_place, check_answer_place;

/* The rules of `*list` that `section` may add to. */
struct check_rules *check_rules_of(struct conf_parse *parse, const struct section *section,
				   struct check_rules **list);

/* `expect`: words[at] is the first after it. False after a report. */
bool check_read_expect(struct conf_parse *parse, const struct conf_line *line, unsigned at,
		       bool http, struct health_step *step);
/* A word that is constant, or with `lf` a log-format string; `hex` digits of bytes. */
bool check_read_text(struct conf_parse *parse, const struct conf_word *word,
		     const struct expr_place *place, bool lf, bool hex, struct health_text *ret);
