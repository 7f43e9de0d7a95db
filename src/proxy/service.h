/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/service.h - something of this process that answers requests in place
 * of a server.
 *
 * This is how the statistics page (admin/) is reached from the data path
 * without the data path knowing it: daemon/ joins them. A service is shown a
 * request's head and writes a reply; it does no I/O.
 */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/page.h"
#include "base/slice.h"
#include "base/strbuf.h"
#include "http/message.h"
#include "proxy/conf.h"

struct proxy; /* the run-time state, proxy/proxy.h */
struct worker;

struct proxy_service_request {
	const struct proxy *proxy;	/* counters and states, see proxy/proxy.h */
	const struct section *section;	/* whose `stats` lines hold */
	const struct page *page;	/* the pair's state */
	const struct http_message *message;
	/* For changes (`stats admin`); worker NULL: none are possible. */
	struct worker *worker;		/* the connection's thread */
	struct slice body;
	bool body_complete;
	const struct net_endpoint *client;
	bool may_change;		/* some `stats admin` condition holds */
	void *self;			/* what .start has made; or NULL */
	struct proxy_service_feed **ret_feed; /* NULL: the reply must be all there is */
};

/* What serves the stats sockets, in the main thread. */
struct proxy_cli_service {
	/*
	 * After the workers are made and before privileges go; `fds` (by bind
	 * index) and `proxy` are borrowed. 0 or negative errno; *ret_self is for stop.
	 */
	int (*start)(struct proxy *proxy, const int *fds, void **ret_self);
	/* When no thread runs any more, and the loops are still there. */
	void (*stop)(void *self);
	/* Main thread. Another process has the sockets: nobody is accepted any more; who is there stays. */
	void (*hand_over)(void *self);
	/* Main thread. That process has let go, and may have been woken for somebody who waits. */
	void (*look_again)(void *self);
};

/*
 * What a reply goes on from after its first bytes, as long as it likes. The
 * stream owns it, and its thread alone calls it.
 */
struct proxy_service_feed {
	/*
	 * Appends what is to be sent next, if anything; only called when all
	 * before has been taken by the client. Returns the microseconds until it
	 * wants to be called again, or 0: the reply ends after these bytes.
	 */
	uint64_t (*more)(struct proxy_service_feed *feed, struct strbuf *ret_bytes);
	void (*close)(struct proxy_service_feed *feed);
	/* The stream's own; zero at first. */
	struct strbuf bytes;
	struct slice unsent;	/* of them */
	struct moment at;	/* when `more` is called again */
	bool over;
};

struct proxy_service {
	const char *name;
	/*
	 * In the main thread before any other, when loops are there; or NULL.
	 * 0 or negative errno; *ret_self is for requests and for stop.
	 */
	int (*start)(struct proxy *proxy, void **ret_self);
	/* When no thread runs any more, and the loops are still there. */
	void (*stop)(void *self);
	/* Whether this request is for the service. */
	bool (*wants)(const struct section *section, const struct http_message *message);
	/*
	 * Writes a whole message with its body, whatever the method; the data
	 * path says what becomes of the connection, and leaves the body out
	 * for HEAD. Empty, or .failed: no memory.
	 */
	void (*handle)(const struct proxy_service_request *request, struct strbuf *ret_reply);
};
