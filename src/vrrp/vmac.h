/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/vmac.h - the links of relevo's own: VMACs (RFC 5798 chapter 7.3) and
 * ipvlans that carry addresses, and the settings that they need.
 *
 * They are made at the start, or taken over when a former process with the
 * same file left them, and removed at the end; a link below that comes back
 * gets them again. What they change on the interface below (arp_ignore,
 * arp_filter) is put back at the end, and is harmless if it is not.
 *
 * Settings go through netlink, which needs no file, but for `all` and
 * `default` of rp_filter: those are written before the process is confined,
 * and put back through descriptors that stay open. In between the interfaces
 * have the value that was in force for them.
 */
#pragma once

#include "base/macros.h"
#include "nl/socket.h"
#include "vrrp/conf.h"
#include "vrrp/links.h"

struct vmac_below { /* an interface below, or one whose rp_filter was changed */
	struct vmac_below *next;
	char name[IF_NAMESIZE];
	bool changed[NL_INETS];
	uint32_t before[NL_INETS];
};

struct vmacs {
	const struct vrrp_conf *conf;
	struct vmac_below *below;
	int all_fd, default_fd;		/* rp_filter; -1: not changed */
	char all_before, default_before;
};

enum { VMAC_WHAT = 160 };

/* `conf` is kept. */
void vmacs_init(struct vmacs *vmacs, const struct vrrp_conf *conf);

/*
 * Before the process is confined: takes the strictness of rp_filter from `all`
 * to the interfaces, where a VMAC can be excepted. 0 or negative errno.
 */
int vmacs_reverse_path(struct vmacs *vmacs, struct nl_socket *nl,
		       const struct links *links) MUST_CHECK;

/*
 * Makes what is missing; *ret_made: something was, and `links` is out of date.
 * Goes on after a failure, and returns the first one's negative errno with what
 * it was for people in ret_failed.
 */
int vmacs_make(struct vmacs *vmacs, struct nl_socket *nl, const struct links *links, bool *ret_made,
	       char ret_failed[VMAC_WHAT]) MUST_CHECK;

/* The interface of an instance's advertisements: its VMAC, if it is not to be the one below. */
const struct nl_link *vmac_transmits_by(const struct vrrp_instance_conf *conf,
					const struct links *links);

/* Removes all of them and puts settings back. Best effort. */
void vmacs_close(struct vmacs *vmacs, struct nl_socket *nl, const struct links *links);
