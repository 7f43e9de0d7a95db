/* SPDX-License-Identifier: Apache-2.0 */
/* dns/question.c - see question.h. */
#include "dns/question.h"

#include <string.h>

static struct moment question_after(struct moment now, uint32_t ms)
{
	return moment_after(now, (uint64_t)ms * 1000);
}

void dns_question_init(struct dns_question *question, const struct dns_conf *conf,
		       const char *name, bool service, int prefer, struct moment now)
{
	*question = (struct dns_question){
		.conf = conf,
		.first = service ? DNS_SRV : prefer == AF_INET ? DNS_A : DNS_AAAA,
		.asked.prefer = prefer,
		.status = DNS_VALID,
		.last_valid = now,
		.due = now,
	};
	if (!dns_name_copy(name, question->asked.name))
		ASSERT(false);
}

static enum dns_step question_ask(struct dns_question *question, enum dns_type type,
				  struct moment now)
{
	question->asked.type = type;
	question->round++;
	question->pending = question->conf->nameserver_count;
	question->failed = false;
	question->due = question_after(now, question->conf->timeout_retry_ms);
	return DNS_STEP_ASK;
}

static enum dns_step question_done(struct dns_question *question, enum dns_status status,
				   struct moment now)
{
	question->running = false;
	question->status = status;
	if (status == DNS_VALID)
		question->last_valid = now;
	question->due = question_after(now, question->conf->timeout_resolve_ms);
	return DNS_STEP_DONE;
}

static enum dns_step question_fall_back(struct dns_question *question, struct moment now)
{
	question->fell_back = true;
	return question_ask(question, question->asked.type == DNS_A ? DNS_AAAA : DNS_A, now);
}

static bool question_may_fall_back(const struct dns_question *question)
{
	return question->first != DNS_SRV && !question->fell_back && question->failed;
}

enum dns_step dns_question_expire(struct dns_question *question, struct moment now)
{
	if (!question->running) {
		question->running = true;
		question->fell_back = false;
		question->tries = question->conf->retries;
		question->since = question->round + 1;
		return question_ask(question, question->first, now);
	}
	if (question_may_fall_back(question))
		return question_fall_back(question, now);
	if (--question->tries <= 0)
		return question_done(question, question->failed ? question->error : DNS_TIMEOUT,
				     now);
	if (!question->failed)
		return question_ask(question, question->asked.type, now);
	question->fell_back = false;
	return question_ask(question, question->first, now);
}

bool dns_question_is_late(const struct dns_question *question, unsigned round)
{
	return !question->running || round < question->since;
}

enum dns_step dns_question_answer(struct dns_question *question, unsigned round,
				  enum dns_status status, struct moment now)
{
	if (dns_question_is_late(question, round))
		return DNS_STEP_WAIT;
	if (status == DNS_VALID)
		return question_done(question, status, now);
	if (round != question->round || question->pending == 0)
		return DNS_STEP_WAIT;
	question->pending--;
	question->failed = true;
	question->error = status;
	if (question->pending != 0)
		return DNS_STEP_WAIT;
	if (question_may_fall_back(question))
		return question_fall_back(question, now);
	if (question->tries <= 1)
		return question_done(question, status, now);
	return DNS_STEP_WAIT;
}

void dns_question_hasten(struct dns_question *question, struct moment now)
{
	if (!question->running)
		question->due = now;
}

bool dns_question_held(const struct dns_question *question, struct moment now)
{
	uint64_t hold_us;

	if (question->status == DNS_VALID)
		return true;
	hold_us = (uint64_t)dns_conf_hold_ms(question->conf, question->status) * 1000;
	return moment_since(question->last_valid, now) < hold_us;
}
