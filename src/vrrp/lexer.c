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
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/macros.h"
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

size_t lex_skip_quoted(const struct lex_text *text, size_t at)
{
	char quote = text->bytes[at++];

	while (at < text->len && text->bytes[at] != quote)
		at += text->bytes[at] == '\\' && at + 1 < text->len ? 2 : 1;
	return at < text->len ? at + 1 : text->len;
}

/* The length of the line without its comment. */
static size_t lexer_comment(const struct lex_text *text)
{
	size_t at = lex_skip_blanks(text, 0);
	/* `@!id` at the line's start is a condition. */
	size_t not_id = at < text->len && text->bytes[at] == '@' ? at + 1 : text->len;

	while (at < text->len) {
		char c = text->bytes[at];

		if (c == '#' || (c == '!' && at != not_id))
			return at;
		if (c == '"' || c == '\'')
			at = lex_skip_quoted(text, at);
		else
			at += c == '\\' && at + 1 < text->len ? 2 : 1;
	}
	return text->len;
}

/* --- lines --- */

static void lexer_line(struct lexer *lexer, const char *bytes, size_t len)
{
	struct lex_mark *marks = arena_zalloc(lexer->arena, (len + 1) * sizeof(*marks));
	struct lex_text text = { bytes, marks, len };
	const char *nul = memchr(bytes, '\0', len);

	for (size_t i = 0; i < len; i++)
		marks[i] = (struct lex_mark){ (uint32_t)i + 1, 1 };
	text.len = lexer_comment(&text);
	if (nul != NULL && (size_t)(nul - bytes) < text.len) {
		size_t at = (size_t)(nul - bytes);

		diag_add(lexer->options->report, DIAG_ERROR, &diag_bad_quoting,
			 lex_span(lexer, &text, at, at + 1), NULL, "a NUL byte in the line");
		return;
	}
	if (lexer->pending != NULL)
		lex_definition_line(lexer, &text);
	else
		lex_line(lexer, text, 0);
}

static void lexer_source(struct lexer *lexer, struct lex_file *file)
{
	const char *bytes = file->source->text;
	size_t len = file->source->len, from = 0;

	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		from = 3; /* a byte order mark, as Windows editors write it */
	file->parent = lexer->file;
	lexer->file = file;
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
}

/* --- files --- */

static void lexer_cannot_read(struct lexer *lexer, const char *path, struct diag_span span,
			      const char *why)
{
	diag_add(lexer->options->report, DIAG_ERROR, &diag_cannot_read, span, NULL,
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
		lexer_cannot_read(lexer, path, span, got < 0 ? strerror(errno) : "it is too large");
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

static void lexer_read_fd(struct lexer *lexer, const char *path, int fd, struct diag_span span)
{
	struct lex_file file = { .dir = lexer_dir_of(lexer, path) };
	struct stat status;

	if (fstat(fd, &status) < 0 || S_ISDIR(status.st_mode)) {
		lexer_cannot_read(lexer, path, span, strerror(EISDIR));
		return;
	}
	file.device = status.st_dev;
	file.inode = status.st_ino;
	for (const struct lex_file *up = lexer->file; up != NULL; up = up->parent)
		if (up->device == file.device && up->inode == file.inode) {
			lexer_cannot_read(lexer, path, span, "it includes itself");
			return;
		}
	file.source = lexer_slurp(lexer, path, fd, span);
	if (file.source != NULL)
		lexer_source(lexer, &file);
}

static void lexer_read_file(struct lexer *lexer, const char *path, struct diag_span span)
{
	int fd;

	if (lexer->include_depth == LEX_MAX_DEPTH || lexer->file_count == LEX_MAX_FILES) {
		lexer_cannot_read(lexer, path, span, "too many includes");
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		lexer_cannot_read(lexer, path, span, strerror(errno));
		return;
	}
	lexer->file_count++;
	lexer->include_depth++;
	lexer_read_fd(lexer, path, fd, span);
	lexer->include_depth--;
	close(fd);
}

/* --- include --- */

/* What an `include` and its variants insist on. */
struct include_kind {
	const char *word;
	bool match;	/* a name without wildcards must exist */
	bool wildcard;	/* a pattern must match something */
};

static const struct include_kind include_kinds[] = {
	{ "include", true, false },
	{ "includer", true, false },
	{ "includem", true, false },
	{ "includeb", true, false },
	{ "includew", true, true },
	{ "includea", true, true },
};

/* A relative pattern is made relative to the including file, whose own name is no pattern. */
static const char *include_pattern(struct lexer *lexer, const char *name)
{
	const char *dir = lexer->file->dir;
	char *pattern, *out;

	if (name[0] == '/' || strcmp(dir, ".") == 0)
		return name;
	pattern = out = arena_zalloc(lexer->arena, 2 * strlen(dir) + strlen(name) + 2);
	for (; *dir != '\0'; dir++) {
		if (strchr("*?[]{}\\~,", *dir) != NULL)
			*out++ = '\\';
		*out++ = *dir;
	}
	*out++ = '/';
	strcpy(out, name);
	return pattern;
}

static void include_files(struct lexer *lexer, const struct include_kind *kind, const char *name,
			  struct diag_span span)
{
	bool is_pattern = strpbrk(name, "*?[") != NULL;
	glob_t found = { 0 };
	int failed = glob(include_pattern(lexer, name), GLOB_BRACE, NULL, &found);

	if (failed == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			lexer_read_file(lexer, arena_strdup(lexer->arena, found.gl_pathv[i]), span);
	} else if (failed == GLOB_NOMATCH ? (is_pattern ? kind->wildcard : kind->match) : true) {
		lexer_cannot_read(lexer, name, span,
				  failed == GLOB_NOMATCH ? "no such file" : "the pattern failed");
	}
	globfree(&found);
}

/* The word of `text` that begins at `at`, without its quotes. */
static struct lex_text include_word(const struct lex_text *text, size_t at, size_t *ret_end)
{
	size_t end = at;

	if (text->bytes[at] == '"' || text->bytes[at] == '\'') {
		*ret_end = lex_skip_quoted(text, at);
		end = *ret_end > at + 1 ? *ret_end - 1 : *ret_end;
		return lex_slice(text, at + 1 < end ? at + 1 : end, end);
	}
	while (end < text->len && !lex_is_blank(text->bytes[end]))
		end++;
	*ret_end = end;
	return lex_slice(text, at, end);
}

bool lex_include(struct lexer *lexer, const struct lex_text *text)
{
	const struct include_kind *kind = NULL;
	struct lex_text word, name;
	struct diag_span span;
	size_t end, at;

	word = include_word(text, 0, &end);
	for (size_t i = 0; i < ARRAY_LEN(include_kinds); i++)
		if (strlen(include_kinds[i].word) == word.len &&
		    memcmp(include_kinds[i].word, word.bytes, word.len) == 0)
			kind = &include_kinds[i];
	if (kind == NULL)
		return false;
	at = lex_skip_blanks(text, end);
	if (at == text->len) {
		diag_add(lexer->options->report, DIAG_ERROR, &diag_wrong_words,
			 lex_span(lexer, text, 0, end), NULL, "'%s' needs a file name", kind->word);
		return true;
	}
	name = include_word(text, at, &end);
	span = lex_span(lexer, text, at, end);
	if (lexer->file->dir == NULL)
		lexer_cannot_read(lexer, arena_strndup(lexer->arena, name.bytes, name.len), span,
				  "a text in memory includes no files");
	else
		include_files(lexer, kind, arena_strndup(lexer->arena, name.bytes, name.len), span);
	return true;
}

/* --- both ways in --- */

static void lexer_init(struct lexer *lexer, const struct vrrp_lexer_options *options,
		       struct vrrp_node **root)
{
	*lexer = (struct lexer){ .options = options, .arena = options->arena };
	lexer->blocks[0].tail = root;
	lexer->random = wall_now_us() | 1;
}

struct vrrp_node *vrrp_lex_file(const struct vrrp_lexer_options *options, const char *file)
{
	struct vrrp_node *root = NULL;
	struct lexer lexer;

	lexer_init(&lexer, options, &root);
	lexer_read_file(&lexer, file, (struct diag_span){ 0 });
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
