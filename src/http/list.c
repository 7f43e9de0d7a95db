/* SPDX-License-Identifier: Apache-2.0 */
/* http/list.c - headers found, and the lists in their values. */
#include "http/message.h"
#include "http/scan.h"

struct http_header *http_find(const struct http_message *message, enum http_header_id id,
			      const struct http_header *after)
{
	struct http_header *end = message->headers + message->header_count, *at = message->headers;

	if ((message->ids >> id & 1) == 0)
		return NULL;
	if (after != NULL)
		at += after + 1 - message->headers;
	for (; at < end; at++)
		if (at->id == id)
			return at;
	return NULL;
}

struct http_header *http_find_name(const struct http_message *message, struct slice name,
				   const struct http_header *after)
{
	struct http_header *end = message->headers + message->header_count, *at = message->headers;
	enum http_header_id id = http_header_id_of(name);

	if (id != HTTP_OTHER)
		return http_find(message, id, after);
	if (after != NULL)
		at += after + 1 - message->headers;
	for (; at < end; at++)
		if (at->id == HTTP_OTHER && slice_equal_nocase(at->name, name))
			return at;
	return NULL;
}

/* Where the element ends: a comma in a quoted string does not end it (RFC 9110, 5.6.4). */
static const char *element_end(const char *at, const char *end)
{
	bool quoted = false;

	for (; at < end && (quoted || *at != ','); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '\\' && quoted && at + 1 < end)
			at++;
	}
	return at;
}

bool http_list_next(struct slice *list, struct slice *ret_element)
{
	const char *at = list->at, *end, *stop;

	if (list->len == 0)
		return false;
	end = at + list->len;
	while (at < end && (*at == ',' || http_byte_is_blank(*at)))
		at++;
	stop = at < end ? element_end(at, end) : end;
	*list = (struct slice){ stop, (size_t)(end - stop) };
	if (at == stop)
		return false;
	while (http_byte_is_blank(stop[-1]))
		stop--;
	*ret_element = (struct slice){ at, (size_t)(stop - at) };
	return true;
}

bool http_list_has(struct slice list, const char *token)
{
	struct slice element;

	while (http_list_next(&list, &element))
		if (slice_is_nocase(element, token))
			return true;
	return false;
}
