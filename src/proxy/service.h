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

#include "base/page.h"
#include "base/strbuf.h"
#include "http/message.h"
#include "proxy/conf.h"

struct proxy; /* the run-time state, proxy/proxy.h */

struct proxy_service_request {
	const struct proxy *proxy;	/* counters and states, see proxy/proxy.h */
	const struct section *section;	/* whose `stats` lines hold */
	const struct page *page;	/* the pair's state */
	const struct http_message *message;
};

struct proxy_service {
	const char *name;
	/* Whether this request is for the service. */
	bool (*wants)(const struct section *section, const struct http_message *message);
	/*
	 * Writes a whole message with its body, whatever the method; the data
	 * path says what becomes of the connection, and leaves the body out
	 * for HEAD. Empty, or .failed: no memory.
	 */
	void (*handle)(const struct proxy_service_request *request, struct strbuf *ret_reply);
};
