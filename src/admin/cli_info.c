/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_info.c - see cli_info.h. Any thread but for `memory`, which is the caller's. */
#include "admin/cli_info.h"

#include <inttypes.h>
#include <malloc.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "admin/row.h"
#include "proxy/proxy.h"
#include "proxy/run.h"

struct info_facts {
	const struct proxy *proxy;
	struct stats_process process;
	struct moment now;
	uint64_t uptime_us, taken, used, descriptors, requests, bytes_out;
	uint32_t idle_percent;
};

/* ---- facts ---- */

/* Of the time since the last look, if that is a while ago: else what it said. */
static uint32_t idle_percent(const struct proxy *proxy, struct info_memory *memory)
{
	struct timespec cpu;
	uint64_t now_us = moment_now().us, cpu_us, past_us, busy;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	cpu_us = (uint64_t)cpu.tv_sec * 1000000 + (uint64_t)cpu.tv_nsec / 1000;
	if (memory->looked_us == 0)
		*memory = (struct info_memory){ proxy->started.us, 0, 100 };
	past_us = now_us - memory->looked_us;
	if (past_us < 100000)
		return memory->idle_percent;
	busy = (cpu_us - memory->cpu_us) * 100 / (past_us * proxy->threads);
	*memory = (struct info_memory){ now_us, cpu_us, busy > 100 ? 0 : (uint32_t)(100 - busy) };
	return memory->idle_percent;
}

static void sum_frontends(struct info_facts *facts)
{
	const struct ledger *ledger = facts->proxy->args->ledger;

	for (unsigned i = 0; i < facts->proxy->conf->section_count; i++) {
		const struct frontend *frontend = facts->proxy->parts[i].frontend;

		if (frontend == NULL)
			continue;
		facts->bytes_out += frontend_total(frontend, COUNT_BYTES_OUT);
		facts->requests += frontend_total(
			frontend, frontend->section->mode == PROXY_MODE_HTTP ? COUNT_REQUESTS
									     : COUNT_SESSIONS);
	}
	facts->bytes_out += ledger_gone(ledger, false, COUNT_BYTES_OUT) +
			    ledger_gone(ledger, true, COUNT_BYTES_OUT);
	facts->requests += ledger_gone(ledger, false, COUNT_SESSIONS) +
			   ledger_gone(ledger, true, COUNT_REQUESTS);
}

static void collect_facts(const struct proxy *proxy, struct info_memory *memory,
			  struct info_facts *ret)
{
	struct mallinfo2 heap = mallinfo2();
	struct rlimit limit = { 0 };

	*ret = (struct info_facts){ .proxy = proxy, .now = moment_now() };
	getrlimit(RLIMIT_NOFILE, &limit);
	stats_collect_process(proxy, &ret->process);
	ret->uptime_us = moment_since(proxy->started, ret->now);
	ret->taken = heap.arena + heap.hblkhd;
	ret->used = heap.uordblks + heap.hblkhd;
	ret->descriptors = limit.rlim_cur;
	ret->idle_percent = idle_percent(proxy, memory);
	sum_frontends(ret);
}

/* ---- texts ---- */

static void info_name(const struct info_facts *facts, char *ret, size_t size)
{
	snprintf(ret, size, "HAProxy");
}

static void info_version(const struct info_facts *facts, char *ret, size_t size)
{
	snprintf(ret, size, "%s", HAPROXY_LEVEL "-relevo" RELEVO_VERSION);
}

static void info_date(const struct info_facts *facts, char *ret, size_t size)
{
	snprintf(ret, size, "%s", RELEVO_DATE);
}

static void info_uptime(const struct info_facts *facts, char *ret, size_t size)
{
	uint64_t s = facts->uptime_us / 1000000;

	snprintf(ret, size, "%" PRIu64 "d %" PRIu64 "h%02" PRIu64 "m%02" PRIu64 "s", s / 86400,
		 s / 3600 % 24, s / 60 % 60, s % 60);
}

static void info_node(const struct info_facts *facts, char *ret, size_t size)
{
	const char *node = facts->proxy->conf->global.node;

	if (node != NULL)
		snprintf(ret, size, "%s", node);
	else if (gethostname(ret, size) < 0)
		*ret = '\0';
	ret[size - 1] = '\0';
}

static void info_description(const struct info_facts *facts, char *ret, size_t size)
{
	const char *text = facts->proxy->conf->global.description;

	snprintf(ret, size, "%s", text != NULL ? text : "");
}

static void info_build(const struct info_facts *facts, char *ret, size_t size)
{
	snprintf(ret, size, "relevo %s", RELEVO_VERSION);
}

static void info_draining(const struct info_facts *facts, char *ret, size_t size)
{
	unsigned processes = ledger_draining(facts->proxy->args->ledger).processes;

	if (processes != 0)
		snprintf(ret, size, "%u", processes);
}

static void info_draining_connections(const struct info_facts *facts, char *ret, size_t size)
{
	struct ledger_draining draining = ledger_draining(facts->proxy->args->ledger);

	if (draining.processes != 0)
		snprintf(ret, size, "%u", draining.connections);
}

static void info_tainted(const struct info_facts *facts, char *ret, size_t size)
{
	snprintf(ret, size, "0");
}

/* ---- numbers ---- */

#define INFO(name, value)                                                                          \
	static uint64_t info_##name(const struct info_facts *facts)                                \
	{                                                                                          \
		return value;                                                                      \
	}

INFO(one, 1)
INFO(threads, facts->proxy->threads)
INFO(pid, (uint64_t)getpid())
INFO(uptime_s, facts->uptime_us / 1000000)
INFO(start_s, facts->process.wall_us / 1000000 - facts->uptime_us / 1000000)
INFO(taken, facts->taken)
INFO(used, facts->used)
INFO(memmax_mb, (uint64_t)facts->proxy->conf->global.memory_mb)
INFO(memmax, (uint64_t)facts->proxy->conf->global.memory_mb << 20)
INFO(taken_mb, facts->taken >> 20)
INFO(used_mb, facts->used >> 20)
INFO(descriptors, facts->descriptors)
INFO(maxconn, facts->proxy->gate.limit)
INFO(hard_maxconn, (uint64_t)facts->proxy->args->maxconn)
INFO(connections, facts->process.connections)
INFO(connections_total, facts->process.connections_total)
INFO(requests, facts->requests)
INFO(maxpipes, (uint64_t)facts->proxy->conf->global.maxpipes)
INFO(connection_rate, rate_read(&facts->proxy->connection_rate, facts->now.us))
INFO(connection_rate_max, facts->proxy->connection_rate.max)
INFO(session_rate, facts->process.rate)
INFO(session_rate_max, facts->process.rate_max)
INFO(connection_rate_limit, facts->proxy->connection_rate_limit)
INFO(session_rate_limit, facts->proxy->rate_limit)
INFO(idle, facts->idle_percent)
INFO(stopping, facts->process.stopping)
INFO(listeners, facts->proxy->conf->bind_count + facts->proxy->conf->global.cli_count)
INFO(jobs, facts->process.connections + info_listeners(facts))
INFO(bytes_out, facts->bytes_out)

#define TEXT(words, tags, of, what)                                                                \
	{ .doc = { .name = words, .summary = what, .since = "0.3" }, .tag = tags,                  \
	  .type = FIELD_TEXT, .text = info_##of }
#define U32(words, measure, tags, of, what)                                                        \
	{ .doc = { .name = words, .summary = what, .since = "0.3" }, .unit = measure,              \
	  .tag = tags, .type = FIELD_U32, .number = info_##of }
#define U64(words, measure, tags, of, what)                                                        \
	{ .doc = { .name = words, .summary = what, .since = "0.3" }, .unit = measure,              \
	  .tag = tags, .type = FIELD_U64, .number = info_##of }
#define NOTHING(words, tags, width, what)                                                          \
	{ .doc = { .name = words, .summary = what, .since = "0.3" }, .tag = tags, .type = width }
/* Of HAProxy with zlib. */
#define NEVER(words)                                                                               \
	{ .doc = { .name = words, .summary = "Memory of zlib.", .since = "0.3" },                  \
	  .type = FIELD_TEXT, .optional = true }

const struct info_row info_rows[] = {
	TEXT("Name", "POS", name, "The program whose interface this is."),
	TEXT("Version", "POS", version, "The version of that interface, and relevo's."),
	TEXT("Release_date", "POS", date, "When this version was made."),
	U32("Nbthread", NULL, "CGS", threads, "Threads of the proxy."),
	U32("Nbproc", NULL, "CGS", one, "Processes of the proxy, always 1."),
	U32("Process_num", NULL, "KGP", one, "Number of this process, always 1."),
	U32("Pid", NULL, "SGP", pid, "Process id of the proxy."),
	TEXT("Uptime", "MDP", uptime, "Since the start, in days, hours, minutes and seconds."),
	U32("Uptime_sec", "s", "MDP", uptime_s, "Seconds since the start."),
	U32("Memmax_MB", "MiB", "CLP", memmax_mb, "Limit on memory: -m; 0: none."),
	U32("PoolAlloc_MB", "MiB", "MGP", taken_mb, "Memory taken from the system."),
	U32("PoolUsed_MB", "MiB", "MGP", used_mb, "Of it, what is in use."),
	NOTHING("PoolFailed", "MCP", FIELD_U32, "Times that memory could not be had."),
	U32("Ulimit-n", NULL, "CLP", descriptors, "Limit on descriptors."),
	U32("Maxsock", NULL, "CLP", descriptors, "Descriptors that may be open."),
	U32("Maxconn", NULL, "CLP", maxconn, "Limit on connections of clients now."),
	U32("Hard_maxconn", NULL, "CLP", hard_maxconn, "The same at start."),
	U32("CurrConns", NULL, "MGP", connections, "Connections of clients now."),
	U32("CumConns", NULL, "MCP", connections_total, "Connections since the start."),
	U32("CumReq", NULL, "MCP", requests, "Requests since the start, or streams in mode tcp."),
	NOTHING("MaxSslConns", "MMP", FIELD_U32, "Limit on connections with TLS."),
	NOTHING("CurrSslConns", "MGP", FIELD_U32, "Connections with TLS now."),
	NOTHING("CumSslConns", "MCP", FIELD_U32, "Connections with TLS since the start."),
	U32("Maxpipes", NULL, "CLP", maxpipes, "Limit on pipes for splicing; 0: none is set."),
	NOTHING("PipesUsed", "MGP", FIELD_U32, "Not counted over threads."),
	NOTHING("PipesFree", "MGP", FIELD_U32, "Not counted over threads."),
	U32("ConnRate", "/s", "MRP", connection_rate, "Connections in the last second."),
	U32("ConnRateLimit", "/s", "CLP", connection_rate_limit,
	    "Limit on connections a second; 0: none."),
	U32("MaxConnRate", "/s", "MMP", connection_rate_max, "Most connections in one second."),
	U32("SessRate", "/s", "MRP", session_rate, "Sessions in the last second."),
	U32("SessRateLimit", "/s", "CLP", session_rate_limit,
	    "Limit on sessions a second; 0: none."),
	U32("MaxSessRate", "/s", "MRP", session_rate_max, "Most sessions in one second."),
	NOTHING("SslRate", "MRP", FIELD_U32, "Sessions with TLS in the last second."),
	NOTHING("SslRateLimit", "CLP", FIELD_U32, "Limit on sessions with TLS a second."),
	NOTHING("MaxSslRate", "MMP", FIELD_U32, "Most sessions with TLS in one second."),
	NOTHING("SslFrontendKeyRate", "MGP", FIELD_U32,
		"Keys computed for clients in the last second."),
	NOTHING("SslFrontendMaxKeyRate", "MMP", FIELD_U32, "Most of them in one second."),
	NOTHING("SslFrontendSessionReuse_pct", "MGP", FIELD_U32,
		"Percent of TLS sessions resumed."),
	NOTHING("SslBackendKeyRate", "MRP", FIELD_U32,
		"Keys computed for servers in the last second."),
	NOTHING("SslBackendMaxKeyRate", "MMP", FIELD_U32, "Most of them in one second."),
	NOTHING("SslCacheLookups", "MCP", FIELD_U32, "Lookups of TLS sessions."),
	NOTHING("SslCacheMisses", "MCP", FIELD_U32, "Of them, those that found none."),
	NOTHING("CompressBpsIn", "MRP", FIELD_U32, "Bytes to compress in the last second."),
	NOTHING("CompressBpsOut", "MRP", FIELD_U32, "Bytes that came out of it."),
	NOTHING("CompressBpsRateLim", "CLP", FIELD_U32, "Limit on bytes to compress a second."),
	NEVER("ZlibMemUsage"),
	NEVER("MaxZlibMemUsage"),
	U32("Tasks", NULL, "MGP", jobs, "Streams and listeners now."),
	NOTHING("Run_queue", "MGP", FIELD_U32,
		"Tasks that wait for the processor; there is no such queue."),
	U32("Idle_pct", "%", "MaP", idle,
	    "Percent of the threads' time without work, since the last look."),
	TEXT("node", "COS", node, "Name of this node."),
	{ .doc = { .name = "description", .summary = "The global description.", .since = "0.3" },
	  .tag = "COS", .type = FIELD_TEXT, .text = info_description, .optional = true },
	U32("Stopping", NULL, "MGP", stopping, "1 during a soft stop."),
	U32("Jobs", NULL, "MGP", jobs, "Connections of clients and listeners now."),
	NOTHING("Unstoppable Jobs", "MGP", FIELD_U32, "Jobs that a soft stop does not wait for."),
	U32("Listeners", NULL, "MGP", listeners, "Addresses that are listened on."),
	NOTHING("ActivePeers", "MGP", FIELD_U32, "Peers that are known."),
	NOTHING("ConnectedPeers", "MGP", FIELD_U32, "Of them, those that are connected."),
	NOTHING("DroppedLogs", "MGP", FIELD_U32, "Log lines lost; not counted over threads."),
	NOTHING("BusyPolling", "MGP", FIELD_U32, "1 when threads never sleep."),
	NOTHING("FailedResolutions", "MGP", FIELD_U32, "Names that could not be resolved."),
	U64("TotalBytesOut", "B", "MGP", bytes_out, "Bytes to clients since the start."),
	NOTHING("TotalSplicdedBytesOut", "MGP", FIELD_U64,
		"Of them, those spliced; not counted apart."),
	NOTHING("BytesOutRate", "MRP", FIELD_U64,
		"Bytes to clients in the last second; not counted."),
	NOTHING("DebugCommandsIssued", "MGP", FIELD_U32, "Debug commands given."),
	NOTHING("CumRecvLogs", "MCP", FIELD_U32, "Log lines received."),
	TEXT("Build info", "POS", build, "The program and its version."),
	U32("Memmax_bytes", "B", "CLP", memmax, "Limit on memory: -m; 0: none."),
	U64("PoolAlloc_bytes", "B", "MGP", taken, "Memory taken from the system."),
	U64("PoolUsed_bytes", "B", "MGP", used, "Of it, what is in use."),
	U32("Start_time_sec", "s", "MDP", start_s, "When it was started, in seconds since 1970."),
	TEXT("Tainted", "SGP", tainted, "What was done to it that voids guarantees."),
	{ .doc = { .name = "Draining_processes", .since = "0.4",
		   .summary = "Proxy processes of earlier configurations that still have "
			      "connections." },
	  .tag = "MGP", .type = FIELD_TEXT, .text = info_draining, .optional = true },
	{ .doc = { .name = "Draining_connections", .since = "0.4",
		   .summary = "Connections of clients that they have." },
	  .tag = "MGP", .type = FIELD_TEXT, .text = info_draining_connections, .optional = true },
};

const size_t info_row_count = ARRAY_LEN(info_rows);

/* ---- the answer ---- */

enum { INFO_TEXT = 256 };

static void fill_field(const struct info_facts *facts, unsigned position, char text[INFO_TEXT],
		       struct field *ret)
{
	const struct info_row *row = &info_rows[position];

	*ret = (struct field){ .position = position, .name = row->doc.name, .type = row->type,
			       .summary = row->doc.summary, .text = text };
	memcpy(ret->tag, row->tag, sizeof(ret->tag));
	if (row->text != NULL)
		row->text(facts, text, INFO_TEXT);
	else if (row->number != NULL)
		ret->number = row->number(facts);
}

static void print_field(const struct info_facts *facts, const struct field *field,
			const struct info_answer_options *options, struct strbuf *out)
{
	bool uptime = info_rows[field->position].number == info_uptime_s;

	if (options->json) {
		strbuf_puts(out, field->position == 0 ? "" : ",");
		field_json(field, "", out);
		return;
	}
	if (options->typed) {
		field_typed(field, options->describe, out);
		return;
	}
	strbuf_printf(out, "%s: ", field->name);
	if (uptime && options->with_fractions)
		strbuf_printf(out, "%" PRIu64 ".%06" PRIu64, facts->uptime_us / 1000000,
			      facts->uptime_us % 1000000);
	else
		field_print(field, out);
	if (options->describe)
		strbuf_printf(out, ":\"%s\"", field->summary);
	strbuf_puts(out, "\n");
}

void info_numbers(const struct proxy *proxy, struct info_memory *memory, uint64_t *ret)
{
	struct info_facts facts;

	collect_facts(proxy, memory, &facts);
	for (size_t i = 0; i < info_row_count; i++)
		ret[i] = info_rows[i].number != NULL ? info_rows[i].number(&facts) : 0;
}

void info_print(const struct proxy *proxy, struct info_memory *memory,
		const struct info_answer_options *options, struct strbuf *out)
{
	struct info_facts facts;

	collect_facts(proxy, memory, &facts);
	strbuf_puts(out, options->json ? "[" : "");
	for (unsigned i = 0; i < info_row_count; i++) {
		char text[INFO_TEXT] = "";
		struct field field;

		fill_field(&facts, i, text, &field);
		if (!info_rows[i].optional || *text != '\0')
			print_field(&facts, &field, options, out);
	}
	strbuf_puts(out, options->json ? "]\n" : "");
}
