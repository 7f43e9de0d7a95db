/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/plan.h - a check as a list of steps: connect, send, expect, set.
 *
 * `http-check`, `tcp-check` and the checks of known protocols (health/protocol.h)
 * are such lists, compiled when the configuration is read and immutable; one
 * engine (health/run.h) runs them. Everything lives in the configuration's arena.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "health/code.h"
#include "net/address.h"

struct expr;
struct expr_var;
struct format;
struct health_check;
struct regex;

enum health_step_kind {
	HEALTH_CONNECT,
	HEALTH_SEND,	/* bytes */
	HEALTH_REQUEST, /* of HTTP */
	HEALTH_EXPECT,
	HEALTH_SET,	/* or unset a variable */
	HEALTH_STEP_KINDS,
};

/* Text that is constant, or a log-format string. */
struct health_text {
	struct slice constant;
	const struct format *format; /* NULL: constant */
	bool hex;		/* the format's text is hex digits of the bytes that are meant */
};

struct health_connect {
	struct net_address address; /* len 0: the check's */
	uint16_t port;		/* 0: that of the address, or the check's */
	uint16_t port_of_address; /* of `addr`; 0: none */
	const struct expr *port_expr; /* or NULL */
	bool preset;		/* `default`, or no connect rule: as the server line says */
	bool send_proxy;
	bool linger;		/* close with FIN, not with a reset */
};

struct health_header {
	const char *name;
	struct health_text value;
};

struct health_request {
	const char *method;
	struct health_text uri;
	const char *version;	/* "HTTP/1.0" */
	const struct health_header *headers;
	unsigned header_count;
	bool has_body;
	struct health_text body;
};

enum health_match {
	HEALTH_MATCH_TEXT,	/* the bytes hold `text` */
	HEALTH_MATCH_REGEX,
	HEALTH_MATCH_HEX_REGEX,	/* on the bytes as upper-case hex digits */
	HEALTH_MATCH_STATUS,	/* one of `ranges` */
	HEALTH_MATCH_STATUS_REGEX,
	HEALTH_MATCH_BODY,	/* the body holds `text` */
	HEALTH_MATCH_BODY_REGEX,
	HEALTH_MATCH_HEADER,	/* a header as `name` and `value` say */
	HEALTH_MATCH_OWN,	/* .judge decides */
	HEALTH_MATCH_LINE,	/* one line, and health_check.hear decides */
};

/* What an expectation came to. */
enum health_judgement { HEALTH_PASSED, HEALTH_FAILED, HEALTH_WAITS };

enum health_compare { HEALTH_EXACT, HEALTH_BEGINS, HEALTH_ENDS, HEALTH_HOLDS, HEALTH_REGEX };

struct health_compared { /* how a header's name or value is compared */
	enum health_compare how;
	struct health_text text;
	const struct regex *regex;
};

struct health_range {
	uint16_t low, high;
};

struct health_answer;

struct health_expect {
	enum health_match match;
	bool inverse;		/* `!` */
	bool is_binary;		/* told so in messages */
	bool whole_header;	/* fhdr: commas do not separate */
	int32_t min_recv;	/* bytes before it is looked at, and then it decides; -1: not given */
	enum health_code ok, error, timeout; /* HEALTH_UNKNOWN: the usual of its kind */
	struct health_text on_success, on_error; /* constant.at NULL without format: not given */
	const struct expr *number; /* status-code, or NULL */
	struct health_text text;
	const struct regex *regex;
	const struct health_range *ranges;
	unsigned range_count;
	struct health_compared name, value;
	bool has_value;
	/* HEALTH_MATCH_OWN: looks at what has come; fills in *ret when it failed or passed. */
	enum health_judgement (*judge)(struct slice bytes, bool complete, struct health_answer *ret);
};

struct health_set {
	const struct expr_var *var;
	const struct expr *expr;	/* NULL: `format` */
	const struct format *format;	/* both NULL: unset */
};

struct health_step {
	enum health_step_kind kind;
	unsigned number;	/* its place among the rules as the user counts them; 0: not written */
	const char *comment;	/* its own, or that of the last comment rule; NULL: none */
	union {
		struct health_connect connect;
		struct health_text send;
		struct health_request request;
		struct health_expect expect;
		struct health_set set;
	};
};

enum health_plan_kind { HEALTH_PLAN_TCP, HEALTH_PLAN_HTTP, HEALTH_PLAN_PROTOCOL };

struct health_plan {
	enum health_plan_kind kind;
	struct health_step *steps;
	unsigned count;
	bool soft_404;		/* http-check disable-on-404 */
	bool sends_state;	/* http-check send-state */
};

/* What a judge of its own found. */
enum { HEALTH_TEXT = 128 };
struct health_answer {
	enum health_code code;
	int number;
	char text[HEALTH_TEXT];
};
