/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_var.c - variables of the process, read and set by hand (management
 * manual 9.3 "get var", "set var"). An expression that is typed here sees no
 * stream: constants, variables, and what can be made of them.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/cli_commands.h"
#include "admin/cli_private.h"
#include "base/arena.h"
#include "expr/expr.h"
#include "expr/format.h"
#include "expr/vars.h"
#include "proxy/process_vars.h"
#include "proxy/worker.h"

static const struct conf_grammar var_grammar = { .language = &process_vars_language };
static const struct expr_place var_place = { .what = "the runtime API" };

/* ---- names ---- */

static const struct expr_var *var_find(const struct cli *cli, const char *name)
{
	const struct expr_var *var = cli->names;

	while (var != NULL && strcmp(var->name, name) != 0)
		var = var->next;
	return var;
}

/* A name that no file has is remembered for as long as the process lives. */
static const struct expr_var *var_name(struct cli *cli, const char *name)
{
	struct conf_parse parse = { .names = (struct expr_var *)cli->names };
	const struct expr_var *var = var_find(cli, name);

	if (var != NULL)
		return var;
	if (cli->arena == NULL)
		cli->arena = arena_new();
	parse.arena = cli->arena;
	parse.report = diag_report_new();
	var = expr_var_read(&parse, slice_of(name), (struct diag_span){ 0 });
	cli->names = parse.names;
	diag_report_free(parse.report);
	return var;
}

static struct expr_context var_context(struct cli_run *run)
{
	struct worker *worker = run->worker;

	return (struct expr_context){
		.vars[EXPR_SCOPE_PROC] = run->proxy->vars,
		.memory = &worker->scratch,
		.regex = worker->regex,
		.random = worker_random(worker),
		.now_us = worker_now(worker).us,
		.wall_us = wall_now_us(),
		.bytes_end = true,
	};
}

/* ---- get ---- */

static void var_print(struct strbuf *out, struct expr_sample *sample, struct bump *memory)
{
	char ip[NET_TEXT];
	bool v6;

	switch (sample->type) {
	case EXPR_BOOL:
		strbuf_printf(out, "type=bool value=<%d>", sample->value.boolean);
		return;
	case EXPR_INT:
		strbuf_printf(out, "type=sint value=<%" PRId64 ">", sample->value.integer);
		return;
	case EXPR_ADDRESS:
		v6 = sample->value.address.family == 6;
		strbuf_printf(out, "type=%s value=<%s>", v6 ? "ipv6" : "ipv4",
			      net_ip_text(v6 ? AF_INET6 : AF_INET, sample->value.address.ip, ip));
		return;
	case EXPR_BINARY:
		strbuf_puts(out, "type=bin value=<");
		for (size_t i = 0; i < sample->value.text.len; i++)
			strbuf_printf(out, "%02x", (unsigned char)sample->value.text.at[i]);
		strbuf_puts(out, ">");
		return;
	default:
		break;
	}
	strbuf_puts(out, "type=str value=<");
	if (expr_cast(sample, EXPR_STRING, memory))
		strbuf_add(out, sample->value.text.at, sample->value.text.len);
	strbuf_puts(out, ">");
}

static void var_get(struct cli_run *run)
{
	struct bump_mark mark = bump_mark(&run->worker->scratch);
	struct expr_context context = var_context(run);
	struct expr_sample sample = { 0 };
	const char *name = cli_word(run, 2);
	const struct expr_var *var = var_find(run->cli, name);

	if (*name == '\0') {
		cli_error(run, "Missing process-wide variable identifier.\n");
	} else if (var == NULL || var->scope != EXPR_SCOPE_PROC ||
		   !expr_var_get(&context, var, &sample)) {
		cli_error(run, "Variable not found.\n");
	} else {
		cli_sayf(run, LOG_LEVEL_INFO, "%s: ", name);
		var_print(run->out, &sample, context.memory);
	}
	bump_reset(&run->worker->scratch, mark);
}

/* ---- set ---- */

/* The words from `at` on, as one. */
static const char *var_rest(const struct cli_run *run, struct arena *arena, unsigned at)
{
	const char *text = cli_word(run, at);

	while (++at < run->words.count)
		text = arena_printf(arena, "%s %s", text, cli_word(run, at));
	return text;
}

static bool var_evaluate(struct cli_run *run, struct conf_parse *parse, unsigned at, bool format,
			 struct expr_sample *ret)
{
	const struct conf_word word = { .text = var_rest(run, parse->arena, at) };
	struct expr_context context = var_context(run);
	size_t end;

	*ret = (struct expr_sample){ .type = EXPR_STRING };
	if (format) {
		struct format *compiled = format_parse(parse, &var_place, &word, FORMAT_RAW);

		if (compiled == NULL)
			return false;
		ret->value.text = format_text(compiled, &context);
		return ret->value.text.at != NULL;
	}
	struct expr *expr = expr_parse(parse, &var_place, &word, 0, NULL, &end);
	return expr != NULL && expr_get(expr, &context, ret) == EXPR_GOT;
}

/* What is wrong, in the words of the file's reader, without its place. */
static void var_print_report(struct cli_run *run, const struct diag_report *report)
{
	struct strbuf text = STRBUF_EMPTY;
	const char *message, *end;

	diag_report_render(report, &text);
	message = text.text != NULL ? strstr(text.text, "error: ") : NULL;
	if (message == NULL) {
		cli_error(run, "the expression has no value");
	} else {
		message += strlen("error: ");
		end = strstr(message, " [");
		if (end == NULL)
			end = message + strcspn(message, "\n");
		cli_sayf(run, LOG_LEVEL_ERR, "%.*s", (int)(end - message), message);
	}
	strbuf_free(&text);
}

static void var_store(struct cli_run *run, unsigned at, bool format)
{
	struct bump_mark mark = bump_mark(&run->worker->scratch);
	struct conf_parse parse = { .arena = arena_new(), .report = diag_report_new(),
				    .grammar = &var_grammar,
				    .names = (struct expr_var *)run->cli->names };
	struct expr_context context = var_context(run);
	struct expr_sample sample;

	if (!var_evaluate(run, &parse, at, format, &sample)) {
		var_print_report(run, parse.report);
	} else {
		const struct expr_var *var = var_name(run->cli, cli_word(run, 2));

		if (var == NULL)
			cli_sayf(run, LOG_LEVEL_ERR, "invalid variable name '%s'",
				 cli_word(run, 2));
		else if (!expr_var_set(&context, var, &sample))
			cli_error(run, "Out of memory.\n");
	}
	diag_report_free(parse.report);
	arena_free(parse.arena);
	bump_reset(&run->worker->scratch, mark);
}

static void var_set(struct cli_run *run)
{
	const char *name = cli_word(run, 2), *how = cli_word(run, 3);
	bool format = strcmp(how, "fmt") == 0;

	if (run->words.count < 4)
		cli_error(run, "usage: set var <proc.name> <expression>, or fmt <format>, or expr "
			       "<expression>\n");
	else if (strncmp(name, "proc.", 5) != 0)
		cli_sayf(run, LOG_LEVEL_ERR,
			 "'set var': cannot set variable '%s', only scope 'proc' "
			 "is permitted here.", name);
	else
		var_store(run, format || strcmp(how, "expr") == 0 ? 4 : 3, format);
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_var[] = {
	{ DOC("get var", "The value of a variable of the process.", "get var proc.state"),
	  .arguments = "<name>", .level = CLI_OPERATOR, .run = var_get },
	{ DOC("set var", "Set a variable of the process.", "set var proc.state int(1)"),
	  .arguments = "<name> [expr|fmt] <value>", .flags = CLI_EXPERIMENTAL, .run = var_set },
	CLI_COMMANDS_END,
};
