/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/alert_mail.h - in the checker process: sends the mails of `email-alert`
 * (proxy/alert.h), each to every mailer of its section, in order.
 *
 * A mailer that fails is tried again, three times in all for each mail; then the
 * mail is given up and standard error says so. Of more than 64 mails that wait
 * for one mailer the newest are given up.
 */
#pragma once

#include "loop/loop.h"
#include "proxy/alert.h"
#include "proxy/conf.h"

struct alert_mails;

/* NULL: no memory. Both are borrowed. */
struct alert_mails *alert_mails_open(struct loop *loop, const struct proxy_conf *conf);
void alert_mails_close(struct alert_mails *mails); /* NULL is fine; what waits is given up */

void alert_mails_take(struct alert_mails *mails, const struct alert_message *message);
