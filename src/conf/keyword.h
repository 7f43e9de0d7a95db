/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/keyword.h - the rows from which haproxy.cfg is parsed, checked and
 * documented. Rows stand beside the code that acts on them, in the room that
 * owns the subject; daemon/ joins the tables into one conf_grammar.
 *
 * A row's name may hold several words ("timeout client", "option redispatch");
 * the longest row that matches the beginning of the line is taken. `no` and
 * `default` before it are handled here for rows that allow them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/doc.h"
#include "conf/line.h"

enum conf_where { /* sections a row may stand in; bits */
	CONF_GLOBAL = 1 << 0,
	CONF_DEFAULTS = 1 << 1,
	CONF_FRONTEND = 1 << 2,
	CONF_LISTEN = 1 << 3,
	CONF_BACKEND = 1 << 4,
	CONF_USERLIST = 1 << 5,
	CONF_HTTP_ERRORS = 1 << 6,
	CONF_RING = 1 << 7,
	CONF_LOG_PROFILE = 1 << 8,
	CONF_LOG_FORWARD = 1 << 9,
	CONF_MAILERS = 1 << 10,
	CONF_RESOLVERS = 1 << 12,
	CONF_HEALTHCHECK = 1 << 13,
	CONF_DFL = CONF_DEFAULTS | CONF_FRONTEND | CONF_LISTEN,
	CONF_DLB = CONF_DEFAULTS | CONF_LISTEN | CONF_BACKEND,
	CONF_DFLB = CONF_DFL | CONF_BACKEND,
};

enum conf_type { /* of the field at `offset` in the section's struct */
	CONF_PARSE,		/* .parse does it all */
	CONF_FLAG,		/* bool: true, or false after `no` */
	CONF_INT,		/* int64_t within min..max */
	CONF_SIZE,		/* uint64_t bytes; suffixes k, m, g (1024) */
	CONF_DURATION,		/* uint32_t milliseconds; suffixes us ms s m h d; bare: ms */
	CONF_STRING,		/* const char *, one word */
	CONF_TEXT,		/* const char *, the rest of the line joined by spaces */
	CONF_CHOICE,		/* int, one of .choices */
	CONF_IGNORED,		/* documented to do nothing for us (say why in the summary); any
				 * number of words, or min..max of them; a note at -V */
	CONF_NOT_YET,		/* known to HAProxy; an error that says so */
};

struct conf_choice {
	const char *word;
	int value;
	const char *summary;
};

struct acl_scope;
struct conf_environment;
struct expr_language;
struct expr_map;
struct expr_var;
struct conf_parse; /* one run over a configuration */

struct conf_keyword {
	struct doc doc;
	unsigned where;			/* enum conf_where bits */
	enum conf_type type;
	size_t offset;			/* of the field in the section's struct */
	const char *preset;		/* default as the user would type it, or NULL */
	int64_t min, max;		/* CONF_INT, CONF_SIZE, CONF_DURATION (ms); 0,0: any */
	const struct conf_choice *choices; /* ends in .word NULL */
	bool may_no;			/* `no` and `default` may stand before it */
	/*
	 * CONF_PARSE: `section` is the current section's struct, words[at] the
	 * first word after the row's name, `no` whether `no` stood before it.
	 * Reports its own errors; parsing goes on in any case.
	 */
	void (*parse)(struct conf_parse *parse, void *section, const struct conf_line *line,
		      unsigned at, bool no);
	/*
	 * An old spelling: the row it stands for ("timeout client"); the line
	 * is parsed as that row's, after a warning with the modern line.
	 */
	const char *modern;
	/* Sections where the line is ignored with a warning, as HAProxy does; not in `where`. */
	unsigned ignored_in;
};

#define CONF_KEYWORDS_END { .doc = { .name = NULL } }

/* One kind of section. */
struct conf_section {
	struct doc doc;			/* .name begins the section: "frontend" */
	unsigned where;			/* the bit that rows name; 0: not supported yet */
	/*
	 * Makes the struct that rows write to (with defaults applied), from
	 * the section's own line. NULL after a report: it is then called again
	 * with a `line` of NULL for a scratch section, to which the lines are
	 * parsed so that their errors show too, and which `close` never sees.
	 */
	void *(*open)(struct conf_parse *parse, const struct conf_line *line);
	void (*close)(struct conf_parse *parse, void *section); /* at its end; may be NULL */
};

struct conf_grammar {
	const struct conf_section *const *sections;	/* ends in NULL */
	const struct conf_keyword *const *tables;	/* NULL-ended; each in CONF_KEYWORDS_END */
	const struct expr_language *language;		/* of expressions; NULL: there are
							 * none (expr/fetch.h) */
};

/* Where the relative paths of files that lines name begin (global `default-path`). */
enum conf_start {
	CONF_START_CURRENT,		/* where the process was started */
	CONF_START_CONFIG,		/* beside the file of the line */
	CONF_START_PARENT,		/* in the directory above that */
	CONF_START_ORIGIN,
};

struct conf_parse {
	struct arena *arena;
	struct diag_report *report;
	const struct conf_grammar *grammar;
	void *context;			/* the owner's; struct proxy_conf here */
	struct expr_var *names;		/* variables named so far (expr/vars.h) */
	unsigned expr_needs;		/* enum expr_have bits of all expressions so far */
	struct expr_map *maps;		/* files of patterns read so far (expr/map.h) */
	unsigned pattern_lists;		/* those files and the ACLs' own
					 * patterns, as HAProxy numbers them */
	struct acl_scope *acls;		/* of the current section, once it
					 * has used one; for acl() */
	const struct conf_environment *environment; /* for env(); NULL: the process's own */
	unsigned where;			/* of the current section */
	bool verbose;			/* -V: say which lines do nothing */
	enum conf_start start;		/* default-path: conf_path's */
	const char *origin;		/* of CONF_START_ORIGIN */
	const struct conf_section *section; /* the current one; set by conf_parse_lines */
	unsigned option_words;		/* conf_option_used's */
};

/* The path to open for `path`, which a line at `span` names; in the arena, or `path` itself. */
const char *conf_path(const struct conf_parse *parse, struct diag_span span, const char *path);

/* Walks the lines, dispatching to rows. All findings are in the report. */
void conf_parse_lines(struct conf_parse *parse, const struct conf_lines *lines);

/* Writes the preset of every typed row of section `where` to its field; `open` calls it. */
void conf_apply_presets(struct conf_parse *parse, unsigned where, void *section);
/* The same for one table of option rows. */
void conf_apply_option_presets(struct conf_parse *parse, const struct conf_keyword *rows,
			       void *object);

/*
 * Options after an address or a name, as on `bind` and `server` lines: a flag
 * takes no word, the other types one (CONF_TEXT the rest of the line), and
 * `.parse` gets at = its first argument and must say through conf_option_used
 * how many it took (0 unless it says). Names may hold several words; rows with
 * .may_no are also met as "no-NAME". `what` names the kind in messages and
 * finds the words not supported yet ("server option"; conf/known.h). Returns
 * how many options were understood.
 */
unsigned conf_parse_options(struct conf_parse *parse, const struct conf_keyword *rows,
			    void *object, const struct conf_line *line, unsigned at,
			    const char *what);
void conf_option_used(struct conf_parse *parse, unsigned words);

/*
 * One option alone, at words[at]: how many words it took with its name; 0: no
 * row is called so, and nothing is reported. *ret_row is its row; object NULL:
 * it is only looked up.
 */
unsigned conf_parse_option(struct conf_parse *parse, const struct conf_keyword *rows, void *object,
			   const struct conf_line *line, unsigned at,
			   const struct conf_keyword **ret_row);

/*
 * Warns that what the user wrote at `span` is an old form; `modern` is the line
 * to write today, with the user's own values: conf_old_form(parse, span,
 * "an address on the 'listen' line", "bind 10.0.0.1:80").
 */
void conf_old_form(struct conf_parse *parse, struct diag_span span, const char *old,
		   const char *modern);

/*
 * words[at..] as the user wrote them, quotes included, for use in messages;
 * "" when there are none.
 */
const char *conf_line_text(struct conf_parse *parse, const struct conf_line *line, unsigned at);

/*
 * Helpers for .parse functions. Each reports what is wrong and returns false.
 *
 * From `at` on the line must have min..max words (max UINT_MAX: any number);
 * `usage` ("balance <algorithm>") is shown when it has not, or NULL.
 */
bool conf_need_words(struct conf_parse *parse, const struct conf_line *line, unsigned at,
		     unsigned min, unsigned max, const char *usage);
/* min and max both 0: any. */
bool conf_read_int(struct conf_parse *parse, const struct conf_word *word, int64_t min, int64_t max,
		   int64_t *ret_value);
bool conf_read_duration(struct conf_parse *parse, const struct conf_word *word, uint32_t *ret_ms);
bool conf_read_size(struct conf_parse *parse, const struct conf_word *word, uint64_t *ret_bytes);
bool conf_read_choice(struct conf_parse *parse, const struct conf_word *word,
		      const struct conf_choice *choices, const char *what, int *ret_value);
/*
 * "unknown WHAT 'word'" with the closest candidate (NULL: none), or that it is
 * not supported yet where conf/known.h has it in the class called `what`.
 */
void conf_error_unknown(struct conf_parse *parse, const struct conf_word *word, const char *what,
			const char *const *candidates);

/* Prints the reference manual of every row as Markdown to `out`. */
void conf_grammar_print(const struct conf_grammar *grammar, FILE *out);
/* The same for one table of option rows, under a title. */
void conf_options_print(const char *title, const struct conf_keyword *rows, FILE *out);
