/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/reclaim.c - see reclaim.h. */
#include "proxy/reclaim.h"

#include "proxy/worker.h"

struct reclaim {
	void *object;
	void (*release)(void *object);
	_Atomic unsigned left;		/* messages that were not delivered */
	struct reclaim_message {
		struct loop_message message;
		struct reclaim *reclaim;
	} messages[];			/* [threads] */
};

static void reclaim_deliver(struct loop *loop, struct loop_message *message)
{
	struct reclaim *reclaim =
		container_of(message, struct reclaim_message, message)->reclaim;

	if (atomic_fetch_sub(&reclaim->left, 1) != 1)
		return;
	reclaim->release(reclaim->object);
	free(reclaim);
}

void proxy_reclaim(struct proxy *proxy, void *object, void (*release)(void *object))
{
	struct reclaim *reclaim =
		malloc(sizeof(*reclaim) + proxy->threads * sizeof(reclaim->messages[0]));

	if (reclaim == NULL)
		return;
	reclaim->object = object;
	reclaim->release = release;
	atomic_init(&reclaim->left, proxy->threads);
	for (unsigned i = 0; i < proxy->threads; i++) {
		reclaim->messages[i].message.deliver = reclaim_deliver;
		reclaim->messages[i].reclaim = reclaim;
		loop_post(proxy->workers[i].loop, &reclaim->messages[i].message);
	}
}
