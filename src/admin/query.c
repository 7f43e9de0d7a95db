/* SPDX-License-Identifier: Apache-2.0 */
/* admin/query.c - see query.h. */
#include "admin/query.h"

#include <string.h>

#include "admin/form.h"
#include "http/basic_auth.h"
#include "proxy/conf.h"

const char *stats_uri(const struct stats_conf *conf)
{
	return conf->uri == NULL ? "/haproxy?stats" : conf->uri;
}

static const struct query_option {
	const char *word;
	size_t offset;
} query_options[] = {
	{ "csv", offsetof(struct stats_query, csv) },
	{ "json", offsetof(struct stats_query, json) },
	{ "events", offsetof(struct stats_query, events) },
	{ "norefresh", offsetof(struct stats_query, no_refresh) },
	{ "up", offsetof(struct stats_query, up_only) },
	{ "no-maint", offsetof(struct stats_query, no_maintenance) },
};

static bool is_separator(char byte)
{
	return byte == ';' || byte == '?' || byte == '&' || byte == '/';
}

/* Digits, as many as there are; no number at all is 0. */
static uint64_t read_number(struct slice text)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text.len && text.at[i] >= '0' && text.at[i] <= '9'; i++)
		if (number < UINT64_MAX / 16)
			number = number * 10 + (uint64_t)(text.at[i] - '0');
	return number;
}

static void query_take(struct stats_query *query, struct slice word)
{
	for (int i = 0; i < FORM_OUTCOMES; i++)
		if (word.len == 7 && memcmp(word.at, "st=", 3) == 0 &&
		    slice_is(slice_skip(word, 3), form_outcomes[i].word))
			query->outcome = i;
	/* Names of sections have no byte that would have to be encoded. */
	if (word.len >= 6 && memcmp(word.at, "scope=", 6) == 0 &&
	    word.len - 6 < sizeof(query->scope)) {
		memcpy(query->scope, word.at + 6, word.len - 6);
		query->scope[word.len - 6] = '\0';
	}
	if (word.len >= 6 && memcmp(word.at, "after=", 6) == 0)
		query->after = read_number(slice_skip(word, 6));
	for (size_t i = 0; i < ARRAY_LEN(query_options); i++)
		if (slice_is(word, query_options[i].word))
			*(bool *)((char *)query + query_options[i].offset) = true;
}

bool stats_query_parse(struct slice path, const struct stats_conf *conf,
		       struct stats_query *ret)
{
	const char *uri = stats_uri(conf), *at, *end = path.at + path.len;
	size_t len = strlen(uri);

	if (path.len < len || memcmp(path.at, uri, len) != 0)
		return false;
	at = path.at + len;
	/* HAProxy takes any longer path too; "/statsfoo" is somebody else's here. */
	if (at < end && !is_separator(*at))
		return false;

	*ret = (struct stats_query){ .outcome = -1 };
	while (at < end) {
		const char *word = ++at; /* behind the separator */

		while (at < end && !is_separator(*at))
			at++;
		query_take(ret, (struct slice){ word, (size_t)(at - word) });
	}
	return true;
}

bool stats_admits(const struct stats_conf *conf, const struct http_header *authorization)
{
	struct http_credentials given;
	bool admitted = false;

	if (conf->users == NULL)
		return true;
	if (authorization == NULL || !http_basic_auth_decode(authorization->value, &given))
		return false;
	/* Every user is compared, so that the time does not tell which names exist. */
	for (const struct stats_user *user = conf->users; user != NULL; user = user->next) {
		bool name_is = http_secret_is(given.user, user->name);
		bool password_is = http_secret_is(given.password, user->password);

		admitted |= name_is && password_is;
	}
	explicit_bzero(&given, sizeof(given));
	return admitted;
}
