/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/captures.h - what is kept of a message for logs, rules and servers:
 * captured headers and cookies, the unique id (configuration manual 4.2
 * "capture", "declare capture", "unique-id-format").
 */
#pragma once

#include "base/slice.h"
#include "proxy/http_conf.h"

struct txn;

/*
 * The id of the frontend's unique-id-format, made when it is first asked for; at NULL: there is
 * none, or in mode http no request that could be read.
 */
struct slice txn_unique_id(struct txn *txn);

/*
 * Keeps `value` in slot `index` of the request's or response's captures, cut
 * at the slot's length: `http-request capture`, capture-req. False: no such
 * slot, or no memory.
 */
bool capture_set(struct txn *txn, bool response, unsigned index, struct slice value);
