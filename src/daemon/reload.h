/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/reload.h - reads keepalived.conf anew while relevo runs. A file that
 * is wrong changes nothing, and what is wrong is said to whoever asked.
 */
#pragma once

#include "base/strbuf.h"
#include "daemon/options.h"
#include "vrrp/conf.h"

/* What a reload needs to know; its strings are its own. */
struct reload {
	char *file;		/* absolute; NULL: there is no keepalived.conf */
	char *config_id;	/* or NULL */
	bool warnings_fatal;
};

/* To be made before the process's title overwrites the command line. */
void reload_init(struct reload *reload, const struct options *options);
void reload_free(struct reload *reload);

/*
 * The configuration, owned by the caller, or NULL. What was found wrong, or
 * might be, is appended to *ret_said as lines.
 */
struct vrrp_conf *reload_read(const struct reload *reload, struct strbuf *ret_said);
