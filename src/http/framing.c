/* SPDX-License-Identifier: Apache-2.0 */
/* http/framing.c - see framing.h. */
#include "http/framing.h"

#include <string.h>

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

bool http_list_next(struct slice *list, struct slice *ret_element)
{
	const char *end = list->at + list->len, *at = list->at, *comma;

	while (at < end && (*at == ',' || is_blank(*at)))
		at++;
	if (at == end)
		return false;
	comma = memchr(at, ',', (size_t)(end - at));
	if (comma == NULL)
		comma = end;
	*list = (struct slice){ comma, (size_t)(end - comma) };
	while (is_blank(comma[-1]))
		comma--;
	*ret_element = (struct slice){ at, (size_t)(comma - at) };
	return true;
}

/* RFC 9112, 3.2: one Host in HTTP/1.1, even if an absolute target overrides it. */
static bool find_host(struct http_request_head *head)
{
	const struct http_header *host = http_head_find(head, "host", NULL);

	if (host == NULL) {
		if (head->form == HTTP_TARGET_ORIGIN || head->form == HTTP_TARGET_ASTERISK)
			head->authority = (struct slice){ "", 0 };
		return head->minor == 0;
	}
	if (http_head_find(head, "host", host) != NULL)
		return false;
	for (size_t i = 0; i < host->value.len; i++)
		if (is_blank(host->value.at[i]) || host->value.at[i] == ',' ||
		    host->value.at[i] == '/')
			return false;
	if (head->form == HTTP_TARGET_ORIGIN || head->form == HTTP_TARGET_ASTERISK)
		head->authority = host->value;
	return true;
}

/* Digits only; a list of equal numbers, as some senders repeat it, is one number (RFC 9112, 6.3). */
static bool read_length(struct slice value, uint64_t *ret)
{
	struct slice element;
	bool found = false;

	while (http_list_next(&value, &element)) {
		uint64_t number = 0;

		for (size_t i = 0; i < element.len; i++) {
			unsigned digit = (unsigned)(element.at[i] - '0');

			if (digit > 9 || number > (UINT64_MAX - digit) / 10)
				return false;
			number = number * 10 + digit;
		}
		if (found && number != *ret)
			return false;
		*ret = number;
		found = true;
	}
	return found;
}

static bool find_length(struct http_request_head *head)
{
	const struct http_header *header = NULL;
	uint64_t length = 0;

	while ((header = http_head_find(head, "content-length", header)) != NULL) {
		if (!read_length(header->value, &length))
			return false;
		if (head->body == HTTP_BODY_LENGTH && length != head->body_length)
			return false;
		head->body = HTTP_BODY_LENGTH;
		head->body_length = length;
	}
	return true;
}

static enum http_head_result find_coding(struct http_request_head *head)
{
	const struct http_header *header = NULL;

	while ((header = http_head_find(head, "transfer-encoding", header)) != NULL) {
		struct slice list = header->value, element;

		/* Two ways to delimit, or one that the version does not know (RFC 9112, 6.1). */
		if (head->minor == 0 || head->body == HTTP_BODY_LENGTH)
			return HTTP_HEAD_BAD;
		while (http_list_next(&list, &element)) {
			if (head->body == HTTP_BODY_CHUNKED)
				return HTTP_HEAD_BAD; /* chunked must be the last, and once */
			if (!slice_is_nocase(element, "chunked"))
				return HTTP_HEAD_CODING;
			head->body = HTTP_BODY_CHUNKED;
		}
		if (head->body != HTTP_BODY_CHUNKED)
			return HTTP_HEAD_BAD;
	}
	return HTTP_HEAD_DONE;
}

/* RFC 9112, 9.3. */
static void find_persistence(struct http_request_head *head)
{
	const struct http_header *header = NULL;
	bool close = false, keep_alive = false;

	while ((header = http_head_find(head, "connection", header)) != NULL) {
		struct slice list = header->value, element;

		while (http_list_next(&list, &element)) {
			close |= slice_is_nocase(element, "close");
			keep_alive |= slice_is_nocase(element, "keep-alive");
		}
	}
	head->keep_alive = !close && (head->minor != 0 || keep_alive);
}

enum http_head_result http_framing_find(struct http_request_head *head, const char **ret_why)
{
	enum http_head_result result;

	head->body = HTTP_BODY_NONE;
	head->body_length = 0;
	if (!find_host(head)) {
		*ret_why = "missing, repeated or malformed Host";
		return HTTP_HEAD_BAD;
	}
	if (!find_length(head)) {
		*ret_why = "malformed or contradicting Content-Length";
		return HTTP_HEAD_BAD;
	}
	result = find_coding(head);
	if (result != HTTP_HEAD_DONE) {
		*ret_why = "transfer coding not known, or at odds with the rest";
		return result;
	}
	find_persistence(head);
	return HTTP_HEAD_DONE;
}
