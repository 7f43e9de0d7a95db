/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/tracking.c - see tracking.h. */
#include "vrrp/tracking.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { TRACK_OWNER = 255, TRACK_LEAST = 1, TRACK_MOST = 254, TRACK_WEIGHT = 253 };

/* --- results --- */

int track_results_init(struct track_results *results, const struct vrrp_conf *conf)
{
	*results = (struct track_results){
		.scripts = calloc(conf->script_count + 1, sizeof(*results->scripts)),
		.bfds = calloc(conf->bfd_count + 1, sizeof(*results->bfds)),
		.processes = calloc(conf->process_count + 1, sizeof(*results->processes)),
		.files = calloc(conf->file_count + 1, sizeof(*results->files)),
	};
	if (results->scripts == NULL || results->bfds == NULL || results->processes == NULL ||
	    results->files == NULL) {
		track_results_free(results);
		return -ENOMEM;
	}
	for (const struct vrrp_script_conf *s = conf->scripts; s != NULL; s = s->next)
		results->scripts[s->index] = s->init_fail ? TRACK_DOWN : TRACK_UNKNOWN;
	for (unsigned i = 0; i < conf->bfd_count; i++)
		results->bfds[i] = TRACK_DOWN;
	return 0;
}

void track_results_free(struct track_results *results)
{
	free(results->scripts);
	free(results->bfds);
	free(results->processes);
	free(results->files);
	*results = (struct track_results){ 0 };
}

static bool results_take_script(struct track_results *results, const struct vrrp_conf *conf,
				const struct scripts_message *message, char *ret_why)
{
	const struct vrrp_script_conf *script = conf->scripts;

	while (script != NULL && script->index != message->index)
		script = script->next;
	if (script == NULL)
		return false;
	results->scripts[script->index] = message->up != 0 ? TRACK_UP : TRACK_DOWN;
	snprintf(ret_why, TRACK_CAUSE, "script %s %s", script->name,
		 message->up != 0 ? "succeeds" : "fails");
	return true;
}

static void results_say_process(const struct vrrp_process_conf *process, int running, char *ret)
{
	if (process->quorum_max == UINT_MAX)
		snprintf(ret, TRACK_CAUSE, "process %s: %d of %u running", process->name, running,
			 process->quorum);
	else
		snprintf(ret, TRACK_CAUSE, "process %s: %d running, %u to %u wanted", process->name,
			 running, process->quorum, process->quorum_max);
}

static bool results_take_process(struct track_results *results, const struct vrrp_conf *conf,
				 const struct scripts_message *message, char *ret_why)
{
	const struct vrrp_process_conf *process = conf->processes;

	while (process != NULL && process->index != message->index)
		process = process->next;
	if (process == NULL)
		return false;
	results->processes[process->index] = (struct track_process_result){
		.state = message->up != 0 ? TRACK_UP : TRACK_DOWN,
		.running = message->status,
	};
	results_say_process(process, message->status, ret_why);
	return true;
}

static bool results_take_file(struct track_results *results, const struct vrrp_conf *conf,
			      const struct scripts_message *message, char *ret_why)
{
	const struct vrrp_file_conf *file = conf->files;

	while (file != NULL && file->index != message->index)
		file = file->next;
	if (file == NULL)
		return false;
	results->files[file->index] = (struct track_file_result){ true, message->status };
	snprintf(ret_why, TRACK_CAUSE, "file %s: its value is %d", file->name, message->status);
	return true;
}

bool track_results_take(struct track_results *results, const struct vrrp_conf *conf,
			const struct scripts_message *message, char ret_why[TRACK_CAUSE])
{
	switch (message->kind) {
	case SCRIPTS_RESULT: return results_take_script(results, conf, message, ret_why);
	case SCRIPTS_PROCESS: return results_take_process(results, conf, message, ret_why);
	case SCRIPTS_FILE: return results_take_file(results, conf, message, ret_why);
	default: return false;
	}
}

/* --- one line of track_* --- */

static enum track_state track_known(const struct vrrp_track *track, const struct tracking *tracking)
{
	const struct track_results *results = tracking->results;

	switch (track->kind) {
	case VRRP_TRACK_SCRIPT: return results->scripts[track->index];
	case VRRP_TRACK_BFD: return results->bfds[track->index];
	case VRRP_TRACK_PROCESS: return results->processes[track->index].state;
	case VRRP_TRACK_INTERFACE:
		return tracking->link_is_up(tracking->context, track->name) ? TRACK_UP : TRACK_DOWN;
	case VRRP_TRACK_FILE:
		if (!results->files[track->index].known)
			return TRACK_UNKNOWN;
		/* With weight 0, which is the only use of this: 0 is fine. */
		return results->files[track->index].value == 0 ? TRACK_UP : TRACK_DOWN;
	}
	return TRACK_UNKNOWN;
}

static int64_t track_file_total(const struct vrrp_track *track, const struct tracking *tracking)
{
	int64_t total = (int64_t)tracking->results->files[track->index].value * track->weight;

	return track->weight_reverse ? -total : total;
}

/* What it adds to the priority, between -253 and 253. */
static int track_weigh(const struct vrrp_track *track, const struct tracking *tracking)
{
	enum track_state state = track_known(track, tracking);
	int64_t total = 0;

	if (state == TRACK_UNKNOWN)
		return 0;
	if (track->kind == VRRP_TRACK_FILE)
		total = track_file_total(track, tracking);
	else if ((track->weight > 0) == (state == TRACK_UP))
		total = track->weight_reverse ? -track->weight : track->weight;
	return (int)(total < -TRACK_WEIGHT  ? -TRACK_WEIGHT
		     : total > TRACK_WEIGHT ? TRACK_WEIGHT
					    : total);
}

static bool track_is_fault(const struct vrrp_track *track, const struct tracking *tracking)
{
	enum track_state state = track_known(track, tracking);

	if (track->kind == VRRP_TRACK_FILE && track->weight != 0)
		return state != TRACK_UNKNOWN && track_file_total(track, tracking) < -TRACK_WEIGHT;
	return track->weight == 0 && state == (track->weight_reverse ? TRACK_UP : TRACK_DOWN);
}

static void track_say_file(const struct vrrp_track *track, int value, char *ret)
{
	if (track->weight == 0)
		snprintf(ret, TRACK_CAUSE, "file %s: its value %d is%s 0", track->name, value,
			 track->weight_reverse ? "" : " not");
	else
		snprintf(ret, TRACK_CAUSE, "file %s: its value %d times %s%d is below -253",
			 track->name, value, track->weight_reverse ? "-" : "", track->weight);
}

static void track_say_process(const struct vrrp_track *track, const struct tracking *tracking,
			      char *ret)
{
	const struct vrrp_process_conf *process = tracking->conf->processes;

	while (process->index != track->index)
		process = process->next;
	results_say_process(process, tracking->results->processes[track->index].running, ret);
}

/* Why it is a fault. */
static void track_say(const struct vrrp_track *track, const struct tracking *tracking, char *ret)
{
	bool reverse = track->weight_reverse;

	switch (track->kind) {
	case VRRP_TRACK_SCRIPT:
		snprintf(ret, TRACK_CAUSE, "script %s %s", track->name,
			 reverse ? "succeeds" : "fails");
		break;
	case VRRP_TRACK_INTERFACE:
		snprintf(ret, TRACK_CAUSE, "tracked interface %s is %s", track->name,
			 reverse ? "up" : "down");
		break;
	case VRRP_TRACK_BFD:
		snprintf(ret, TRACK_CAUSE, "bfd %s is %s", track->name, reverse ? "up" : "down");
		break;
	case VRRP_TRACK_FILE:
		track_say_file(track, tracking->results->files[track->index].value, ret);
		break;
	case VRRP_TRACK_PROCESS: track_say_process(track, tracking, ret); break;
	}
}

/* --- an instance: its own lines, then those of its group --- */

const struct vrrp_track *tracking_list(const struct vrrp_instance_conf *conf, unsigned list)
{
	if (list == 0)
		return conf->tracks;
	return conf->group_conf == NULL ? NULL : conf->group_conf->tracks;
}

uint8_t tracking_priority(const struct vrrp_instance_conf *conf, const struct tracking *tracking)
{
	int priority = conf->priority;

	if (priority == TRACK_OWNER)
		return TRACK_OWNER;
	TRACKING_EACH(track, conf)
		priority += track_weigh(track, tracking);
	return (uint8_t)(priority < TRACK_LEAST  ? TRACK_LEAST
			 : priority > TRACK_MOST ? TRACK_MOST
						 : priority);
}

bool tracking_fault(const struct vrrp_instance_conf *conf, const struct tracking *tracking,
		    char ret_cause[TRACK_CAUSE])
{
	TRACKING_EACH(track, conf) {
		if (!track_is_fault(track, tracking))
			continue;
		track_say(track, tracking, ret_cause);
		return true;
	}
	return false;
}

bool tracking_holds(const struct vrrp_instance_conf *conf, const struct tracking *tracking)
{
	TRACKING_EACH(track, conf)
		if (track->kind == VRRP_TRACK_FILE && track->weight != 0 &&
		    track_is_fault(track, tracking))
			return true;
	return false;
}

bool tracking_waits(const struct vrrp_instance_conf *conf, const struct tracking *tracking)
{
	TRACKING_EACH(track, conf) {
		bool matters = track->weight == 0 || track->kind != VRRP_TRACK_SCRIPT;

		if (matters && track_known(track, tracking) == TRACK_UNKNOWN)
			return true;
	}
	return false;
}

bool tracking_unknown(const struct vrrp_instance_conf *conf, const struct tracking *tracking)
{
	TRACKING_EACH(track, conf)
		if (track_known(track, tracking) == TRACK_UNKNOWN)
			return true;
	return false;
}

void tracking_view(const struct vrrp_track *track, const struct tracking *tracking,
		   struct tracking_view *ret)
{
	const struct track_results *results = tracking->results;

	*ret = (struct tracking_view){ .state = track_known(track, tracking),
				       .adds = track_weigh(track, tracking),
				       .fault = track_is_fault(track, tracking) };
	if (track->kind == VRRP_TRACK_FILE)
		ret->value = results->files[track->index].value;
	else if (track->kind == VRRP_TRACK_PROCESS)
		ret->value = results->processes[track->index].running;
	/* With a weight a file's number is neither good nor bad. */
	if (track->kind == VRRP_TRACK_FILE && track->weight != 0 && ret->state != TRACK_UNKNOWN)
		ret->state = ret->fault ? TRACK_DOWN : TRACK_UP;
}
