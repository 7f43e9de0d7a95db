/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/service.h - the manners of a daemon: background, pid file, systemd. */
#pragma once

#include "base/macros.h"

/*
 * Forks into the background. The first process waits until service_ready is
 * called (or the background process dies) and exits with its verdict; the
 * call returns in the background process only, with the descriptor to hand
 * to service_ready. Negative errno on failure.
 */
int service_background(void) MUST_CHECK;

/* Tells the waiting process that all is well; closes the descriptor. */
void service_ready(int background_fd);

/*
 * Lets go of the terminal: standard input, output and error become /dev/null,
 * from a descriptor opened before files are forbidden; takes it. A negative
 * one changes nothing.
 */
int service_open_null(void);
void service_detach(int null_fd);

/* Writes our process id. 0 or negative errno. */
int service_write_pidfile(const char *path) MUST_CHECK;

/* sd_notify(3)'s datagram to $NOTIFY_SOCKET, if there is one: "READY=1". */
void service_notify(const char *state);
