/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/language.c - all that may be written in an expression or a log-format
 * string of haproxy.cfg: the tables of expr/ and of this room.
 */
#include "expr/fetch.h"
#include "proxy/fetches.h"
#include "proxy/log_aliases.h"
#include "proxy/reading.h"

static const struct expr_fetch *const language_fetches[] = {
	expr_fetches_address,	expr_fetches_constant,	expr_fetches_payload,
	expr_fetches_tls,	expr_fetches_rdp,	expr_fetches_http,
	expr_fetches_header,	expr_fetches_header_list, expr_fetches_cookie,	expr_fetches_param,
	expr_fetches_http_old,	expr_fetches_var,	expr_fetches_acl,
	proxy_fetches_backend,	proxy_fetches_server,	proxy_fetches_frontend,
	proxy_fetches_connection, proxy_fetches_txn,	proxy_fetches_auth,
	proxy_fetches_timer,	proxy_fetches_outcome,
	NULL,
};

static const struct expr_converter *const language_converters[] = {
	expr_converters_text, expr_converters_part,    expr_converters_regex, expr_converters_host,
	expr_converters_var,  expr_converters_number,  expr_converters_address,
	expr_converters_code, expr_converters_hash,    expr_converters_time,  expr_converters_map,
	expr_converters_json, expr_converters_crypto,  expr_converters_forwarded,
	expr_converters_protobuf, expr_converters_fix, expr_converters_mqtt,	proxy_converters,
	proxy_converters_debug, proxy_converters_when,
	NULL,
};

const struct expr_language proxy_language = {
	.fetches = language_fetches,
	.converters = language_converters,
	.aliases = proxy_log_alias_tables,
};
