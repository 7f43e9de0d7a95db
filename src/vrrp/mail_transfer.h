/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/mail_transfer.h - one mail to one mail server by SMTP (libcurl), never
 * waited for: libcurl's multi interface is moved on from a timer.
 *
 * Thread: that of the loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "loop/loop.h"

/* Borrowed while the transfer begins. */
struct mail_envelope {
	const char *host;		/* an address */
	unsigned port;
	const char *helo;		/* or NULL */
	const char *from;
	const char *const *to;		/* ends in NULL */
	uint64_t timeout_us;		/* to connect, and for each answer */
};

struct mail_transfer {
	/*
	 * It has ended: the server took it, or answered `reply` (0: none), because
	 * of `why`. The next may begin from here.
	 */
	void (*on_end)(struct mail_transfer *transfer, bool taken, long reply, const char *why);
	/* private */
	struct loop *loop;
	struct loop_timer poll;
	uint64_t poll_us;
	void *multi, *easy;		/* of libcurl; easy NULL: nothing runs */
	void *recipients;
	char error[256];		/* CURL_ERROR_SIZE */
	struct strbuf text;
	size_t sent;			/* bytes of it that curl has taken */
};

/* 0 or -ENOMEM; `on_end` is kept. */
int mail_transfer_open(struct mail_transfer *transfer, struct loop *loop) MUST_CHECK;
void mail_transfer_close(struct mail_transfer *transfer); /* also when it was not opened */

/* Takes `text`, headers and body in lines that end in CRLF. Leads to on_end, perhaps at once. */
void mail_transfer_begin(struct mail_transfer *transfer, const struct mail_envelope *envelope,
			 struct strbuf *text);
static inline bool mail_transfer_runs(const struct mail_transfer *transfer)
{
	return transfer->easy != NULL;
}
