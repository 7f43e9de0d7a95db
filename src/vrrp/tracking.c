/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/tracking.c - see tracking.h. */
#include "vrrp/tracking.h"

#include <stdio.h>

enum { TRACK_OWNER = 255, TRACK_LEAST = 1, TRACK_MOST = 254 };

enum track_state tracking_first(const struct vrrp_script_conf *script)
{
	return script->init_fail ? TRACK_DOWN : TRACK_UNKNOWN;
}

static int tracking_weigh(int weight, bool reverse, bool up)
{
	int by = (weight > 0) == up ? weight : 0;

	return reverse ? -by : by;
}

uint8_t tracking_priority(const struct vrrp_instance_conf *conf, const struct tracking *tracking)
{
	int priority = conf->priority;

	if (priority == TRACK_OWNER)
		return TRACK_OWNER;
	for (const struct vrrp_track_script *track = conf->track_scripts; track != NULL;
	     track = track->next) {
		enum track_state state = tracking->scripts[track->script->index];

		if (state != TRACK_UNKNOWN)
			priority += tracking_weigh(track->weight, track->weight_reverse,
						   state == TRACK_UP);
	}
	for (const struct vrrp_track_interface *track = conf->track_interfaces; track != NULL;
	     track = track->next)
		priority += tracking_weigh(track->weight, false,
					   tracking->link_is_up(tracking->context, track->name));
	return (uint8_t)(priority < TRACK_LEAST  ? TRACK_LEAST
			 : priority > TRACK_MOST ? TRACK_MOST
						 : priority);
}

static bool tracking_script_fault(const struct vrrp_track_script *track, enum track_state state)
{
	return track->weight == 0 && state == (track->weight_reverse ? TRACK_UP : TRACK_DOWN);
}

bool tracking_fault(const struct vrrp_instance_conf *conf, const struct tracking *tracking,
		    char ret_cause[TRACK_CAUSE])
{
	for (const struct vrrp_track_script *track = conf->track_scripts; track != NULL;
	     track = track->next) {
		if (!tracking_script_fault(track, tracking->scripts[track->script->index]))
			continue;
		snprintf(ret_cause, TRACK_CAUSE, "script %s %s", track->script->name,
			 track->weight_reverse ? "succeeds" : "fails");
		return true;
	}
	for (const struct vrrp_track_interface *track = conf->track_interfaces; track != NULL;
	     track = track->next) {
		if (track->weight != 0 || tracking->link_is_up(tracking->context, track->name))
			continue;
		snprintf(ret_cause, TRACK_CAUSE, "tracked interface %s is down", track->name);
		return true;
	}
	return false;
}

bool tracking_waits(const struct vrrp_instance_conf *conf, const struct tracking *tracking)
{
	for (const struct vrrp_track_script *track = conf->track_scripts; track != NULL;
	     track = track->next)
		if (track->weight == 0 && tracking->scripts[track->script->index] == TRACK_UNKNOWN)
			return true;
	return false;
}

bool tracking_unknown(const struct vrrp_instance_conf *conf, const struct tracking *tracking)
{
	for (const struct vrrp_track_script *track = conf->track_scripts; track != NULL;
	     track = track->next)
		if (tracking->scripts[track->script->index] == TRACK_UNKNOWN)
			return true;
	return false;
}
