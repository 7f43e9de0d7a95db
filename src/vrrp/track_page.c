/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/track_page.c - see track_page.h. */
#include "vrrp/track_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrp/process.h"
#include "vrrp/instance.h"

_Static_assert(VRRP_TRACK_SCRIPT + 0 == PAGE_TRACK_SCRIPT + 0 &&
	       VRRP_TRACK_INTERFACE + 0 == PAGE_TRACK_INTERFACE + 0 &&
	       VRRP_TRACK_FILE + 0 == PAGE_TRACK_FILE + 0 &&
	       VRRP_TRACK_PROCESS + 0 == PAGE_TRACK_PROCESS + 0 &&
	       VRRP_TRACK_BFD + 0 == PAGE_TRACK_BFD + 0, "the page has the kinds of the file");
_Static_assert(TRACK_UNKNOWN + 0 == PAGE_TRACK_UNKNOWN + 0 && TRACK_UP + 0 == PAGE_TRACK_UP + 0 &&
	       TRACK_DOWN + 0 == PAGE_TRACK_DOWN + 0, "and their states");

/* The tables of a former process: of a reload, or one that died. */
struct track_before {
	uint32_t count;
	struct page_track row[PAGE_TRACKS];
};

static struct track_before *track_page_keep(const struct page *page)
{
	struct track_before *before = calloc(1, sizeof(*before));
	uint32_t count = atomic_load(&page->track_count);

	if (before == NULL)
		return NULL;
	before->count = count < PAGE_TRACKS ? count : PAGE_TRACKS;
	memcpy(before->row, page->track, before->count * sizeof(before->row[0]));
	return before;
}

static void track_page_resume(struct page_track *row, const struct track_before *before)
{
	for (uint32_t i = 0; before != NULL && i < before->count; i++) {
		const struct page_track *old = &before->row[i];

		if (old->kind == row->kind && old->of_group == row->of_group &&
		    strcmp(old->instance, row->instance) == 0 &&
		    strcmp(old->name, row->name) == 0) {
			atomic_store(&row->state, atomic_load(&old->state));
			atomic_store(&row->since_wall_us, atomic_load(&old->since_wall_us));
			return;
		}
	}
}

static void track_page_add(struct vrrp_process *process, const struct vrrp_instance *instance,
			   const struct vrrp_track *track, bool of_group,
			   const struct track_before *before, uint32_t *count)
{
	struct page *page = process->args->page;
	struct page_track *row = &page->track[*count];

	if (*count == PAGE_TRACKS) {
		atomic_fetch_add(&page->tracks_left_out, 1);
		return;
	}
	*row = (struct page_track){ .kind = track->kind, .of_group = of_group,
				    .reverse = track->weight_reverse, .weight = track->weight };
	snprintf(row->instance, sizeof(row->instance), "%s", instance->conf->name);
	snprintf(row->name, sizeof(row->name), "%s", track->name);
	atomic_store(&row->since_wall_us, wall_now_us());
	track_page_resume(row, before);
	(*count)++;
}

void track_page_open(struct vrrp_process *process)
{
	struct page *page = process->args->page;
	struct track_before *before = track_page_keep(page);
	uint32_t count = 0;

	atomic_store(&page->track_count, 0);
	atomic_store(&page->tracks_left_out, 0);
	for (unsigned i = 0; i < process->instance_count; i++) {
		struct vrrp_instance *instance = &process->instances[i];

		instance->first_track = count;
		TRACKING_EACH(track, instance->conf)
			track_page_add(process, instance, track, list != 0, before, &count);
		instance->track_count = count - instance->first_track;
	}
	atomic_store(&page->track_count, count);
	free(before);
}

void track_page_show(const struct vrrp_instance *instance)
{
	struct page *page = instance->process->args->page;
	struct tracking tracking = standing_tracking(instance->process);
	uint32_t at = instance->first_track, end = at + instance->track_count;

	TRACKING_EACH(track, instance->conf) {
		struct page_track *row = &page->track[at];
		struct tracking_view view;

		if (at++ == end)
			return; /* the table is full */
		tracking_view(track, &tracking, &view);
		if (view.state == TRACK_UNKNOWN)
			continue; /* not told again yet: what the process before us knew holds */
		if (atomic_exchange(&row->state, (uint32_t)view.state) != (uint32_t)view.state)
			atomic_store(&row->since_wall_us, wall_now_us());
		atomic_store(&row->adds, view.adds);
		atomic_store(&row->value, view.value);
		atomic_store(&row->fault, view.fault);
	}
}
