/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/action_log.c - actions that change what the log says: set-log-level and capture. */
#include <string.h>

#include "base/arena.h"
#include "diag/log.h"
#include "proxy/action.h"
#include "proxy/captures.h"

static unsigned level_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			   const struct conf_line *line, unsigned at)
{
	int *level = rule->args = arena_zalloc(parse->arena, sizeof(*level));
	const struct conf_word *word = &line->words[at + 1];

	if (!action_need(parse, rule, line, at, 1, "<level>|silent"))
		return 0;
	*level = log_level_find(word->text);
	if (*level >= 0 || strcmp(word->text, "silent") == 0)
		return at + 2;
	conf_error_unknown(parse, word, "log level", log_level_names);
	return 0;
}

static enum rule_verdict level_run(const struct rule *rule, struct rule_run *run)
{
	const int *level = rule->args;

	run->txn->no_log = *level < 0;
	if (*level >= 0)
		run->txn->log_level = (int8_t)*level;
	return RULE_NEXT;
}

/* ---- capture ---- */

struct capture_args {
	struct expr *expr;
	unsigned index;
	struct diag_span span; /* of the slot's number */
};

static bool is_response(const struct rule *rule)
{
	return rule->list == RULES_HTTP_RESPONSE || rule->list == RULES_HTTP_AFTER_RESPONSE;
}

static const struct http_capture *find_slot(const struct section *section, bool response,
					    unsigned index)
{
	const struct http_capture *slot = section->http.captures;

	while (slot != NULL && (slot->response != response || slot->index != index))
		slot = slot->next;
	return slot;
}

/* `len N`: a slot of its own. */
static bool capture_read_len(struct conf_parse *parse, struct section *section,
			     struct capture_args *args, const struct conf_word *word)
{
	struct http_capture *slot;
	int64_t length;

	if (!conf_read_int(parse, &word[1], 1, INT32_MAX, &length))
		return false;
	if (!section_accepts(section)) {
		diag_add(parse->report, DIAG_ERROR, &diag_wrong_place, word->span,
			 "write 'declare capture' in the frontend, and 'id' here",
			 "only a frontend can make a slot for captures");
		return false;
	}
	slot = arena_zalloc(parse->arena, sizeof(*slot));
	slot->length = (unsigned)length;
	slot->index = args->index = section->http.request_captures++;
	slot->next = section->http.captures;
	section->http.captures = slot;
	return true;
}

static bool capture_read_id(struct conf_parse *parse, struct capture_args *args,
			    const struct conf_word *word)
{
	int64_t index;

	if (!conf_read_int(parse, &word[1], 0, INT32_MAX, &index))
		return false;
	args->index = (unsigned)index;
	args->span = word[1].span;
	return true;
}

static unsigned capture_read(struct conf_parse *parse, struct section *section, struct rule *rule,
			     const struct conf_line *line, unsigned at)
{
	struct capture_args *args = rule->args = arena_zalloc(parse->arena, sizeof(*args));
	const struct conf_word *how = &line->words[at + 2];
	bool only_id = is_response(rule);

	if (!action_need(parse, rule, line, at, 3,
			 only_id ? "<expression> id <slot>" : "<expression> len <n>|id <slot>"))
		return 0;
	args->expr = action_expr(parse, section, rule, &line->words[at + 1]);
	if (args->expr == NULL)
		return 0;
	if (strcmp(how->text, "id") == 0)
		return capture_read_id(parse, args, how) ? at + 4 : 0;
	if (strcmp(how->text, "len") == 0 && !only_id)
		return capture_read_len(parse, section, args, how) ? at + 4 : 0;
	conf_error_unknown(parse, how, "argument",
			   (const char *const[]){ "id", only_id ? NULL : "len", NULL });
	return 0;
}

/* Frontends vary for a backend's rules: those are seen to when they run. */
static void capture_resolve(struct conf_parse *parse, const struct section *section,
			    const struct rule *rule)
{
	const struct capture_args *args = rule->args;

	if (args->span.source == NULL || !section_accepts(section) ||
	    find_slot(section, is_response(rule), args->index) != NULL)
		return;
	diag_add(parse->report, DIAG_ERROR, &diag_unknown_name, args->span,
		 "add 'declare capture'", "'%s' has no capture slot %u", section->name,
		 args->index);
}

static enum rule_verdict capture_run(const struct rule *rule, struct rule_run *run)
{
	const struct capture_args *args = rule->args;
	struct expr_sample sample = { 0 };

	switch (expr_get(args->expr, run->context, &sample)) {
	case EXPR_NONE:
		return RULE_NEXT;
	case EXPR_LATER:
		/* A value that is still on its way is waited for, as long as inspect-delay lets us. */
		return run->context->bytes_end ? RULE_NEXT : RULE_WAIT;
	case EXPR_GOT:
		break;
	}
	if (expr_cast(&sample, EXPR_STRING, run->context->memory))
		capture_set(run->txn, is_response(rule), args->index, sample.value.text);
	return RULE_NEXT;
}

const struct rule_action rule_actions_log[] = {
	{ ACTION_DOC("set-log-level", "Log at this level, or not at all.",
		     "http-request set-log-level silent if { path /health }"),
	  .lists = IN_CONTENT | IN_RESPONSE_CONTENT | IN_HTTP, .parse = level_read,
	  .run = level_run },
	{ ACTION_DOC("capture", "Keep the value of an expression for the log.",
		     "http-request capture req.hdr(referer) len 40"),
	  .lists = IN_CONTENT | IN_HTTP, .parse = capture_read, .run = capture_run,
	  .resolve = capture_resolve },
	{ .doc = { .name = NULL } },
};
