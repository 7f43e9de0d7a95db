/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/outbox.c - see outbox.h. */
#include "vrrp/outbox.h"

#include <errno.h>
#include <sys/socket.h>

void outbox_init(struct outbox *outbox, int fd)
{
	outbox->fd = fd;
	outbox->first = outbox->count = 0;
	outbox->dropped = 0;
}

static void outbox_drop_first(struct outbox *outbox)
{
	outbox->first = (outbox->first + 1) % OUTBOX_MESSAGES;
	outbox->count--;
}

void outbox_put(struct outbox *outbox, const struct scripts_message *message)
{
	if (outbox->count == OUTBOX_MESSAGES) {
		outbox_drop_first(outbox); /* news is worth more than history */
		outbox->dropped++;
	}
	outbox->ring[(outbox->first + outbox->count++) % OUTBOX_MESSAGES] = *message;
	outbox_flush(outbox);
}

void outbox_flush(struct outbox *outbox)
{
	while (outbox->count != 0) {
		const struct scripts_message *message = &outbox->ring[outbox->first];

		if (send(outbox->fd, message, sizeof(*message), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
		    errno != EMSGSIZE)
			return;
		outbox_drop_first(outbox);
	}
}
