/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_profile.h - `log-profile` sections: what `log ... profile NAME`
 * writes in place of the frontend's formats, step by step (configuration
 * manual of HAProxy 3.x, 8.3.5 "Log profiles", "log-steps", "do-log").
 */
#pragma once

#include "conf/keyword.h"
#include "diag/log.h"
#include "proxy/rule.h"

struct format;

/* When a line is written. */
enum log_step {
	LOG_STEP_ACCEPT,
	LOG_STEP_REQUEST,	/* http: the head is complete */
	LOG_STEP_CONNECT,	/* there is a connection to the server */
	LOG_STEP_RESPONSE,	/* http: the head has passed its rules */
	LOG_STEP_CLOSE,		/* the usual line */
	LOG_STEP_ERROR,		/* it failed: before the step that it came to */
	LOG_STEP_ANY,		/* of a profile: where nothing closer is said */
	LOG_STEP_RULE,		/* and one for each enum rule_list: do-log */
	LOG_STEPS = LOG_STEP_RULE + RULES_STATS,
};

struct log_override { /* `on` */
	bool given, drop;
	struct format *format, *structured; /* NULL: as without the profile */
};

struct log_overrides {
	struct log_profile profile;	/* what log targets point to */
	struct log_override on[LOG_STEPS];
	struct log_overrides *next;	/* all below: while the files are read */
	struct diag_span used, span;	/* source NULL: nobody names it; no section */
};

static inline const struct log_overrides *log_overrides_of(const struct log_profile *profile)
{
	return profile == NULL ? NULL : container_of(profile, struct log_overrides, profile);
}

/* What it says of a line at this step, or NULL. */
const struct log_override *log_profile_on(const struct log_profile *profile, enum log_step step,
					  bool error);

/* What %OG says: "txn_close", "http-req". */
const char *log_step_origin(enum log_step step);

/* The profile that a line names, which a section must make; and that all of them have theirs. */
const struct log_profile *log_profile_named(struct conf_parse *parse, const char *name,
					    struct diag_span span);
void log_profiles_check(struct conf_parse *parse);

/* That a section which uses it can have its formats: mode tcp has no requests. Reports. */
void log_profile_check_use(struct conf_parse *parse, const struct section *section,
			   const struct log_profile *profile);
/* Whether one of its formats asks how many lines were logged. */
bool log_profile_counts(const struct log_profile *profile);
