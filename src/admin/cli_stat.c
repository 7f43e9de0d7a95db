/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_stat.c - `show stat`: the counters as CSV, typed lines or JSON
 * (management manual 9.1, 9.2). The rows are one snapshot; their text is made
 * as the client reads it.
 */
#include <stdlib.h>
#include <string.h>

#include "admin/cli_commands.h"
#include "admin/row.h"
#include "admin/row_json.h"

enum stat_form { STAT_CSV, STAT_TYPED, STAT_JSON };

struct stat_answer {
	struct stats_rows rows;
	size_t next;
	enum stat_form form;
	bool describe, began;
	int64_t proxy_id, kinds, service_id; /* -1: any */
};

enum { STAT_PIECE = 16384 };

static bool stat_wants(const struct stat_answer *answer, const struct stats_row *row)
{
	return (answer->proxy_id < 0 || row->n.proxy_id == (uint64_t)answer->proxy_id) &&
	       (answer->kinds < 0 || (answer->kinds & 1 << row->kind) != 0) &&
	       (answer->service_id < 0 || row->kind != STATS_SERVER ||
		row->n.service_id == (uint64_t)answer->service_id);
}

static void stat_print_typed(const struct stats_row *row, bool describe, struct strbuf *out)
{
	static const char letters[] = { [STATS_FRONTEND] = 'F', [STATS_BACKEND] = 'B',
					[STATS_SERVER] = 'S' };
	char buf[STATS_VALUE_TEXT];
	struct field field;

	for (size_t c = 0; c < stats_column_count; c++)
		if (stats_row_field(row, c, &field, buf)) {
			strbuf_printf(out, "%c.%u.%u.", letters[row->kind],
				      (unsigned)row->n.proxy_id, (unsigned)row->n.service_id);
			field_typed(&field, describe, out);
		}
}

static void stat_print(struct stat_answer *answer, const struct stats_row *row, struct strbuf *out)
{
	switch (answer->form) {
	case STAT_CSV:
		stats_csv_row(row, out);
		break;
	case STAT_TYPED:
		stat_print_typed(row, answer->describe, out);
		break;
	case STAT_JSON:
		strbuf_puts(out, answer->began ? "," : "");
		stats_row_json(row, out);
		break;
	}
	answer->began = true;
}

static bool stat_more(struct cli_run *run)
{
	struct stat_answer *answer = run->state;
	size_t limit = run->out->len + STAT_PIECE;

	while (answer->next < answer->rows.count && run->out->len < limit) {
		const struct stats_row *row = &answer->rows.rows[answer->next++];

		if (stat_wants(answer, row))
			stat_print(answer, row, run->out);
	}
	if (answer->next < answer->rows.count)
		return true;
	if (answer->form == STAT_JSON)
		strbuf_puts(run->out, "]\n");
	return false;
}

static void stat_end(struct cli_run *run)
{
	struct stat_answer *answer = run->state;

	stats_rows_free(&answer->rows);
	free(answer);
}

/* The options from word `at` on, as HAProxy reads them: what it does not know says nothing. */
static void stat_read_options(const struct cli_run *run, unsigned at, struct stat_answer *answer,
			      struct stats_filter *filter)
{
	for (; at < run->words.count; at++) {
		const char *word = cli_word(run, at);

		if (strcmp(word, "typed") == 0)
			answer->form = STAT_TYPED;
		else if (strcmp(word, "json") == 0)
			answer->form = STAT_JSON;
		else if (strcmp(word, "desc") == 0)
			answer->describe = true;
		else if (strcmp(word, "up") == 0)
			filter->up_only = true;
		else if (strcmp(word, "no-maint") == 0)
			filter->no_maintenance = true;
	}
}

/* "iid|name type sid" from word `at` on; false after an error. */
static bool stat_read_choice(struct cli_run *run, struct stat_answer *answer, unsigned at)
{
	struct proxy_part part;
	bool found = false;

	answer->kinds = atoi(cli_word(run, at + 1));
	answer->service_id = atoi(cli_word(run, at + 2));
	if (cli_read_number(cli_word(run, at), &answer->proxy_id))
		return true;
	for (unsigned i = 0; !found && proxy_part_next(run->proxy, &i, &part);)
		found = strcmp(part.section->name, cli_word(run, at)) == 0;
	if (!found) {
		cli_error(run, "No such proxy.\n");
		return false;
	}
	answer->proxy_id = part.section->id;
	return true;
}

static void stat_show_proxies(struct cli_run *run, unsigned at)
{
	static const struct stats_conf seen_by_users = { .show_legends = false };
	static const struct stats_conf seen_by_others = { .show_legends = true };
	struct stats_filter filter = { .conf = run->session->level >= CLI_OPERATOR
						       ? &seen_by_others : &seen_by_users };
	struct stat_answer *answer = calloc(1, sizeof(*answer));
	bool chosen = run->words.count >= at + 3;

	if (answer == NULL)
		return;
	run->state = answer;
	run->end = stat_end;
	answer->proxy_id = answer->kinds = answer->service_id = -1;
	if (chosen && !stat_read_choice(run, answer, at))
		return;
	stat_read_options(run, chosen ? at + 3 : at, answer, &filter);
	if (stats_collect(run->proxy, &filter, &answer->rows) < 0) {
		cli_error(run, "Out of memory.\n");
		return;
	}
	if (answer->form == STAT_CSV)
		stats_csv_titles(run->out);
	else if (answer->form == STAT_JSON)
		strbuf_puts(run->out, "[");
	run->more = stat_more;
}

static void stat_show(struct cli_run *run)
{
	const char *domain = cli_word(run, 3);
	bool typed = false;

	if (strcmp(cli_word(run, 2), "domain") != 0) {
		stat_show_proxies(run, 2);
		return;
	}
	for (unsigned i = 4; i < run->words.count; i++)
		typed |= strcmp(cli_word(run, i), "typed") == 0;
	if (strcmp(domain, "proxy") == 0)
		stat_show_proxies(run, 4);
	else if (strcmp(domain, "resolvers") == 0)
		cli_resolvers_stat(run, typed);
	else
		cli_error(run, "Invalid statistics domain.\n");
}

static void stat_show_schema(struct cli_run *run)
{
	field_schema(run->out);
}

const struct cli_command cli_commands_stat[] = {
	{ .doc = { .name = "show schema json", .since = "0.3",
		   .summary = "The JSON schema of show info and show stat.",
		   .example = "show schema json" },
	  .run = stat_show_schema },
	{ .doc = { .name = "show stat", .since = "0.3",
		   .summary = "The counters of each frontend, backend and server.",
		   .example = "show stat -1 4 -1 typed" },
	  .arguments =
		  "[domain proxy|resolvers] [<px> <type> <sid>] [desc|json|no-maint|typed|up]*",
		  .run = stat_show },
	CLI_COMMANDS_END,
};
