/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/track_process.c - see track_process.h. */
#include "vrrp/track_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TRACK_NAME = 15 }; /* the kernel cuts names to so many bytes */

void track_process_init(struct track_process *track, const struct vrrp_process_conf *conf)
{
	*track = (struct track_process){ .conf = conf, .due = MOMENT_NEVER };
}

void track_process_free(struct track_process *track)
{
	free(track->pids);
	track->pids = NULL;
	track->count = track->room = 0;
}

/* --- matching --- */

bool track_process_needs_command(const struct vrrp_process_conf *conf)
{
	return conf->full_command || conf->match_params;
}

/* The word at `*at`, which moves behind it; NULL at the end. Not NUL-ended if the last is cut. */
static const char *track_word(const char *command, size_t len, size_t *at, size_t *ret_len)
{
	const char *word = command + *at;

	if (*at >= len)
		return NULL;
	*ret_len = strnlen(word, len - *at);
	*at += *ret_len + 1;
	return word;
}

static bool track_same(const char *wanted, const char *word, size_t len, bool may_be_longer)
{
	size_t wanted_len = strlen(wanted);

	return (may_be_longer ? len >= wanted_len : len == wanted_len) &&
	       memcmp(wanted, word, wanted_len) == 0;
}

static bool track_params_match(const struct vrrp_process_conf *conf, const char *command,
			       size_t len, size_t at)
{
	const char *word;
	size_t word_len;
	char **wanted = conf->argv + 1;
	bool none = *wanted == NULL;

	for (; *wanted != NULL; wanted++) {
		bool last = wanted[1] == NULL;

		word = track_word(command, len, &at, &word_len);
		if (word == NULL || !track_same(*wanted, word, word_len,
						last && conf->param_match == VRRP_PARAMS_INITIAL))
			return false;
	}
	return (conf->param_match == VRRP_PARAMS_PARTIAL && !none) || at >= len;
}

bool track_process_matches(const struct vrrp_process_conf *conf, const char *name,
			   const char *command, size_t len)
{
	size_t at = 0, word_len;
	const char *word;

	if (!track_process_needs_command(conf))
		return strncmp(conf->argv[0], name, TRACK_NAME) == 0;
	word = track_word(command, len, &at, &word_len);
	if (word == NULL || !track_same(conf->argv[0], word, word_len, false))
		return false;
	return !conf->match_params || track_params_match(conf, command, len, at);
}

/* --- counting --- */

bool track_process_has(const struct track_process *track, pid_t pid)
{
	for (unsigned i = 0; i < track->count; i++)
		if (track->pids[i] == pid)
			return true;
	return false;
}

int track_process_add(struct track_process *track, pid_t pid)
{
	if (track_process_has(track, pid))
		return 0;
	if (track->count == track->room) {
		unsigned room = track->room == 0 ? 8 : track->room * 2;
		pid_t *pids = realloc(track->pids, room * sizeof(*pids));

		if (pids == NULL)
			return -ENOMEM;
		track->pids = pids;
		track->room = room;
	}
	track->pids[track->count++] = pid;
	return 0;
}

bool track_process_remove(struct track_process *track, pid_t pid)
{
	for (unsigned i = 0; i < track->count; i++) {
		if (track->pids[i] != pid)
			continue;
		track->pids[i] = track->pids[--track->count];
		return true;
	}
	return false;
}

void track_process_clear(struct track_process *track)
{
	track->count = 0;
}

/* --- the state --- */

static void track_enter(struct track_process *track, bool up)
{
	track->known = true;
	track->up = up;
	track->due = MOMENT_NEVER;
}

bool track_process_settle(struct track_process *track, struct moment now, bool forked)
{
	const struct vrrp_process_conf *conf = track->conf;
	bool up = track->count >= conf->quorum && track->count <= conf->quorum_max;
	bool changed = !track->known || track->up != up, news;

	if (!track->known) {
		track_enter(track, up);
	} else if (!changed) {
		track->due = MOMENT_NEVER;
	} else if (track->due.us == UINT64_MAX) {
		track->due = moment_after(now, forked ? conf->fork_delay_us
						      : conf->terminate_delay_us);
	}
	if (changed && !moment_before(now, track->due))
		track_enter(track, up);
	/* While enough run nobody cares how many. */
	news = track->due.us == UINT64_MAX &&
	       (changed || (!track->up && track->told != track->count));
	if (news)
		track->told = track->count;
	return news;
}
