/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/lexer_state.h - what the files of the lexer share. Nobody else
 * includes it.
 *
 *   lexer.c      files and physical lines, comments
 *   expand.c     `@id`, `$X=` and the uses of definitions
 *   sequence.c   `~SEQ` and `~LST`
 *   include.c    `include` and its variants
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

/* What an `include` insists on; bits, as include_check sets them. */
enum lex_include_check {
	LEX_READABLE = 1 << 0,		/* what is found can be read */
	LEX_MATCH = 1 << 1,		/* a name without wildcards is found */
	LEX_WILDCARD = 1 << 2,		/* a pattern finds something */
	LEX_BRACES = 1 << 3,		/* each of {a,b} without wildcards is found */
	LEX_CHECK_ALL = LEX_READABLE | LEX_MATCH | LEX_WILDCARD | LEX_BRACES,
};

struct lexer {
	const struct vrrp_lexer_options *options;
	struct arena *arena;
	struct lex_file *file;
	unsigned include_depth, file_count;
	unsigned checks;		/* enum lex_include_check of this file's includes */
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


/* lexer.c: reads a file in place. What is wrong with it is reported at `level`. */
void lex_read_file(struct lexer *lexer, const char *path, struct diag_span span,
		   enum diag_level level);
void lex_cannot_read(struct lexer *lexer, enum diag_level level, const char *path,
		     struct diag_span span, const char *why);

/* include.c: an `include` line. False if it is none. */
bool lex_include(struct lexer *lexer, const struct lex_text *text);
/* include.c: acts on a statement of global_defs that rules how files are read. */
void lex_setting(struct lexer *lexer, const struct vrrp_node *node);

/* expand.c: one line without its comment. */
void lex_line(struct lexer *lexer, struct lex_text text, unsigned nesting);
/* expand.c: a line after `$X= \`. */
void lex_definition_line(struct lexer *lexer, const struct lex_text *text);
/* expand.c: the use of a definition at *at or later, and before `end`. */
struct lex_use {
	size_t from, to;	/* of `$X` or `${X}` in the line */
	const char *value;
	size_t len;
};
bool lex_next_use(struct lexer *lexer, const struct lex_text *text, size_t *at, size_t end,
		  struct lex_use *ret);
/* expand.c: the line with the use replaced. Marks of the value are the place of the use. */
struct lex_text lex_replace(struct lexer *lexer, const struct lex_text *text,
			    const struct lex_use *use);
/* expand.c: gives a name its value; both are copied. */
void lex_define(struct lexer *lexer, const char *name, size_t name_len, const char *value,
		size_t len);
/* expand.c: counts work done; false, and reported once, when a file asks for too much. */
bool lex_spend(struct lexer *lexer, const struct lex_text *text, size_t bytes);
/* expand.c: the length of the name that `text` begins with; 0 if it begins with none. */
size_t lex_name_len(const struct lex_text *text, size_t at);

/* sequence.c: a line that begins with `~SEQ` or `~LST`. False if it does not. */
bool lex_sequence(struct lexer *lexer, struct lex_text text, unsigned nesting);

/* tree.c: an expanded line, and the end of all input. */
void lex_statements(struct lexer *lexer, const struct lex_text *text);
void lex_finish(struct lexer *lexer);
