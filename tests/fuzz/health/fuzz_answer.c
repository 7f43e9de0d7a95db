/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What servers answer to checks: the first byte says what was asked. A verdict
 * that was reached stays the same when the server closes, and an end of file
 * always brings one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "health/judge.h"
#include "health/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum health_judgement judge_fn(struct slice bytes, bool complete, struct health_answer *ret);

static judge_fn *const judges[] = {
	health_judge_ldap,  health_judge_mysql, health_judge_pgsql,
	health_judge_redis, health_judge_smtp,	health_judge_ssl_hello,
};

static void check_answer(const struct health_answer *answer)
{
	if (memchr(answer->text, '\0', sizeof(answer->text)) == NULL ||
	    (unsigned)answer->code >= HEALTH_CODES)
		abort();
}

static void fuzz_judge(judge_fn *judge, struct slice bytes)
{
	struct health_answer early = { .code = HEALTH_UNKNOWN }, late = { .code = HEALTH_UNKNOWN };
	enum health_judgement so_far = judge(bytes, false, &early);

	check_answer(&early);
	if (judge(bytes, true, &late) == HEALTH_WAITS)
		abort();
	check_answer(&late);
	if (so_far != HEALTH_WAITS && early.code != late.code)
		abort();
}

static void fuzz_http(struct slice bytes, struct health_expect *expect, bool all)
{
	static const struct health_range good[] = {{ 200, 399 }};
	struct health_step step = { .kind = HEALTH_EXPECT, .expect = *expect };
	const struct health_plan plan = { .kind = HEALTH_PLAN_HTTP, .steps = &step, .count = 1 };
	const struct health_conf conf = { .plan = &plan };
	struct health_engine engine = { .loop = loop_new(NULL), .bufsize = 16384 };
	struct health_check check = { .conf = &conf, .engine = &engine };
	struct bump_pool pool = { 0 };

	step.expect.ranges = good;
	step.expect.range_count = 1;
	step.expect.min_recv = -1;
	check.run.memory.pool = &pool;
	check.run.bytes = (char *)bytes.at;
	check.run.len = bytes.len;
	if (expect_on_http(&check, &step, all) == HEALTH_BLOCKED && all)
		abort();
	check_answer(&check.run.answer);
	bump_free(&check.run.memory);
	bump_pool_free(&pool);
	loop_free(engine.loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct health_expect expects[] = {
		{ .match = HEALTH_MATCH_STATUS },
		{ .match = HEALTH_MATCH_BODY, .text.constant = SLICE_CONST("ok") },
		{ .match = HEALTH_MATCH_HEADER, .has_value = true,
		  .name.text.constant = SLICE_CONST("x"), .value.text.constant = SLICE_CONST("y") },
	};
	struct slice bytes;
	char *copy;

	if (size < 2)
		return 0;
	copy = malloc(size - 1); /* of the exact size: reading on is seen */
	memcpy(copy, data + 1, size - 1);
	bytes = (struct slice){ copy, size - 1 };
	if (data[0] % 16 < ARRAY_LEN(judges))
		fuzz_judge(judges[data[0] % 16], bytes);
	else
		for (unsigned i = 0; i < 2 * ARRAY_LEN(expects); i++)
			fuzz_http(bytes, &expects[i / 2], i % 2);
	free(copy);
	return 0;
}
