/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/service.h - something that answers clients in place of a server.
 *
 * This is how the statistics page (admin/) is reached from the data path
 * without the data path knowing it: daemon/ joins them. A service is fed the
 * bytes of one connection and fills a reply; it does no I/O.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/page.h"
#include "base/strbuf.h"
#include "proxy/conf.h"

struct http_message;
struct proxy; /* the run-time state, proxy/proxy.h */

enum proxy_service_result {
	PROXY_SERVICE_MORE,	/* the request is not complete yet */
	PROXY_SERVICE_REPLY,	/* send the reply, go on with the next request */
	PROXY_SERVICE_CLOSE,	/* send the reply, then close */
};

struct proxy_service_request {
	const struct proxy *proxy;	/* counters and states, see proxy/proxy.h */
	const struct section *section;	/* the listener's */
	const struct page *page;	/* the pair's state */
	const char *bytes;		/* all received and not consumed yet */
	size_t len;
	bool at_end;			/* the client has closed its side */
};

struct proxy_service {
	const char *name;
	/* Whether this request is for the service, and not for a server. */
	bool (*wants)(const struct section *section, const struct http_message *request);
	size_t max_request;		/* bytes; longer heads are cut off with the reply so far */
	/* *ret_consumed: bytes used up. Called again with what is left and what came. */
	enum proxy_service_result (*handle)(const struct proxy_service_request *request,
					    struct strbuf *ret_reply, size_t *ret_consumed);
};
