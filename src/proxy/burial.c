/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/burial.c - see burial.h. */
#include "proxy/burial.h"

#include <stdlib.h>

#include "proxy/reclaim.h"
#include "proxy/worker.h"

enum { VISIT_AGAIN_US = 1000000 };

struct burial {
	struct list node;		/* in proxy->burials; main thread */
	const struct burial_kind *kind;
	void *object;
	struct worker *main;
	struct loop_message news;	/* to the main thread */
	struct loop_timer again;
	_Atomic unsigned left;		/* threads that were not visited */
	_Atomic bool held;		/* some thread has the object */
	bool over;			/* nothing is left but the memory */
	struct visit {
		struct loop_message message;
		struct burial *burial;
		struct worker *worker;
	} visits[];			/* [threads] */
};

static void burial_visit(struct loop *loop, struct loop_message *message)
{
	struct visit *visit = container_of(message, struct visit, message);
	struct burial *burial = visit->burial;

	if (burial->kind->visit(visit->worker, burial->object))
		atomic_store(&burial->held, true);
	if (atomic_fetch_sub(&burial->left, 1) == 1)
		loop_post(burial->main->loop, &burial->news);
}

static void burial_visit_all(struct burial *burial)
{
	struct proxy *proxy = burial->main->proxy;

	atomic_store(&burial->held, false);
	atomic_store(&burial->left, proxy->threads);
	for (unsigned i = 0; i < proxy->threads; i++)
		loop_post(proxy->workers[i].loop, &burial->visits[i].message);
}

static void burial_visit_first(void *object)
{
	burial_visit_all(object);
}

static void burial_again(struct loop *loop, struct loop_timer *timer)
{
	burial_visit_all(container_of(timer, struct burial, again));
}

static void burial_end(void *object)
{
	struct burial *burial = object;

	loop_post(burial->main->loop, &burial->news);
}

static void burial_free(struct burial *burial)
{
	list_remove(&burial->node);
	burial->kind->free(burial->object);
	free(burial);
}

static bool burial_waits(const struct burial *burial)
{
	return atomic_load(&burial->held) || atomic_load(&burial->main->proxy->readers) != 0 ||
	       (burial->kind->needed != NULL && burial->kind->needed(burial->object));
}

/* Without memory for the timer it stays until the end of the process. */
static void burial_news(struct loop *loop, struct loop_message *message)
{
	struct burial *burial = container_of(message, struct burial, news);

	if (burial->over) {
		burial_free(burial);
	} else if (burial_waits(burial)) {
		if (loop_timer_arm(loop, &burial->again,
				   moment_after(loop_now(loop), VISIT_AGAIN_US)) < 0)
			return;
	} else {
		burial->over = true;
		proxy_reclaim(burial->main->proxy, burial, burial_end);
	}
}

struct burial *burial_new(struct worker *main, void *object, const struct burial_kind *kind)
{
	unsigned threads = main->proxy->threads;
	struct burial *burial = calloc(1, sizeof(*burial) + threads * sizeof(burial->visits[0]));

	if (burial == NULL)
		return NULL;
	burial->object = object;
	burial->kind = kind;
	burial->main = main;
	burial->news.deliver = burial_news;
	burial->again.on_expire = burial_again;
	for (unsigned i = 0; i < threads; i++)
		burial->visits[i] = (struct visit){ .message.deliver = burial_visit,
						    .burial = burial,
						    .worker = &main->proxy->workers[i] };
	return burial;
}

void burial_cancel(struct burial *burial)
{
	free(burial);
}

void burial_begin(struct burial *burial)
{
	list_append(&burial->main->proxy->burials, &burial->node);
	proxy_reclaim(burial->main->proxy, burial, burial_visit_first);
}

bool burial_any(const struct proxy *proxy, const struct burial_kind *kind,
		bool (*is)(const void *object, const void *what), const void *what)
{
	list_for_each(node, &proxy->burials)
	{
		const struct burial *burial = container_of(node, struct burial, node);

		if (burial->kind == kind && is(burial->object, what))
			return true;
	}
	return false;
}

void burials_free_all(struct proxy *proxy)
{
	list_for_each_safe(node, &proxy->burials)
		burial_free(container_of(node, struct burial, node));
}
