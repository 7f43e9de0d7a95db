/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_request.h - weights and limits as operators and agents write
 * them. Each does it and gives NULL, or says in HAProxy's words why not; the
 * text is constant.
 */
#pragma once

struct server;
struct worker;

/* "30" or "50%" of the configured one. */
const char *server_request_weight(struct worker *worker, struct server *server, const char *text);
const char *server_request_maxconn(struct server *server, const char *text);
