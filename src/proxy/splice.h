/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/splice.h - bulk through the kernel: one direction of a stream moved by
 * a pooled pipe, without copies.
 */
#pragma once

#include <stdint.h>

enum flow {
	FLOW_DRAINED,	/* nothing to read, nothing held */
	FLOW_BLOCKED,	/* the other end takes no more now */
	FLOW_MORE,	/* its share of this event is used up */
	FLOW_READ_ERROR,
	FLOW_WRITE_ERROR,
	FLOW_END,	/* end of file read, nothing held */
};

struct stream;
struct stream_end;

/*
 * Moves what it can from `from` to `to`. Clears from->splicing, and says
 * FLOW_MORE, when copying is the better way again.
 * *limit: the bytes that may be read, counted down, END at 0; NULL: any.
 */
enum flow splice_flow(struct stream *stream, struct stream_end *from, struct stream_end *to,
		      uint64_t *limit);
