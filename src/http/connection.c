/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/connection.c - headers that concern one connection only (RFC 9110, 7.6.1
 * and 7.8): read from whom they came, written anew for whom they go to.
 */
#include "http/parser.h"
#include "http/scan.h"

static unsigned token_of(struct slice element)
{
	switch (element.len) {
	case 5:
		if (slice_is_nocase(element, "close"))
			return HTTP_TOKEN_CLOSE;
		break;
	case 7:
		if (slice_is_nocase(element, "upgrade"))
			return HTTP_TOKEN_UPGRADE;
		break;
	case 10:
		if (slice_is_nocase(element, "keep-alive"))
			return HTTP_TOKEN_KEEP_ALIVE;
		break;
	}
	return HTTP_TOKEN_OTHER;
}

unsigned http_connection_tokens(struct slice value)
{
	struct slice element;
	unsigned tokens = 0;

	while (http_list_next(&value, &element))
		tokens |= token_of(element);
	return tokens;
}

bool http_upgrade_passes(struct slice value)
{
	return value.len != 0 && !http_list_has(value, "h2c");
}

/*
 * Headers meant for the recipient cannot be hop-by-hop, whatever a sender says
 * (RFC 9110, 7.6.1): naming what a proxy before us has added would take it off.
 */
static bool is_end_to_end(const struct http_header *header)
{
	return header->id != HTTP_OTHER || strncasecmp(header->name.at, "x-", 2) == 0 ||
	       slice_is_nocase(header->name, "forwarded") || slice_is_nocase(header->name, "via");
}

static bool is_named(const struct http_message *message, struct slice name)
{
	struct slice list, element;

	for (const struct http_header *header = http_find(message, HTTP_CONNECTION, NULL);
	     header != NULL; header = http_find(message, HTTP_CONNECTION, header))
		for (list = header->value; http_list_next(&list, &element);)
			if (slice_equal_nocase(element, name))
				return true;
	return false;
}

void http_connection_drop_named(struct http_message *message)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < message->header_count; i++) {
		const struct http_header header = message->headers[i];

		if (is_end_to_end(&header) || !is_named(message, header.name))
			message->headers[kept++] = header;
	}
	message->header_count = kept;
}

/* Connection by what it says: [none, close, keep-alive][none, upgrade, TE, both] */
static const struct slice connection_values[3][4] = {
	{ SLICE_CONST(""), SLICE_CONST("Upgrade"), SLICE_CONST("TE"), SLICE_CONST("Upgrade, TE") },
	{ SLICE_CONST("close"), SLICE_CONST("Upgrade, close"), SLICE_CONST("TE, close"),
	  SLICE_CONST("Upgrade, TE, close") },
	{ SLICE_CONST("keep-alive"), SLICE_CONST("Upgrade, keep-alive"),
	  SLICE_CONST("TE, keep-alive"), SLICE_CONST("Upgrade, TE, keep-alive") },
};

enum {
	HOP_IDS = 1 << HTTP_CONNECTION | 1 << HTTP_KEEP_ALIVE | 1 << HTTP_PROXY_CONNECTION |
		  1 << HTTP_UPGRADE | 1 << HTTP_TE,
};

/* Whether the header goes on; TE is cut to what concerns trailers, as we forward those. */
static bool keep_hop(const struct http_message *message, struct http_header *header, bool *ret_te)
{
	switch (header->id) {
	case HTTP_CONNECTION:
	case HTTP_KEEP_ALIVE:
	case HTTP_PROXY_CONNECTION:
		return false;
	case HTTP_UPGRADE:
		return message->upgrade;
	case HTTP_TE:
		if (message->response || *ret_te || !http_list_has(header->value, "trailers"))
			return false;
		if (header->value.len != strlen("trailers"))
			header->value = SLICE("trailers");
		*ret_te = true;
		return true;
	default:
		return true;
	}
}

/* Whether a TE is among those that stay. */
static bool drop_hops(struct http_message *message)
{
	bool te = false;
	unsigned kept = 0;

	if ((message->ids & HOP_IDS) == 0)
		return false;
	for (unsigned i = 0; i < message->header_count; i++) {
		if (!keep_hop(message, &message->headers[i], &te))
			continue;
		if (kept != i)
			message->headers[kept] = message->headers[i];
		kept++;
	}
	message->header_count = kept;
	return te;
}

void http_message_set_connection(struct http_message *message, bool keep_alive, uint8_t peer_minor)
{
	bool te = drop_hops(message);
	unsigned lasting;

	lasting = !keep_alive || message->asks_close ? 1 : peer_minor == 0 ? 2 : 0;
	/* What is upgraded is not HTTP any more: it neither lasts nor is it to close. */
	if (message->body == HTTP_BODY_TUNNEL || (message->upgrade && !message->response))
		lasting = 0;

	struct slice value = connection_values[lasting][(te ? 2 : 0) + (message->upgrade ? 1 : 0)];
	if (value.len == 0)
		return;
	ASSERT(message->header_count < message->header_max);
	message->ids |= 1U << HTTP_CONNECTION;
	message->headers[message->header_count++] =
		(struct http_header){ SLICE("Connection"), value, HTTP_CONNECTION };
}
