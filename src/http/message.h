/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/message.h - the head of an HTTP/1 message: parsed in place, edited,
 * written again.
 *
 * Names and values are slices of the receive buffer; edits point to memory of
 * the transaction. Nothing is copied until the head is written for the other
 * side. When the buffer moves, http_message_rebase goes with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/slice.h"

struct bump;
struct out;

/* Headers that this program looks at: found without comparing names. */
enum http_header_id {
	HTTP_OTHER,
	HTTP_ACCEPT_ENCODING,
	HTTP_AUTHORIZATION,
	HTTP_CACHE_CONTROL,
	HTTP_CONNECTION,
	HTTP_CONTENT_LENGTH,
	HTTP_CONTENT_TYPE,
	HTTP_COOKIE,
	HTTP_EXPECT,
	HTTP_HOST,
	HTTP_KEEP_ALIVE,
	HTTP_PROXY_AUTHORIZATION,
	HTTP_PROXY_CONNECTION,
	HTTP_REFERER,
	HTTP_SET_COOKIE,
	HTTP_TE,
	HTTP_TRANSFER_ENCODING,
	HTTP_UPGRADE,
	HTTP_USER_AGENT,
	HTTP_X_FORWARDED_FOR,
	HTTP_HEADER_IDS,
};

struct http_header {
	struct slice name, value;	/* value: without the blanks around it */
	enum http_header_id id;
};

enum http_method {
	HTTP_METHOD_OTHER,
	HTTP_OPTIONS,
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_TRACE,
	HTTP_CONNECT,
};

enum http_target_form { /* RFC 9112, 3.2 */
	HTTP_TARGET_ORIGIN,	/* "/path?query" */
	HTTP_TARGET_ABSOLUTE,	/* "http://host/path?query" */
	HTTP_TARGET_AUTHORITY,	/* "host:port", CONNECT only */
	HTTP_TARGET_ASTERISK,	/* "*", OPTIONS only */
};

enum http_body { /* RFC 9112, 6.3 */
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CHUNKED,
	HTTP_BODY_CLOSE,	/* responses: until the server closes */
	HTTP_BODY_TUNNEL,	/* 101, or 2xx to CONNECT: not HTTP any more */
};

struct http_message {
	bool response;
	uint8_t minor;			/* of the version: 0, or 1 for HTTP/1.1 and later */
	/* request line */
	enum http_method method_id;
	struct slice method, target;
	enum http_target_form form;
	struct slice authority;		/* of the target, else of Host; may be empty */
	struct slice path;		/* of the target, with its query; "/" if it has none */
	/* status line */
	uint16_t status;		/* 100..999 */
	struct slice reason;
	/* what the headers say; kept true by the functions below */
	enum http_body body;
	uint64_t body_length;		/* HTTP_BODY_LENGTH */
	bool keep_alive;		/* its sender wants, and may have, another exchange */
	bool upgrade;			/* Connection: upgrade, with an Upgrade header */
	bool expects_continue;		/* Expect: 100-continue */
	bool asks_close;		/* a rule put "Connection: close": where it is sent to */
	size_t len;			/* of the head as received, with its empty line */
	unsigned header_count, header_max;
	uint32_t ids;			/* bits 1 << enum http_header_id: no
					 * other is among the headers */
	struct http_header *headers;	/* [header_max], the owner's */
};

enum {
	HTTP_HEADERS_PRESET = 101,	/* tune.http.maxhdr */
};

enum http_parse {
	HTTP_PARSE_MORE,	/* no error so far, and not complete */
	HTTP_PARSE_DONE,
	HTTP_PARSE_BAD,		/* 400; a response: 502 */
	HTTP_PARSE_TOO_LARGE,	/* no end within `limit`, or more than header_max headers: 400 as in
				 * HAProxy up to 2.x, 431 or 414 where we know better; 502 */
	HTTP_PARSE_URI_TOO_LONG, /* 414: no end of the first line within `limit` */
	HTTP_PARSE_VERSION,	/* 505 */
	HTTP_PARSE_BODY,	/* 413: a body that not every recipient would look for */
	HTTP_PARSE_CODING,	/* 422, as HAProxy: a transfer coding that is not known */
};

/*
 * What is read more kindly than RFC 9112 demands ("option
 * accept-unsafe-violations-in-http-request|response"): names with any visible
 * byte, control bytes but NUL in values, lines that end in LF, versions like
 * RTSP/1.0 and HTTP/1.10; in targets '#', bytes beyond ASCII, no leading '/',
 * an authority that is not that of Host; a Host that is missing or malformed.
 * Never relaxed: folded lines, blanks before the colon, how a body ends.
 */
struct http_leniency {
	bool unsafe;
	bool any_body;	/* GET, HEAD and DELETE may have one in HTTP/1.0, too */
};

/*
 * Parses a head from its first byte (one empty line before a request is
 * skipped, RFC 9112, 2.2). `limit` is the most bytes it may have.
 * ret->headers and header_max are the caller's, set before; one place less than
 * header_max is filled. Only after HTTP_PARSE_DONE may the rest of *ret be
 * read; on an error *ret_why says what is wrong, and *ret_at is the offset of
 * the byte where.
 *
 * Stricter than HAProxy 2.6: one blank between the parts of the first line, no
 * folding, no control bytes, both Content-Length and Transfer-Encoding, or
 * Transfer-Encoding in HTTP/1.0 are refused, as are a missing Host (HTTP/1.1),
 * a second one, and one that is none. Equal Content-Lengths become one.
 *
 * Headers that Connection names are dropped here, before rules add theirs; not
 * those this program knows, nor X-..., Forwarded and Via, so that no client
 * can take off what a proxy before us added.
 */
enum http_parse http_request_parse(const char *bytes, size_t len, size_t limit,
				   struct http_leniency leniency, struct http_message *ret,
				   const char **ret_why, size_t *ret_at);

/*
 * The same for a response. `method` is the request's: what body a response has
 * depends on it (RFC 9112, 6.3). 1xx are told apart by ret->status. Whether the
 * request asked for the upgrade that a 101 grants is the caller's to check.
 * Content-Length and Transfer-Encoding are dropped where they may not be (1xx,
 * 204, 2xx to CONNECT); of both, Content-Length is, and keep_alive is false.
 */
enum http_parse http_response_parse(const char *bytes, size_t len, size_t limit,
				    struct http_leniency leniency, enum http_method method,
				    struct http_message *ret, const char **ret_why, size_t *ret_at);

/* The status to answer a request with: 400, 413, 414, 422, 431 or 505. */
unsigned http_parse_status(enum http_parse result);

/*
 * The bytes that slices may point into have moved from `from` (`len` of them)
 * to `to`. Slices elsewhere stay.
 */
void http_message_rebase(struct http_message *message, const char *from, size_t len,
			 const char *to);

/* ---- reading ---- */

/* The first header after `after` (NULL: from the start), or NULL. */
struct http_header *http_find(const struct http_message *message, enum http_header_id id,
			      const struct http_header *after);
struct http_header *http_find_name(const struct http_message *message, struct slice name,
				   const struct http_header *after);
enum http_header_id http_header_id_of(struct slice name);
enum http_method http_method_of(struct slice name);
const char *http_method_name(enum http_method method); /* "GET"; "" for OTHER */

/* Whether bytes follow the head: false also for a Content-Length of 0. */
static inline bool http_message_has_body(const struct http_message *message)
{
	return message->body != HTTP_BODY_NONE &&
	       (message->body != HTTP_BODY_LENGTH || message->body_length != 0);
}

/* The path without its query; the query without '?' (at NULL: none). */
struct slice http_path(const struct http_message *message);
struct slice http_query(const struct http_message *message);

/*
 * The next element of a comma-separated list (RFC 9110, 5.6.1): moves *list
 * behind it. Empty elements are skipped; quoted strings are kept whole.
 */
bool http_list_next(struct slice *list, struct slice *ret_element);
bool http_list_has(struct slice list, const char *token); /* any case */

/*
 * ---- editing; slices given must live as long as the message, or be in `memory` ----
 *
 * What a message holds can be understood in one way only, after parsing and
 * after these. The framing is what was parsed (`body`, `body_length`): a
 * Content-Length or Transfer-Encoding that says otherwise is refused, and one
 * that is removed is written again. `authority`, `upgrade`, `asks_close` and
 * `expects_continue` follow Host, Connection, Upgrade and Expect.
 */

bool http_name_valid(struct slice name);	/* a token (RFC 9110, 5.1) */
bool http_value_valid(struct slice value);	/* no control byte but a tab (RFC 9110, 5.5) */

/* False when the table is full, or name or value may not be sent. Blanks around a value are cut. */
bool http_header_add(struct http_message *message, struct slice name, struct slice value);
/* One is left, where the first was; else it is added. */
bool http_header_set(struct http_message *message, struct slice name, struct slice value);
bool http_header_change(struct http_message *message, struct http_header *header,
			struct slice value);
/* Later ones move down. */
void http_header_remove(struct http_message *message, struct http_header *header);
unsigned http_header_remove_all(struct http_message *message, struct slice name);

/*
 * Parts of the target. False: not allowed there (CONNECT, "*"), blanks or
 * control bytes, or no memory. The target is put together anew in `memory`;
 * `value` of path without, pathq with the query; query without '?' or with it.
 * A path gets the '/' it should begin with. An absolute target changes Host.
 */
bool http_set_method(struct http_message *message, struct slice value);
bool http_set_target(struct http_message *message, struct bump *memory, struct slice value);
bool http_set_path(struct http_message *message, struct bump *memory, struct slice value);
bool http_set_pathq(struct http_message *message, struct bump *memory, struct slice value);
bool http_set_query(struct http_message *message, struct bump *memory, struct slice value);
/* At reason.at NULL: the usual. False also for 204 or 304 where a body follows. */
bool http_set_status(struct http_message *message, uint16_t status, struct slice reason);

/*
 * The last edit before writing: what concerns one connection only is written
 * for the next (RFC 9110, 7.6.1). Connection, Keep-Alive and Proxy-Connection
 * go; so do Upgrade unless message->upgrade, and TE but for "trailers". Adds
 * "Connection: close" when !keep_alive or asks_close, "keep-alive" for a peer
 * of HTTP/1.0 (peer_minor 0), and "Upgrade" or "TE" where their headers stay.
 * There is always room for it. `peer` is who the message is sent to.
 */
void http_message_set_connection(struct http_message *message, bool keep_alive, uint8_t peer_minor);

/* ---- writing ---- */

/* The most bytes http_message_write may need. */
size_t http_message_size(const struct http_message *message);
/*
 * The head with its empty line; out->cut if it did not fit. A response is of
 * HTTP/1.1, a request of the version it came with (1.0 or 1.1): its sender
 * has to understand the answer.
 */
void http_message_write(const struct http_message *message, struct out *out);

const char *http_reason(unsigned status); /* "Not Found"; "Unknown" when there is none */

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7): 29 bytes. */
void http_date(struct out *out, int64_t unix_seconds);
