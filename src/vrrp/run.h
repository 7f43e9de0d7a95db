/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/run.h - the vrrp process: elections and addresses.
 *
 * It watches the page: a proxy that makes no progress for longer than
 * conf->proxy_fault_delay_us puts every instance into FAULT (priority 0 is
 * sent, addresses are removed), with the cause in the log and on the page.
 */
#pragma once

#include <stdbool.h>

#include "base/page.h"
#include "diag/log.h"
#include "vrrp/conf.h"

/* What the command line says of it (man keepalived). */
struct vrrp_flags {
	bool keep_addresses;	/* -V: at the end a MASTER leaves all as it is, and says nothing */
	bool tell_addresses;	/* -a: addresses that come and go are logged */
	bool no_bfd;		/* -B: no session is run, each counts as down */
};

struct vrrp_args {
	const struct vrrp_conf *conf;
	const struct vrrp_conf *before;	/* of the process before us, after a reload; or NULL */
	struct page *page;
	struct vrrp_flags flags;
	int scripts_socket;		/* SOCK_SEQPACKET, to the scripts process */
	int parent_fd;			/* end of file: the parent is gone */
	const struct log_conf *log;	/* global `log` lines of haproxy.cfg, or /dev/log */
	int (*ready_to_confine)(void *context);
	void *confine_context;
};

/*
 * SIGUSR2: leaves at once, with everything as it is, for a successor that has
 * read another configuration. Otherwise runs until SIGTERM: then priority 0 is sent and the
 * addresses are removed. When the parent dies without a word, the same. Returns the exit status.
 */
int vrrp_run(const struct vrrp_args *args);
