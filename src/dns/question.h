/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns/question.h - when a name is asked for, and what the answers come to
 * (configuration manual 5.3.2). Pure: the clock is passed in, who calls it asks.
 *
 *   IDLE --due--> ASKED --valid answer--> IDLE (DONE)
 *                   |--all nameservers failed--> ASKED for the other family, once
 *                   |--that too--> FAILED: waits for `timeout retry` --> ASKED again
 *                   |--no answer within `timeout retry`--> ASKED again
 *                   `--after resolve_retries of those--> IDLE (DONE)
 */
#pragma once

#include "dns/answer.h"

enum dns_step {
	DNS_STEP_WAIT,	/* until an answer, or dns_question.due */
	DNS_STEP_ASK,	/* every nameserver is to be asked for .asked now */
	DNS_STEP_DONE,	/* .status says what came of it; .due is when to ask next */
};

struct dns_question {
	struct dns_asked asked;
	const struct dns_conf *conf;
	enum dns_type first;		/* the type that is asked for first */
	enum dns_status status;		/* of the last resolution that ended */
	struct moment last_valid;	/* the beginning, before the first */
	struct moment due;
	unsigned round;			/* of the queries that are out: answers bring it back */
	unsigned since;			/* the first round of this resolution */
	unsigned pending;		/* nameservers that have not answered in this round */
	int64_t tries;			/* left, this one too */
	bool running, fell_back, failed; /* failed: some nameserver said so, with `error` */
	enum dns_status error;
};

/* `name` is valid. service: a SRV name. prefer: AF_INET or AF_INET6. Due at once. */
void dns_question_init(struct dns_question *question, const struct dns_conf *conf,
		       const char *name, bool service, int prefer, struct moment now);

/* `due` has come. */
enum dns_step dns_question_expire(struct dns_question *question, struct moment now);

/* A nameserver has said `status` to a query of `round`. */
enum dns_step dns_question_answer(struct dns_question *question, unsigned round,
				  enum dns_status status, struct moment now);

/* An answer to a query of `round` is of no use any more. */
bool dns_question_is_late(const struct dns_question *question, unsigned round);

/* Asked again at once, unless it is being asked for. */
void dns_question_hasten(struct dns_question *question, struct moment now);

/* The last resolution failed, and not for so long yet that it counts. */
bool dns_question_held(const struct dns_question *question, struct moment now);
