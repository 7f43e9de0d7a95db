/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_driver - the data path alone: reads a haproxy.cfg, opens its
 * listeners and runs the proxy in this process, with no parent to restart it
 * and no sandbox. The black-box tests of the data path run against it when
 * RELEVO names it, and sanitizers see all of it in one process.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "diag/report.h"
#include "proxy/run.h"

enum { DEFAULT_MAXCONN = 8000 };

static struct proxy_conf *read_conf(const char *file)
{
	struct diag_report *report = diag_report_new();
	struct proxy_conf *conf = proxy_conf_read(&file, 1, report);
	struct strbuf text = STRBUF_EMPTY;

	diag_report_render(report, &text);
	if (text.len != 0)
		fputs(text.text, stderr);
	strbuf_free(&text);
	if (diag_count(report, DIAG_ERROR) != 0) {
		proxy_conf_free(conf);
		conf = NULL;
	}
	diag_report_free(report);
	return conf;
}

static int open_one(const struct bind_conf *bind, unsigned thread, int first)
{
	const char *why = "";
	bool shared = bind->listener.address.storage.ss_family == AF_UNIX ||
		      bind->listener.address.fd >= 0;
	int fd = shared && thread > 0 ? fcntl(first, F_DUPFD_CLOEXEC, 0)
				      : net_listener_open(&bind->listener, &why);

	if (fd < 0)
		fprintf(stderr, "driver: %s: %s\n", why, strerror(-fd));
	return fd;
}

static int *open_listeners(const struct proxy_conf *conf, unsigned threads)
{
	int *fds = calloc((size_t)conf->bind_count * threads + 1, sizeof(*fds));

	for (unsigned i = 0; fds != NULL && i < conf->bind_count; i++)
		for (unsigned t = 0; t < threads; t++) {
			int fd = open_one(conf->binds[i], t, fds[i * threads]);

			if (fd < 0) {
				free(fds);
				return NULL;
			}
			fds[i * threads + t] = fd;
		}
	return fds;
}

/* The file after -f; other options are those of the real program and mean nothing here. */
static const char *file_in(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "-f") == 0)
			return argv[i + 1];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *file = file_in(argc, argv);

	if (file == NULL) {
		fputs("usage: proxy_driver -f haproxy.cfg\n", stderr);
		return 2;
	}
	struct proxy_conf *conf = read_conf(file);
	if (conf == NULL)
		return 1;

	const struct proxy_global *global = &conf->global;
	unsigned threads = global->nbthread > 0 ? (unsigned)global->nbthread : 1;
	struct page *page = page_map();
	int *fds = open_listeners(conf, threads);
	int status = 1;
	if (page != NULL && fds != NULL)
		status = proxy_run(&(struct proxy_args){
			.conf = conf,
			.page = page,
			.listen_fds = fds,
			.threads = threads,
			.maxconn = global->maxconn > 0 ? global->maxconn : DEFAULT_MAXCONN,
			.checker_fd = -1,
			.parent_fd = -1,
		});
	free(fds);
	if (page != NULL)
		page_unmap(page);
	proxy_conf_free(conf);
	return status;
}
