/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/reply.c - see reply.h. Status lines, headers and texts are those that
 * HAProxy 2.6 sends, because scripts and monitors look for them; 414, 431 and
 * 505, which it does not have, are in the same manner. A test compares each
 * content-length with its body.
 */
#include "http/reply.h"

#include "base/macros.h"

#define REPLY(status, reason, length, extra, text)                                                 \
	{                                                                                          \
		status, SLICE_CONST(                                                               \
				"HTTP/1.1 " #status " " reason "\r\ncontent-length: " #length      \
				"\r\ncache-control: no-cache\r\ncontent-type: text/html\r\n" extra \
				"\r\n<html><body><h1>" #status " " reason "</h1>\n" text           \
				"\n</body></html>\n")                                              \
	}
#define CLOSE "connection: close\r\n"

static const struct {
	unsigned status;
	struct slice reply;
} replies[] = {
	REPLY(200, "OK", 58, "", "Service ready."),
	REPLY(400, "Bad request", 90, CLOSE, "Your browser sent an invalid request."),
	REPLY(401, "Unauthorized", 112, "",
	      "You need a valid user and password to access this content."),
	REPLY(403, "Forbidden", 93, "", "Request forbidden by administrative rules."),
	REPLY(404, "Not Found", 83, "", "The resource could not be found."),
	REPLY(405, "Method Not Allowed", 146, "",
	      "A request was made of a resource using a request method not supported by that "
	      "resource"),
	REPLY(407, "Unauthorized", 112, "",
	      "You need a valid user and password to access this content."),
	REPLY(408, "Request Time-out", 110, CLOSE,
	      "Your browser didn't send a complete request in time."),
	REPLY(410, "Gone", 114, "",
	      "The resource is no longer available and will not be available again."),
	REPLY(413, "Payload Too Large", 106, "", "The request entity exceeds the maximum allowed."),
	REPLY(414, "URI Too Long", 85, CLOSE, "The request target is too long."),
	REPLY(421, "Misdirected Request", 104, "", "Request sent to a non-authoritative server."),
	REPLY(422, "Unprocessable Content", 116, "",
	      "The server cannot process the contained instructions."),
	REPLY(425, "Too Early", 80, "", "Your browser sent early data."),
	REPLY(429, "Too Many Requests", 117, "",
	      "You have sent too many requests in a given amount of time."),
	REPLY(431, "Request Header Fields Too Large", 109, CLOSE,
	      "The request's headers are too large."),
	REPLY(500, "Internal Server Error", 97, "", "An internal server error occurred."),
	REPLY(501, "Not Implemented", 136, "",
	      ".The server does not support the functionality required to fulfill the request."),
	REPLY(502, "Bad Gateway", 107, "",
	      "The server returned an invalid or incomplete response."),
	REPLY(503, "Service Unavailable", 107, "",
	      "No server is available to handle this request."),
	REPLY(504, "Gateway Time-out", 92, "", "The server didn't respond in time."),
	REPLY(505, "HTTP Version Not Supported", 102, CLOSE, "This version of HTTP is not known."),
};

const unsigned http_reply_statuses[] = { 200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421,
					 422, 425, 429, 431, 500, 501, 502, 503, 504, 505, 0 };

struct slice http_reply_builtin(unsigned status)
{
	for (size_t i = 0; i < ARRAY_LEN(replies); i++)
		if (replies[i].status == status)
			return replies[i].reply;
	return (struct slice){ NULL, 0 };
}
