/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/service_conn.h - a connection of a mode http listener that is answered
 * by a service of this process (proxy/service.h), not by a server.
 */
#pragma once

struct listener;
struct worker;

/* Takes the accepted fd, whose places in the gates are taken. */
void service_conn_accept(struct listener *listener, int fd);

/* Closes all of this worker's, at the end of the process. */
void service_conns_close(struct worker *worker);
