/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/form.h - changes of servers by the statistics page (configuration
 * manual 4.2 "stats admin"): the fields are HAProxy's, so that what posts to
 * its page works here too.
 */
#pragma once

#include "proxy/service.h"

enum form_outcome { /* by HAProxy's words, for ";st=" */
	FORM_DONE,
	FORM_PARTLY,	/* some of the servers */
	FORM_NOTHING,
	FORM_ERROR,	/* the form says nothing that can be done */
	FORM_TOO_LONG,
	FORM_DENIED,
	FORM_OUTCOMES,
};

struct form_word {
	const char *word;	/* "DONE" */
	const char *text;	/* for the page */
};

extern const struct form_word form_outcomes[FORM_OUTCOMES];

/* The actions a form may ask for, with their names for people; ends in word NULL. */
extern const struct form_word form_actions[];

/*
 * Whether the request was made by a page of another site, as browsers say it
 * (Sec-Fetch-Site, Origin). Programs, which say neither, are let pass.
 */
bool form_is_foreign(const struct http_message *message);

/* Carries out what the body asks for; each change is logged with who has asked. */
enum form_outcome form_apply(const struct proxy_service_request *request);
