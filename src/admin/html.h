/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/html.h - small pieces of HTML: text from anywhere made harmless, and
 * numbers for people. Whatever comes from the configuration, the shared page
 * or a client goes through html_text.
 */
#pragma once

#include <stdint.h>

#include "base/strbuf.h"

/* Text between tags or in a quoted attribute. Control bytes become U+FFFD, broken UTF-8 too. */
void html_text(struct strbuf *buf, const char *text);

/* "12 345 678", with narrow spaces. */
void html_number(struct strbuf *buf, uint64_t number);

/* "1.8 MiB"; below 1 KiB the number itself. */
void html_bytes(struct strbuf *buf, uint64_t bytes);

/* "3 d 4 h", "2 h 5 min", "1 min 9 s", "7 s": the two largest units. */
void html_duration(struct strbuf *buf, uint64_t seconds);

/* "2026-11-23 09:10:07" in local time. */
void html_time(struct strbuf *buf, uint64_t wall_us);
