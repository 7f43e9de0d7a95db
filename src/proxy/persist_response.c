/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/persist_response.c - the response's side of persist.h. */
#include "base/bump.h"
#include "base/out.h"
#include "http/cookie.h"
#include "http/message.h"
#include "proxy/persist.h"
#include "proxy/persist_date.h"

/* ---- what the server has set ---- */

/* Whether it may not set it: the cookie is ours, or the client has the right one. */
static bool may_not_set(const struct http_cookie_conf *conf, const struct persist_answer *answer)
{
	if (conf->preserve)
		return false;
	if (conf->mode == HTTP_COOKIE_INSERT)
		return true;
	return conf->indirect && answer->found == PERSIST_VALID;
}

/* "name=server; attributes", or with `prefix` "name=server~value; attributes". */
static bool rewrite(struct http_message *response, struct http_header *header,
		    const struct http_cookie *cookie, const struct http_cookie_conf *conf,
		    const char *server, struct bump *memory)
{
	struct out out = { .size = header->value.len + strlen(server) + 3 };

	out.bytes = bump_alloc(memory, out.size);
	if (out.bytes == NULL)
		return false;
	out_put(&out, cookie->name);
	out_char(&out, '=');
	out_text(&out, server);
	if (conf->mode == HTTP_COOKIE_PREFIX) {
		out_char(&out, '~');
		out_put(&out, cookie->value);
	}
	if (cookie->attributes.len != 0) {
		out_char(&out, ';');
		out_put(&out, cookie->attributes);
	}
	return !out.cut && http_header_change(response, header, out_slice(&out));
}

/* Deals with one Set-Cookie header of ours. *ret_done says how; DELETED: the caller removes it. */
static bool handle(struct http_message *response, struct http_header *header,
		   const struct http_cookie *cookie, const struct http_cookie_conf *conf,
		   const struct persist_answer *answer, struct bump *memory,
		   enum persist_done *ret_done)
{
	bool rewrites = conf->mode == HTTP_COOKIE_REWRITE || conf->mode == HTTP_COOKIE_PREFIX;

	if (may_not_set(conf, answer)) {
		*ret_done = PERSIST_DELETED;
		return true;
	}
	if (!rewrites || answer->server == NULL) {
		*ret_done = PERSIST_PASSED;
		return true;
	}
	*ret_done = PERSIST_REWRITTEN;
	return rewrite(response, header, cookie, conf, answer->server, memory);
}

static bool handle_all(struct http_message *response, const struct http_cookie_conf *conf,
		       const struct persist_answer *answer, struct bump *memory,
		       enum persist_done *ret_done)
{
	for (unsigned i = 0; i < response->header_count;) {
		struct http_header *header = &response->headers[i];
		enum persist_done done = PERSIST_NOTHING;
		struct http_cookie cookie;

		if (header->id == HTTP_SET_COOKIE && http_set_cookie_read(header->value, &cookie) &&
		    slice_is(cookie.name, conf->name)) {
			if (!handle(response, header, &cookie, conf, answer, memory, &done))
				return false;
			*ret_done = done;
		}
		if (done == PERSIST_DELETED)
			http_header_remove(response, header);
		else
			i++;
	}
	return true;
}

/* ---- what we set ---- */

/* Whether a cookie that led to the right server must be sent anew for its dates. */
static bool needs_update(const struct http_cookie_conf *conf, const struct persist_answer *answer)
{
	const struct persist_dates *dates = &answer->dates;

	return (conf->maxidle_s != 0 && dates->last == 0) ||
	       (conf->maxlife_s != 0) != (dates->first != 0) ||
	       (dates->last != 0 && dates->last < persist_date(answer->wall_s));
}

static bool inserts(const struct http_cookie_conf *conf, const struct persist_answer *answer,
		    enum persist_done done)
{
	if (conf->mode != HTTP_COOKIE_INSERT || done == PERSIST_PASSED ||
	    (conf->postonly && !answer->post))
		return false;
	return answer->found != PERSIST_VALID || needs_update(conf, answer);
}

static void write_value(const struct http_cookie_conf *conf, const struct persist_answer *answer,
			struct out *out)
{
	uint32_t now = persist_date(answer->wall_s);

	out_text(out, answer->server);
	if (conf->maxidle_s == 0 && conf->maxlife_s == 0)
		return;
	out_char(out, '|');
	persist_date_write(out, now);
	if (conf->maxlife_s == 0)
		return;
	out_char(out, '|');
	persist_date_write(out, answer->dates.first != 0 ? answer->dates.first : now);
}

static void write_cookie(const struct http_cookie_conf *conf, const struct persist_answer *answer,
			 struct out *out)
{
	out_text(out, conf->name);
	out_char(out, '=');
	/* A server without a cookie: the client forgets that of another. */
	if (answer->server != NULL)
		write_value(conf, answer, out);
	else
		out_text(out, "; Expires=Thu, 01-Jan-1970 00:00:01 GMT");
	out_text(out, "; path=/");
	if (conf->domains != NULL)
		out_text(out, conf->domains);
	if (conf->httponly)
		out_text(out, "; HttpOnly");
	if (conf->secure)
		out_text(out, "; Secure");
	if (conf->attributes != NULL)
		out_text(out, conf->attributes);
}

static bool insert(struct http_message *response, const struct http_cookie_conf *conf,
		   const struct persist_answer *answer, struct bump *memory)
{
	struct out out = { .size = strlen(conf->name) + 128 };

	out.size += answer->server != NULL ? strlen(answer->server) : 0;
	out.size += conf->domains != NULL ? strlen(conf->domains) : 0;
	out.size += conf->attributes != NULL ? strlen(conf->attributes) : 0;
	out.bytes = bump_alloc(memory, out.size);
	if (out.bytes == NULL)
		return false;
	write_cookie(conf, answer, &out);
	return !out.cut &&
	       http_header_add(response, SLICE("set-cookie"), out_slice(&out)) &&
	       (!conf->nocache || !answer->cacheable ||
		http_header_add(response, SLICE("cache-control"), SLICE("private")));
}

bool persist_cookie_write(struct http_message *response, const struct http_cookie_conf *conf,
			  const struct persist_answer *answer, struct bump *memory,
			  enum persist_done *ret_done)
{
	*ret_done = PERSIST_NOTHING;
	if (!handle_all(response, conf, answer, memory, ret_done))
		return false;
	if (!inserts(conf, answer, *ret_done))
		return true;
	*ret_done = answer->found == PERSIST_VALID ? PERSIST_UPDATED : PERSIST_INSERTED;
	return insert(response, conf, answer, memory);
}

/* ---- caches ---- */

/* What headers say to caches. */
struct freshness {
	bool told, never, not_cookies;
};

static bool status_cacheable(unsigned status)
{
	static const uint16_t statuses[] = { 200, 203, 204, 206, 300, 301,
					     404, 405, 410, 414, 501 };

	for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i] == status)
			return true;
	return false;
}

static bool begins(struct slice text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && strncasecmp(text.at, with, len) == 0;
}

static bool is_zero(struct slice number)
{
	while (number.len != 0 && *number.at == '0')
		number = slice_skip(number, 1);
	return number.len == 0;
}

static void read_directive(struct slice directive, struct freshness *freshness)
{
	size_t age = begins(directive, "max-age=") ? 8 : begins(directive, "s-maxage=") ? 9 : 0;

	if (slice_is_nocase(directive, "private") || slice_is_nocase(directive, "no-cache") ||
	    slice_is_nocase(directive, "no-store"))
		freshness->never = true;
	else if (begins(directive, "no-cache=\"set-cookie"))
		freshness->not_cookies = true;
	else if (age != 0 && is_zero(slice_skip(directive, age)))
		freshness->never = true;
	else if (age != 0)
		freshness->told = true;
}

static void read_cache_control(struct slice list, struct freshness *freshness)
{
	struct slice directive;

	while (http_list_next(&list, &directive))
		read_directive(directive, freshness);
}

static void read_freshness(const struct http_message *response, struct freshness *freshness)
{
	for (unsigned i = 0; i < response->header_count; i++) {
		const struct http_header *header = &response->headers[i];

		if (header->id == HTTP_CACHE_CONTROL)
			read_cache_control(header->value, freshness);
		else if (slice_is_nocase(header->name, "pragma") &&
			 http_list_has(header->value, "no-cache"))
			freshness->never = true;
		else if (slice_is_nocase(header->name, "expires") ||
			 slice_is_nocase(header->name, "last-modified") ||
			 slice_is_nocase(header->name, "etag"))
			freshness->told = true;
	}
}

bool persist_cacheable(const struct http_message *request, const struct http_message *response,
		       bool *ret_cookies)
{
	struct freshness freshness = { 0 };
	bool method = request->method_id == HTTP_GET || request->method_id == HTTP_HEAD ||
		      request->method_id == HTTP_OPTIONS;

	*ret_cookies = false;
	if (!method || !status_cacheable(response->status))
		return false;
	read_freshness(response, &freshness);
	*ret_cookies = freshness.told && !freshness.never && !freshness.not_cookies;
	return freshness.told && !freshness.never;
}
