/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/bfd_run.c - see bfd_run.h. */
#include "vrrp/bfd_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vrrp/bfd_service.h"
#include "vrrp/instance.h"
#include "vrrp/process.h"

enum { BFD_RUN_PATIENCE_US = 2500000 }; /* a neighbor that is down says so each second */

static void bfd_run_reassess(struct vrrp_process *process, const char *why)
{
	for (unsigned i = 0; i < process->instance_count; i++)
		instance_reassess(&process->instances[i], why);
}

static void bfd_run_changed(void *context, unsigned index, bool up, const char *why)
{
	struct vrrp_process *process = context;

	process->tracks.bfds[index] = up ? TRACK_UP : TRACK_DOWN;
	bfd_run_reassess(process, why);
}

static void bfd_run_say(void *context, enum log_level level, const char *text)
{
	struct vrrp_process *process = context;

	log_printf(process->log, process->args->log, level, "%s", text);
	page_event_add(process->args->page, text);
}

static void bfd_run_impatient(struct loop *loop, struct loop_timer *timer)
{
	struct vrrp_process *process = container_of(timer, struct bfd_run, patience)->process;

	for (unsigned i = 0; i < process->args->conf->bfd_count; i++)
		if (process->tracks.bfds[i] == TRACK_UNKNOWN)
			process->tracks.bfds[i] = TRACK_DOWN;
	bfd_run_reassess(process, "bfd neighbors did not answer");
}

static struct bfd_peer bfd_run_peer(const struct vrrp_bfd_conf *conf)
{
	return (struct bfd_peer){
		.name = conf->name,
		.neighbor = conf->neighbor,
		.source = conf->source,
		.ttl = (uint8_t)conf->ttl,
		.max_hops = (uint8_t)conf->max_hops,
		.multihop = conf->multihop,
		.params = {
			.min_tx_us = (uint32_t)conf->min_tx_us,
			.min_rx_us = (uint32_t)conf->min_rx_us,
			.idle_tx_us = (uint32_t)conf->idle_tx_us,
			.multiplier = (uint8_t)conf->multiplier,
			.passive = conf->passive,
		},
	};
}

static void bfd_run_wait(struct vrrp_process *process)
{
	struct bfd_run *run = &process->bfd;

	if (atomic_load(&process->args->page->vrrp_generation) <= 1)
		return;
	for (unsigned i = 0; i < process->args->conf->bfd_count; i++)
		process->tracks.bfds[i] = TRACK_UNKNOWN;
	run->patience.on_expire = bfd_run_impatient;
	process_arm(process, &run->patience,
		    moment_after(loop_now(process->loop), BFD_RUN_PATIENCE_US));
}

int bfd_run_open(struct vrrp_process *process)
{
	const struct vrrp_conf *conf = process->args->conf;
	struct bfd_run *run = &process->bfd;

	run->process = process;
	if (conf->bfd_count == 0 || process->args->flags.no_bfd)
		return 0;
	run->peers = calloc(conf->bfd_count, sizeof(*run->peers));
	if (run->peers == NULL)
		return -ENOMEM;
	for (const struct vrrp_bfd_conf *bfd = conf->bfds; bfd != NULL; bfd = bfd->next)
		run->peers[bfd->index] = bfd_run_peer(bfd);
	bfd_run_wait(process);
	run->service = bfd_service_open(&(struct bfd_service_args){
		.loop = process->loop, .peers = run->peers, .count = conf->bfd_count,
		.on_change = bfd_run_changed, .say = bfd_run_say, .context = process });
	/* An election without BFD is better than none: what tracks it takes it for down. */
	if (run->service == NULL)
		log_printf(process->log, process->args->log, LOG_LEVEL_ERR,
			   "BFD does not run, its sessions count as down: %s", strerror(errno));
	return 0;
}

void bfd_run_close(struct vrrp_process *process)
{
	if (process->loop == NULL)
		return;
	loop_timer_disarm(process->loop, &process->bfd.patience);
	bfd_service_close(process->bfd.service);
	free(process->bfd.peers);
	process->bfd.service = NULL;
	process->bfd.peers = NULL;
}
