/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/mail.h - sends the mails on the page's ring, in order, one at a time.
 *
 * The mail server is never waited for: libcurl's multi interface is moved on
 * from a timer. A mail leaves the ring when the server has taken it. While the
 * server cannot be reached it stays there and is tried again, after 1 s, 2 s
 * and so on up to a minute. One that the server refuses for good (5xx) five
 * times is given up, so that those behind it are not lost. A mail whose fate
 * is unknown because the connection broke may be sent twice.
 *
 * Thread: that of the loop.
 */
#pragma once

#include "base/page.h"
#include "diag/log.h"
#include "loop/loop.h"
#include "vrrp/conf.h"

struct mail_sender;

struct mail_sender_args {
	struct loop *loop;
	const struct vrrp_conf *conf;
	struct page *page;
	/* Something for the log: the first failure, the recovery, a mail given up. */
	void (*say)(void *context, enum log_level level, const char *text);
	void (*on_finished)(void *context);	/* see mail_finish */
	void *context;
	uint64_t retry_us;	/* the first wait after a failure; 0: 1 s */
};

/* NULL with errno set. Without smtp_host or addresses mails are taken off the ring unsent. */
struct mail_sender *mail_open(const struct mail_sender_args *args);
void mail_close(struct mail_sender *sender);

/* Looks at the ring: call it when a mail may have been put there. */
void mail_wake(struct mail_sender *sender);

/*
 * Tries what is queued at once, each mail as long as the one before succeeds,
 * and no more after a failure. Then on_finished is called, once, perhaps from
 * within this call.
 */
void mail_finish(struct mail_sender *sender);
