/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/lexer.c - the files of keepalived.conf and their physical lines.
 *
 * A line loses its comment first; then it is a line of a pending definition,
 * or goes to expand.c and from there to tree.c. Includes are read in place:
 * a block may begin in one file and end in another.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "vrrp/lexer_state.h"

/* --- text --- */

bool lex_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\n';
}

size_t lex_skip_blanks(const struct lex_text *text, size_t at)
{
	while (at < text->len && lex_is_blank(text->bytes[at]))
		at++;
	return at;
}

struct lex_text lex_slice(const struct lex_text *text, size_t from, size_t to)
{
	return (struct lex_text){ text->bytes + from, text->marks + from, to - from };
}

struct diag_span lex_span(const struct lexer *lexer, const struct lex_text *text, size_t from,
			  size_t to)
{
	struct diag_span span = { .source = lexer->file->source, .line = lexer->file->line };

	if (from < to) {
		const struct lex_mark *last = &text->marks[to - 1];

		span.column = text->marks[from].column;
		span.len = last->column + last->len > span.column ?
				   last->column + last->len - span.column : 1;
	} else if (from > 0) { /* just after the byte before */
		span.column = text->marks[from - 1].column + text->marks[from - 1].len;
	}
	return span;
}

/* The length of the line without its comment. Only double quotes protect one. */
static size_t lexer_comment(const struct lex_text *text)
{
	bool quoted = false;

	for (size_t at = 0; at < text->len; at++) {
		char c = text->bytes[at];

		if (c == '\\')
			at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '#' || c == '!'))
			return at;
	}
	return text->len;
}

/* `@!id` reads as a comment; whoever writes it means `@^id`. */
static void lexer_warn_condition(struct lexer *lexer, const struct lex_text *line)
{
	size_t at = lex_skip_blanks(line, 0);

	if (at + 1 < line->len && line->bytes[at] == '@' && line->bytes[at + 1] == '!')
		diag_add(lexer->options->report, DIAG_WARNING, &diag_no_effect,
			 lex_span(lexer, line, at, at + 2), "write '@^' for all nodes but one",
			 "'!' begins a comment: the line is not read, as in Keepalived");
}

/* --- lines --- */

static void lexer_line(struct lexer *lexer, const char *bytes, size_t len)
{
	struct lex_mark *marks = arena_zalloc(lexer->arena, (len + 1) * sizeof(*marks));
	struct lex_text text = { bytes, marks, len };
	const char *nul = memchr(bytes, '\0', len);
	bool is_comment;

	for (size_t i = 0; i < len; i++)
		marks[i] = (struct lex_mark){ (uint32_t)i + 1, 1 };
	lexer_warn_condition(lexer, &text);
	text.len = lexer_comment(&text);
	is_comment = text.len < len && lex_skip_blanks(&text, 0) == text.len;
	if (nul != NULL && (size_t)(nul - bytes) < text.len) {
		size_t at = (size_t)(nul - bytes);

		diag_add(lexer->options->report, DIAG_ERROR, &diag_bad_quoting,
			 lex_span(lexer, &text, at, at + 1), NULL, "a NUL byte in the line");
		return;
	}
	if (lexer->pending == NULL)
		lex_line(lexer, text, 0);
	else if (!is_comment)
		lex_definition_line(lexer, &text);
}

static void lexer_source(struct lexer *lexer, struct lex_file *file)
{
	const char *bytes = file->source->text;
	size_t len = file->source->len, from = 0;
	unsigned checks;

	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		from = 3; /* a byte order mark, as Windows editors write it */
	file->parent = lexer->file;
	lexer->file = file;
	checks = lexer->checks;
	while (from < len) {
		const char *newline = memchr(bytes + from, '\n', len - from);
		size_t to = newline == NULL ? len : (size_t)(newline - bytes);

		file->line++;
		lexer_line(lexer, bytes + from, to - from);
		from = to + 1;
	}
	if (file->parent == NULL)
		lex_finish(lexer);
	lexer->file = (struct lex_file *)file->parent;
	lexer->checks = checks;
}

/* --- files --- */

void lex_cannot_read(struct lexer *lexer, enum diag_level level, const char *path,
		     struct diag_span span, const char *why)
{
	diag_add(lexer->options->report, level, &diag_cannot_read, span, NULL,
		 "cannot read '%s': %s", path, why);
}

/* Reads `fd` to its end into the arena. NULL after a report. */
static struct diag_source *lexer_slurp(struct lexer *lexer, const char *path, int fd,
				       struct diag_span span)
{
	struct diag_source *source = arena_zalloc(lexer->arena, sizeof(*source));
	char *text = NULL;
	size_t len = 0, capacity = 0;
	ssize_t got;

	do {
		if (capacity - len < 4096) {
			char *more;

			capacity = capacity == 0 ? 16384 : 2 * capacity;
			more = arena_zalloc(lexer->arena, capacity);
			if (len > 0)
				memcpy(more, text, len);
			text = more;
		}
		got = read(fd, text + len, capacity - len);
		len += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && len <= LEX_MAX_FILE) || (got < 0 && errno == EINTR));
	if (got < 0 || len > LEX_MAX_FILE) {
		lex_cannot_read(lexer, DIAG_ERROR, path, span,
				got < 0 ? strerror(errno) : "it is too large");
		return NULL;
	}
	source->name = arena_strdup(lexer->arena, path);
	source->text = text;
	source->len = len;
	return source;
}

static const char *lexer_dir_of(struct lexer *lexer, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return slash == path ? "/" : arena_strndup(lexer->arena, path, (size_t)(slash - path));
}

static void lexer_read_fd(struct lexer *lexer, const char *path, int fd, struct diag_span span,
			  enum diag_level level)
{
	struct lex_file file = { .dir = lexer_dir_of(lexer, path) };
	struct stat status;

	if (fstat(fd, &status) < 0 || S_ISDIR(status.st_mode)) {
		lex_cannot_read(lexer, level, path, span, strerror(EISDIR));
		return;
	}
	file.device = status.st_dev;
	file.inode = status.st_ino;
	for (const struct lex_file *up = lexer->file; up != NULL; up = up->parent)
		if (up->device == file.device && up->inode == file.inode) {
			lex_cannot_read(lexer, DIAG_ERROR, path, span, "it includes itself");
			return;
		}
	file.source = lexer_slurp(lexer, path, fd, span);
	if (file.source != NULL)
		lexer_source(lexer, &file);
}

void lex_read_file(struct lexer *lexer, const char *path, struct diag_span span,
		   enum diag_level level)
{
	int fd;

	if (lexer->include_depth == LEX_MAX_DEPTH || lexer->file_count == LEX_MAX_FILES) {
		lex_cannot_read(lexer, DIAG_ERROR, path, span, "too many includes");
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		lex_cannot_read(lexer, level, path, span, strerror(errno));
		return;
	}
	lexer->file_count++;
	lexer->include_depth++;
	lexer_read_fd(lexer, path, fd, span, level);
	lexer->include_depth--;
	close(fd);
}

/* --- both ways in --- */

static void lexer_init(struct lexer *lexer, const struct vrrp_lexer_options *options,
		       struct vrrp_node **root)
{
	*lexer = (struct lexer){ .options = options, .arena = options->arena };
	lexer->blocks[0].tail = root;
	lexer->random = wall_now_us() | 1;
	lexer->checks = options->all_files ? LEX_CHECK_ALL : 0;
}

struct vrrp_node *vrrp_lex_file(const struct vrrp_lexer_options *options, const char *file)
{
	struct vrrp_node *root = NULL;
	struct lexer lexer;

	lexer_init(&lexer, options, &root);
	lex_read_file(&lexer, file, (struct diag_span){ 0 }, DIAG_ERROR);
	return root;
}

struct vrrp_node *vrrp_lex_text(const struct vrrp_lexer_options *options, const char *name,
				const char *text, size_t len)
{
	struct diag_source *source = arena_zalloc(options->arena, sizeof(*source));
	struct vrrp_node *root = NULL;
	struct lex_file file = { .source = source };
	struct lexer lexer;

	source->name = arena_strdup(options->arena, name);
	source->text = memcpy(arena_zalloc(options->arena, len + 1), text, len);
	source->len = len;
	lexer_init(&lexer, options, &root);
	lexer_source(&lexer, &file);
	return root;
}
