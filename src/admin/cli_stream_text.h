/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli_stream_text.h - one stream as `show sess` has it: HAProxy's
 * fields as far as they exist here. Its thread only.
 */
#pragma once

#include "base/strbuf.h"

struct stream;

/* On one line, and all that is known of it. */
void cli_stream_line(struct stream *stream, struct strbuf *out);
void cli_stream_whole(struct stream *stream, struct strbuf *out);
