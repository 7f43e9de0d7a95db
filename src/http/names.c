/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/names.c - the names this program knows: headers, methods, reasons. A
 * header is told by its length and first letter, which no two of them share,
 * and then compared once.
 */
#include <stdint.h>

#include "http/message.h"

static const struct slice header_names[HTTP_HEADER_IDS] = {
	[HTTP_ACCEPT_ENCODING] = SLICE_CONST("accept-encoding"),
	[HTTP_AUTHORIZATION] = SLICE_CONST("authorization"),
	[HTTP_CACHE_CONTROL] = SLICE_CONST("cache-control"),
	[HTTP_CONNECTION] = SLICE_CONST("connection"),
	[HTTP_CONTENT_LENGTH] = SLICE_CONST("content-length"),
	[HTTP_CONTENT_TYPE] = SLICE_CONST("content-type"),
	[HTTP_COOKIE] = SLICE_CONST("cookie"),
	[HTTP_EXPECT] = SLICE_CONST("expect"),
	[HTTP_HOST] = SLICE_CONST("host"),
	[HTTP_KEEP_ALIVE] = SLICE_CONST("keep-alive"),
	[HTTP_PROXY_AUTHORIZATION] = SLICE_CONST("proxy-authorization"),
	[HTTP_PROXY_CONNECTION] = SLICE_CONST("proxy-connection"),
	[HTTP_REFERER] = SLICE_CONST("referer"),
	[HTTP_SET_COOKIE] = SLICE_CONST("set-cookie"),
	[HTTP_TE] = SLICE_CONST("te"),
	[HTTP_TRANSFER_ENCODING] = SLICE_CONST("transfer-encoding"),
	[HTTP_UPGRADE] = SLICE_CONST("upgrade"),
	[HTTP_USER_AGENT] = SLICE_CONST("user-agent"),
	[HTTP_X_FORWARDED_FOR] = SLICE_CONST("x-forwarded-for"),
};

/* No two of the names have the same place: the compiler warns of one that is filled twice. */
#define PLACE(len, letter) (((unsigned)(len) * 7 + ((unsigned char)(letter) | 0x20)) & 31)

/* The only header that a name of this length and first letter may be; HTTP_OTHER: none. */
static const uint8_t candidates[32] = {
	[PLACE(2, 't')] = HTTP_TE,
	[PLACE(4, 'h')] = HTTP_HOST,
	[PLACE(6, 'c')] = HTTP_COOKIE,
	[PLACE(6, 'e')] = HTTP_EXPECT,
	[PLACE(7, 'r')] = HTTP_REFERER,
	[PLACE(7, 'u')] = HTTP_UPGRADE,
	[PLACE(10, 'c')] = HTTP_CONNECTION,
	[PLACE(10, 'k')] = HTTP_KEEP_ALIVE,
	[PLACE(10, 's')] = HTTP_SET_COOKIE,
	[PLACE(10, 'u')] = HTTP_USER_AGENT,
	[PLACE(12, 'c')] = HTTP_CONTENT_TYPE,
	[PLACE(13, 'a')] = HTTP_AUTHORIZATION,
	[PLACE(13, 'c')] = HTTP_CACHE_CONTROL,
	[PLACE(14, 'c')] = HTTP_CONTENT_LENGTH,
	[PLACE(15, 'a')] = HTTP_ACCEPT_ENCODING,
	[PLACE(15, 'x')] = HTTP_X_FORWARDED_FOR,
	[PLACE(16, 'p')] = HTTP_PROXY_CONNECTION,
	[PLACE(17, 't')] = HTTP_TRANSFER_ENCODING,
	[PLACE(19, 'p')] = HTTP_PROXY_AUTHORIZATION,
};

static uint64_t load_lower(const char *at, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, at, len);
	return word | UINT64_C(0x2020202020202020);
}

/*
 * Compares without case. Setting bit 5 lowers letters; the other bytes it could
 * mistake for '-' are controls, which names do not have.
 */
static bool equal_lower(const char *name, const char *lower, size_t len)
{
	if (len < 4)
		return load_lower(name, 2) == load_lower(lower, 2);
	if (len < 8)
		return load_lower(name, 4) == load_lower(lower, 4) &&
		       load_lower(name + len - 4, 4) == load_lower(lower + len - 4, 4);
	for (size_t i = 0; i + 8 < len; i += 8)
		if (load_lower(name + i, 8) != load_lower(lower + i, 8))
			return false;
	return load_lower(name + len - 8, 8) == load_lower(lower + len - 8, 8);
}

enum http_header_id http_header_id_of(struct slice name)
{
	enum http_header_id id;

	if (name.len == 0)
		return HTTP_OTHER;
	id = (enum http_header_id)candidates[PLACE(name.len, name.at[0])];
	if (header_names[id].len != name.len ||
	    !equal_lower(name.at, header_names[id].at, name.len))
		return HTTP_OTHER;
	return id;
}

static const struct slice method_names[] = {
	[HTTP_METHOD_OTHER] = SLICE_CONST(""),    [HTTP_OPTIONS] = SLICE_CONST("OPTIONS"),
	[HTTP_GET] = SLICE_CONST("GET"),	    [HTTP_HEAD] = SLICE_CONST("HEAD"),
	[HTTP_POST] = SLICE_CONST("POST"),	    [HTTP_PUT] = SLICE_CONST("PUT"),
	[HTTP_DELETE] = SLICE_CONST("DELETE"),    [HTTP_TRACE] = SLICE_CONST("TRACE"),
	[HTTP_CONNECT] = SLICE_CONST("CONNECT"),
};

enum http_method http_method_of(struct slice name)
{
	for (size_t i = HTTP_OPTIONS; i < ARRAY_LEN(method_names); i++)
		if (slice_equal(name, method_names[i]))
			return (enum http_method)i;
	return HTTP_METHOD_OTHER;
}

const char *http_method_name(enum http_method method)
{
	ASSERT(method < ARRAY_LEN(method_names));
	return method_names[method].at;
}

static const struct {
	uint16_t status;
	const char *reason;
} reasons[] = { /* RFC 9110, 15, and the registry of IANA */
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 102, "Processing" },
	{ 103, "Early Hints" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 203, "Non-Authoritative Information" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 207, "Multi-Status" },
	{ 208, "Already Reported" },
	{ 226, "IM Used" },
	{ 300, "Multiple Choices" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 305, "Use Proxy" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 402, "Payment Required" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Payload Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 418, "I'm a teapot" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 424, "Failed Dependency" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 451, "Unavailable For Legal Reasons" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 506, "Variant Also Negotiates" },
	{ 507, "Insufficient Storage" },
	{ 508, "Loop Detected" },
	{ 510, "Not Extended" },
	{ 511, "Network Authentication Required" },
};

const char *http_reason(unsigned status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}
