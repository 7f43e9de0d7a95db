/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nl/names.h - the numbers that have names on this machine: routing tables,
 * protocols, scopes, realms, DS fields, interface groups. The names are in
 * /etc/iproute2, as for `ip`; those that the kernel's headers know need no file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum nl_names {
	NL_NAMES_TABLE,
	NL_NAMES_PROTOCOL,
	NL_NAMES_SCOPE,
	NL_NAMES_REALM,
	NL_NAMES_DSFIELD,
	NL_NAMES_GROUP,
};

/* Other directories than /etc/iproute2 and /usr/share/iproute2; each NULL: that one. */
struct nl_name_dirs {
	const char *etc, *usr;
};

/*
 * A number (decimal, 0x, 0) within the kind's range, or a name; `dirs` may be
 * NULL. False if it is neither.
 */
bool nl_name_find(enum nl_names kind, const char *text, const struct nl_name_dirs *dirs,
		  uint32_t *ret);

/* A whole number up to `max`: decimal, hexadecimal with 0x, octal with 0. */
bool nl_number(const char *text, uint64_t max, uint64_t *ret);
