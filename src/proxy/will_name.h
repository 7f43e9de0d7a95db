/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/will_name.h - the part of a will (will.h) that says where the names of
 * servers have led, so that the next process begins there: no answer need come
 * before it serves, and none at all while name servers are silent.
 */
#pragma once

#include <stdbool.h>

struct ledger_will;
struct server;
struct server_conf;
struct server_name;

void will_name_write(const struct server *server, struct ledger_will *will);

/* The file of today has the name, and the port, that the will was made for. */
bool will_name_same(const struct server_conf *conf, const struct ledger_will *will);

/* Only what was left for the same name: the address, of a server not in use yet, */
void will_name_take_address(struct server *server, const struct ledger_will *will);
/* and the name: the file's, that of its service, or one given by hand. False: there is none. */
bool will_name_take(struct server_name *one, const struct ledger_will *will);
