/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/rule.h - rules: an action, and a condition (configuration manual 4.2
 * "tcp-request", "http-request", ... and 4.3 "Actions").
 *
 * An action is a row: where it may stand, how its words are read, what it
 * does. Rules of a section run in the order of the file; those of its named
 * defaults come first, the frontend's before the backend's.
 */
#pragma once

#include "base/doc.h"
#include "conf/keyword.h"
#include "expr/acl.h"
#include "expr/context.h"
#include "http/message.h"
#include "base/clock.h"

struct section;
struct stream;
struct txn;
struct rule;

enum rule_list {
	RULES_CONNECTION,	/* tcp-request connection: at accept, before the PROXY header */
	RULES_SESSION,		/* tcp-request session: after it */
	RULES_REQUEST_CONTENT,	/* tcp-request content */
	RULES_HTTP_REQUEST,
	RULES_RESPONSE_CONTENT,	/* tcp-response content */
	RULES_HTTP_RESPONSE,
	RULES_HTTP_AFTER_RESPONSE,
	RULES_STATS,		/* stats http-request: for the statistics page; logs no step of its own */
	RULE_LISTS,
};

enum rule_verdict {
	RULE_NEXT,	/* on to the next rule */
	RULE_DONE,	/* accept, allow: no more rules of this list */
	RULE_WAIT,	/* ask again when more bytes came, or at run->wait_until */
	RULE_REPLY,	/* txn->reply is the answer (txn_reply); the request goes to no server */
	RULE_TARPIT,	/* the same, after `timeout tarpit` */
	RULE_REJECT,	/* close the connection */
	RULE_DROP,	/* silent-drop: forget it without a word to the client */
	/* it could not be done (no memory, header table full): 500, or 502 for responses */
	RULE_ERROR,
};

/* One evaluation of a list. */
struct rule_run {
	enum rule_list list;
	struct expr_context *context;	/* while they run */
	const struct section *section;	/* the rule's */
	struct stream *stream;
	struct txn *txn;		/* NULL: connection and session rules */
	/* what header actions edit: request or response; NULL in tcp */
	struct http_message *message;
	/* where an action's RULE_WAIT stopped; NULL: from the beginning */
	const struct rule *at;
	struct moment wait_until;	/* set with RULE_WAIT; MOMENT_NEVER: only for bytes */
	struct moment waiting_since;	/* of `at`: when it was first asked */
	bool in_action;			/* `at` has passed its condition: its action waits */
	bool lenient;			/* strict-mode off: edits that fail are passed over */
};

struct rule_action {
	struct doc doc;			/* .name: "set-header", "set-var" */
	unsigned lists;			/* bits 1 << enum rule_list */
	bool parens;			/* "(...)" follows the name: set-var(txn.a) */
	bool final;			/* never goes on to the next rule */
	/*
	 * words[at] is the action's own word, with its parentheses. Returns
	 * the index of the word behind what it took (where `if` may stand), or
	 * 0 after a report. rule->args is its to set.
	 */
	unsigned (*parse)(struct conf_parse *parse, struct section *section, struct rule *rule,
			  const struct conf_line *line, unsigned at);
	enum rule_verdict (*run)(const struct rule *rule, struct rule_run *run);
	/* After the last line: names in args to what they name. Reports. May be NULL. */
	void (*resolve)(struct conf_parse *parse, const struct section *section,
			const struct rule *rule);
};

/*
 * Lists run in this order, and in the order of the file within. Accept and
 * allow end their own part of a list alone.
 */
enum rule_phase {
	RULE_BLOCK,	/* `block` */
	RULE_USUAL,
	RULE_LINE,	/* reqrep, reqdeny and the like, rsprep, ... */
	RULE_ADD,	/* reqadd, rspadd */
	RULE_REDIRECT,	/* `redirect` */
};

struct rule {
	struct rule *next;
	const struct rule_action *action;
	enum rule_list list;
	enum rule_phase phase;
	struct acl_condition *condition; /* NULL: always */
	void *args;			/* the action's */
	struct diag_span span;		/* of the action's word */
};

/* The rules of a section. */
struct rules {
	struct rule *first[RULE_LISTS];
};

/* Tables of actions, each ending in .doc.name NULL; ends in NULL. */
extern const struct rule_action *const rule_actions[];

/* "http-request": how the lines of a list begin. */
const char *rule_list_name(enum rule_list list);

/* What expressions may look at in a list of this section. */
const struct expr_place *rule_place(const struct section *section, enum rule_list list);

/* `http-request ACTION ... [if|unless ...]`: words[at] is ACTION. Reports; NULL after a report. */
struct rule *rule_parse(struct conf_parse *parse, struct section *section, enum rule_list list,
			const struct conf_line *line, unsigned at);
/* The same for an action that the line does not name, at words[at]: `redirect`, old forms. */
struct rule *rule_parse_action(struct conf_parse *parse, struct section *section,
			       enum rule_list list, const struct rule_action *action,
			       const struct conf_line *line, unsigned at);
/* Appends to the list; warns when the rule can never be reached. */
void rule_append(struct conf_parse *parse, struct rules *rules, struct rule *rule);
/* A copy to which may be appended: for sections that take rules from defaults. */
void rules_copy(struct arena *arena, struct rules *rules);

/* After the last line: names in the rules' arguments are looked up. */
void rules_resolve(struct conf_parse *parse, const struct section *section);

/*
 * Runs until a verdict other than RULE_NEXT; RULE_NEXT: all passed. After
 * RULE_WAIT it is called again with the same `run`, and a context that may have more.
 */
enum rule_verdict rules_run(const struct rule *rules, struct rule_run *run,
			    struct expr_context *context);

static inline bool rules_any(const struct rules *rules, enum rule_list list)
{
	return rules->first[list] != NULL;
}
