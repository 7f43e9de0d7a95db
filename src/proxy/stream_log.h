/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stream_log.h - the fields of `option tcplog` (configuration manual
 * 8.2.2) as a pure function, so that analysers can be tested against it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"
#include "proxy/line.h"

struct tcp_log_fields {
	const struct net_endpoint *client;
	uint64_t listener_id;		/* stands for the port of a Unix client */
	const char *date;		/* "06/Feb/2009:12:12:51" */
	uint32_t date_ms;
	const char *frontend, *backend, *server; /* server NULL: <NOSRV> */
	int32_t queue_ms, connect_ms;	/* -1: did not get there */
	uint64_t total_ms;
	uint64_t bytes_read;
	bool early;			/* logasap: total and bytes will grow */
	char cause, phase;
	uint32_t process, at_frontend, at_backend, at_server; /* connections */
	uint32_t retries;
	bool redispatched;
	uint32_t server_queue, backend_queue;
};

void tcp_log_line(struct line *line, const struct tcp_log_fields *fields);
