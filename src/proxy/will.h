/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/will.h - what the proxy process of a generation leaves to the next one
 * beside its counters: maxima, and of servers their state, the streak of their
 * checks, what an operator or an agent has said of them, their weight, and where
 * their names have led.
 *
 * The next file wins where it differs from the last: in the address of a
 * server, its weight, or whether it is disabled.
 */
#pragma once

#include <stdbool.h>

struct backend;
struct frontend;
struct proxy;
struct server;
struct server_name;

/* Main thread, on SIGHUP: writes all of it into the ledger. */
void will_write(struct proxy *proxy);

/* While the next process is made: take what was left, if anything. */
void will_take_process(struct proxy *proxy);
void will_take_frontend(struct frontend *frontend);
void will_take_backend(struct backend *backend);
void will_take_server(struct server *server);
/* The same of its agent, when that is made. */
void will_take_agent(struct server *server);
/* Its name, when that is about to be asked for. False: the file's is to be taken. */
bool will_take_name(struct server_name *one);
/* Its checks were good, whatever its agent said. */
bool will_check_was_up(const struct server *server);
/* In its home, when its check has been started. */
void will_take_check(struct server *server);
