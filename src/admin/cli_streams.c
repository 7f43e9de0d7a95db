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
#include "proxy/stream.h"

enum { STREAMS_PIECE = 300 };

/* ---- in the stream's thread ---- */

/* "12s", "1m12s", "3h2m", "2d3h" */
static const char *streams_age(uint64_t us, char text[32])
{
	unsigned s = (unsigned)(us / 1000000), m = s / 60, h = m / 60, d = h / 24;

	if (m == 0)
		snprintf(text, 32, "%us", s);
	else if (h == 0)
		snprintf(text, 32, "%um%us", m, s % 60);
	else if (d == 0)
		snprintf(text, 32, "%uh%um", h, m % 60);
	else
		snprintf(text, 32, "%ud%uh", d, h % 24);
	return text;
}

/* Until its time is up; "" when nothing is waited for. */
static const char *streams_expiry(const struct stream *stream, char text[32])
{
	struct moment now = worker_now(stream->worker);

	if (stream->timer.node.pos == 0)
		return "";
	return streams_age(moment_since(now, stream->timer.when) + 999999, text);
}

static void streams_print_peer(struct strbuf *out, const char *name,
			       const struct net_endpoint *peer)
{
	char ip[NET_TEXT];

	strbuf_printf(out, "%s=%s:%u", name, net_endpoint_text(peer, ip),
		      peer->family == AF_UNIX ? 1 : peer->port);
}

static const char *streams_protocol(const struct stream *stream)
{
	switch (stream->src.family) {
	case AF_INET:
		return "tcpv4";
	case AF_INET6:
		return "tcpv6";
	}
	return "unix_stream";
}

static unsigned streams_held(const struct stream_end *end)
{
	return end != NULL && end->held != NULL ? buffer_used(end->held) : 0;
}

static void streams_print_line(struct stream *stream, struct strbuf *out)
{
	char age[32], expiry[32];

	strbuf_printf(out, "%p: proto=%s ", (void *)stream, streams_protocol(stream));
	streams_print_peer(out, "src", &stream->src);
	strbuf_printf(out,
		      " fe=%s be=%s srv=%s ts=%02x epoch=0 age=%s calls=%u rate=0 cpu=0 lat=0"
		      " rq[f=%d%d%dh,i=%u,an=00h,rx=,wx=,ax=] rp[f=%d%d%dh,i=%u,an=00h,rx=,wx=,ax=]"
		      " scf=[%u,0h,fd=%d] scb=[%u,0h,fd=%d] exp=%s rc=%u c_exp=\n",
		      stream->listener->frontend->section->name,
		      stream->backend != NULL ? stream->backend->section->name : "<NONE>",
		      stream->target != NULL ? stream->target->conf->name : "<none>", stream->state,
		      streams_age(moment_since(stream->accepted, worker_now(stream->worker)), age),
		      stream->calls, stream->client.hung_up, stream->client.read_done,
		      stream->client.splicing, streams_held(&stream->client),
		      stream->server != NULL && stream->server->hung_up,
		      stream->server != NULL && stream->server->read_done,
		      stream->server != NULL && stream->server->splicing,
		      streams_held(stream->server), stream->state, stream->client.file.fd,
		      stream->state, stream->server != NULL ? stream->server->file.fd : -1,
		      streams_expiry(stream, expiry), stream->retries);
}

static void streams_print_end(struct strbuf *out, const char *name, const struct stream_end *end,
			      struct moment now)
{
	char age[32];

	if (end == NULL) {
		strbuf_printf(out, "  %s=<NONE>\n", name);
		return;
	}
	strbuf_printf(out,
		      "  %s fd=%d bytes=%" PRIu64 " held=%u splicing=%d hung_up=%d read_done=%d "
		      "write_done=%d last=%s\n",
		      name, end->file.fd, end->bytes, streams_held(end), end->splicing,
		      end->hung_up, end->read_done, end->write_done,
		      streams_age(moment_since(end->active, now), age));
}

static void streams_print_section(struct strbuf *out, const char *name,
				  const struct section *section)
{
	if (section == NULL)
		strbuf_printf(out, "  %s=<NONE> (id=-1 mode=-)", name);
	else
		strbuf_printf(out, "  %s=%s (id=%d mode=%s)", name, section->name, (int)section->id,
			      section->mode == PROXY_MODE_HTTP ? "http" : "tcp");
}

/* All that is known of one. */
static void streams_print_whole(struct stream *stream, struct strbuf *out)
{
	const struct bind_conf *bind = stream->listener->conf;
	const struct section *backend = stream->backend != NULL ? stream->backend->section : NULL;
	struct moment now = worker_now(stream->worker);
	char age[32], expiry[32], address[NET_ADDRESS_TEXT];

	strbuf_printf(out, "%p: proto=%s ", (void *)stream, streams_protocol(stream));
	streams_print_peer(out, "source", &stream->src);
	strbuf_printf(out, "\n  state=%s thread=%u age=%s exp=%s conn_retries=%u waiting=%d\n",
		      stream_state_name(stream->state), stream->worker->index,
		      streams_age(moment_since(stream->accepted, now), age),
		      *streams_expiry(stream, expiry) != '\0' ? expiry : "<NEVER>", stream->retries,
		      stream->in_queue);
	streams_print_section(out, "frontend", stream->listener->frontend->section);
	strbuf_printf(out, ", listener=%s (id=%d) addr=%s\n", bind->name != NULL ? bind->name : "?",
		      (int)bind->id, net_address_text(&bind->listener.address, address));
	streams_print_section(out, "backend", backend);
	strbuf_puts(out, "\n");
	if (stream->target == NULL)
		strbuf_puts(out, "  server=<NONE> (id=-1)\n");
	else
		strbuf_printf(out, "  server=%s (id=%d)\n", stream->target->conf->name,
			      (int)stream->target->conf->id);
	streams_print_end(out, "client", &stream->client, now);
	streams_print_end(out, "server", stream->server, now);
}

/* number[0]: only those accepted later; set to where to go on, MOMENT_NEVER at the end. number[1]: in full. */
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
			streams_print_whole(stream, &ask->text);
		else
			streams_print_line(stream, &ask->text);
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
		streams_print_whole(stream, &ask->text);
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
