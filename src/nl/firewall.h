/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nl/firewall.h - packet filter rules in nftables' own language.
 *
 * A table with `flags owner` belongs to the socket that is open here: the
 * kernel removes it with the process, however that ends. Belongs to one thread.
 */
#pragma once

#include "base/macros.h"

struct nl_firewall;

/* NULL if there is no memory, or no nftables. */
struct nl_firewall *nl_firewall_open(void);
void nl_firewall_close(struct nl_firewall *firewall); /* NULL is fine */

/*
 * Runs commands as one transaction: all or nothing. 0, or -EINVAL; then
 * *ret_error is what nftables said, valid until the next call.
 */
int nl_firewall_run(struct nl_firewall *firewall, const char *commands,
		    const char **ret_error) MUST_CHECK;
