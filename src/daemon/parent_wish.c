/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/parent_wish.c - hand-overs that are asked for on the console.
 *
 * The proxy cannot command the vrrp process; it counts a wish on the shared
 * page, and the parent, which looks a few times a second, decides. It does so
 * only when some section says `stats handover`, and rarely: a hostile proxy
 * gets no more by wishes than it has anyway, since a proxy that does not serve
 * loses the addresses, but it must not make two nodes pass them to and fro.
 */
#include <string.h>

#include "daemon/parent_private.h"
#include "proxy/conf.h"

enum { LOOK_US = 200000, REST_US = 10000000 };

static void grant(struct parent *parent)
{
	struct strbuf said = STRBUF_EMPTY;

	control_answer(parent->given.page, "handover", strlen("handover"), &said);
	/* A number is the command's: what comes of it is told as an event by itself. */
	if (said.len != 0 && (said.text[0] < '0' || said.text[0] > '9'))
		parent_event(parent, LOG_LEVEL_WARNING,
			     "the hand-over asked for on the console: %.*s", (int)said.len - 1,
			     said.text);
	else
		parent_event(parent, LOG_LEVEL_NOTICE, "a hand-over was asked for on the console");
	strbuf_free(&said);
}

/* As the configuration of now has it. */
static bool wanted(const struct parent *parent)
{
	const struct proxy_conf *conf = parent->given.proxy_conf;

	if (conf == NULL || parent->given.vrrp_conf == NULL)
		return false;
	for (const struct section *s = conf->sections; s != NULL; s = s->next)
		if (s->stats.handover)
			return true;
	return false;
}

static void look_again(struct parent *parent, struct moment when)
{
	/* Without memory for the timer there are no hand-overs from the console. */
	(void)!loop_timer_arm(parent->loop, &parent->wish_look, when);
}

static void on_look(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = container_of(timer, struct parent, wish_look);
	uint32_t wishes = atomic_load(&parent->given.page->handover_wishes);
	struct moment now = loop_now(loop);

	if (!wanted(parent))
		return;
	if (wishes != parent->wishes && parent->phase == RUNNING) {
		parent->wishes = wishes;
		if (moment_before(now, parent->wish_rest)) {
			parent_event(parent, LOG_LEVEL_WARNING,
				     "a hand-over asked for on the console is refused: one was a "
				     "moment ago");
		} else {
			parent->wish_rest = moment_after(now, REST_US);
			grant(parent);
		}
	}
	look_again(parent, moment_after(now, LOOK_US));
}

void parent_wish_start(struct parent *parent)
{
	if (!wanted(parent) || parent->wish_look.node.pos != 0)
		return;
	/* What was wished for before is past. */
	parent->wishes = atomic_load(&parent->given.page->handover_wishes);
	parent->wish_look.on_expire = on_look;
	look_again(parent, moment_now());
}
