/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/outbox.h - messages to the scripts process. What its socket does not
 * take now waits here and is sent in order later: the election never waits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vrrp/scripts.h"

enum { OUTBOX_MESSAGES = 256 };

struct outbox {
	int fd;
	unsigned first, count;	/* of the ring */
	uint64_t dropped;	/* oldest ones, since the ring was full */
	struct scripts_message ring[OUTBOX_MESSAGES];
};

void outbox_init(struct outbox *outbox, int fd);
void outbox_put(struct outbox *outbox, const struct scripts_message *message);
/* Sends what the socket takes. */
void outbox_flush(struct outbox *outbox);
