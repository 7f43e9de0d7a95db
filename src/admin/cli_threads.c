/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_threads.c - what the threads do and what memory they hold, asked of
 * each (management manual 9.3 "show activity", "show pools", "show threads").
 */
#include <inttypes.h>
#include <string.h>

#include "admin/cli_ask.h"
#include "admin/cli_commands.h"
#include "admin/cli_private.h"

enum { THREAD_NUMBERS = 8 };

/* ---- in each thread ---- */

static uint64_t thread_turns(const struct worker *worker)
{
	return loop_counters(worker->loop)->turns;
}

static uint64_t thread_events(const struct worker *worker)
{
	return loop_counters(worker->loop)->events;
}

static uint64_t thread_timers(const struct worker *worker)
{
	return loop_counters(worker->loop)->timers;
}

static uint64_t thread_messages(const struct worker *worker)
{
	return loop_counters(worker->loop)->messages;
}

static uint64_t thread_streams(const struct worker *worker)
{
	uint64_t count = 0;

	list_for_each(node, &worker->streams)
		count++;
	return count;
}

static uint64_t thread_accepted(const struct worker *worker)
{
	const struct proxy *proxy = worker->proxy;
	uint64_t count = 0;

	for (unsigned i = 0; i < proxy->conf->section_count; i++)
		if (proxy->parts[i].frontend != NULL)
			count += proxy->parts[i].frontend->counters[worker->index]
					 .value[COUNT_CONNECTIONS];
	return count;
}

static uint64_t thread_dropped_logs(const struct worker *worker)
{
	return log_dropped(worker->log);
}

/* One line each in `show activity`. */
static const struct thread_number {
	const char *name;
	uint64_t (*read)(const struct worker *worker);
} thread_numbers[] = {
	{ "loops", thread_turns },	   { "poll_io", thread_events },
	{ "wake_timers", thread_timers },  { "wake_messages", thread_messages },
	{ "streams", thread_streams },	   { "accepted", thread_accepted },
	{ "dropped_logs", thread_dropped_logs },
};

/* ask->text: the numbers, as they are in memory. */
static void thread_tell(struct worker *worker, struct cli_ask *ask)
{
	for (unsigned i = 0; i < ARRAY_LEN(thread_numbers); i++) {
		uint64_t number = thread_numbers[i].read(worker);

		strbuf_add(&ask->text, (const char *)&number, sizeof(number));
	}
	ask->number[0] = worker->index;
}

/* ---- show activity ---- */

static bool thread_print_activity(struct cli_run *run)
{
	uint64_t (*told)[THREAD_NUMBERS] = run->state;
	struct cli_ask *ask;

	while ((ask = cli_ask_take(run)) != NULL) {
		if (ask->text.len == ARRAY_LEN(thread_numbers) * sizeof(uint64_t))
			memcpy(told[ask->number[0]], ask->text.text, ask->text.len);
		cli_ask_free(ask);
	}
	for (unsigned i = 0; i < ARRAY_LEN(thread_numbers); i++) {
		uint64_t total = 0;

		for (unsigned t = 0; t < run->proxy->threads; t++)
			total += told[t][i];
		strbuf_printf(run->out, "%s: %" PRIu64 " [", thread_numbers[i].name, total);
		for (unsigned t = 0; t < run->proxy->threads; t++)
			strbuf_printf(run->out, " %" PRIu64, told[t][i]);
		strbuf_puts(run->out, " ]\n");
	}
	return false;
}

static void thread_end(struct cli_run *run)
{
	free(run->state);
}

static void thread_show_activity(struct cli_run *run)
{
	uint64_t wall_us = wall_now_us();

	_Static_assert(ARRAY_LEN(thread_numbers) <= THREAD_NUMBERS, "there is room for all");
	run->state = calloc(run->proxy->threads, sizeof(uint64_t[THREAD_NUMBERS]));
	run->end = thread_end;
	if (run->state == NULL || cli_ask_all(run, thread_tell, NULL, NULL) < 0)
		return;
	strbuf_printf(run->out, "thread_id: 1 (1..%u)\ndate_now: %" PRIu64 ".%06" PRIu64 "\n",
		      run->proxy->threads, wall_us / 1000000, wall_us % 1000000);
	run->more = thread_print_activity;
}

/* ---- show threads ---- */

/* From the stamps on the shared page: a thread that hangs is shown all the same. */
static void thread_show_all(struct cli_run *run)
{
	uint64_t now_us = moment_now().us;

	for (unsigned i = 0; i < run->proxy->threads; i++) {
		uint64_t stamp_us = run->proxy->page->proxy.thread[i].stamp_us;
		uint64_t ago_us = now_us > stamp_us ? now_us - stamp_us : 0;

		strbuf_printf(run->out, "%c Thread %u : last turn %" PRIu64 ".%03" PRIu64
			      " s ago, stuck=%d\n",
			      i == 0 ? '*' : ' ', i + 1, ago_us / 1000000, ago_us / 1000 % 1000,
			      ago_us > 500000);
	}
}

/* ---- show pools ---- */

static void thread_tell_pools(struct worker *worker, struct cli_ask *ask)
{
	const struct {
		const char *name;
		size_t size, allocated, used;
	} pools[] = {
		{ "stream", worker->stream_slab.size, worker->stream_slab.allocated,
		  worker->stream_slab.allocated - worker->stream_slab.spare },
		{ "stream_detour", worker->detour_slab.size, worker->detour_slab.allocated,
		  worker->detour_slab.allocated - worker->detour_slab.spare },
		{ "server_conn", worker->conn_slab.size, worker->conn_slab.allocated,
		  worker->conn_slab.allocated - worker->conn_slab.spare },
		{ "txn", worker->txn_slab.size, worker->txn_slab.allocated,
		  worker->txn_slab.allocated - worker->txn_slab.spare },
	};

	for (unsigned i = 0; i < ARRAY_LEN(pools); i++)
		strbuf_printf(&ask->text,
			      "  - Pool %s (%zu bytes) : %zu allocated (%zu bytes), %zu used, "
			      "thread %u\n",
			      pools[i].name, pools[i].size, pools[i].allocated,
			      pools[i].allocated * pools[i].size, pools[i].used, worker->index + 1);
}

static bool thread_print_pools(struct cli_run *run)
{
	struct cli_ask *ask;

	while ((ask = cli_ask_take(run)) != NULL) {
		strbuf_add(run->out, ask->text.text, ask->text.len);
		cli_ask_free(ask);
	}
	return false;
}

static void thread_show_pools(struct cli_run *run)
{
	if (cli_ask_all(run, thread_tell_pools, NULL, NULL) < 0)
		return;
	strbuf_puts(run->out, "Dumping pools usage.\n");
	run->more = thread_print_pools;
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_threads[] = {
	{ DOC("show activity", "What each thread has done so far.", "show activity"),
	  .run = thread_show_activity },
	{ DOC("show pools", "What memory each thread keeps for streams.", "show pools"),
	  .run = thread_show_pools },
	{ DOC("show threads", "When each thread was last seen at work.", "show threads"),
	  .run = thread_show_all },
	CLI_COMMANDS_END,
};
