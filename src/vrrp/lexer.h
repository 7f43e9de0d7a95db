/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/lexer.h - keepalived.conf as a tree of statements: quotes, `!` and `#`
 * comments, `include`, `$X=` definitions, `~SEQ` and `~LST`, `@id` lines and
 * blocks already resolved (man keepalived.conf, "Quoted strings", "ADVANCED
 * CONFIGURATION").
 *
 * Words keep the span they were written at; a word that comes out of a
 * definition has the span of its use. Everything, the bytes of the files too,
 * lives in the arena, which must therefore outlive the report's rendering.
 */
#pragma once

#include "conf/line.h"

struct arena;

/*
 * One statement: its words, and the statements of its block. Most words of
 * the file are cut at blanks and double quotes alone; scripts and paths have
 * single quotes and escapes too, so the same statement is kept cut that way.
 */
struct vrrp_node {
	struct vrrp_node *next;
	struct conf_line line;		/* count >= 1 */
	struct conf_line escaped;	/* count >= 1 */
	struct diag_span unclosed;	/* of a quote of `escaped` that is not
					 * closed; source NULL: none */
	bool has_block;
	struct vrrp_node *children;
};

struct vrrp_lexer_options {
	struct arena *arena;
	struct diag_report *report;
	const char *config_id;		/* what `@id` is compared with; never NULL */
	bool all_files;			/* as if the file began with include_check */
};

/* The statements of a file and what it includes. All findings are in the report. */
struct vrrp_node *vrrp_lex_file(const struct vrrp_lexer_options *options, const char *file);

/* The same for bytes in memory, which are copied. They cannot include files. */
struct vrrp_node *vrrp_lex_text(const struct vrrp_lexer_options *options, const char *name,
				const char *text, size_t len);
