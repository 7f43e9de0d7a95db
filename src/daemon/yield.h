/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/yield.h - what one relevo tells another that takes its place about
 * its vrrp instances, over the control socket:
 *
 *   new: "yield\n"
 *   old: "ok\n", then a line of each instance, when its vrrp process has left
 *   everything as it is; or "failed\n" and why
 *
 * The connection stays: when it ends and nobody has told the old one to end,
 * its vrrp process starts again (parent_yield.c).
 */
#pragma once

#include <stdbool.h>

#include "base/page.h"
#include "base/strbuf.h"
#include "vrrp/conf.h"

#define YIELD_REQUEST "yield\n"
enum { YIELD_MAX = 16384 };	/* of an answer */

/* "MASTER" or "BACKUP", priority, sequence of AH, since, transitions, name. */
void yield_tell(const struct page *page, struct strbuf *ret_text);

/*
 * Puts an answer on a page whose vrrp process has not started. False, and nothing is put: it is
 * no such answer, or of a master that `conf` has not.
 */
bool yield_take(const char *text, const struct vrrp_conf *conf, struct page *page);
