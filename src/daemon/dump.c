/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/dump.c - see dump.h. */
#include "daemon/dump.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"
#include "daemon/status.h"

enum { DUMP_JSON = 2, DUMP_STATS_CLEAR = 1 }; /* after SIGRTMIN, before SIGRTMAX */

int dump_signal(const char *name)
{
	const struct {
		const char *name;
		int signal;
	} rows[] = {
		{ "STOP", SIGTERM },	      { "RELOAD", SIGHUP },
		{ "DATA", SIGUSR1 },	      { "STATS", SIGUSR2 },
		{ "JSON", SIGRTMIN + DUMP_JSON }, { "STATS_CLEAR", SIGRTMAX - DUMP_STATS_CLEAR },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].signal;
	return 0;
}

int dump_print_signal(const char *name)
{
	int signal = dump_signal(name);

	if (signal == 0) {
		fprintf(stderr, "relevo: no signal for '%s': write STOP, RELOAD, DATA, STATS, "
				"STATS_CLEAR or JSON\n", name);
		return 1;
	}
	printf("%d\n", signal);
	return 0;
}

/* A link that somebody has put there is not followed. */
static void dump_write(const char *name, const char *chosen, const struct strbuf *text)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (chosen != NULL)
		snprintf(path, sizeof(path), "%s", chosen);
	else
		snprintf(path, sizeof(path), "%s/%s",
			 dir != NULL && *dir != '\0' ? dir : "/tmp", name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text->text, text->len) != (ssize_t)text->len)
		perror(path);
	if (fd >= 0)
		close(fd);
}

static void dump_clear(struct page *page)
{
	for (unsigned i = 0; i < PAGE_INSTANCES; i++) {
		struct page_instance *instance = &page->instance[i];

		for (unsigned n = 0; n < PAGE_COUNTERS; n++)
			atomic_store(&instance->counter[n], 0);
		atomic_store(&instance->adverts_sent, 0);
		atomic_store(&instance->adverts_received, 0);
	}
}

bool dump_on_signal(struct page *page, const struct vrrp_conf *conf, int signal)
{
	struct strbuf text = STRBUF_EMPTY;

	if (signal == SIGUSR1) {
		status_keepalived_data(page, &text);
		dump_write("keepalived.data", conf->state_dump_file, &text);
	} else if (signal == SIGUSR2) {
		status_keepalived_stats(page, &text);
		dump_write("keepalived.stats", conf->stats_dump_file, &text);
	} else if (signal == dump_signal("JSON")) {
		status_keepalived_json(page, conf->json_version, &text);
		dump_write("keepalived.json", conf->json_dump_file, &text);
	} else if (signal == dump_signal("STATS_CLEAR")) {
		dump_clear(page);
	} else {
		return false;
	}
	strbuf_free(&text);
	return true;
}
