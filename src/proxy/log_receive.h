/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/log_receive.h - syslog messages of others, which a `log-forward`
 * section sends on: by datagrams, or by TCP connections of one worker.
 */
#pragma once

#include "base/list.h"
#include "loop/loop.h"
#include "net/address.h"

struct listener;
struct sockaddr;
struct worker;

/* One TCP connection; belongs to its listener's worker. */
struct log_client {
	struct loop_file file;
	struct loop_timer timer;	/* timeout client */
	struct listener *listener;
	struct buffer *held;		/* the beginning of a message, or NULL */
	struct net_endpoint src;
	bool hung_up;			/* the sender will send no more: read to the end */
	union {
		struct list node;	/* in worker->log_clients */
		struct log_client *next_dead;
	};
};

/* Takes an accepted connection whose places in the gates are taken. */
void log_client_accept(struct listener *listener, int fd, const struct sockaddr *from);

/* Ends all of the worker's; what has come whole is sent on already. */
void log_clients_close(struct worker *worker);

/* Of a listener's file: datagrams are there. */
void log_datagrams_ready(struct loop *loop, struct loop_file *file, unsigned ready);
