/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/status.h - how the VRRP instances are, from the page: for `relevo
 * status`, and in the forms that Keepalived writes on signals (man keepalived,
 * "SIGNALS").
 */
#pragma once

#include "base/page.h"
#include "base/strbuf.h"

/* State, since when, priority and what changed it, peers, adverts, the last transition. */
void status_text(const struct page *page, struct strbuf *ret_text);
void status_json(const struct page *page, struct strbuf *ret_text);

/*
 * As keepalived.stats, keepalived.data and keepalived.json (`version` 1 or 2);
 * of the last two, what relevo has.
 */
void status_keepalived_stats(const struct page *page, struct strbuf *ret_text);
void status_keepalived_data(const struct page *page, struct strbuf *ret_text);
void status_keepalived_json(const struct page *page, unsigned version, struct strbuf *ret_text);

/* "2026-11-23 15:04:05.123" in local time, and two spaces. */
void status_time(struct strbuf *text, uint64_t wall_us);
