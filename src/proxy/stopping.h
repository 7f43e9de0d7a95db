/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/stopping.h - which connections of mode http a soft stop ends, and when
 * (configuration manual, "close-spread-time").
 */
#pragma once

#include <stdbool.h>

#include "base/clock.h"

struct stream;

/*
 * Whether the answer that begins now is the connection's last because relevo stops. While
 * the closing is spread, chance decides: the later, the likelier.
 */
bool stopping_ends(const struct stream *stream);

/*
 * When a connection that waits for its next request is closed because relevo stops;
 * MOMENT_NEVER: it is not. The same whenever it is asked for.
 */
struct moment stopping_idle_end(const struct stream *stream);
