/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr/acl_predefined.c - the ACLs that every section knows (configuration
 * manual 7.4). A section's own ACL of the same name takes their place.
 */
#include "expr/acl_private.h"

#define PREDEFINED(word, by, what, condition)                                                      \
	{                                                                                          \
		.doc = {.name = word, .since = "0.2", .summary = what,                             \
			.example = "http-request deny if " condition},                             \
		.test = by,                                                                        \
	}
#define METHOD_IS(word)                                                                            \
	PREDEFINED("METH_" word, "method " word, "The request's method is " word ".", "METH_" word)

const struct acl_predefined acl_predefined[] = {
	PREDEFINED("FALSE", "always_false", "Never matches.", "FALSE"),
	PREDEFINED("HTTP", "req.proto_http", "The request is valid HTTP.", "!HTTP"),
	PREDEFINED("HTTP_1.0", "req.ver 1.0", "The request is HTTP/1.0.", "HTTP_1.0"),
	PREDEFINED("HTTP_1.1", "req.ver 1.1", "The request is HTTP/1.1.", "!HTTP_1.1"),
	PREDEFINED("HTTP_2.0", "req.ver 2.0", "The request is HTTP/2.", "HTTP_2.0"),
	PREDEFINED("HTTP_3.0", "req.ver 3.0", "The request is HTTP/3.", "HTTP_3.0"),
	PREDEFINED("HTTP_CONTENT", "req.hdr_val(content-length) gt 0",
		   "The request says that a body follows.", "METH_GET HTTP_CONTENT"),
	PREDEFINED("HTTP_URL_ABS", "url_reg ^[^/:]*://",
		   "The request's target is a whole URL with its scheme.", "HTTP_URL_ABS"),
	PREDEFINED("HTTP_URL_SLASH", "url_beg /", "The request's target begins with a slash.",
		   "!HTTP_URL_SLASH"),
	PREDEFINED("HTTP_URL_STAR", "url *", "The request's target is an asterisk.",
		   "HTTP_URL_STAR !METH_OPTIONS"),
	PREDEFINED("LOCALHOST", "src 127.0.0.1/8 ::1", "The client is this machine.",
		   "!LOCALHOST"),
	METHOD_IS("CONNECT"),
	METHOD_IS("DELETE"),
	PREDEFINED("METH_GET", "method GET HEAD", "The request's method is GET or HEAD.",
		   "!METH_GET"),
	METHOD_IS("HEAD"),
	METHOD_IS("OPTIONS"),
	METHOD_IS("POST"),
	METHOD_IS("PUT"),
	METHOD_IS("TRACE"),
	{.doc = {.name = "RDP_COOKIE", .since = "0.2",
		 .summary = "The client's first bytes hold an RDP cookie.",
		 .example = "tcp-request content accept if RDP_COOKIE"},
	 .test = "req.rdp_cookie_cnt gt 0"},
	{.doc = {.name = "REQ_CONTENT", .since = "0.2",
		 .summary = "The client has sent something.",
		 .example = "tcp-request content accept if REQ_CONTENT"},
	 .test = "req.len gt 0"},
	PREDEFINED("TRUE", "always_true", "Always matches.", "TRUE"),
	{.doc = {.name = "WAIT_END", .since = "0.2",
		 .summary = "The inspection has come to its end; undecided before.",
		 .example = "tcp-request content accept if WAIT_END"},
	 .test = "wait_end"},
	{.doc = {.name = NULL}},
};
