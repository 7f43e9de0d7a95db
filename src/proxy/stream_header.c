/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_header.c - `accept-proxy`, `expect-proxy`: reads exactly the PROXY protocol
 * header, so that the bytes after it stay in the kernel for the tunnel.
 */
#include <errno.h>
#include <sys/socket.h>

#include "net/proxyproto.h"
#include "proxy/stream.h"

/* Longer headers carry extensions we have no use for, and are refused beyond this. */
enum { PROXYPROTO_PEEK = 4096 };

/* HAProxy's numbers of what is wrong with a connection, as fc_err tells them. */
enum header_error {
	HEADER_GOOD = 0,
	HEADER_CLOSED = 11,
	HEADER_LATE = 13,
	HEADER_CUT = 14,
	HEADER_NONE = 15,
};

static const char *const header_errors[] = {
	[HEADER_GOOD] = "Success",
	[HEADER_CLOSED] = "Connection closed while waiting for PROXY protocol header",
	[HEADER_LATE] = "Timeout while waiting for PROXY protocol header",
	[HEADER_CUT] = "Truncated PROXY protocol header received",
	[HEADER_NONE] = "Received something which does not look like a PROXY protocol header",
};

const char *stream_client_error(const struct stream *stream)
{
	return header_errors[stream->client_error];
}

/* Without a header there is no session yet: one line in the log's error format. */
static void refuse(struct stream *stream, bool had_bytes, enum header_error error)
{
	stream->client_error = (uint8_t)error;
	count_one(frontend_counters(stream), COUNT_REQUEST_ERRORS);
	stream_blame(stream, 'P', 'R');
	stream_log_refused(stream, had_bytes, stream_client_error(stream));
	stream_end(stream, 'P', 'R');
}

void stream_header_timeout(struct stream *stream)
{
	refuse(stream, false, HEADER_LATE);
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
		struct net_endpoint *dst = stream_own_dst(stream);

		stream->src = info->src;
		if (dst != NULL)
			*dst = info->dst;
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
		refuse(stream, false, HEADER_CLOSED);
		return;
	}

	int len = proxyproto_parse(bytes, (size_t)peeked, &info);
	if (len < 0 || (len == 0 && peeked == PROXYPROTO_PEEK)) {
		refuse(stream, true, HEADER_NONE);
		return;
	}
	if (len == 0 && stream->client.hung_up) {
		refuse(stream, true, HEADER_CUT);
		return;
	}
	/* What was peeked is there, so this takes all of it. */
	if (len == 0 || recv(fd, bytes, (size_t)len, 0) != len)
		return;
	take(stream, &info);
}
