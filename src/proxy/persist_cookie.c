/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/persist_cookie.c - the request's side of persist.h, and dates. */
#include "base/bump.h"
#include "base/out.h"
#include "http/cookie.h"
#include "http/message.h"
#include "proxy/persist.h"
#include "proxy/persist_date.h"

/* One reading of a request. */
struct reading {
	const struct http_cookie_conf *conf;
	const struct persist_names *names;
	bool ignore;
	uint32_t now;			/* in units of dates */
	enum persist_found found;
	struct persist_dates dates;
};

static bool is_ours(const struct http_cookie_conf *conf, const struct http_cookie *cookie)
{
	return slice_is(cookie->name, conf->name);
}

static size_t prefix_len(struct slice value)
{
	const char *tilde = value.len != 0 ? memchr(value.at, '~', value.len) : NULL;

	return tilde != NULL ? (size_t)(tilde - value.at) : value.len;
}

/* "server|last|first" */
static struct slice split_dates(struct slice value, struct persist_dates *ret_dates)
{
	const char *bar = value.len != 0 ? memchr(value.at, '|', value.len) : NULL;
	struct slice rest = { NULL, 0 };

	*ret_dates = (struct persist_dates){ 0 };
	if (bar == NULL)
		return value;
	rest = slice_skip(value, (size_t)(bar - value.at) + 1);
	value.len = (size_t)(bar - value.at);
	ret_dates->last = persist_date_read(rest);
	bar = rest.len != 0 ? memchr(rest.at, '|', rest.len) : NULL;
	if (bar != NULL)
		ret_dates->first =
			persist_date_read(slice_skip(rest, (size_t)(bar - rest.at) + 1));
	return value;
}

/* Further back than `age_s`, or more than a day ahead: clocks may differ a little. */
static bool out_of_time(const struct reading *reading, uint32_t date, uint32_t age_s)
{
	int64_t age = ((int64_t)reading->now - date) * PERSIST_UNIT_S;

	return date != 0 && age_s != 0 && (age > age_s || age < -24 * 3600);
}

static enum persist_found judge_name(struct reading *reading, struct slice name)
{
	enum persist_found found = reading->names->find(reading->names->context, name);

	return found == PERSIST_NONE ? PERSIST_INVALID : found;
}

static enum persist_found judge(struct reading *reading, struct slice value)
{
	const struct http_cookie_conf *conf = reading->conf;

	if (conf->mode == HTTP_COOKIE_PREFIX)
		return judge_name(reading, (struct slice){ value.at, prefix_len(value) });
	if (conf->mode != HTTP_COOKIE_INSERT)
		return judge_name(reading, value);
	value = split_dates(value, &reading->dates);
	if (out_of_time(reading, reading->dates.first, conf->maxlife_s)) {
		reading->dates = (struct persist_dates){ 0 };
		return PERSIST_OLD;
	}
	if (out_of_time(reading, reading->dates.last, conf->maxidle_s)) {
		reading->dates = (struct persist_dates){ 0 };
		return PERSIST_EXPIRED;
	}
	return judge_name(reading, value);
}

static void look_at(struct reading *reading, const struct http_cookie *cookie)
{
	enum persist_found found;

	if (!is_ours(reading->conf, cookie) || reading->found == PERSIST_VALID)
		return;
	found = reading->ignore ? PERSIST_UNUSED : judge(reading, cookie->value);
	/* What is known of a server counts more than that another name means none. */
	if (reading->found == PERSIST_NONE || found != PERSIST_INVALID)
		reading->found = found;
}

/* What servers get of a cookie: nothing with `indirect`, and no prefix. */
static void keep(const struct http_cookie_conf *conf, const struct http_cookie *cookie,
		 struct out *out)
{
	size_t prefix = prefix_len(cookie->value);

	if (is_ours(conf, cookie) && conf->mode == HTTP_COOKIE_INSERT && conf->indirect)
		return;
	if (out->len != 0)
		out_text(out, "; ");
	if (!is_ours(conf, cookie) || conf->mode != HTTP_COOKIE_PREFIX ||
	    prefix == cookie->value.len) {
		out_put(out, cookie->whole);
		return;
	}
	out_put(out, cookie->name);
	out_char(out, '=');
	out_put(out, slice_skip(cookie->value, prefix + 1));
}

/* The header without what is not for servers: with at least one byte for each separator added. */
static bool rebuild(const struct http_cookie_conf *conf, struct slice list, struct bump *memory,
		    struct slice *ret_list)
{
	struct out out = { .size = 2 * list.len + 2 };
	struct http_cookie cookie;

	out.bytes = bump_alloc(memory, out.size);
	if (out.bytes == NULL)
		return false;
	while (http_cookie_next(&list, &cookie))
		keep(conf, &cookie, &out);
	*ret_list = out_slice(&out);
	return true;
}

static bool needs_edit(const struct http_cookie_conf *conf, const struct http_cookie *cookie)
{
	if (!is_ours(conf, cookie))
		return false;
	if (conf->mode == HTTP_COOKIE_INSERT)
		return conf->indirect;
	return conf->mode == HTTP_COOKIE_PREFIX && prefix_len(cookie->value) != cookie->value.len;
}

/* Reads one header and edits it. False: no memory. *ret_gone: nothing of it is left. */
static bool read_header(struct reading *reading, struct http_message *request,
			struct http_header *header, struct bump *memory, bool *ret_gone)
{
	struct slice list = header->value;
	struct http_cookie cookie;
	bool edit = false;

	*ret_gone = false;
	while (http_cookie_next(&list, &cookie)) {
		look_at(reading, &cookie);
		edit |= needs_edit(reading->conf, &cookie);
	}
	if (!edit)
		return true;
	if (!rebuild(reading->conf, header->value, memory, &list))
		return false;
	*ret_gone = list.len == 0;
	return *ret_gone || http_header_change(request, header, list);
}

bool persist_cookie_read(struct http_message *request, const struct http_cookie_conf *conf,
			 const struct persist_names *names, bool ignore, uint64_t wall_s,
			 struct bump *memory, enum persist_found *ret_found,
			 struct persist_dates *ret_dates)
{
	struct reading reading = { .conf = conf, .names = names, .ignore = ignore,
				   .now = persist_date(wall_s), .found = PERSIST_NONE };

	for (unsigned i = 0; i < request->header_count;) {
		struct http_header *header = &request->headers[i];
		bool gone = false;

		if (header->id == HTTP_COOKIE &&
		    !read_header(&reading, request, header, memory, &gone))
			return false;
		if (gone)
			http_header_remove(request, header);
		else
			i++;
	}
	*ret_found = reading.found;
	*ret_dates = reading.dates;
	return true;
}
