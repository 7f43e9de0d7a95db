/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/persist.c - which server a request asks for: use-server, cookies,
 * sessions of applications, the cookie of terminal servers; and what a response's cookie becomes
 * (configuration manual 4.2 "cookie", "use-server", "persist rdp-cookie",
 * "force-persist", "ignore-persist", "option persist", "option checkcache").
 *
 * In this order: the first that names a server which may be used decides.
 */
#include "proxy/persist.h"

#include <arpa/inet.h>
#include <string.h>

#include "expr/rdp.h"
#include "proxy/appsession.h"
#include "proxy/server.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

static const struct http_conf *conf_of(const struct txn *txn)
{
	return &txn->stream->backend->section->http;
}

static bool any_true(const struct http_condition *list, struct expr_context *context)
{
	for (; list != NULL; list = list->next)
		if (acl_condition_true(list->condition, context))
			return true;
	return false;
}

/* A server in maintenance or down is used only by force. */
static bool may_use(const struct txn *txn, const struct server *server)
{
	return atomic_load_explicit(&server->state, memory_order_relaxed) == SERVER_UP ||
	       txn->force_persist || conf_of(txn)->persist;
}

/* ---- use-server ---- */

static struct server *server_of(const struct txn *txn, const struct server_conf *conf)
{
	return conf != NULL ? backend_server_of(txn->stream->backend, conf) : NULL;
}

static const struct server_conf *server_called(const struct backend *backend, struct slice name)
{
	const struct server_set *set = backend_servers(backend);

	for (unsigned i = 0; i < set->count; i++)
		if (slice_is(name, set->at[i]->conf->name))
			return set->at[i]->conf;
	return NULL;
}

/* The first rule's that is true; one whose server is down is passed over. */
static struct server *rule_server(const struct txn *txn, struct expr_context *context)
{
	const struct use_server *use = conf_of(txn)->use_servers;

	for (; use != NULL; use = use->next) {
		const struct server_conf *conf = use->server;
		struct server *server;

		if (!acl_condition_true(use->condition, context))
			continue;
		if (use->format != NULL)
			conf = server_called(txn->stream->backend,
					     format_text(use->format, context));
		server = server_of(txn, conf);
		if (server == NULL)
			return NULL; /* a name that is none: the algorithm decides */
		if (may_use(txn, server))
			return server;
	}
	return NULL;
}

/* ---- cookies ---- */

static enum persist_found find_cookie(void *context, struct slice name)
{
	struct txn *txn = context;
	const struct server_set *set = backend_servers(txn->stream->backend);
	enum persist_found found = PERSIST_NONE;

	for (unsigned i = 0; i < set->count; i++) {
		struct server *server = set->at[i];

		if (server->conf->cookie == NULL || !slice_is(name, server->conf->cookie))
			continue;
		if (may_use(txn, server)) {
			txn->persistent = server;
			return PERSIST_VALID;
		}
		found = PERSIST_DOWN;
	}
	return found;
}

static uint64_t wall_s(const struct txn *txn)
{
	struct worker *worker = txn->stream->worker;

	return worker_wall_us(worker, worker_now(worker)) / 1000000;
}

/* Whether lines show what became of a cookie: one that is only read is not spoken of. */
static bool is_shown(const struct http_cookie_conf *cookie)
{
	return cookie->mode != HTTP_COOKIE_PASSIVE || cookie->indirect;
}

static bool read_cookie(struct txn *txn)
{
	const struct http_cookie_conf *cookie = &conf_of(txn)->cookie;
	const struct persist_names names = { find_cookie, txn };
	bool ignore = txn->ignore_persist || txn->persistent != NULL;
	struct server *server = txn->persistent;
	struct persist_dates dates;
	enum persist_found found;

	if (cookie->mode == HTTP_COOKIE_NONE)
		return true;
	if (!persist_cookie_read(&txn->request, cookie, &names, ignore, wall_s(txn), &txn->memory,
				 &found, &dates))
		return false;
	if (ignore)
		txn->persistent = server;
	txn->cookie_last = dates.last;
	txn->cookie_first = dates.first;
	txn->cookie_found = found == PERSIST_VALID;
	if (is_shown(cookie)) {
		txn->cookie_request = (char)found;
		txn->cookie_response = (char)PERSIST_NOTHING;
	}
	return true;
}

/* ---- terminal servers ---- */

/* "3640205228.15629.0000": address and port as such a machine has them ([MS-RDPBCGR] 3.3.5.3.1). */
static bool read_token(struct slice token, uint32_t *ret_ip, uint16_t *ret_port)
{
	uint64_t numbers[2] = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		const char *begin = token.at;

		for (; token.len != 0 && *token.at >= '0' && *token.at <= '9' &&
		       numbers[i] <= UINT32_MAX;
		     token = slice_skip(token, 1))
			numbers[i] = numbers[i] * 10 + (uint64_t)(*token.at - '0');
		if (token.at == begin || token.len == 0 || *token.at != '.')
			return false;
		token = slice_skip(token, 1);
	}
	if (numbers[0] > UINT32_MAX || numbers[1] > UINT16_MAX)
		return false;
	/* Written by machines that keep the lowest byte first. */
	*ret_ip = htole32((uint32_t)numbers[0]);
	*ret_port = htole16((uint16_t)numbers[1]);
	return true;
}

static bool is_at(const struct server *server, uint32_t ip, uint16_t port)
{
	const struct sockaddr_in *address =
		(const struct sockaddr_in *)&server_address_of(server)->storage;

	return address->sin_family == AF_INET && address->sin_addr.s_addr == ip &&
	       address->sin_port == port;
}

static void read_rdp(struct txn *txn, struct expr_context *context)
{
	const struct server_set *set = backend_servers(txn->stream->backend);
	struct slice name = slice_of(conf_of(txn)->rdp_cookie);
	struct slice token;
	uint32_t ip;
	uint16_t port;

	if (rdp_cookie_read(context->request_bytes, name, &token) != RDP_COOKIE ||
	    !read_token(token, &ip, &port))
		return;
	for (unsigned i = 0; i < set->count; i++) {
		struct server *server = set->at[i];

		if (!is_at(server, ip, port))
			continue;
		if (may_use(txn, server))
			txn->persistent = server;
		return;
	}
}

/* ---- sessions of applications ---- */

/* Seconds of the loop's clock, from 2 on. */
static uint32_t session_s(const struct txn *txn, uint32_t ahead_ms)
{
	return (uint32_t)((worker_now(txn->stream->worker).us / 1000 + ahead_ms + 999) / 1000) + 2;
}

static struct server *server_numbered(const struct backend *backend, int64_t id)
{
	const struct server_set *set = backend_servers(backend);

	for (unsigned i = 0; i < set->count; i++)
		if (set->at[i]->conf->id == id)
			return set->at[i];
	return NULL;
}

static void read_session(struct txn *txn)
{
	const struct appsession_conf *conf = conf_of(txn)->appsession;
	const struct backend *backend = txn->stream->backend;
	struct server *server;
	uint32_t id;

	txn->session = appsession_of_request(conf, &txn->request);
	if (txn->session == 0 || txn->persistent != NULL || txn->ignore_persist)
		return;
	id = appsession_find(backend->sessions, txn->session, session_s(txn, 0),
			     session_s(txn, conf->timeout_ms));
	server = id != 0 ? server_numbered(backend, id) : NULL;
	if (server != NULL && may_use(txn, server))
		txn->persistent = server;
}

static void learn_session(struct txn *txn)
{
	const struct appsession_conf *conf = conf_of(txn)->appsession;
	const struct server *server = txn->stream->target;
	uint64_t session;

	if (conf == NULL || server == NULL)
		return;
	session = appsession_of_response(conf, &txn->response);
	if (session == 0 && conf->learns)
		session = txn->session;
	if (session != 0)
		appsession_store(txn->stream->backend->sessions, session,
				 (uint32_t)server->conf->id, session_s(txn, conf->timeout_ms));
}

/* ---- both ways ---- */

/* Whether anything of a request may ask for a server. */
static bool persists(const struct http_conf *conf)
{
	return conf->force_persist != NULL || conf->ignore_persist != NULL ||
	       conf->use_servers != NULL || conf->cookie.mode != HTTP_COOKIE_NONE ||
	       conf->rdp_cookie != NULL || conf->appsession != NULL;
}

bool persist_request(struct txn *txn)
{
	const struct http_conf *conf = conf_of(txn);
	struct expr_context context;

	txn->persistent = NULL;
	if (!persists(conf)) {
		txn->force_persist = txn->ignore_persist = false;
		return true;
	}
	txn_context(txn, &context);
	context.bytes_end = true;
	txn->force_persist = any_true(conf->force_persist, &context);
	txn->ignore_persist = any_true(conf->ignore_persist, &context);
	txn->persistent = rule_server(txn, &context);
	if (txn->stream->http && !read_cookie(txn))
		return false;
	if (txn->stream->http && conf->appsession != NULL)
		read_session(txn);
	if (txn->persistent != NULL && !txn->cookie_found)
		txn->ignore_persist = true; /* use-server: cookies of responses are left alone */
	else if (txn->persistent == NULL && conf->rdp_cookie != NULL)
		read_rdp(txn, &context);
	return true;
}

static bool server_sets_cookies(const struct http_message *response)
{
	return http_find(response, HTTP_SET_COOKIE, NULL) != NULL;
}

/* What the request's cookie has been in the end. */
static enum persist_found found_at_last(const struct txn *txn)
{
	if (!txn->cookie_found)
		return (enum persist_found)txn->cookie_request;
	return txn->stream->target == txn->persistent ? PERSIST_VALID : PERSIST_DOWN;
}

static bool write_cookie(struct txn *txn, bool cacheable)
{
	const struct http_cookie_conf *cookie = &conf_of(txn)->cookie;
	const struct server *server = txn->stream->target;
	const struct persist_answer answer = {
		.server = server != NULL ? server->conf->cookie : NULL,
		.found = found_at_last(txn),
		.dates = { .last = txn->cookie_last, .first = txn->cookie_first },
		.post = txn->request.method_id == HTTP_POST,
		.cacheable = cacheable,
		.wall_s = wall_s(txn),
	};
	enum persist_done done = PERSIST_NOTHING;

	if (!txn->ignore_persist && !persist_cookie_write(&txn->response, cookie, &answer,
							  &txn->memory, &done))
		return false;
	if (!is_shown(cookie))
		return true;
	if (txn->cookie_found)
		txn->cookie_request = (char)answer.found;
	txn->cookie_response = (char)done;
	return true;
}

static bool authenticates_connection(const struct http_message *response, const char *name)
{
	const struct http_header *header = NULL;

	while ((header = http_find_name(response, slice_of(name), header)) != NULL) {
		struct slice scheme = header->value;

		if (scheme.len > 4)
			scheme.len = 4;
		if (slice_is_nocase(scheme, "NTLM") || slice_is_nocase(scheme, "Nego"))
			return true;
	}
	return false;
}

/* NTLM and Negotiate are about connections, not requests (RFC 4559, 6): this one is kept apart. */
static void note_challenge(struct txn *txn)
{
	const struct http_message *response = &txn->response;

	if (response->status == 401 || response->status == 407)
		txn->stream->private_server |=
			authenticates_connection(response, "WWW-Authenticate") ||
			authenticates_connection(response, "Proxy-Authenticate");
}

bool persist_response(struct txn *txn)
{
	const struct http_conf *conf;
	bool cacheable, with_cookies, sets_cookies;

	if (txn->stream->backend == NULL)
		return true;
	note_challenge(txn);
	learn_session(txn);
	conf = conf_of(txn);
	if (conf->cookie.mode == HTTP_COOKIE_NONE && !conf->checkcache)
		return true;
	cacheable = persist_cacheable(&txn->request, &txn->response, &with_cookies);
	sets_cookies = server_sets_cookies(&txn->response);
	if (conf->cookie.mode != HTTP_COOKIE_NONE && !write_cookie(txn, cacheable))
		return false;
	return !conf->checkcache || !sets_cookies || !with_cookies;
}

void persist_look_again(struct txn *txn)
{
	if (txn->persistent != NULL && !may_use(txn, txn->persistent))
		persist_lost(txn);
}

void persist_lost(struct txn *txn)
{
	txn->persistent = NULL;
	if (txn->cookie_found && txn->cookie_request == (char)PERSIST_VALID)
		txn->cookie_request = (char)PERSIST_DOWN;
}
