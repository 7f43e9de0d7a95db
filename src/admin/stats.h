/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/stats.h - the statistics over HTTP, as `stats` lines ask for them
 * (configuration manual 4.2 "stats enable" and following).
 */
#pragma once

#include "proxy/service.h"

/*
 * Answers GET and HEAD of `stats uri` with the page, or with ";csv" the table;
 * 401 without a user's name and password.
 */
extern const struct proxy_service admin_stats_service;
