/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/generation.h - what one reading of haproxy.cfg needs: its sockets,
 * limits, user, shared memory and the way to its checker. The parent opens it
 * before it starts the processes that serve it, beside the generation that
 * still does.
 */
#pragma once

#include "daemon/process.h"
#include "diag/report.h"

/*
 * Fills what belongs to `conf` in *given, and takes `conf` whatever comes of
 * it. Sockets that `before` (or NULL) has are shared with it. `maxconn`: of -n,
 * or 0. 0, or negative errno after errors in `report`: to be closed all the same.
 */
int generation_open(struct inheritance *given, struct proxy_conf *conf,
		    const struct inheritance *before, int64_t maxconn, struct diag_report *report);
/* Somebody else has what it had. */
void generation_clear(struct inheritance *given);
void generation_close(struct inheritance *given); /* what is NULL or closed is fine */

/* Tells the proxy process of `before` which of its sockets `after` listens on, too. */
void generation_mark_kept(const struct inheritance *before, const struct inheritance *after);
