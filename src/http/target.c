/* SPDX-License-Identifier: Apache-2.0 */
/* http/target.c - the request's target and its parts (RFC 9112, 3.2), read and changed. */
#include "base/bump.h"
#include "base/out.h"
#include "http/message.h"
#include "http/parser.h"
#include "http/scan.h"

/* Cuts ":port" off; the port may be empty. False: a port that is no number. */
static bool split_port(struct slice *authority, struct slice *ret_port)
{
	size_t at = authority->len;

	while (at > 0 && http_byte_is_digit(authority->at[at - 1]))
		at--;
	if (at > 0 && authority->at[at - 1] == ':') {
		*ret_port = slice_skip(*authority, at);
		authority->len = at - 1;
	} else {
		*ret_port = (struct slice){ NULL, 0 };
	}
	/* A colon that is left belongs to an address in brackets, or to nothing good. */
	return memchr(authority->at, ':', authority->len) == NULL ||
	       (authority->at[0] == '[' && authority->at[authority->len - 1] == ']');
}

bool http_host_valid(struct slice host)
{
	struct slice port;

	if (host.len == 0)
		return true; /* for a target without an authority: RFC 9110, 7.2 */
	return http_bytes_are(host, HTTP_BYTE_HOST) && split_port(&host, &port) && host.len != 0;
}

/* The port that goes without saying. CONNECT is of either scheme. */
static bool is_default_port(const struct http_message *message, struct slice port)
{
	bool any = message->form != HTTP_TARGET_ABSOLUTE;

	if (port.len == 0)
		return true;
	if (slice_is(port, "80"))
		return any || (message->target.len > 5 &&
			       strncasecmp(message->target.at, "http:", 5) == 0);
	return slice_is(port, "443") &&
	       (any ||
		(message->target.len > 6 && strncasecmp(message->target.at, "https:", 6) == 0));
}

bool http_authority_same(const struct http_message *message, struct slice host)
{
	struct slice mine = message->authority, mine_port, port;

	if (slice_equal_nocase(mine, host))
		return true;
	if (mine.len == 0 || host.len == 0 || !split_port(&mine, &mine_port) ||
	    !split_port(&host, &port) || !slice_equal_nocase(mine, host))
		return false;
	return slice_equal(mine_port, port) ||
	       ((mine_port.len == 0 || port.len == 0) && is_default_port(message, mine_port) &&
		is_default_port(message, port));
}

/* "http://host:80/path": RFC 9112, 3.2.2. */
static bool split_absolute(struct http_message *message, bool unsafe)
{
	const char *at = message->target.at, *end = at + message->target.len, *colon, *slash;

	colon = http_scan_short(at, end, HTTP_BYTE_TOKEN);
	if (colon == at || end - colon < 3 || memcmp(colon, "://", 3) != 0)
		return false;
	at = colon + 3;
	slash = memchr(at, '/', (size_t)(end - at));
	if (slash == NULL)
		slash = end;
	message->form = HTTP_TARGET_ABSOLUTE;
	message->authority = (struct slice){ at, (size_t)(slash - at) };
	message->path = slash == end ? SLICE("/") : (struct slice){ slash, (size_t)(end - slash) };
	/* A name and password before '@', or a query without a path: HOST bytes they are not. */
	return slash != at && (unsafe || http_host_valid(message->authority));
}

static bool split_connect(struct http_message *message, bool unsafe)
{
	struct slice host = message->target, port;

	message->form = HTTP_TARGET_AUTHORITY;
	message->authority = message->target;
	message->path = SLICE("");
	return unsafe || (http_host_valid(host) && split_port(&host, &port) && port.len != 0);
}

bool http_target_split(struct http_message *message, bool unsafe)
{
	struct slice target = message->target;

	message->authority = SLICE("");
	if (target.len == 0)
		return false;
	if (message->method_id == HTTP_CONNECT)
		return split_connect(message, unsafe);
	message->form = HTTP_TARGET_ORIGIN;
	message->path = target;
	if (target.at[0] == '/')
		return true;
	if (slice_is(target, "*")) {
		message->form = HTTP_TARGET_ASTERISK;
		return message->method_id == HTTP_OPTIONS;
	}
	if (split_absolute(message, unsafe))
		return true;
	/* "a/b": RFC 9112 has no such form. */
	message->form = HTTP_TARGET_ORIGIN;
	message->path = target;
	return unsafe;
}

struct slice http_path(const struct http_message *message)
{
	const char *mark = memchr(message->path.at, '?', message->path.len);
	struct slice path = message->path;

	if (mark != NULL)
		path.len = (size_t)(mark - path.at);
	return path;
}

struct slice http_query(const struct http_message *message)
{
	struct slice path = http_path(message);

	if (path.len == message->path.len)
		return (struct slice){ NULL, 0 };
	return slice_skip(message->path, path.len + 1);
}

/* Rules may write what HAProxy lets them, but nothing that ends the target. */
static bool may_be_sent(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 127)
			return false;
	return true;
}

/* The scheme of an absolute target with its "://", else empty. */
static struct slice scheme_of(const struct http_message *message)
{
	struct slice scheme = message->target;
	const char *colon;

	if (message->form != HTTP_TARGET_ABSOLUTE)
		return SLICE("");
	colon = memchr(scheme.at, ':', scheme.len);
	scheme.len = (size_t)(colon + 3 - scheme.at);
	return scheme;
}

/* A new path of three parts, behind the scheme and authority there are. */
static bool rebuild(struct http_message *message, struct bump *memory, struct slice path,
		    const char *mark, struct slice query)
{
	struct slice scheme = scheme_of(message);
	struct slice authority = scheme.len != 0 ? message->authority : SLICE("");
	size_t size = scheme.len + authority.len + path.len + query.len + 2;
	struct out out = { .size = size };

	if (message->form != HTTP_TARGET_ORIGIN && message->form != HTTP_TARGET_ABSOLUTE)
		return false;
	if (!may_be_sent(path) || !may_be_sent(query))
		return false;
	out.bytes = bump_alloc(memory, size);
	if (out.bytes == NULL)
		return false;
	out_put(&out, scheme);
	out_put(&out, authority);
	if (path.len == 0 || path.at[0] != '/')
		out_char(&out, '/');
	out_put(&out, path);
	out_text(&out, mark);
	out_put(&out, query);
	ASSERT(!out.cut);

	message->target = out_slice(&out);
	message->path = slice_skip(message->target, scheme.len + authority.len);
	if (scheme.len != 0)
		message->authority =
			(struct slice){ message->target.at + scheme.len, authority.len };
	return true;
}

bool http_set_path(struct http_message *message, struct bump *memory, struct slice value)
{
	struct slice query = http_query(message);

	return rebuild(message, memory, value, query.at != NULL ? "?" : "", query);
}

bool http_set_pathq(struct http_message *message, struct bump *memory, struct slice value)
{
	return rebuild(message, memory, value, "", SLICE(""));
}

bool http_set_query(struct http_message *message, struct bump *memory, struct slice value)
{
	if (value.len != 0 && value.at[0] == '?')
		value = slice_skip(value, 1);
	return rebuild(message, memory, http_path(message), "?", value);
}

bool http_set_target(struct http_message *message, struct bump *memory, struct slice value)
{
	struct http_message changed = *message;
	struct http_header *host = http_find(message, HTTP_HOST, NULL);

	if (message->form == HTTP_TARGET_AUTHORITY || !may_be_sent(value))
		return false;
	changed.target = bump_copy(memory, value);
	if (changed.target.at == NULL || !http_target_split(&changed, false))
		return false;
	if (changed.form != HTTP_TARGET_ABSOLUTE)
		changed.authority = host != NULL ? host->value : SLICE("");
	else if (host != NULL) /* they may not differ */
		host->value = changed.authority;
	*message = changed;
	return true;
}
