/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_track.c - vrrp_track_process, track_file, and the track_*
 * blocks of instances and sync groups. Names are resolved when the whole file
 * is known (keywords_track_finish.c).
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "vrrp/keyword.h"

enum { PROCESS_WEIGHT = 254, PROCESS_QUORUM = 65535 };

/* --- track_* blocks --- */

static const struct {
	const char *word;
	enum vrrp_track_kind kind;
} track_words[] = {
	{ "track_script", VRRP_TRACK_SCRIPT },	 { "track_interface", VRRP_TRACK_INTERFACE },
	{ "track_file", VRRP_TRACK_FILE },	 { "track_process", VRRP_TRACK_PROCESS },
	{ "track_bfd", VRRP_TRACK_BFD },
};

static enum vrrp_track_kind track_kind(const struct vrrp_node *node)
{
	for (size_t i = 0; i < ARRAY_LEN(track_words); i++)
		if (strcmp(track_words[i].word, node->line.words[0].text) == 0)
			return track_words[i].kind;
	ASSERT(!"a row of track_words");
	return VRRP_TRACK_SCRIPT;
}

/* The lines of the block `node`, to the end of *lines. */
static void track_add(struct vrrp_parse *parse, struct vrrp_track_line **lines,
		      const struct vrrp_node *node)
{
	enum vrrp_track_kind kind = track_kind(node);

	vrrp_warn_rest(parse, &node->line, 1);
	while (*lines != NULL)
		lines = &(*lines)->next;
	for (const struct vrrp_node *child = node->children; child != NULL; child = child->next) {
		if (!vrrp_need_block(parse, child, false))
			continue;
		*lines = arena_zalloc(parse->common.arena, sizeof(**lines));
		(*lines)->kind = kind;
		(*lines)->line = &child->line;
		lines = &(*lines)->next;
	}
}

static void track_parse_of_instance(struct vrrp_parse *parse, void *object,
				    const struct vrrp_node *node)
{
	struct vrrp_draft *draft = object;

	track_add(parse, &draft->track_lines, node);
}

static void track_parse_of_group(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_group_draft *draft = object;

	track_add(parse, &draft->track_lines, node);
}

/* --- vrrp_track_process --- */

static void process_parse_block(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_process_conf **tail = &parse->conf->processes, *process;
	const struct conf_word *name = vrrp_block_name(parse, node, "vrrp_track_process NAME {");

	if (name == NULL)
		return;
	for (; *tail != NULL; tail = &(*tail)->next)
		if (strcmp((*tail)->name, name->text) == 0)
			vrrp_block_duplicate(parse, name, "vrrp_track_process", (*tail)->span);
	process = arena_zalloc(parse->common.arena, sizeof(*process));
	*process = (struct vrrp_process_conf){
		.name = name->text, .span = name->span, .weight = 1, .quorum = 1,
		.quorum_max = UINT_MAX,
	};
	vrrp_parse_block(parse, VRRP_PROCESS, process, node);
	if (process->argv == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, name->span,
			    "vrrp_track_process '%s' has no 'process'", name->text);
	if (process->quorum > process->quorum_max && process->quorum_max != 0) {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_number, name->span,
			    "vrrp_track_process '%s': quorum %u is more than quorum_max %u",
			    name->text, process->quorum, process->quorum_max);
	}
	if (process->quorum_max == 0)
		process->quorum = 0; /* that it does not run at all is what is wanted */
	*tail = process;
}

static void process_parse_process(struct vrrp_parse *parse, void *object,
				  const struct vrrp_node *node)
{
	struct vrrp_process_conf *process = object;
	size_t count = 0;

	if (!vrrp_need(parse, node, 1, "process NAME [PARAMETER ...]") || !vrrp_closed(parse, node))
		return;
	for (unsigned i = 1; i < node->escaped.count; i++)
		*ARENA_APPEND(parse->common.arena, process->argv, count) =
			arena_strdup(parse->common.arena, node->escaped.words[i].text);
	*ARENA_APPEND(parse->common.arena, process->argv, count) = NULL;
	if (node->escaped.count > 2)
		process->match_params = true;
}

static void process_parse_match(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	static const struct conf_choice matches[] = {
		{ "initial", VRRP_PARAMS_INITIAL, "The last parameter may be longer." },
		{ "partial", VRRP_PARAMS_PARTIAL, "More parameters may follow." },
		{ NULL, 0, NULL },
	};
	struct vrrp_process_conf *process = object;
	int match;

	if (!vrrp_need(parse, node, 1, "param_match initial|partial") ||
	    !conf_read_choice(&parse->common, &node->line.words[1], matches, "match", &match))
		return;
	process->param_match = match;
	process->match_params = true;
	vrrp_warn_rest(parse, &node->line, 2);
}

static void process_parse_weight(struct vrrp_parse *parse, void *object,
				 const struct vrrp_node *node)
{
	struct vrrp_process_conf *process = object;

	if (vrrp_need(parse, node, 1, "weight -254..254 [reverse]"))
		vrrp_read_weight_within(parse, &node->line, 1, PROCESS_WEIGHT, &process->weight,
					&process->weight_reverse);
}

static void process_parse_delay(struct vrrp_parse *parse, void *object,
				const struct vrrp_node *node)
{
	struct vrrp_process_conf *process = object;
	uint64_t us;

	if (!vrrp_need(parse, node, 1, "delay 0.5") ||
	    !vrrp_read_seconds(parse, &node->line.words[1], 1, INT64_C(3600000000), &us))
		return;
	process->fork_delay_us = process->terminate_delay_us = us;
	vrrp_warn_rest(parse, &node->line, 2);
}

/* --- track_file --- */

static void file_parse_block(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_file_conf **tail = &parse->conf->files, *file;
	const struct conf_word *name = vrrp_block_name(parse, node, "track_file NAME {");

	if (name == NULL)
		return;
	for (; *tail != NULL; tail = &(*tail)->next)
		if (strcmp((*tail)->name, name->text) == 0)
			vrrp_block_duplicate(parse, name, "track_file", (*tail)->span);
	file = arena_zalloc(parse->common.arena, sizeof(*file));
	*file = (struct vrrp_file_conf){ .name = name->text, .span = name->span, .weight = 1 };
	vrrp_parse_block(parse, VRRP_FILE, file, node);
	if (file->path == NULL)
		vrrp_report(parse, DIAG_ERROR, &diag_missing, name->span,
			    "track_file '%s' has no 'file'", name->text);
	*tail = file;
}

static void file_parse_file(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_file_conf *file = object;

	if (!vrrp_need(parse, node, 1, "file \"/run/weight\"") || !vrrp_closed(parse, node))
		return;
	if (node->escaped.words[1].text[0] != '/') {
		vrrp_report(parse, DIAG_ERROR, &diag_bad_value, node->escaped.words[1].span,
			    "'%s' is not an absolute path", node->escaped.words[1].text);
		return;
	}
	file->path = node->escaped.words[1].text;
	vrrp_warn_rest(parse, &node->escaped, 2);
}

static void file_parse_weight(struct vrrp_parse *parse, void *object,
			      const struct vrrp_node *node)
{
	struct vrrp_file_conf *file = object;

	if (vrrp_need(parse, node, 1, "weight -2147483647..2147483647 [reverse]"))
		vrrp_read_weight_within(parse, &node->line, 1, INT_MAX, &file->weight,
					&file->weight_reverse);
}

/* `init_file [VALUE] [overwrite]`, in any order. */
static void file_parse_init(struct vrrp_parse *parse, void *object, const struct vrrp_node *node)
{
	struct vrrp_file_conf *file = object;
	int64_t value;

	file->init = true;
	for (unsigned i = 1; i < node->line.count; i++) {
		const struct conf_word *word = &node->line.words[i];

		if (strcmp(word->text, "overwrite") == 0)
			file->init_overwrite = true;
		else if (conf_read_int(&parse->common, word, INT_MIN, INT_MAX, &value))
			file->init_value = (long)value;
	}
}

/* --- rows --- */

#define PROCESS(field) offsetof(struct vrrp_process_conf, field)
#define PROCESS_BUFFER                                                                             \
	"its buffer is large, and what is lost all the same is found by reading /proc anew"

#define TRACK(word, what, line)                                                                    \
	{                                                                                          \
		.doc = { word, what, word " {", line },                                            \
		.where = VRRP_INSTANCE, .type = VRRP_PARSE, .block = true,                         \
		.parse = track_parse_of_instance,                                                  \
	},                                                                                         \
	{                                                                                          \
		.doc = { word, what, word " {", "0.3" },                                           \
		.where = VRRP_GROUP, .type = VRRP_PARSE, .block = true,                            \
		.parse = track_parse_of_group,                                                     \
	}

const struct vrrp_keyword vrrp_keywords_track[] = {
	TRACK("track_script", "Names of scripts that have a say: NAME [weight N [reverse]].",
	      "0.1"),
	TRACK("track_interface",
	      "Interfaces that have a say: NAME [weight N [reverse]]; without a weight one that "
	      "is down is FAULT.",
	      "0.1"),
	TRACK("track_file",
	      "Names of files whose number, times the weight, is added to the priority: NAME "
	      "[weight N [reverse]].",
	      "0.3"),
	TRACK("track_process", "Names of processes that have a say: NAME [weight N [reverse]].",
	      "0.3"),
	TRACK("track_bfd",
	      "Names of BFD sessions that have a say: NAME [weight N [reverse]]; without a "
	      "weight one that is not up is FAULT.",
	      "0.3"),
	{
		.doc = { "vrrp_track_process",
			 "Processes of the machine, counted as they come and go.",
			 "vrrp_track_process haproxy {", "0.3" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true,
		.parse = process_parse_block,
	},
	{
		.doc = { "process",
			 "The name to look for, and its parameters: with any the command line is "
			 "compared, else the process's name.",
			 "process haproxy", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_PARSE, .parse = process_parse_process,
	},
	{
		.doc = { "param_match",
			 "initial: the last parameter may be longer; partial: more of them may "
			 "follow. With no parameter given there must be none.",
			 "param_match partial", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_PARSE, .parse = process_parse_match,
	},
	{
		.doc = { "full_command",
			 "Compare with the command that was given, not with the process's name.",
			 "full_command", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_FLAG, .offset = PROCESS(full_command),
		.preset = "off",
	},
	{
		.doc = { "weight",
			 "What it adds to the priority: a positive weight while enough run, a "
			 "negative one while not; with 0 too few is FAULT.",
			 "weight -20", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_PARSE, .preset = "1", .min = -254, .max = 254,
		.parse = process_parse_weight,
	},
	{
		.doc = { "quorum", "How many must run at least.", "quorum 2", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_UNSIGNED, .offset = PROCESS(quorum),
		.preset = "1", .min = 1, .max = PROCESS_QUORUM,
	},
	{
		.doc = { "quorum_max", "How many may run at most; 0: none may.", "quorum_max 1",
			 "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_UNSIGNED, .offset = PROCESS(quorum_max),
		.max = PROCESS_QUORUM,
	},
	{
		.doc = { "fork_delay",
			 "Seconds to wait before a change counts that a new process made.",
			 "fork_delay 0.5", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_SECONDS, .offset = PROCESS(fork_delay_us),
		.min = 1, .max = INT64_C(3600000000),
	},
	{
		.doc = { "terminate_delay",
			 "Seconds to wait before a change counts that an ended process made.",
			 "terminate_delay 0.5", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_SECONDS, .offset = PROCESS(terminate_delay_us),
		.min = 1, .max = INT64_C(3600000000),
	},
	{
		.doc = { "delay", "Sets fork_delay and terminate_delay.", "delay 0.5", "0.3" },
		.where = VRRP_PROCESS, .type = VRRP_PARSE, .min = 1, .max = INT64_C(3600000000),
		.parse = process_parse_delay,
	},
	{
		.doc = { "process_monitor_rcv_bufs", "Accepted.",
			 "process_monitor_rcv_bufs 1048576", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_IGNORED, .why = PROCESS_BUFFER,
	},
	{
		.doc = { "process_monitor_rcv_bufs_force", "Accepted.",
			 "process_monitor_rcv_bufs_force on", "0.3" },
		.where = VRRP_GLOBAL, .type = VRRP_IGNORED, .why = PROCESS_BUFFER,
	},
	{
		.doc = { "track_file", "A file whose number has a say in priorities.",
			 "track_file weight {", "0.3" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true, .parse = file_parse_block,
	},
	{
		.doc = { "vrrp_track_file", "Old form of track_file.", "vrrp_track_file weight {",
			 "0.3" },
		.where = VRRP_TOP, .type = VRRP_PARSE, .block = true, .parse = file_parse_block,
		.modern = "track_file",
	},
	{
		.doc = { "file", "The path; a file that is missing counts as 0.",
			 "file \"/run/keepalived/weight\"", "0.3" },
		.where = VRRP_FILE, .type = VRRP_PARSE, .parse = file_parse_file,
	},
	{
		.doc = { "weight",
			 "The number is multiplied with it; below -253 that is FAULT. With 0 a "
			 "number other than 0 is FAULT.",
			 "weight 2", "0.3" },
		.where = VRRP_FILE, .type = VRRP_PARSE, .preset = "1", .parse = file_parse_weight,
	},
	{
		.doc = { "init_file",
			 "Writes a number (0) to the file at the start if there is none, or "
			 "whatever there is (overwrite).",
			 "init_file 0 overwrite", "0.3" },
		.where = VRRP_FILE, .type = VRRP_PARSE, .parse = file_parse_init,
	},
	VRRP_KEYWORDS_END,
};
