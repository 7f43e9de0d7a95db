/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/keywords_cpu_map.c - which CPUs a thread may run on (configuration
 * manual 3.1 "cpu-map"). There is one process, and one group of threads.
 */
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "proxy/reading.h"

enum { MAP_THREADS = 64 };

static bool map_number(const char *text, size_t len, unsigned most, unsigned *ret)
{
	unsigned number = 0;

	if (len == 0 || len > 2)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (unsigned)(text[i] - '0');
	}
	*ret = number;
	return number <= most;
}

/* "3", "1-4", "1-" as bits; numbers from `first` to `first` + 63 are bits 0 to 63. */
static bool map_range(const char *text, size_t len, unsigned first, uint64_t *ret)
{
	const char *dash = memchr(text, '-', len);
	size_t low_len = dash != NULL ? (size_t)(dash - text) : len;
	unsigned low, high, last = first + MAP_THREADS - 1;

	if (!map_number(text, low_len, last, &low) || low < first)
		return false;
	high = low;
	if (dash != NULL && low_len + 1 == len)
		high = last;
	else if (dash != NULL && !map_number(dash + 1, len - low_len - 1, last, &high))
		return false;
	if (high < low)
		return false;
	for (unsigned i = low; i <= high; i++)
		*ret |= UINT64_C(1) << (i - first);
	return true;
}

static bool map_set(const char *text, size_t len, uint64_t *ret)
{
	static const struct {
		const char *word;
		uint64_t bits;
	} words[] = {
		{ "all", UINT64_MAX },
		{ "odd", UINT64_C(0x5555555555555555) },
		{ "even", UINT64_C(0xaaaaaaaaaaaaaaaa) },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i].word) == len && memcmp(words[i].word, text, len) == 0) {
			*ret = words[i].bits;
			return true;
		}
	return map_range(text, len, 1, ret);
}

/* The one thread after the other gets the one CPU after the other. */
static void map_auto(struct proxy_global *global, uint64_t threads, uint64_t cpus)
{
	for (unsigned i = 0; i < MAP_THREADS; i++) {
		if ((threads >> i & 1) == 0)
			continue;
		global->cpu_map[i] = cpus & -cpus;
		cpus &= cpus - 1;
	}
}

bool read_thread_set(const char *text, uint64_t *ret_threads)
{
	const char *slash = strchr(text, '/');
	uint64_t group = 0, threads = UINT64_MAX;

	if (!map_set(text, slash != NULL ? (size_t)(slash - text) : strlen(text), &group))
		return false;
	if (slash != NULL) {
		threads = 0;
		if (!map_set(slash + 1, strlen(slash + 1), &threads))
			return false;
	}
	*ret_threads = (group & 1) != 0 ? threads : 0;
	return true;
}

/* "auto:1/1-4" */
static bool map_threads(const char *text, bool *ret_auto, uint64_t *ret_threads)
{
	*ret_auto = strncmp(text, "auto:", 5) == 0;
	return read_thread_set(text + (*ret_auto ? 5 : 0), ret_threads);
}

static void cpu_map_parse(struct conf_parse *parse, void *section, const struct conf_line *line,
			  unsigned at, bool no)
{
	struct proxy_global *global = section;
	uint64_t threads = 0, cpus = 0;
	bool is_auto = false;

	if (!conf_need_words(parse, line, at, 2, UINT_MAX, "cpu-map 1/1-4 0-3"))
		return;
	if (!map_threads(line->words[at].text, &is_auto, &threads)) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[at].span,
			 "write '1/all', '1/2' or '1/1-4'", "'%s' names no threads",
			 line->words[at].text);
		return;
	}
	for (unsigned i = at + 1; i < line->count; i++)
		if (!map_range(line->words[i].text, strlen(line->words[i].text), 0, &cpus)) {
			diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[i].span,
				 "write '0', '0-3' or '2-'", "'%s' names no CPUs",
				 line->words[i].text);
			return;
		}
	if (is_auto && __builtin_popcountll(threads) != __builtin_popcountll(cpus)) {
		diag_add(parse->report, DIAG_ERROR, &diag_bad_value, line->words[at].span, NULL,
			 "'auto:' needs as many CPUs as threads: %d and %d",
			 __builtin_popcountll(cpus), __builtin_popcountll(threads));
		return;
	}
	if (is_auto)
		map_auto(global, threads, cpus);
	for (unsigned i = 0; !is_auto && i < MAP_THREADS; i++)
		if ((threads >> i & 1) != 0)
			global->cpu_map[i] = cpus;
}

const struct conf_keyword proxy_keywords_cpu_map[] = {
	{
		.doc = { "cpu-map", "The CPUs that threads may run on, one after the other with "
				    "'auto:'.",
			 "cpu-map auto:1/1-4 0-3", "0.3" },
		.where = CONF_GLOBAL, .type = CONF_PARSE, .parse = cpu_map_parse,
	},
	CONF_KEYWORDS_END,
};
