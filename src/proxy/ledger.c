/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/ledger.c - see ledger.h. */
#include "proxy/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/macros.h"
#include "proxy/conf.h"

struct ledger_row {
	enum ledger_kind kind;
	bool http;
	char *proxy, *server;	/* server "": none */
};

/* An earlier ledger, and where the rows of this one are there. */
struct ledger_source {
	struct ledger *ledger;
	unsigned *row;		/* [row_count of this one]; its row_count: it has none */
	unsigned *gone;		/* frontends of it that this one has not */
	unsigned gone_count;
};

enum { LEDGER_GONE = 2 };	/* rows of `base` for frontends that are gone: tcp, http */

/* ---- rows ---- */

static int ledger_compare(const void *left, const void *right)
{
	const struct ledger_row *a = left, *b = right;
	int order = strcmp(a->proxy, b->proxy);

	if (order == 0)
		order = (int)a->kind - (int)b->kind;
	return order != 0 ? order : strcmp(a->server, b->server);
}

unsigned ledger_find(const struct ledger *ledger, enum ledger_kind kind, const char *proxy,
		     const char *server)
{
	const struct ledger_row key = { .kind = kind, .proxy = (char *)proxy,
					.server = (char *)(server != NULL ? server : "") };
	const struct ledger_row *row = ledger->row_count == 0 ? NULL :
		bsearch(&key, ledger->rows, ledger->row_count, sizeof(key), ledger_compare);

	return row == NULL ? ledger->row_count : (unsigned)(row - ledger->rows);
}

static void ledger_add_row(struct ledger *ledger, enum ledger_kind kind,
			   const struct section *section, const char *server)
{
	struct ledger_row *row = &ledger->rows[ledger->row_count++];

	*row = (struct ledger_row){ .kind = kind, .http = section->mode == PROXY_MODE_HTTP,
				    .proxy = strdup(section->name), .server = strdup(server) };
	ASSERT(row->proxy != NULL && row->server != NULL);
}

static void ledger_add_section(struct ledger *ledger, const struct section *section)
{
	if (section_accepts(section) || section->kind == SECTION_LOG_FORWARD)
		ledger_add_row(ledger, LEDGER_FRONTEND, section, "");
	if (!section_connects(section))
		return;
	ledger_add_row(ledger, LEDGER_BACKEND, section, "");
	for (const struct server_conf *server = section->back.servers; server != NULL;
	     server = server->next)
		ledger_add_row(ledger, LEDGER_SERVER, section, server->name);
}

static void ledger_make_rows(struct ledger *ledger, const struct proxy_conf *conf)
{
	size_t most = 2 * ((size_t)conf->section_count + conf->log_forward_count) + 1;

	for (const struct section *s = conf->sections; s != NULL; s = s->next)
		most += section_connects(s) ? s->back.server_count : 0;
	ledger->rows = calloc(most, sizeof(*ledger->rows));
	ASSERT(ledger->rows != NULL);
	for (const struct section *s = conf->sections; s != NULL; s = s->next)
		ledger_add_section(ledger, s);
	for (const struct log_forward *f = conf->log_forwards; f != NULL; f = f->next)
		ledger_add_section(ledger, &f->section);
	ASSERT(ledger->row_count <= most);
	qsort(ledger->rows, ledger->row_count, sizeof(*ledger->rows), ledger_compare);
}

/* ---- memory ---- */

static size_t ledger_lines(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

static int ledger_map(struct ledger *ledger)
{
	size_t head = ledger_lines(sizeof(*ledger->page) + ledger->bind_count);
	size_t shares = (size_t)ledger->row_count * ledger->threads * sizeof(struct counters);
	size_t base = ledger_lines((size_t)(ledger->row_count + LEDGER_GONE) * COUNTERS *
				   sizeof(uint64_t));
	char *at;

	ledger->size = head + shares + base + ledger->row_count * sizeof(struct ledger_will);
	at = mmap(NULL, ledger->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return -1;
	ledger->page = (void *)at;
	ledger->shares = (void *)(at + head);
	ledger->base = (void *)(at + head + shares);
	ledger->wills = (void *)(at + head + shares + base);
	return 0;
}

static void ledger_drop_sources(struct ledger *ledger)
{
	for (unsigned i = 0; i < ledger->source_count; i++) {
		ledger_unref(ledger->sources[i].ledger);
		free(ledger->sources[i].row);
		free(ledger->sources[i].gone);
	}
	free(ledger->sources);
	ledger->sources = NULL;
	ledger->source_count = 0;
}

struct ledger *ledger_ref(struct ledger *ledger)
{
	ledger->references++;
	return ledger;
}

void ledger_unref(struct ledger *ledger)
{
	if (ledger == NULL || --ledger->references != 0)
		return;
	ledger_drop_sources(ledger);
	for (unsigned i = 0; i < ledger->row_count; i++) {
		free(ledger->rows[i].proxy);
		free(ledger->rows[i].server);
	}
	free(ledger->rows);
	if (ledger->page != NULL)
		munmap(ledger->page, ledger->size);
	free(ledger);
}

void ledger_retire(struct ledger *ledger)
{
	ledger_drop_sources(ledger);
}

/* ---- what was before ---- */

static uint64_t ledger_count(const struct ledger *ledger, unsigned row, enum counter which)
{
	return count_total(ledger_shares(ledger, row), ledger->threads, which);
}

/* `row` of this one is which of `other`? */
static unsigned ledger_row_in(const struct ledger *ledger, unsigned row, const struct ledger *other)
{
	const struct ledger_row *key = &ledger->rows[row];

	return ledger_find(other, key->kind, key->proxy, key->server);
}

/* Where what `other` has counted in its row belongs here; row_count + LEDGER_GONE: nowhere. */
static unsigned ledger_heir(const struct ledger *ledger, const struct ledger *other, unsigned row)
{
	const struct ledger_row *old = &other->rows[row];
	unsigned heir = ledger_row_in(other, row, ledger);

	if (heir != ledger->row_count)
		return heir;
	return old->kind == LEDGER_FRONTEND ? ledger->row_count + old->http
					    : ledger->row_count + LEDGER_GONE;
}

static void ledger_add_base(struct ledger *ledger, unsigned row, enum counter which, uint64_t more)
{
	_Atomic uint64_t *base = &ledger->base[(size_t)row * COUNTERS + which];

	if (row < ledger->row_count + LEDGER_GONE)
		atomic_store(base, atomic_load(base) + more);
}

/* What others had left to the one before. */
static void ledger_take_base(struct ledger *ledger, const struct ledger *before)
{
	for (unsigned row = 0; row < before->row_count + LEDGER_GONE; row++) {
		unsigned heir = row < before->row_count ? ledger_heir(ledger, before, row)
							: row - before->row_count + ledger->row_count;

		for (unsigned which = 0; which < COUNTERS; which++)
			ledger_add_base(ledger, heir, which,
					atomic_load(&before->base[(size_t)row * COUNTERS + which]));
	}
}

/* Of a process that has ended: it counts no more. */
static void ledger_take_counts(struct ledger *ledger, const struct ledger *ended)
{
	for (unsigned row = 0; row < ended->row_count; row++) {
		unsigned heir = ledger_heir(ledger, ended, row);

		for (unsigned which = 0; which < COUNTERS; which++)
			ledger_add_base(ledger, heir, which, ledger_count(ended, row, which));
	}
}

static void ledger_add_source(struct ledger *ledger, struct ledger *other)
{
	struct ledger_source *source = &ledger->sources[ledger->source_count++];

	*source = (struct ledger_source){ .ledger = ledger_ref(other) };
	source->row = calloc(ledger->row_count + 1, sizeof(*source->row));
	source->gone = calloc(other->row_count + 1, sizeof(*source->gone));
	ASSERT(source->row != NULL && source->gone != NULL);
	for (unsigned row = 0; row < ledger->row_count; row++)
		source->row[row] = ledger_row_in(ledger, row, other);
	for (unsigned row = 0; row < other->row_count; row++)
		if (other->rows[row].kind == LEDGER_FRONTEND &&
		    ledger_row_in(other, row, ledger) == ledger->row_count)
			source->gone[source->gone_count++] = row;
}

static void ledger_follow(struct ledger *ledger, struct ledger *before)
{
	ledger->sources = calloc(before->source_count + 1, sizeof(*ledger->sources));
	ASSERT(ledger->sources != NULL);
	ledger_take_base(ledger, before);
	for (unsigned i = 0; i < before->source_count; i++) {
		struct ledger *other = before->sources[i].ledger;

		if (atomic_load(&other->page->ended) != 0)
			ledger_take_counts(ledger, other);
		else
			ledger_add_source(ledger, other);
	}
	ledger_add_source(ledger, before);
}

struct ledger *ledger_new(const struct proxy_conf *conf, unsigned threads, struct ledger *before)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	ASSERT(ledger != NULL);
	ledger->references = 1;
	ledger->bind_count = conf->bind_count;
	ledger->threads = threads;
	ledger_make_rows(ledger, conf);
	if (ledger_map(ledger) < 0) {
		ledger_unref(ledger);
		return NULL;
	}
	if (before != NULL)
		ledger_follow(ledger, before);
	return ledger;
}

void ledger_fail(struct ledger *ledger, const char *what, const char *why)
{
	if (ledger != NULL)
		snprintf(ledger->page->failure, sizeof(ledger->page->failure), "%s: %s", what, why);
}

/* ---- totals ---- */

bool ledger_has(const struct ledger *ledger, const struct counters *shares)
{
	return ledger != NULL && shares >= ledger->shares &&
	       shares < ledger->shares + (size_t)ledger->row_count * ledger->threads;
}

static uint64_t ledger_sources_count(const struct ledger *ledger, unsigned row, enum counter which)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < ledger->source_count; i++) {
		const struct ledger_source *source = &ledger->sources[i];

		if (source->row[row] < source->ledger->row_count)
			total += ledger_count(source->ledger, source->row[row], which);
	}
	return total;
}

uint64_t ledger_earlier(const struct ledger *ledger, const struct counters *shares,
			enum counter which)
{
	unsigned row = (unsigned)((size_t)(shares - ledger->shares) / ledger->threads);

	return atomic_load_explicit(&ledger->base[(size_t)row * COUNTERS + which],
				    memory_order_relaxed) +
	       ledger_sources_count(ledger, row, which);
}

uint64_t ledger_total(const struct ledger *ledger, const struct counters *shares, unsigned threads,
		      enum counter which)
{
	uint64_t own = count_total(shares, threads, which);

	return ledger_has(ledger, shares) ? own + ledger_earlier(ledger, shares, which) : own;
}

static uint64_t ledger_sources_gone(const struct ledger *ledger, bool http, enum counter which)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < ledger->source_count; i++) {
		const struct ledger_source *source = &ledger->sources[i];

		for (unsigned j = 0; j < source->gone_count; j++)
			if (source->ledger->rows[source->gone[j]].http == http)
				total += ledger_count(source->ledger, source->gone[j], which);
	}
	return total;
}

uint64_t ledger_gone(const struct ledger *ledger, bool http, enum counter which)
{
	if (ledger == NULL)
		return 0;
	return atomic_load(&ledger->base[(size_t)(ledger->row_count + http) * COUNTERS + which]) +
	       ledger_sources_gone(ledger, http, which);
}

/* What others count cannot be set: it is taken off. */
void ledger_forget(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	for (unsigned which = 0; which < COUNTERS; which++) {
		for (unsigned row = 0; row < ledger->row_count; row++)
			atomic_store(&ledger->base[(size_t)row * COUNTERS + which],
				     -ledger_sources_count(ledger, row, which));
		for (unsigned http = 0; http < LEDGER_GONE; http++)
			atomic_store(&ledger->base[(size_t)(ledger->row_count + http) * COUNTERS +
						   which],
				     -ledger_sources_gone(ledger, http, which));
	}
}

/* ---- wills ---- */

static const struct ledger_source *ledger_testator(const struct ledger *ledger)
{
	const struct ledger_source *source;

	if (ledger == NULL || ledger->source_count == 0)
		return NULL;
	source = &ledger->sources[ledger->source_count - 1];
	/* One that was asked and did not answer is out of date. */
	return atomic_load(&source->ledger->page->will_made) != 0 &&
			       atomic_load(&source->ledger->page->will_made) ==
				       atomic_load(&source->ledger->page->will_asked)
		       ? source : NULL;
}

const struct ledger_will *ledger_will_of(const struct ledger *ledger, unsigned row)
{
	const struct ledger_source *source = ledger_testator(ledger);

	if (source == NULL || row >= ledger->row_count ||
	    source->row[row] >= source->ledger->row_count)
		return NULL;
	return &source->ledger->wills[source->row[row]];
}

const uint32_t *ledger_process_will(const struct ledger *ledger)
{
	const struct ledger_source *source = ledger_testator(ledger);

	return source == NULL ? NULL : source->ledger->page->maximum;
}

struct ledger_draining ledger_draining(const struct ledger *ledger)
{
	struct ledger_draining found = { 0, 0 };

	for (unsigned i = 0; ledger != NULL && i < ledger->source_count; i++) {
		const struct ledger_page *page = ledger->sources[i].ledger->page;

		if (atomic_load(&page->ended) != 0)
			continue;
		found.processes++;
		found.connections += atomic_load(&page->connections);
	}
	return found;
}
