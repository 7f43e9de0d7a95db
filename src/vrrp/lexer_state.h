/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/lexer_state.h - what the files of the lexer share. Nobody else
 * includes it.
 *
 *   lexer.c      files and physical lines: includes, comments
 *   expand.c     `@id`, `$X=` and the uses of definitions
 *   tree.c       words and blocks
 */
#pragma once

#include <sys/types.h>

#include "base/arena.h"
#include "vrrp/lexer.h"

enum {
	LEX_MAX_DEPTH = 32,		/* of blocks, of includes */
	LEX_MAX_NESTING = 64,		/* of multi-line definitions used in others */
	LEX_MAX_EXPANSION = 64 << 20,	/* bytes of memory that uses of definitions may take */
	LEX_MAX_FILES = 1000,
	LEX_MAX_FILE = 16 << 20,	/* bytes of one file */
};

/* Where one byte was written. */
struct lex_mark {
	uint32_t column;
	uint32_t len;	/* of the use it comes from; 1 for a byte of the file */
};

/* A piece of one line, with the place of each byte. */
struct lex_text {
	const char *bytes;
	const struct lex_mark *marks;
	size_t len;
};

struct lex_definition {
	struct lex_definition *next;
	const char *name;
	const char *value;	/* lines are separated by newlines */
	size_t len;
};

/* A file on the way down the includes. */
struct lex_file {
	const struct lex_file *parent;
	const struct diag_source *source;
	const char *dir;	/* for relative includes; NULL: a text in memory */
	uint32_t line;		/* the current one */
	dev_t device;
	ino_t inode;
};

struct lexer {
	const struct vrrp_lexer_options *options;
	struct arena *arena;
	struct lex_file *file;
	unsigned include_depth, file_count;
	struct lex_definition *definitions;
	/* A `$X= \` whose lines are being collected; dropped at its end if `pending_dropped`. */
	struct lex_definition *pending;
	bool pending_dropped;
	size_t expanded;
	bool expanded_too_much;
	uint64_t random;
	/* Blocks that are open; [0] is the file itself. */
	struct {
		struct vrrp_node **tail;
		struct vrrp_node *last;		/* the statement a `{` would belong to */
		struct diag_span opened;
	} blocks[LEX_MAX_DEPTH];
	unsigned depth;
	unsigned dropped_depth;		/* blocks opened beyond LEX_MAX_DEPTH */
};

/* The span of text[from..to). */
struct diag_span lex_span(const struct lexer *lexer, const struct lex_text *text, size_t from,
			  size_t to);
struct lex_text lex_slice(const struct lex_text *text, size_t from, size_t to);
bool lex_is_blank(char c);
size_t lex_skip_blanks(const struct lex_text *text, size_t at);

/* The position after the quoted string that begins at `at`; text->len if it does not end. */
size_t lex_skip_quoted(const struct lex_text *text, size_t at);

/* lexer.c: an `include` line. False if it is none. */
bool lex_include(struct lexer *lexer, const struct lex_text *text);

/* expand.c: one line without its comment. */
void lex_line(struct lexer *lexer, struct lex_text text, unsigned nesting);
/* expand.c: a line after `$X= \`. */
void lex_definition_line(struct lexer *lexer, const struct lex_text *text);

/* tree.c: an expanded line, and the end of all input. */
void lex_statements(struct lexer *lexer, const struct lex_text *text);
void lex_finish(struct lexer *lexer);
