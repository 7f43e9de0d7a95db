/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/checker.h - the checker process: runs the programs of `option
 * external-check` for the proxy, which may start none; a question can only name
 * a server of the configuration. It sends the mails of `email-alert`, too.
 */
#pragma once

#include "proxy/conf.h"

struct checker_args {
	const struct proxy_conf *conf;
	int socket;			/* SOCK_SEQPACKET, to the proxy (proxy/server_external.h) */
	int parent_fd;			/* end of file: the parent is gone, stop */
	int (*ready_to_confine)(void *context);
	void *confine_context;
};

/* Until SIGTERM or the parent is gone; programs that run are ended then. */
int checker_run(const struct checker_args *args);
