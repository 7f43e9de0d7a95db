/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/mail_text.h - a mail as it goes over the wire (RFC 5322). */
#pragma once

#include <stdint.h>

#include "base/page.h"
#include "base/strbuf.h"
#include "vrrp/conf.h"

/*
 * Appends headers and body, lines ended by CRLF. `wall_us` is when it was
 * queued. "[router_id] " comes before a subject that does not begin with '['.
 * Control bytes become spaces.
 */
void mail_text(const struct vrrp_conf *conf, const struct page_mail *mail, uint64_t wall_us,
	       struct strbuf *ret_text);
