/* SPDX-License-Identifier: Apache-2.0 */
/* http/case.c - see case.h. Rows are few, and the option is for rare peers: a list will do. */
#include "http/case.h"

#include <strings.h>

#include "http/message.h"

const struct http_case *http_case_find(const struct http_case *rows, struct slice name)
{
	while (rows != NULL && (rows->name.len != name.len ||
				strncasecmp(rows->name.at, name.at, name.len) != 0))
		rows = rows->next;
	return rows;
}

void http_case_adjust(struct http_message *message, const struct http_case *rows)
{
	for (unsigned i = 0; i < message->header_count; i++) {
		struct http_header *header = &message->headers[i];
		const struct http_case *row = http_case_find(rows, header->name);

		if (row != NULL)
			header->name = row->name;
	}
}
