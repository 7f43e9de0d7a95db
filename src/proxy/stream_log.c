/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/stream_log.c - what the log says of a stream (configuration manual, chapter 8). */
#include "proxy/stream_log.h"

#include <time.h>

#include "proxy/stream.h"

static void line_pair(struct line *line, uint64_t a, uint64_t b)
{
	line_number(line, a);
	line_char(line, '/');
	line_number(line, b);
}

static void line_client(struct line *line, const struct net_endpoint *client, uint64_t id)
{
	char ip[NET_TEXT];
	bool unix_socket = client->family != AF_INET && client->family != AF_INET6;

	line_text(line, unix_socket ? "unix" : net_endpoint_text(client, ip));
	line_char(line, ':');
	line_number(line, unix_socket ? id : client->port);
}

static void line_times(struct line *line, const struct tcp_log_fields *f)
{
	line_signed(line, f->queue_ms);
	line_char(line, '/');
	line_signed(line, f->connect_ms);
	line_text(line, f->early ? "/+" : "/");
	line_number(line, f->total_ms);
	line_text(line, f->early ? " +" : " ");
	line_number(line, f->bytes_read);
}

static void line_counts(struct line *line, const struct tcp_log_fields *f)
{
	line_pair(line, f->process, f->at_frontend);
	line_char(line, '/');
	line_pair(line, f->at_backend, f->at_server);
	line_text(line, f->redispatched ? "/+" : "/");
	line_number(line, f->retries);
	line_char(line, ' ');
	line_pair(line, f->server_queue, f->backend_queue);
}

void tcp_log_line(struct line *line, const struct tcp_log_fields *f)
{
	line_client(line, f->client, f->listener_id);
	line_text(line, " [");
	line_text(line, f->date);
	line_char(line, '.');
	line_padded(line, f->date_ms, 3);
	line_text(line, "] ");
	line_text(line, f->frontend);
	line_char(line, ' ');
	line_text(line, f->backend);
	line_char(line, '/');
	line_text(line, f->server != NULL ? f->server : "<NOSRV>");
	line_char(line, ' ');
	line_times(line, f);
	line_char(line, ' ');
	line_char(line, f->cause);
	line_char(line, f->phase);
	line_char(line, ' ');
	line_counts(line, f);
}

/* The text of a second is made once; streams of that second share it. */
static const char *date_of(struct worker *worker, uint64_t wall_us)
{
	struct wall_clock *wall = &worker->wall;
	int64_t second = (int64_t)(wall_us / 1000000);

	if (wall->second != second) {
		time_t when = (time_t)second;
		struct tm tm;

		localtime_r(&when, &tm);
		strftime(wall->text, sizeof(wall->text), "%d/%b/%Y:%H:%M:%S", &tm);
		wall->second = second;
	}
	return wall->text;
}

static uint64_t listener_id(const struct listener *listener)
{
	return listener->conf->id != 0 ? (uint64_t)listener->conf->id : listener->conf->index + 1;
}

static void fill_counts(const struct stream *stream, struct tcp_log_fields *f)
{
	f->process = gate_now(&stream->worker->proxy->gate);
	f->at_frontend = gate_now(&stream->listener->frontend->gate);
	if (stream->backend != NULL)
		f->at_backend = atomic_load_explicit(&stream->backend->load.now,
						     memory_order_relaxed);
	if (stream->target != NULL)
		f->at_server = atomic_load_explicit(&stream->target->lb.active,
						    memory_order_relaxed);
}

static void fill(struct stream *stream, bool early, struct tcp_log_fields *f)
{
	const struct section *front = stream->listener->frontend->section;
	uint64_t wall_us = worker_wall_us(stream->worker, stream->accepted);

	*f = (struct tcp_log_fields){
		.client = &stream->src,
		.listener_id = listener_id(stream->listener),
		.date = date_of(stream->worker, wall_us),
		.date_ms = (uint32_t)(wall_us / 1000 % 1000),
		.frontend = front->name,
		.backend = stream->backend != NULL ? stream->backend->section->name : front->name,
		.server = stream->target != NULL ? stream->target->conf->name : NULL,
		.queue_ms = stream->queue_ms,
		.connect_ms = stream->connect_ms,
		.total_ms = moment_since(stream->accepted, worker_now(stream->worker)) / 1000,
		.bytes_read = stream->server.bytes,
		.early = early,
		.cause = stream->cause != 0 ? stream->cause : '-',
		.phase = stream->phase != 0 ? stream->phase : '-',
		.retries = stream->retries,
		.redispatched = stream->redispatched,
		.server_queue = stream->server_queue,
		.backend_queue = stream->backend_queue,
	};
	fill_counts(stream, f);
}

/* What a client had sent to a stream that never got to forward it counts as data. */
static bool is_null(const struct stream *stream)
{
	return stream->client.bytes == 0 && stream->server.bytes == 0 && !stream->had_data;
}

static bool is_error(const struct stream *stream)
{
	return stream->redispatched || stream->retries != 0 ||
	       (stream->cause != 0 && stream->cause != '-' && stream->cause != 'L');
}

void stream_log(struct stream *stream, bool early)
{
	const struct section *front = stream->listener->frontend->section;
	bool error = is_error(stream);
	struct tcp_log_fields fields;
	struct line line;

	if (stream->logged || !front->front.tcplog || front->log.count == 0)
		return;
	if (!early && front->front.dontlognull && is_null(stream))
		return;
	if (!error && front->front.dontlog_normal)
		return;
	stream->logged = true;
	fill(stream, early, &fields);
	line.len = 0;
	tcp_log_line(&line, &fields);
	log_send(stream->worker->log, &front->log,
		 error && front->front.log_separate_errors ? LOG_LEVEL_ERR : LOG_LEVEL_INFO,
		 line.text, line.len);
}

void stream_log_accepted(struct stream *stream)
{
	const struct section *front = stream->listener->frontend->section;
	uint64_t id = listener_id(stream->listener);
	struct line line;

	if (front->log.count == 0)
		return;
	line.len = 0;
	line_text(&line, "Connect from ");
	line_client(&line, &stream->src, id);
	line_text(&line, " to ");
	line_client(&line, stream_dst(stream), id);
	line_text(&line, " (");
	line_text(&line, front->name);
	line_text(&line, front->mode == PROXY_MODE_HTTP ? "/HTTP)" : "/TCP)");
	log_send(stream->worker->log, &front->log, LOG_LEVEL_INFO, line.text, line.len);
}
