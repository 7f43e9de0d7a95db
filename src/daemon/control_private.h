/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/control_private.h - what both sides of the control socket share (control.h). */
#pragma once

#include <sys/un.h>

#include "daemon/control.h"

#define CLI_REQUEST "cli\n"
#define RELOAD_REQUEST "reload\n"
#define DIFF_REQUEST "diff\n"

/* Indexed by enum control_diff: an answer's first line. */
extern const char *const control_diff_words[];

/* -ENAMETOOLONG: no socket can have that path. */
int control_address(const char *path, struct sockaddr_un *ret);
/* A connection to whoever serves the path. Negative errno. */
int control_connect_to(const char *path);
