/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/userlist.h - passwords of `userlist` sections (configuration manual
 * 3.4). Any thread.
 */
#pragma once

#include "base/slice.h"
#include "proxy/http_conf.h"

/*
 * Whether `user` is in the list with this password and, unless it is NULL, in
 * the group. Passwords encrypted by crypt(3) take as long as their method is
 * meant to take, milliseconds with most.
 */
bool userlist_check(const struct userlist *list, struct slice user, struct slice password,
		    const char *group);

/* The user with this password; NULL: not there, or another password. */
const struct userlist_user *userlist_login(const struct userlist *list, struct slice user,
					   struct slice password);
