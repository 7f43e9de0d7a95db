/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/appsession.c - see appsession.h.
 *
 * A slot's value is 0 (free), TAKEN while one thread writes its key, or a
 * server with the moment the session ends. Who reads a key before and after
 * the value has the value of that key.
 */
#include "proxy/appsession.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "http/cookie.h"
#include "http/message.h"
#include "http/uri.h"

enum { WAYS = 8, TAKEN = 1, TRIES = 4 };

struct appsession {
	struct appsession_slot {
		_Atomic uint64_t key, value;
	} slots[APPSESSION_SLOTS];
};

struct appsession *appsession_new(void)
{
	return calloc(1, sizeof(struct appsession));
}

void appsession_free(struct appsession *table)
{
	free(table);
}

/* ---- what messages say ---- */

static uint64_t key_of(const struct appsession_conf *conf, struct slice value)
{
	uint64_t hash;

	if (value.len == 0)
		return 0;
	hash = hash_xxh3(value.at, value.len < conf->len ? value.len : conf->len, 0);
	return hash != 0 ? hash : 1;
}

/* `name` and `value` stand in one piece, as "name=value". */
static uint64_t key_of_pair(const struct appsession_conf *conf, struct slice name,
			    struct slice value)
{
	size_t len = strlen(conf->name);

	if (!conf->prefix)
		return slice_is(name, conf->name) ? key_of(conf, value) : 0;
	if (name.len < len || memcmp(name.at, conf->name, len) != 0 || value.at == NULL)
		return 0;
	return key_of(conf, (struct slice){ name.at + len,
					    (size_t)(value.at + value.len - name.at) - len });
}

static uint64_t key_of_cookies(const struct appsession_conf *conf,
			       const struct http_message *request)
{
	const struct http_header *header = NULL;
	struct http_cookie cookie;
	uint64_t key = 0;

	while (key == 0 && (header = http_find(request, HTTP_COOKIE, header)) != NULL) {
		struct slice list = header->value;

		while (key == 0 && http_cookie_next(&list, &cookie))
			key = key_of_pair(conf, cookie.name, cookie.value);
	}
	return key;
}

/* "/a;jsessionid=1;b=2" */
static uint64_t key_of_path(const struct appsession_conf *conf, struct slice path)
{
	uint64_t key = 0;
	struct slice name, value;
	const char *semicolon = path.len != 0 ? memchr(path.at, ';', path.len) : NULL;

	if (semicolon == NULL)
		return 0;
	path = slice_skip(path, (size_t)(semicolon - path.at) + 1);
	while (key == 0 && http_param_next(&path, ';', &name, &value))
		key = key_of_pair(conf, name, value);
	return key;
}

static uint64_t key_of_query(const struct appsession_conf *conf, struct slice query)
{
	struct slice name, value;
	uint64_t key = 0;

	while (key == 0 && query.at != NULL && http_param_next(&query, '&', &name, &value))
		key = key_of_pair(conf, name, value);
	return key;
}

uint64_t appsession_of_request(const struct appsession_conf *conf,
			       const struct http_message *request)
{
	uint64_t key = key_of_cookies(conf, request);

	if (key != 0)
		return key;
	return conf->in_query ? key_of_query(conf, http_query(request))
			      : key_of_path(conf, http_path(request));
}

uint64_t appsession_of_response(const struct appsession_conf *conf,
				const struct http_message *response)
{
	const struct http_header *header = NULL;
	struct http_cookie cookie;
	uint64_t key = 0;

	while (key == 0 && (header = http_find(response, HTTP_SET_COOKIE, header)) != NULL)
		if (http_set_cookie_read(header->value, &cookie))
			key = key_of_pair(conf, cookie.name, cookie.value);
	return key;
}

/* ---- the table ---- */

static struct appsession_slot *bucket_of(struct appsession *table, uint64_t session)
{
	return &table->slots[session % (APPSESSION_SLOTS / WAYS) * WAYS];
}

static uint64_t value_of(uint32_t server, uint32_t until_s)
{
	return (uint64_t)server << 32 | until_s;
}

/* The value under that key, still there when it has been read; 0: none. */
static uint64_t read_value(struct appsession_slot *slot, uint64_t session)
{
	uint64_t value;

	if (atomic_load(&slot->key) != session)
		return 0;
	value = atomic_load(&slot->value);
	return atomic_load(&slot->key) == session && value != TAKEN ? value : 0;
}

uint32_t appsession_find(struct appsession *table, uint64_t session, uint32_t now_s,
			 uint32_t until_s)
{
	struct appsession_slot *bucket = bucket_of(table, session);

	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t value = read_value(&bucket[i], session);
		uint32_t server = (uint32_t)(value >> 32);

		if (value == 0 || (uint32_t)value <= now_s)
			continue;
		if ((uint32_t)value != until_s)
			atomic_compare_exchange_strong(&bucket[i].value, &value,
						       value_of(server, until_s));
		return server;
	}
	return 0;
}

/* The session's own slot, or else the one whose session ends first: a free one at once. */
static struct appsession_slot *choose(struct appsession_slot *bucket, uint64_t session,
				      uint64_t *ret_value)
{
	struct appsession_slot *best = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t value = atomic_load(&bucket[i].value);

		if (value == TAKEN)
			continue;
		if (best == NULL || atomic_load(&bucket[i].key) == session ||
		    (uint32_t)value < (uint32_t)*ret_value) {
			best = &bucket[i];
			*ret_value = value;
		}
		if (atomic_load(&bucket[i].key) == session)
			return best;
	}
	return best;
}

void appsession_store(struct appsession *table, uint64_t session, uint32_t server,
		      uint32_t until_s)
{
	/* Who cannot have a slot because others write there does without: it is learned again. */
	for (unsigned i = 0; i < TRIES; i++) {
		uint64_t value = 0;
		struct appsession_slot *slot = choose(bucket_of(table, session), session, &value);

		if (slot == NULL || !atomic_compare_exchange_strong(&slot->value, &value, TAKEN))
			continue;
		atomic_store(&slot->key, session);
		atomic_store(&slot->value, value_of(server, until_s));
		return;
	}
}
