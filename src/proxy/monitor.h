/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/monitor.h - clients that only look whether somebody listens:
 * `monitor-net` and `mode health`, two words of before HAProxy 2.3.
 */
#pragma once

#include <stdbool.h>

struct frontend_conf;
struct sockaddr;

/*
 * For a frontend with a monitor_answer: if `from` is such a client it gets the
 * answer, `fd` is closed, and nothing is logged. False: it is to be served.
 */
bool monitor_serve(const struct frontend_conf *conf, int fd, const struct sockaddr *from);
