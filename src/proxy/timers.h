/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/timers.h - the timers of log lines (configuration manual 8.4) from
 * the moments of a session or a request: pure, so that they can be tested.
 * All are milliseconds; -1: it did not come to that.
 *
 *	accept    ready      began      head                        response   now
 *	  |-- Th --|--- Ti ---|--- TR ---|-- Tw --|--- Tc ---|-- Tr --|-- Td --|
 *
 * Each moment is rounded down once, counted from the first, so that the parts
 * add up to the whole.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct timers {
	bool http;
	struct moment accepted;		/* of this session; of a later request: as `ready` */
	/* for a request: handshakes done, or the last response sent */
	struct moment ready;
	/* first byte of the request; us 0: none came, as for the next */
	struct moment began;
	struct moment head_at;		/* the request's head was complete */
	struct moment response_at;	/* the response's head was complete */
	struct moment now;		/* the end, or the moment of the line */
	int32_t queue_ms, connect_ms;	/* -1: did not get there */
};

int64_t timers_handshake(const struct timers *timers);		/* Th */
int64_t timers_idle(const struct timers *timers);		/* Ti */
int64_t timers_receive(const struct timers *timers);		/* TR */
int64_t timers_request(const struct timers *timers);		/* Tq */
int64_t timers_queue(const struct timers *timers);		/* Tw */
int64_t timers_connect(const struct timers *timers);		/* Tc */
int64_t timers_response(const struct timers *timers);		/* Tr */
int64_t timers_data(const struct timers *timers);		/* Td */
int64_t timers_active(const struct timers *timers);		/* Ta */
int64_t timers_total(const struct timers *timers);		/* Tt */
int64_t timers_user(const struct timers *timers);		/* Tu */
