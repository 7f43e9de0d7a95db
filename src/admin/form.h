/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/form.h - changes of servers by the statistics page (configuration
 * manual 4.2 "stats admin"): the fields are HAProxy's, so that what posts to
 * its page works here too, and some of the console's own:
 *
 *	s=SERVER (several)  b=BACKEND or #ID  action=WORD	HAProxy's
 *	w=WEIGHT	for action=weight
 *	t=TOKEN		guard.h; needed by the console's own actions, right if it is there
 *	ask=1		is to be asked for once more (without JavaScript)
 */
#pragma once

#include "admin/form_action.h"
#include "admin/guard.h"
#include "proxy/service.h"

enum form_outcome { /* by HAProxy's words, for ";st=" */
	FORM_DONE,
	FORM_PARTLY,	/* some of the servers */
	FORM_NOTHING,
	FORM_ERROR,	/* the form says nothing that can be done */
	FORM_TOO_LONG,
	FORM_DENIED,
	FORM_ASKED,	/* our own: others decide */
	FORM_OUTCOMES,
};

struct form_word {
	const char *word;	/* "DONE" */
	const char *text;	/* for the page */
};

extern const struct form_word form_outcomes[FORM_OUTCOMES];

/* A field's value has at most so many bytes with its NUL; what is longer is cut. */
enum { FORM_VALUE = 256 };

/* What the body says, but for the servers. */
struct form {
	const struct section *section;		/* whose page it is */
	struct slice body;
	struct backend *backend;		/* NULL: none */
	const struct form_action *action;	/* NULL: none */
	char weight[8], token[GUARD_TOKEN];
	bool names_servers, asks;
	bool wrong;				/* it names a backend or an
						 * action that is not there */
};

/* Who wants it; for the log. */
struct form_asker {
	const struct guard *guard;		/* NULL: no token is right */
	char user[GUARD_USER];
};

/* Reads the request's body. */
void form_read(const struct proxy_service_request *request, struct form *ret);

/*
 * Whether it may be carried out, or shown once more: FORM_DONE, or what it is
 * answered with. A refusal is logged.
 */
enum form_outcome form_check(const struct proxy_service_request *request, const struct form *form,
			     const struct form_asker *asker);

/* Carries it out; each change is logged with who has asked. After form_check. */
enum form_outcome form_apply(const struct proxy_service_request *request, const struct form *form,
			     const struct form_asker *asker);

/* The backend it names; "" when there is none. */
const char *form_backend_name(const struct form *form);

/* The next of the servers that the form names; false at the end. `rest` is the body at first. */
bool form_next_server(struct slice *rest, char name[FORM_VALUE]);
