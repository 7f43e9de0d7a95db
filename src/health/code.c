/* SPDX-License-Identifier: Apache-2.0 */
/* health/code.c - see code.h. */
#include "health/code.h"

#include <string.h>

#include "base/macros.h"

static const struct {
	const char *name, *meaning;
	bool good, has_number;
} codes[HEALTH_CODES] = {
	[HEALTH_UNKNOWN] = { "UNK", "Unknown", false, false },
	[HEALTH_INI] = { "INI", "Initializing", false, false },
	[HEALTH_SOCKERR] = { "SOCKERR", "Socket error", false, false },
	[HEALTH_HANA] = { "HANA", "Health analyze", false, false },
	[HEALTH_L4OK] = { "L4OK", "Layer4 check passed", true, false },
	[HEALTH_L4TOUT] = { "L4TOUT", "Layer4 timeout", false, false },
	[HEALTH_L4CON] = { "L4CON", "Layer4 connection problem", false, false },
	[HEALTH_L6OK] = { "L6OK", "Layer6 check passed", true, false },
	[HEALTH_L6TOUT] = { "L6TOUT", "Layer6 timeout", false, false },
	[HEALTH_L6RSP] = { "L6RSP", "Layer6 invalid response", false, false },
	[HEALTH_L7TOUT] = { "L7TOUT", "Layer7 timeout", false, false },
	[HEALTH_L7RSP] = { "L7RSP", "Layer7 invalid response", false, false },
	[HEALTH_L7OK] = { "L7OK", "Layer7 check passed", true, true },
	[HEALTH_L7OKC] = { "L7OKC", "Layer7 check conditionally passed", true, true },
	[HEALTH_L7STS] = { "L7STS", "Layer7 wrong status", false, true },
	[HEALTH_PROCERR] = { "PROCERR", "External check error", false, true },
	[HEALTH_PROCTOUT] = { "PROCTOUT", "External check timeout", false, true },
	[HEALTH_PROCOK] = { "PROCOK", "External check passed", true, true },
	[HEALTH_CHECKED] = { "CHECKED", "No status change", false, false },
};

const char *health_code_name(enum health_code code)
{
	return codes[(unsigned)code < HEALTH_CODES ? code : HEALTH_UNKNOWN].name;
}

const char *health_code_meaning(enum health_code code)
{
	return codes[(unsigned)code < HEALTH_CODES ? code : HEALTH_UNKNOWN].meaning;
}

bool health_code_is_good(enum health_code code)
{
	return codes[code].good;
}

bool health_code_has_number(enum health_code code)
{
	return (unsigned)code < HEALTH_CODES && codes[code].has_number;
}

enum health_code health_code_find(const char *name)
{
	for (unsigned i = 0; i < HEALTH_CODES; i++)
		if (strcmp(codes[i].name, name) == 0)
			return (enum health_code)i;
	return HEALTH_UNKNOWN;
}
