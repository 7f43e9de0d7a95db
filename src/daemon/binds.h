/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/binds.h - every listening socket of a configuration, opened by
 * the parent and kept by it over the lives of the proxy.
 */
#pragma once

#include "base/macros.h"
#include "diag/report.h"
#include "proxy/conf.h"

/*
 * Opens `threads` sockets for each bind, into an array [bind][thread] that
 * the caller frees. Each address that cannot be bound is an error in
 * `report`, and the rest is tried too. NULL when any failed.
 */
int *binds_open(const struct proxy_conf *conf, unsigned threads, struct diag_report *report);
void binds_close(int *fds, const struct proxy_conf *conf, unsigned threads);

/* The same for the stats sockets, one descriptor each: an array by bind index. */
int *binds_open_cli(const struct proxy_conf *conf, struct diag_report *report);
void binds_close_cli(int *fds, const struct proxy_conf *conf);
