/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_header.c - `accept-proxy`: reads exactly the PROXY protocol
 * header, so that the bytes after it stay in the kernel for the tunnel.
 */
#include <errno.h>
#include <sys/socket.h>

#include "net/proxyproto.h"
#include "proxy/stream.h"

/* Longer headers carry extensions we have no use for, and are refused beyond this. */
enum { PROXYPROTO_PEEK = 4096 };

/* Without a header there is no session yet: one line in the log's error format. */
static void refuse(struct stream *stream, bool had_bytes, const char *why)
{
	count_one(frontend_counters(stream), COUNT_REQUEST_ERRORS);
	stream_blame(stream, 'P', 'R');
	stream_log_refused(stream, had_bytes, why);
	stream_end(stream, 'P', 'R');
}

void stream_header_timeout(struct stream *stream)
{
	refuse(stream, false, "Timeout while waiting for the PROXY protocol header");
}

/* What else it said lives as long as the session. */
static void keep_names(struct stream *stream, const struct proxyproto_info *info)
{
	struct session *session = stream->session;

	if (!stream->worker->proxy->conf->keeps_tlvs)
		return;
	if (info->authority.at != NULL)
		session->authority = bump_copy(&session->memory, info->authority);
	if (info->unique_id.at != NULL)
		session->unique_id = bump_copy(&session->memory, info->unique_id);
}

static void take(struct stream *stream, const struct proxyproto_info *info)
{
	keep_names(stream, info);
	if (!info->local && info->src.family != AF_UNSPEC) {
		stream->src = info->src;
		stream->dst = info->dst;
	}
	stream->idle_from = worker_now(stream->worker);
	stream_begin(stream);
}

void stream_header_ready(struct stream *stream)
{
	uint8_t *bytes = stream->worker->receive->bytes;
	int fd = stream->client.file.fd;
	struct proxyproto_info info;

	ssize_t peeked = recv(fd, bytes, PROXYPROTO_PEEK, MSG_PEEK);
	if (peeked < 0 && errno == EAGAIN)
		return;
	if (peeked <= 0) {
		refuse(stream, false, "Connection closed while waiting for PROXY protocol header");
		return;
	}

	int len = proxyproto_parse(bytes, (size_t)peeked, &info);
	if (len < 0 || (len == 0 && peeked == PROXYPROTO_PEEK)) {
		refuse(stream, true,
		       "Received something which does not look like a PROXY protocol header");
		return;
	}
	if (len == 0 && stream->client.hung_up) {
		refuse(stream, true, "Connection closed in the PROXY protocol header");
		return;
	}
	/* What was peeked is there, so this takes all of it. */
	if (len == 0 || recv(fd, bytes, (size_t)len, 0) != len)
		return;
	take(stream, &info);
}
