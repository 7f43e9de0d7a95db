/* SPDX-License-Identifier: Apache-2.0 */
/* conf/files.c - see files.h. Files are read whole, since diagnostics quote them. */
#include "conf/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "diag/report.h"

enum { LARGEST_FILE = 64 << 20 };

struct files {
	struct arena *arena;
	struct diag_report *report;
	const struct diag_source **sources;
	unsigned count;
};

static void cannot_read(struct files *files, const char *name, const char *why)
{
	diag_add(files->report, DIAG_ERROR, &diag_cannot_read, (struct diag_span){ 0 }, NULL,
		 "cannot read '%s': %s", name, why);
}

/* 0, or negative errno. */
static int read_all(int fd, struct strbuf *ret_bytes)
{
	char piece[16 * 1024];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (ret_bytes->len + (size_t)got > LARGEST_FILE)
			return -EFBIG;
		strbuf_add(ret_bytes, piece, (size_t)got);
	}
	return ret_bytes->failed ? -ENOMEM : 0;
}

static void add_open_file(struct files *files, const char *name, int fd)
{
	struct strbuf bytes = STRBUF_EMPTY;
	int error = read_all(fd, &bytes);

	if (error < 0) {
		cannot_read(files, name,
			    error == -EFBIG ? "it is larger than 64 MiB" : strerror(-error));
	} else {
		struct diag_source *source = arena_zalloc(files->arena, sizeof(*source));

		source->name = arena_strdup(files->arena, name);
		source->text = arena_strndup(files->arena, bytes.text == NULL ? "" : bytes.text,
					     bytes.len);
		source->len = bytes.len;
		*ARENA_APPEND(files->arena, files->sources, files->count) = source;
	}
	strbuf_free(&bytes);
}

static int selects(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".cfg") == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* the same order in every locale */
}

static void add_file(struct files *files, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		cannot_read(files, name, strerror(errno));
		return;
	}
	add_open_file(files, name, fd);
	close(fd);
}

static void add_directory(struct files *files, const char *name)
{
	struct dirent **entries;
	int count = scandir(name, &entries, selects, compare_names);

	if (count < 0) {
		cannot_read(files, name, strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *slash = name[strlen(name) - 1] == '/' ? "" : "/";
		const char *path = arena_printf(files->arena, "%s%s%s", name, slash,
						entries[i]->d_name);
		struct stat status;

		if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
			add_file(files, path);
		free(entries[i]);
	}
	free(entries);
}

const struct diag_source *const *conf_files_read(struct arena *arena, struct diag_report *report,
						 const char *const *names, unsigned count,
						 unsigned *ret_count)
{
	struct files files = { .arena = arena, .report = report };
	struct stat status;

	for (unsigned i = 0; i < count; i++) {
		if (strcmp(names[i], "-") == 0)
			add_open_file(&files, names[i], STDIN_FILENO);
		else if (stat(names[i], &status) == 0 && S_ISDIR(status.st_mode))
			add_directory(&files, names[i]);
		else
			add_file(&files, names[i]);
	}
	*ret_count = files.count;
	return files.sources;
}
