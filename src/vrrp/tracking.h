/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/tracking.h - what tracked scripts, interfaces, files, processes and
 * BFD sessions make of an instance: its effective priority, or a cause of
 * FAULT (man keepalived.conf, "track_*").
 *
 * Pure. A weight of 0 means that failure is FAULT, any other one moves the
 * priority: a positive one upwards on success, a negative one downwards on
 * failure; `reverse` turns the direction round. A file's number is multiplied
 * with the weight; below -253 that is FAULT. What a sync group tracks counts
 * for each of its members.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "vrrp/conf.h"
#include "vrrp/scripts.h"

enum track_state { TRACK_UNKNOWN, TRACK_UP, TRACK_DOWN };

enum { TRACK_CAUSE = 160 };

/* The last results, each by the index of its configuration. */
struct track_results {
	enum track_state *scripts;
	enum track_state *bfds;
	struct track_process_result {
		enum track_state state;
		int running;		/* that match */
	} *processes;
	struct track_file_result {
		bool known;
		int value;
	} *files;
};

/*
 * Before any: unknown; a script with init_fail down, BFD sessions too. 0, or
 * -ENOMEM with nothing to free.
 */
int track_results_init(struct track_results *results, const struct vrrp_conf *conf) MUST_CHECK;
void track_results_free(struct track_results *results);

/*
 * Takes a result from the scripts process. True with what it says, for people,
 * unless it is none or about nothing we know.
 */
bool track_results_take(struct track_results *results, const struct vrrp_conf *conf,
			const struct scripts_message *message, char ret_why[TRACK_CAUSE]);

/* The lines of an instance, then those of its group, with `list` 0 or 1. */
#define TRACKING_EACH(track, conf)                                                                 \
	for (unsigned list = 0; list < 2; list++)                                                  \
		for (const struct vrrp_track *track = tracking_list(conf, list); track != NULL;    \
		     track = track->next)

/* For TRACKING_EACH. */
const struct vrrp_track *tracking_list(const struct vrrp_instance_conf *conf, unsigned list);

struct tracking {
	const struct vrrp_conf *conf;
	const struct track_results *results;
	bool (*link_is_up)(void *context, const char *name);
	void *context;
};

/* 1..254, or 255 untouched: the owner of the addresses is not weighed. */
uint8_t tracking_priority(const struct vrrp_instance_conf *conf, const struct tracking *tracking);

/* True with a cause for people, if something tracked means FAULT. */
bool tracking_fault(const struct vrrp_instance_conf *conf, const struct tracking *tracking,
		    char ret_cause[TRACK_CAUSE]);

/*
 * True while the number of a file is FAULT by its size: the priority then stays
 * what it was, as with Keepalived, and is weighed anew when that is over.
 */
bool tracking_holds(const struct vrrp_instance_conf *conf, const struct tracking *tracking);

/*
 * True while a result is missing that may mean FAULT: of a file or process, of
 * a script without weight.
 */
bool tracking_waits(const struct vrrp_instance_conf *conf, const struct tracking *tracking);

/* True while any result is missing. */
bool tracking_unknown(const struct vrrp_instance_conf *conf, const struct tracking *tracking);

/* How one line stands, for people. */
struct tracking_view {
	enum track_state state;
	int adds;	/* to the priority now */
	int value;	/* a file's number; how many processes run */
	bool fault;	/* it alone means FAULT */
};

void tracking_view(const struct vrrp_track *track, const struct tracking *tracking,
		   struct tracking_view *ret);
