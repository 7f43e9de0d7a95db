/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/timers.c - see timers.h. */
#include "proxy/timers.h"

/* From accept to `when`. */
static int64_t ms_at(const struct timers *timers, struct moment when)
{
	return (int64_t)(moment_since(timers->accepted, when) / 1000);
}

static int64_t at_least_0(int64_t ms)
{
	return ms < 0 ? 0 : ms;
}

int64_t timers_handshake(const struct timers *timers)
{
	return ms_at(timers, timers->ready);
}

int64_t timers_idle(const struct timers *timers)
{
	if (timers->began.us == 0)
		return -1;
	return ms_at(timers, timers->began) - timers_handshake(timers);
}

int64_t timers_request(const struct timers *timers)
{
	return timers->head_at.us == 0 ? -1 : ms_at(timers, timers->head_at);
}

int64_t timers_receive(const struct timers *timers)
{
	if (timers->head_at.us == 0 || timers->began.us == 0)
		return -1;
	return ms_at(timers, timers->head_at) - ms_at(timers, timers->began);
}

int64_t timers_queue(const struct timers *timers)
{
	return timers->queue_ms;
}

int64_t timers_connect(const struct timers *timers)
{
	return timers->connect_ms;
}

/* When the connection was there: what Tr and Td begin with. */
static int64_t connected_at(const struct timers *timers)
{
	int64_t request = timers->http ? timers_request(timers) : timers_handshake(timers);

	return at_least_0(request) + at_least_0(timers->queue_ms) + at_least_0(timers->connect_ms);
}

int64_t timers_response(const struct timers *timers)
{
	if (timers->response_at.us == 0 || timers->connect_ms < 0)
		return -1;
	return at_least_0(ms_at(timers, timers->response_at) - connected_at(timers));
}

int64_t timers_data(const struct timers *timers)
{
	if (timers->http && timers_response(timers) < 0)
		return -1;
	if (timers->http)
		return timers_total(timers) - ms_at(timers, timers->response_at);
	if (timers->connect_ms < 0)
		return -1;
	return at_least_0(timers_total(timers) - connected_at(timers));
}

int64_t timers_total(const struct timers *timers)
{
	return ms_at(timers, timers->now);
}

int64_t timers_active(const struct timers *timers)
{
	if (timers->began.us == 0)
		return timers_total(timers);
	return at_least_0(timers_total(timers) - ms_at(timers, timers->began));
}

int64_t timers_user(const struct timers *timers)
{
	return at_least_0(timers_total(timers) - at_least_0(timers_idle(timers)));
}
