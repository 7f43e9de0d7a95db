/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health/code.h - what a check found, in the short names and the words that
 * operators know (configuration manual 9.1 "check_status" of management.txt).
 */
#pragma once

#include <stdbool.h>

enum health_code { /* HAProxy's check_status column */
	HEALTH_UNKNOWN,
	HEALTH_INI,	/* no result yet */
	HEALTH_SOCKERR, /* no socket could be had, or it broke; counts only if it is not for want of
			 * descriptors or memory, which says nothing about the server */
	HEALTH_HANA,	/* seen by traffic, not by a check */
	HEALTH_L4OK,
	HEALTH_L4TOUT,
	HEALTH_L4CON,
	HEALTH_L6OK,
	HEALTH_L6TOUT,
	HEALTH_L6RSP,
	HEALTH_L7TOUT,
	HEALTH_L7RSP,
	HEALTH_L7OK,
	HEALTH_L7OKC,	/* conditionally: no new load */
	HEALTH_L7STS,
	HEALTH_PROCERR,
	HEALTH_PROCTOUT,
	HEALTH_PROCOK,
	HEALTH_CHECKED, /* an agent's answer says nothing of up and down */
	HEALTH_CODES,
};

const char *health_code_name(enum health_code code);	/* "L4OK" */
const char *health_code_meaning(enum health_code code); /* "Layer4 check passed" */
bool health_code_is_good(enum health_code code);
/* Whether the number that came with it is shown: a status, an exit code. */
bool health_code_has_number(enum health_code code);
/* By name, or HEALTH_UNKNOWN. */
enum health_code health_code_find(const char *name);
