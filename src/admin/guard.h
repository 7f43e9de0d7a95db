/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/guard.h - who may change something by the statistics page: not another
 * site through somebody's browser.
 *
 * Browsers say of which site a form is; programs, which say nothing, are let
 * pass, so that what posts to HAProxy's page works. The console's own actions
 * need its token besides: a code (HMAC) of the section and the user by a key
 * that this process alone knows, so that nothing of it has to be kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/message.h"

struct stats_conf;

enum { GUARD_USER = 40, GUARD_TOKEN = 65 };

struct guard {
	uint8_t key[32];
	bool ready;
};

/* Before privileges go. 0 or negative errno. */
int guard_init(struct guard *guard);

/* Whether a page of another site has made this request (Sec-Fetch-Site, Origin, Referer). */
bool guard_is_foreign(const struct http_message *message);

/* The user who was let in, fit for a line of a log; "": there are no users. */
void guard_user(const struct stats_conf *conf, const struct http_message *message,
		char ret[GUARD_USER]);

/* NUL-ended; "" when there can be none. */
void guard_token(const struct guard *guard, const char *section, const char *user,
		 char ret[GUARD_TOKEN]);
bool guard_token_is(const struct guard *guard, const char *section, const char *user,
		    const char *token);
