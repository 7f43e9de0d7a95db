/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/fetches.h - the rows of fetches that look at the proxy's own state
 * (configuration manual 7.3.2, 7.3.3, 7.3.6), and the names in their
 * arguments, which become pointers when all sections are read.
 */
#pragma once

#include "expr/fetch.h"
#include "proxy/stream.h"
#include "proxy/txn.h"

extern const struct expr_fetch proxy_fetches_backend[];	/* be_conn, nbsrv, queue, ... */
extern const struct expr_fetch proxy_fetches_server[];  /* srv_conn, srv_is_up, srv_name, ... */
extern const struct expr_fetch proxy_fetches_frontend[]; /* fe_conn, so_name, dst_conn, ... */
extern const struct expr_fetch proxy_fetches_connection[]; /* bc_src, fc_rtt, ... */
extern const struct expr_fetch proxy_fetches_txn[];	/* capture.req.uri, unique-id, ... */
extern const struct expr_fetch proxy_fetches_timer[];	/* req.timer.hdr, accept_date, ... */
/* txn.status, fc_err, last_rule_line, ... */
extern const struct expr_fetch proxy_fetches_outcome[];
extern const struct expr_fetch proxy_fetches_auth[];	/* http_auth, ... */

extern const struct expr_converter proxy_converters[];	/* capture-req, nbsrv, srv_queue, ... */
extern const struct expr_converter proxy_converters_debug[]; /* converter_debug.c */
extern const struct expr_converter proxy_converters_when[]; /* converter_when.c */

/* Servers that may be chosen now: nbsrv. */
uint32_t fetch_usable_servers(const struct backend *backend);

/* so_id: as given, or the place among those without one, over the unused numbers. */
int64_t fetch_socket_id(const struct bind_conf *bind);

/*
 * For rows' checks: the first argument names a section, a server or a
 * userlist. At the end of reading its .pointer is the struct section,
 * server_conf or userlist; what does not exist is reported.
 */
bool fetch_check_backend(struct conf_parse *parse, struct expr_args *args, struct diag_span span);
bool fetch_check_frontend(struct conf_parse *parse, struct expr_args *args, struct diag_span span);
bool fetch_check_server(struct conf_parse *parse, struct expr_args *args, struct diag_span span);
bool fetch_check_userlist(struct conf_parse *parse, struct expr_args *args, struct diag_span span);

/* Resolves the names that were noted; once, when all sections are read. */
void proxy_fetches_resolve(struct conf_parse *parse);

/* The one that the argument names, else the stream's own; NULL: there is none. */
const struct backend *fetch_backend(const struct expr_context *context,
				    const struct expr_args *args);
const struct frontend *fetch_frontend(const struct expr_context *context,
				      const struct expr_args *args);
const struct server *fetch_server(const struct expr_context *context,
				  const struct expr_args *args);
