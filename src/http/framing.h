/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/framing.h - what a request's headers say about its body and about the
 * connection (RFC 9112, 3.2, 6 and 9). Called by http_head_parse.
 */
#pragma once

#include "http/head.h"

/*
 * Reads Host, Content-Length, Transfer-Encoding and Connection into `head`.
 * What could be understood in two ways is refused. HTTP_HEAD_DONE, or the
 * error with *ret_why set.
 */
enum http_head_result http_framing_find(struct http_request_head *head, const char **ret_why);

/*
 * The next element of a comma-separated list (RFC 9110, 5.6.1): moves *list
 * behind it. Empty elements are skipped. False at the end.
 */
bool http_list_next(struct slice *list, struct slice *ret_element);
