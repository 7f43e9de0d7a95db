/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/known.h - the words that HAProxy has and no row here may have yet, so
 * that "not supported yet" can be told from a typing error.
 *
 * The list (known_haproxy.def, made by tools/known_words.py) holds every word
 * of its class, those with a row too: ask it only after the rows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* CONF_KNOWN_CLASS(id, what): `what` as messages and conf_parse_options name it. */
#define CONF_KNOWN_CLASSES                                                                         \
	CONF_KNOWN_CLASS(ACTION_HTTP_AFTER_RESPONSE, "http-after-response action")                 \
	CONF_KNOWN_CLASS(ACTION_HTTP_REQUEST, "http-request action")                               \
	CONF_KNOWN_CLASS(ACTION_HTTP_RESPONSE, "http-response action")                             \
	CONF_KNOWN_CLASS(ACTION_QUIC_INITIAL, "quic-initial action")                               \
	CONF_KNOWN_CLASS(ACTION_TCP_REQUEST_CONNECTION, "tcp-request connection action")           \
	CONF_KNOWN_CLASS(ACTION_TCP_REQUEST_CONTENT, "tcp-request content action")                 \
	CONF_KNOWN_CLASS(ACTION_TCP_REQUEST_SESSION, "tcp-request session action")                 \
	CONF_KNOWN_CLASS(ACTION_TCP_RESPONSE_CONTENT, "tcp-response content action")               \
	CONF_KNOWN_CLASS(BALANCE, "balance algorithm")                                             \
	CONF_KNOWN_CLASS(BIND, "bind option")                                                      \
	CONF_KNOWN_CLASS(CONVERTER, "converter")                                                   \
	CONF_KNOWN_CLASS(FETCH, "sample fetch")                                                    \
	CONF_KNOWN_CLASS(FILTER, "filter")                                                         \
	CONF_KNOWN_CLASS(GLOBAL, "global keyword")                                                 \
	CONF_KNOWN_CLASS(LOG_ALIAS, "log-format variable")                                         \
	CONF_KNOWN_CLASS(PROXY, "proxy keyword")                                                   \
	CONF_KNOWN_CLASS(SECTION, "section")                                                       \
	CONF_KNOWN_CLASS(SERVER, "server option")                                                  \
	CONF_KNOWN_CLASS(SERVICE, "service")

enum conf_known_class {
#define CONF_KNOWN_CLASS(id, what) CONF_KNOWN_##id,
	CONF_KNOWN_CLASSES
#undef CONF_KNOWN_CLASS
	CONF_KNOWN_COUNT,
};

/* Whether HAProxy has `name` ("timeout tarpit"; words joined by one space) in this class. */
bool conf_known_elsewhere(enum conf_known_class class, const char *name);

/* The class whose `what` this is, or -1. */
int conf_known_class_find(const char *what);

/* The class's names, sorted; *ret_count of them. */
const char *const *conf_known_names(enum conf_known_class class, size_t *ret_count);
