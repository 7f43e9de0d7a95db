/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/reload.h - reads both files anew while relevo runs. What is wrong in
 * either changes nothing, and is said to whoever asked.
 */
#pragma once

#include "base/strbuf.h"
#include "daemon/options.h"
#include "proxy/conf.h"
#include "vrrp/conf.h"

/* What a reload needs to know; its strings are its own. */
struct reload {
	const struct options *options;	/* borrowed; their strings do not last */
	char **haproxy_files;	/* as they were given: relevo stays in its directory */
	unsigned haproxy_count;
	char *file;		/* absolute; NULL: there is no keepalived.conf */
	char *config_id;	/* or NULL */
	char *namespace;	/* -s; or NULL */
};

/* To be made before the process's title overwrites the command line. */
void reload_init(struct reload *reload, const struct options *options);
void reload_free(struct reload *reload);

/*
 * The configurations, owned by the caller, each NULL when there is no such
 * file. False: both are NULL, something is wrong. What was found wrong, or might
 * be, is appended to *ret_said as lines.
 */
bool reload_read(const struct reload *reload, struct strbuf *ret_said,
		 struct proxy_conf **ret_proxy, struct vrrp_conf **ret_vrrp);
