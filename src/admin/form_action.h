/* SPDX-License-Identifier: Apache-2.0 */
/* admin/form_action.h - what a form of the statistics page may do with a server: a row each. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct server;
struct worker;

struct form_action {
	const char *word;
	const char *text;	/* for people; NULL: not offered, it is
				 * an older word of HAProxy's */
	bool node;		/* of this node, not of servers; it has no .run */
	bool own;		/* HAProxy has no such action: it needs the console's token */
	/*
	 * In a worker's thread. `value` is the form's weight.
	 * False: nothing can be done, or changed.
	 */
	bool (*run)(struct worker *worker, struct server *server, const char *value);
};

extern const struct form_action form_actions[]; /* ends in word NULL */

const struct form_action *form_action_find(const char *word); /* or NULL */
