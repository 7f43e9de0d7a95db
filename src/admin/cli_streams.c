/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_streams.c - the streams of all threads: shown, and ended by hand
 * (management manual 9.3 "show sess", "shutdown session"). HAProxy calls them
 * sessions here.
 *
 * A thread lists its streams in the order it has accepted them, so a list is
 * made in pieces that begin behind the moment where the last one ended.
 */
#include <inttypes.h>
#include <string.h>

#include "admin/cli_ask.h"
#include "admin/cli_commands.h"
#include "admin/cli_private.h"
#include "admin/cli_stream_text.h"
#include "proxy/stream.h"

enum { STREAMS_PIECE = 300 };

/* ---- in the stream's thread ---- */

/*
 * number[0]: only those accepted later; set to where to go on,
 * MOMENT_NEVER at the end. number[1]: in full.
 */
static void streams_list(struct worker *worker, struct cli_ask *ask)
{
	uint64_t after = ask->number[0], last = after;
	unsigned count = 0;

	ask->number[0] = MOMENT_NEVER.us;
	list_for_each(node, &worker->streams)
	{
		struct stream *stream = container_of(node, struct stream, node);

		if (stream->accepted.us <= after)
			continue;
		/* Those of one moment stay together, so that none is left out. */
		if (count >= STREAMS_PIECE && stream->accepted.us != last) {
			ask->number[0] = last;
			return;
		}
		last = stream->accepted.us;
		count++;
		if (ask->number[1] != 0)
			cli_stream_whole(stream, &ask->text);
		else
			cli_stream_line(stream, &ask->text);
	}
}

/* ---- show sess ---- */

struct streams_walk {
	unsigned thread;
	uint64_t after;
	uint64_t whole;
};

static void streams_end(struct cli_run *run)
{
	free(run->state);
}

static bool streams_ask(struct cli_run *run)
{
	struct streams_walk *walk = run->state;
	const uint64_t number[4] = { walk->after, walk->whole };

	return cli_ask(run, &run->proxy->workers[walk->thread], streams_list, NULL, number) != NULL;
}

static bool streams_more(struct cli_run *run)
{
	struct streams_walk *walk = run->state;
	struct cli_ask *ask = cli_ask_take(run);

	walk->after = MOMENT_NEVER.us;
	if (ask == NULL) {
		cli_failed(run, CLI_REFUSED);
		strbuf_printf(run->out, "# thread %u does not answer\n", walk->thread + 1);
	} else {
		strbuf_add(run->out, ask->text.text, ask->text.len);
		walk->after = ask->number[0];
		cli_ask_free(ask);
	}
	if (walk->after == MOMENT_NEVER.us) {
		walk->after = 0;
		if (++walk->thread == run->proxy->threads)
			return false;
	}
	return streams_ask(run);
}

static void streams_show_all(struct cli_run *run, bool whole)
{
	struct streams_walk *walk = calloc(1, sizeof(*walk));

	run->state = walk;
	run->end = streams_end;
	if (walk == NULL)
		return;
	walk->whole = whole;
	if (streams_ask(run))
		run->more = streams_more;
}

/* ---- one of them ---- */

/* about: the address that `show sess` has told; number[0] is set when it is there. */
static struct stream *streams_find(const struct worker *worker, const void *address)
{
	list_for_each(node, &worker->streams)
	{
		struct stream *stream = container_of(node, struct stream, node);

		if (stream == address)
			return stream;
	}
	return NULL;
}

static void streams_show_one(struct worker *worker, struct cli_ask *ask)
{
	struct stream *stream = streams_find(worker, ask->about);

	if (stream != NULL)
		cli_stream_whole(stream, &ask->text);
	ask->number[0] = stream != NULL;
}

static void streams_end_one(struct worker *worker, struct cli_ask *ask)
{
	struct stream *stream = streams_find(worker, ask->about);

	if (stream != NULL)
		stream_end(stream, 'K', 0);
	ask->number[0] = stream != NULL;
}

/* Whether any thread had it; what they have to say is copied. */
static bool streams_found(struct cli_run *run)
{
	struct cli_ask *ask;
	bool found = false;

	while ((ask = cli_ask_take(run)) != NULL) {
		found |= ask->number[0] != 0;
		strbuf_add(run->out, ask->text.text, ask->text.len);
		cli_ask_free(ask);
	}
	return found;
}

static bool streams_shown_one(struct cli_run *run)
{
	if (!streams_found(run)) {
		cli_failed(run, CLI_REFUSED);
		strbuf_puts(run->out, "Session not found.\n");
	}
	return false;
}

static bool streams_ended_one(struct cli_run *run)
{
	if (!streams_found(run))
		cli_error(run, "No such session (use 'show sess').\n");
	return false;
}

static const void *streams_pointer(const char *text)
{
	return (const void *)(uintptr_t)strtoull(text, NULL, 0);
}

static void streams_show(struct cli_run *run)
{
	const void *address = streams_pointer(cli_word(run, 2));

	if (strcmp(cli_word(run, 2), "all") == 0)
		streams_show_all(run, true);
	else if (address == NULL)
		streams_show_all(run, false);
	else if (cli_ask_all(run, streams_show_one, address, NULL) == 0)
		run->more = streams_shown_one;
}

static void streams_shutdown(struct cli_run *run)
{
	const void *address = streams_pointer(cli_word(run, 2));

	if (address == NULL)
		cli_error(run, "Session pointer expected (use 'show sess').\n");
	else if (cli_ask_all(run, streams_end_one, address, NULL) == 0)
		run->more = streams_ended_one;
}

/* ---- those of a server ---- */

static void streams_end_of(struct worker *worker, struct cli_ask *ask)
{
	const struct server *server = ask->about;

	list_for_each_safe(node, &worker->streams)
	{
		struct stream *stream = container_of(node, struct stream, node);

		if (stream->target == server && stream->state != STREAM_QUEUED)
			stream_end(stream, 'K', 0);
	}
}

static bool streams_done(struct cli_run *run)
{
	return false;
}

static void streams_shutdown_server(struct cli_run *run)
{
	const struct server *server = cli_server_named(run, cli_word(run, 3));

	if (server != NULL && cli_ask_all(run, streams_end_of, server, NULL) == 0)
		run->more = streams_done;
}

#define DOC(words, what, line)                                                                     \
	.doc = { .name = words, .since = "0.3", .summary = what, .example = line }

const struct cli_command cli_commands_streams[] = {
	{ DOC("show sess", "The streams that are there, or one of them in full.", "show sess all"),
	  .arguments = "[<id>|all]", .level = CLI_OPERATOR, .run = streams_show },
	{ DOC("shutdown session", "End a stream.", "shutdown session 0x7f0011223344"),
	  .arguments = "<id>", .level = CLI_ADMIN, .run = streams_shutdown },
	{ DOC("shutdown sessions server", "End all streams on a server.",
	      "shutdown sessions server web/w1"),
	  .arguments = "<bk>/<srv>", .level = CLI_ADMIN, .run = streams_shutdown_server },
	CLI_COMMANDS_END,
};
