/* SPDX-License-Identifier: Apache-2.0 */
/* admin/cli_stream_text.c - see cli_stream_text.h. */
#include "admin/cli_stream_text.h"

#include <inttypes.h>
#include <sys/socket.h>
#include <time.h>

#include "proxy/fetches.h"
#include "proxy/server.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

/* "12s", "1m12s", "3h2m", "2d3h" */
static const char *stream_text_age(uint64_t us, char text[32])
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
static const char *stream_text_expiry(const struct stream *stream, char text[32])
{
	struct moment now = worker_now(stream->worker);

	if (stream->timer.node.pos == 0)
		return "";
	return stream_text_age(moment_since(now, stream->timer.when) + 999999, text);
}

static void stream_text_print_peer(struct strbuf *out, const char *name,
			       const struct net_endpoint *peer)
{
	char ip[NET_TEXT];

	strbuf_printf(out, "%s=%s:%u", name, net_endpoint_text(peer, ip),
		      peer->family == AF_UNIX ? 1 : peer->port);
}

static const char *stream_text_protocol(const struct stream *stream)
{
	switch (stream->src.family) {
	case AF_INET:
		return "tcpv4";
	case AF_INET6:
		return "tcpv6";
	}
	return "unix_stream";
}

static unsigned stream_text_held(const struct stream_end *end)
{
	return end != NULL && end->held != NULL ? buffer_used(end->held) : 0;
}

void cli_stream_line(struct stream *stream, struct strbuf *out)
{
	char age[32], expiry[32];

	strbuf_printf(out, "%p: proto=%s ", (void *)stream, stream_text_protocol(stream));
	stream_text_print_peer(out, "src", &stream->src);
	strbuf_printf(out,
		      " fe=%s be=%s srv=%s ts=%02x epoch=0 age=%s calls=%u rate=0 cpu=0 lat=0"
		      " rq[f=%d%d%dh,i=%u,an=00h,rx=,wx=,ax=] rp[f=%d%d%dh,i=%u,an=00h,rx=,wx=,ax=]"
		      " scf=[%u,0h,fd=%d] scb=[%u,0h,fd=%d] exp=%s rc=%u c_exp=\n",
		      stream->listener->frontend->section->name,
		      stream->backend != NULL ? stream->backend->section->name : "<NONE>",
		      stream->target != NULL ? stream->target->conf->name : "<none>", stream->state,
		      stream_text_age(moment_since(stream->accepted, worker_now(stream->worker)),
				      age),
		      stream->calls, stream->client.hung_up, stream->client.read_done,
		      stream->client.splicing, stream_text_held(&stream->client),
		      stream->server != NULL && stream->server->hung_up,
		      stream->server != NULL && stream->server->read_done,
		      stream->server != NULL && stream->server->splicing,
		      stream_text_held(stream->server), stream->state, stream->client.file.fd,
		      stream->state, stream->server != NULL ? stream->server->file.fd : -1,
		      stream_text_expiry(stream, expiry), stream->retries);
}

static void stream_text_print_end(struct strbuf *out, const char *name,
				  const struct stream_end *end, struct moment now)
{
	char age[32];

	if (end == NULL) {
		strbuf_printf(out, "  %s=<NONE>\n", name);
		return;
	}
	strbuf_printf(out,
		      "  %s fd=%d bytes=%" PRIu64 " held=%u splicing=%d hung_up=%d read_done=%d "
		      "write_done=%d last=%s\n",
		      name, end->file.fd, end->bytes, stream_text_held(end), end->splicing,
		      end->hung_up, end->read_done, end->write_done,
		      stream_text_age(moment_since(end->active, now), age));
}

static void stream_text_print_section(struct strbuf *out, const char *name,
				  const struct section *section)
{
	if (section == NULL)
		strbuf_printf(out, "  %s=<NONE> (id=-1 mode=-)", name);
	else
		strbuf_printf(out, "  %s=%s (id=%d mode=%s)", name, section->name, (int)section->id,
			      section->mode == PROXY_MODE_HTTP ? "http" : "tcp");
}

/* "[23/Nov/2026:22:24:13.190831]" */
static void stream_text_print_date(struct strbuf *out, uint64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	char date[32] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm) != NULL)
		strftime(date, sizeof(date), "%d/%b/%Y:%H:%M:%S", &tm);
	strbuf_printf(out, "[%s.%06u]", date, (unsigned)(wall_us % 1000000));
}

/* Where the connection to the server comes from. */
static void stream_text_print_source(struct strbuf *out, const struct stream *stream)
{
	struct net_address address = { .len = sizeof(address.storage), .fd = -1 };
	char text[NET_ADDRESS_TEXT];

	if (stream->server == NULL || getsockname(stream->server->file.fd,
						  (struct sockaddr *)&address.storage,
						  &address.len) < 0)
		return;
	strbuf_printf(out, " addr=%s", net_address_text(&address, text));
}

static void stream_text_print_target(struct strbuf *out, const struct server *server)
{
	char text[NET_ADDRESS_TEXT];

	if (server == NULL)
		strbuf_puts(out, "  server=<NONE> (id=-1)\n");
	else
		strbuf_printf(out, "  server=%s (id=%d) addr=%s\n", server->conf->name,
			      (int)server->conf->id,
			      net_address_text(server_address_of(server), text));
}

/* The request that is under way, as its log line will have it. */
static void stream_text_print_txn(struct strbuf *out, const struct txn *txn)
{
	if (txn == NULL || txn->request_line.at == NULL)
		return;
	strbuf_printf(out, "  request=\"");
	for (size_t i = 0; i < txn->request_line.len; i++) {
		unsigned char byte = (unsigned char)txn->request_line.at[i];

		strbuf_printf(out, byte < ' ' || byte > '~' || byte == '"' ? "#%02X" : "%c", byte);
	}
	strbuf_printf(out, "\" status=%d bytes_in=%" PRIu64 " bytes_out=%" PRIu64 "\n",
		      txn->status != 0 ? txn->status : -1, txn->bytes_in, txn->bytes_out);
}

void cli_stream_whole(struct stream *stream, struct strbuf *out)
{
	const struct bind_conf *bind = stream->listener->conf;
	const struct section *backend = stream->backend != NULL ? stream->backend->section : NULL;
	struct moment now = worker_now(stream->worker);
	char age[32], expiry[32], address[NET_ADDRESS_TEXT];

	strbuf_printf(out, "%p: ", (void *)stream);
	stream_text_print_date(out, worker_wall_us(stream->worker, stream->accepted));
	strbuf_printf(out, " proto=%s ", stream_text_protocol(stream));
	stream_text_print_peer(out, "source", &stream->src);
	strbuf_printf(out, "\n  state=%s thread=%u age=%s exp=%s conn_retries=%u waiting=%d\n",
		      stream_state_name(stream->state), stream->worker->index,
		      stream_text_age(moment_since(stream->accepted, now), age),
		      *stream_text_expiry(stream, expiry) != '\0' ? expiry : "<NEVER>",
		      stream->retries, stream->in_queue);
	stream_text_print_section(out, "frontend", stream->listener->frontend->section);
	strbuf_printf(out, ", listener=%s (id=%d) addr=%s\n", bind->name != NULL ? bind->name : "?",
		      (int)fetch_socket_id(bind),
		      net_address_text(&bind->listener.address, address));
	stream_text_print_section(out, "backend", backend);
	stream_text_print_source(out, stream);
	strbuf_puts(out, "\n");
	stream_text_print_target(out, stream->target);
	stream_text_print_txn(out, stream->txn);
	stream_text_print_end(out, "client", &stream->client, now);
	stream_text_print_end(out, "server", stream->server, now);
}
