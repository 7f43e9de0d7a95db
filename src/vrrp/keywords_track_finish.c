/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/keywords_track_finish.c - what track_* lines name, once the whole file
 * is known; and what a sync group makes of its members' lines.
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "vrrp/keyword.h"

/* A kind of thing that is tracked by name: a list of structs in struct vrrp_conf. */
struct target_kind {
	const char *word;		/* of its block */
	size_t list, count;		/* in struct vrrp_conf */
	size_t next, name, span, weight, reverse, index; /* in its struct */
	int limit;			/* of weights on a track_* line */
	bool keeps;			/* is kept when nothing tracks it */
};

#define TARGET(type, block, head, number, most, kept)                                              \
	{                                                                                          \
		.word = block, .list = offsetof(struct vrrp_conf, head),                           \
		.count = offsetof(struct vrrp_conf, number), .next = offsetof(type, next),         \
		.name = offsetof(type, name), .span = offsetof(type, span),                        \
		.weight = offsetof(type, weight), .reverse = offsetof(type, weight_reverse),       \
		.index = offsetof(type, index), .limit = most, .keeps = kept,                      \
	}

static const struct target_kind target_kinds[] = {
	[VRRP_TRACK_SCRIPT] = TARGET(struct vrrp_script_conf, "vrrp_script", scripts, script_count,
				     253, false),
	[VRRP_TRACK_INTERFACE] = { .limit = 253 },
	[VRRP_TRACK_FILE] = TARGET(struct vrrp_file_conf, "track_file", files, file_count, 254,
				   false),
	[VRRP_TRACK_PROCESS] = TARGET(struct vrrp_process_conf, "vrrp_track_process", processes,
				      process_count, 254, false),
	/* The neighbor watches it too. */
	[VRRP_TRACK_BFD] = TARGET(struct vrrp_bfd_conf, "bfd_instance", bfds, bfd_count, 253,
				  true),
};

/* Pointers of whatever type, by bytes: the compiler may tell the types apart. */
static void *target_pointer(const void *object, size_t offset)
{
	void *pointer;

	memcpy(&pointer, (const char *)object + offset, sizeof(pointer));
	return pointer;
}

static void *target_first(const struct vrrp_conf *conf, const struct target_kind *kind)
{
	return target_pointer(conf, kind->list);
}

static void *target_next(const void *target, const struct target_kind *kind)
{
	return target_pointer(target, kind->next);
}

static const char *target_name(const void *target, const struct target_kind *kind)
{
	return target_pointer(target, kind->name);
}

static unsigned *target_index(void *target, const struct target_kind *kind)
{
	return (unsigned *)(void *)((char *)target + kind->index);
}

static void *target_find(const struct vrrp_conf *conf, const struct target_kind *kind,
			 const char *name)
{
	for (void *target = target_first(conf, kind); target != NULL;
	     target = target_next(target, kind))
		if (strcmp(target_name(target, kind), name) == 0)
			return target;
	return NULL;
}

static void target_unknown(struct vrrp_parse *parse, const struct target_kind *kind,
			   const struct conf_word *word)
{
	const char **names = NULL, *nearest;
	size_t count = 0;

	for (void *target = target_first(parse->conf, kind); target != NULL;
	     target = target_next(target, kind))
		*ARENA_APPEND(parse->common.arena, names, count) = target_name(target, kind);
	*ARENA_APPEND(parse->common.arena, names, count) = NULL;
	nearest = diag_closest(word->text, names);
	diag_add(parse->common.report, DIAG_ERROR, &diag_unknown_name, word->span,
		 nearest == NULL ? NULL :
				   arena_printf(parse->common.arena, "did you mean '%s'?", nearest),
		 "there is no %s '%s'", kind->word, word->text);
}

/* --- one line --- */

static bool track_tells(const struct vrrp_bfd_conf *bfd)
{
	return bfd->tells_instances || !bfd->tells_checkers;
}

/* The interface's name, or what the block of that name says unless the line does. */
static bool track_aim(struct vrrp_parse *parse, struct vrrp_track *track,
		      const struct conf_word *word)
{
	const struct target_kind *kind = &target_kinds[track->kind];
	char interface[IF_NAMESIZE];
	const void *target;

	if (track->kind == VRRP_TRACK_INTERFACE)
		return vrrp_read_interface(parse, word, interface);
	target = target_find(parse->conf, kind, word->text);
	if (target == NULL) {
		target_unknown(parse, kind, word);
		return false;
	}
	if (track->kind == VRRP_TRACK_BFD && !track_tells(target)) {
		diag_add(parse->common.report, DIAG_ERROR, &diag_conflict, word->span,
			 "it may say 'vrrp' too",
			 "bfd_instance '%s' says 'checker': no instance is "
			 "told", word->text);
		return false;
	}
	memcpy(&track->weight, (const char *)target + kind->weight, sizeof(track->weight));
	memcpy(&track->weight_reverse, (const char *)target + kind->reverse,
	       sizeof(track->weight_reverse));
	return true;
}

/* `NAME [weight N [reverse|noreverse]]`. */
static bool track_read_weight(struct vrrp_parse *parse, struct vrrp_track *track,
			      const struct conf_line *line)
{
	if (line->count == 1)
		return true;
	if (strcmp(line->words[1].text, "weight") != 0) {
		conf_error_unknown(&parse->common, &line->words[1], "option",
				   (const char *const[]){ "weight", NULL });
		return false;
	}
	track->weight_reverse = false;
	return vrrp_read_weight_within(parse, line, 2, target_kinds[track->kind].limit,
				       &track->weight, &track->weight_reverse);
}

static bool track_is_disabled(struct vrrp_parse *parse, const struct vrrp_track *track)
{
	const struct vrrp_script_conf *script;

	if (track->kind != VRRP_TRACK_SCRIPT)
		return false;
	script = target_find(parse->conf, &target_kinds[track->kind], track->name);
	if (script->command.argv != NULL)
		return false;
	vrrp_report(parse, DIAG_WARNING, &diag_no_effect, track->span,
		    "'%s' is disabled: it does not count", script->name);
	return true;
}

static const struct vrrp_track *track_find(const struct vrrp_track *tracks,
					   enum vrrp_track_kind kind, const char *name)
{
	for (; tracks != NULL; tracks = tracks->next)
		if (tracks->kind == kind && strcmp(tracks->name, name) == 0)
			return tracks;
	return NULL;
}

static void track_finish_line(struct vrrp_parse *parse, struct vrrp_track **tracks,
			      const struct vrrp_track_line *from)
{
	const struct conf_word *word = &from->line->words[0];
	struct vrrp_track *track = arena_zalloc(parse->common.arena, sizeof(*track));

	track->span = word->span;
	track->kind = from->kind;
	track->name = word->text;
	if (!track_aim(parse, track, word))
		return;
	if (track_find(*tracks, from->kind, word->text) != NULL) {
		vrrp_report(parse, DIAG_WARNING, &diag_duplicate, word->span,
			    "'%s' is tracked already; this line is not read", word->text);
		return;
	}
	if (!track_read_weight(parse, track, from->line) || track_is_disabled(parse, track))
		return;
	while (*tracks != NULL)
		tracks = &(*tracks)->next;
	*tracks = track;
}

void vrrp_tracks_finish(struct vrrp_parse *parse, struct vrrp_track **tracks,
			const struct vrrp_track_line *lines)
{
	for (; lines != NULL; lines = lines->next)
		track_finish_line(parse, tracks, lines);
}

/* --- instances whose weights do not count --- */

/*
 * Members of a sync group without sync_group_tracking_weight, whose own
 * weights would give them different priorities, and owners of their addresses,
 * which are not weighed. What becomes of each kind is what Keepalived 2.2.7
 * does, whatever it says: weighted scripts and BFD sessions do not count,
 * files count with weight 0, interfaces and processes as given.
 */
static bool track_keeps(struct vrrp_parse *parse, struct vrrp_track *track, const char *whose)
{
	if (track->weight == 0)
		return true;
	if (track->kind == VRRP_TRACK_SCRIPT || track->kind == VRRP_TRACK_BFD) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, track->span,
			    "'%s' has a weight and does not count in %s", track->name, whose);
		return false;
	}
	if (track->kind == VRRP_TRACK_FILE) {
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, track->span,
			    "the weight of '%s' is taken as 0 in %s: a number but 0 is FAULT",
			    track->name, whose);
		track->weight = 0;
	}
	return true;
}

static bool member_keeps_track(struct vrrp_parse *parse, const struct vrrp_group_conf *group,
			       struct vrrp_track *track)
{
	const char *whose = arena_printf(parse->common.arena, "a member of sync group '%s'",
					 group->name);

	if (track_find(group->tracks, track->kind, track->name) != NULL) {
		vrrp_report(parse, DIAG_WARNING, &diag_duplicate, track->span,
			    "sync group '%s' tracks '%s' too; this line is not read", group->name,
			    track->name);
		return false;
	}
	if (group->tracking_weight)
		return true;
	if (track->weight != 0 &&
	    (track->kind == VRRP_TRACK_INTERFACE || track->kind == VRRP_TRACK_PROCESS))
		vrrp_report(parse, DIAG_WARNING, &diag_no_effect, track->span,
			    "'%s' gives %s another priority than the others: track it in the group",
			    track->name, whose);
	return track_keeps(parse, track, whose);
}

void vrrp_tracks_finish_member(struct vrrp_parse *parse, const struct vrrp_group_conf *group,
			       struct vrrp_track **tracks)
{
	while (*tracks != NULL) {
		if (member_keeps_track(parse, group, *tracks))
			tracks = &(*tracks)->next;
		else
			*tracks = (*tracks)->next;
	}
}

void vrrp_tracks_finish_owner(struct vrrp_parse *parse, struct vrrp_track **tracks)
{
	while (*tracks != NULL) {
		if (track_keeps(parse, *tracks, "the owner of its addresses (priority 255)"))
			tracks = &(*tracks)->next;
		else
			*tracks = (*tracks)->next;
	}
}

/* --- what is tracked by nobody --- */

static bool target_is_tracked(const struct vrrp_parse *parse, enum vrrp_track_kind kind,
			      const char *name)
{
	for (const struct vrrp_draft *d = parse->drafts; d != NULL; d = d->next)
		if (track_find(d->conf.tracks, kind, name) != NULL)
			return true;
	for (const struct vrrp_group_draft *g = parse->groups; g != NULL; g = g->next)
		if (track_find(g->conf.tracks, kind, name) != NULL)
			return true;
	return false;
}

static void target_untracked(struct vrrp_parse *parse, enum vrrp_track_kind at, const void *target)
{
	const struct target_kind *kind = &target_kinds[at];
	const struct vrrp_script_conf *script = target;
	struct diag_span span;

	if (at == VRRP_TRACK_SCRIPT && script->command.argv == NULL)
		return; /* that was said already */
	memcpy(&span, (const char *)target + kind->span, sizeof(span));
	vrrp_report(parse, DIAG_WARNING, &diag_no_effect, span, "no instance tracks '%s': it is %s",
		    target_name(target, kind),
		    at == VRRP_TRACK_SCRIPT ? "not run" : "not watched");
}

/* Those that nothing tracks leave the list, as in Keepalived; the others are numbered. */
static void target_number(struct vrrp_parse *parse, enum vrrp_track_kind at)
{
	const struct target_kind *kind = &target_kinds[at];
	unsigned *count = (unsigned *)(void *)((char *)parse->conf + kind->count);
	char *link = (char *)parse->conf + kind->list;
	void *next;

	for (void *target = target_first(parse->conf, kind); target != NULL; target = next) {
		next = target_next(target, kind);
		if (kind->keeps || target_is_tracked(parse, at, target_name(target, kind))) {
			*target_index(target, kind) = (*count)++;
			link = (char *)target + kind->next;
			continue;
		}
		target_untracked(parse, at, target);
		memcpy(link, &next, sizeof(next));
	}
}

static void tracks_number(const struct vrrp_conf *conf, struct vrrp_track *tracks)
{
	for (; tracks != NULL; tracks = tracks->next) {
		const struct target_kind *kind = &target_kinds[tracks->kind];

		if (tracks->kind != VRRP_TRACK_INTERFACE)
			tracks->index =
				*target_index(target_find(conf, kind, tracks->name), kind);
	}
}

void vrrp_tracks_number(struct vrrp_parse *parse)
{
	target_number(parse, VRRP_TRACK_SCRIPT);
	target_number(parse, VRRP_TRACK_FILE);
	target_number(parse, VRRP_TRACK_PROCESS);
	target_number(parse, VRRP_TRACK_BFD);
	for (struct vrrp_draft *d = parse->drafts; d != NULL; d = d->next)
		tracks_number(parse->conf, d->conf.tracks);
	for (struct vrrp_group_draft *g = parse->groups; g != NULL; g = g->next)
		tracks_number(parse->conf, g->conf.tracks);
}
