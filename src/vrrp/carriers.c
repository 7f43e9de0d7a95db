/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/carriers.c - see carriers.h. */
#include "vrrp/carriers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nl/beat.h"
#include "vrrp/carrier.h"
#include "vrrp/instance.h"
#include "vrrp/process.h"

enum { CARRIERS_POLL_US = 1000 * 1000 };

struct carrier_link {
	const struct vrrp_interface_conf *conf;
	struct carrier carrier;
	bool beats;			/* as last polled; true if it is not */
};

static void carriers_poll(struct carriers *carriers, struct moment now)
{
	carriers->polled = now;
	for (unsigned i = 0; i < carriers->count; i++) {
		struct carrier_link *link = &carriers->links[i];

		/* One that cannot be asked is as the kernel tells. */
		if (link->conf->linkbeat)
			link->beats = nl_beat(carriers->fd, link->conf->name,
					      link->conf->linkbeat_way) != 0;
	}
}

static struct moment carriers_see(struct carrier_link *link, const struct links *links,
				  struct moment now)
{
	const struct vrrp_interface_conf *conf = link->conf;
	const struct nl_link *seen = links_by_name(links, conf->name);

	if (seen == NULL) {
		link->carrier = (struct carrier){ 0 };
		return MOMENT_NEVER;
	}
	return carrier_see(&link->carrier, seen->up && link->beats, conf->down_delay_us,
			   conf->up_delay_us, now);
}

void carriers_look(struct vrrp_process *process)
{
	struct carriers *carriers = &process->carriers;
	struct moment now = loop_now(process->loop), due = MOMENT_NEVER;

	if (carriers->fd >= 0) {
		if (carriers->polled.us == 0 ||
		    moment_since(carriers->polled, now) >= CARRIERS_POLL_US)
			carriers_poll(carriers, now);
		due = moment_after(carriers->polled, CARRIERS_POLL_US);
	}
	for (unsigned i = 0; i < carriers->count; i++) {
		struct moment when = carriers_see(&carriers->links[i], &process->links, now);

		if (moment_before(when, due))
			due = when;
	}
	process_arm(process, &carriers->timer, due);
}

static void carriers_due(struct loop *loop, struct loop_timer *timer)
{
	struct vrrp_process *process = container_of(timer, struct vrrp_process, carriers.timer);

	carriers_look(process);
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_reassess(&process->instances[i], "an interface changed");
}

bool carriers_up(const struct vrrp_process *process, const struct nl_link *link)
{
	const struct carriers *carriers = &process->carriers;

	for (unsigned i = 0; i < carriers->count; i++)
		if (strcmp(carriers->links[i].conf->name, link->name) == 0)
			return carriers->links[i].carrier.up;
	return link->up;
}

int carriers_open(struct vrrp_process *process)
{
	struct carriers *carriers = &process->carriers;
	const struct vrrp_interface_conf *conf = process->args->conf->interfaces;
	bool polls = false;

	for (const struct vrrp_interface_conf *i = conf; i != NULL; i = i->next)
		carriers->count++;
	carriers->links = calloc(carriers->count + 1, sizeof(*carriers->links));
	if (carriers->links == NULL)
		return -ENOMEM;
	for (struct carrier_link *link = carriers->links; conf != NULL; conf = conf->next) {
		*link++ = (struct carrier_link){ .conf = conf, .beats = true };
		polls |= conf->linkbeat;
	}
	carriers->timer.on_expire = carriers_due;
	carriers->fd = polls ? nl_beat_open() : -1;
	carriers_look(process);
	return polls && carriers->fd < 0 ? carriers->fd : 0;
}

void carriers_close(struct vrrp_process *process)
{
	if (process->carriers.fd >= 0)
		close(process->carriers.fd);
	free(process->carriers.links);
}
