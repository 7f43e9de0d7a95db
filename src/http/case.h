/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/case.h - the spelling of headers for peers that wrongly care about
 * capitals (RFC 9110, 5.1 says that nobody may): configuration manual 3.2
 * "h1-case-adjust". Pure.
 */
#pragma once

#include "base/slice.h"

struct http_message;

/* One header and how it is to be spelled. */
struct http_case {
	struct http_case *next;
	struct slice name;	/* as it is to be sent; what it is called in any case */
};

/* Every header of the message that a row names is called as the row says. Rows must outlive it. */
void http_case_adjust(struct http_message *message, const struct http_case *rows);

/* The row of that name, in any case; NULL: there is none. */
const struct http_case *http_case_find(const struct http_case *rows, struct slice name);
