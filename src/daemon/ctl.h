/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/ctl.h - `relevo ctl COMMAND...`: speaks the runtime API (admin/cli.h)
 * with a stats socket, that of the running relevo or another.
 */
#pragma once

#include "proxy/conf.h"

/*
 * argv[0] is "ctl"; `control` the path of the control socket, which knows the
 * stats socket when -s does not name one. An exit status.
 */
int ctl_main(int argc, char **argv, const char *control);

/* The path of the stats socket at which most is allowed, or NULL: none has a path. */
const char *ctl_socket(const struct proxy_conf *conf);
