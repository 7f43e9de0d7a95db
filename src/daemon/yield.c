/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/yield.c - see yield.h. */
#include "daemon/yield.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct yield_line {
	bool master;
	unsigned priority, sequence;
	uint64_t since, transitions;
	char name[sizeof(((struct page_instance *)0)->name)];
};

void yield_tell(const struct page *page, struct strbuf *ret_text)
{
	struct page_instance instance;

	strbuf_puts(ret_text, "ok\n");
	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		if (!page_instance_get(page, i, &instance))
			continue;
		strbuf_printf(ret_text, "%s %u %u %" PRIu64 " %" PRIu64 " %s\n",
			      atomic_load(&instance.state) == PAGE_VRRP_MASTER ? "MASTER"
									       : "BACKUP",
			      (unsigned)atomic_load(&instance.priority),
			      (unsigned)atomic_load(&instance.ah_sequence),
			      (uint64_t)atomic_load(&instance.since_wall_us),
			      (uint64_t)atomic_load(&instance.transitions), instance.name);
	}
}

/* False: it is none. */
static bool yield_read(const char *text, struct yield_line *ret)
{
	char state[8];

	if (sscanf(text, "%7s %u %u %" SCNu64 " %" SCNu64 " %63[^\n]", state, &ret->priority,
		   &ret->sequence, &ret->since, &ret->transitions, ret->name) != 6)
		return false;
	ret->master = strcmp(state, "MASTER") == 0;
	return (ret->master || strcmp(state, "BACKUP") == 0) && ret->priority <= 255;
}

static bool yield_has(const struct vrrp_conf *conf, const char *name)
{
	for (const struct vrrp_instance_conf *i = conf->instances; i != NULL; i = i->next)
		if (strcmp(i->name, name) == 0)
			return true;
	return false;
}

static const char *yield_next(const char *line)
{
	const char *end = strchr(line, '\n');

	return end != NULL ? end + 1 : NULL;
}

static bool yield_fits(const char *text, const struct vrrp_conf *conf)
{
	struct yield_line line = { .priority = 0 };
	unsigned count = 0;

	if (strncmp(text, "ok\n", 3) != 0)
		return false;
	for (const char *at = text + 3; *at != '\0'; at = yield_next(at)) {
		if (yield_next(at) == NULL || !yield_read(at, &line) || ++count > PAGE_INSTANCES ||
		    (line.master && !yield_has(conf, line.name)))
			return false;
	}
	return true;
}

bool yield_take(const char *text, const struct vrrp_conf *conf, struct page *page)
{
	struct page_instance *place = page->instance;
	struct yield_line line = { .priority = 0 };

	if (!yield_fits(text, conf))
		return false;
	for (const char *at = text + 3; *at != '\0'; at = yield_next(at)) {
		if (!yield_read(at, &line) || !yield_has(conf, line.name))
			continue;
		memcpy(place->name, line.name, sizeof(place->name));
		atomic_store(&place->state, line.master ? PAGE_VRRP_MASTER : PAGE_VRRP_BACKUP);
		atomic_store(&place->priority, line.priority);
		atomic_store(&place->ah_sequence, line.sequence);
		atomic_store(&place->since_wall_us, line.since);
		atomic_store(&place->transitions, line.transitions);
		atomic_store(&place->used, 1);
		place++;
	}
	/* What starts next is not the first. */
	atomic_store(&page->vrrp_generation, 1);
	return true;
}
