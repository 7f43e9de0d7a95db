/* SPDX-License-Identifier: Apache-2.0 */
/* proxy/server_observe.c - see server_observe.h. */
#include "proxy/server_observe.h"

#include <stdio.h>
#include <stdlib.h>

#include "proxy/worker.h"

/* What a worker tells a check that lives in another thread. */
struct observation {
	struct loop_message message;
	struct server *server;
	unsigned failures;	/* 0: none yet */
	bool hurry;		/* check at once */
	char why[HEALTH_TEXT];
};

static const struct {
	bool is_error;
	unsigned modes;		/* bits 1 << enum server_observe: where it counts */
	const char *text;
} sights[] = {
	[SERVER_SEEN_CONNECTED] = { false, 1 << SERVER_OBSERVE_LAYER4, NULL },
	[SERVER_SEEN_REFUSED] = { true, 1 << SERVER_OBSERVE_LAYER4 | 1 << SERVER_OBSERVE_LAYER7,
				  "L4 unsuccessful connection" },
	[SERVER_SEEN_ANSWERED] = { false, 1 << SERVER_OBSERVE_LAYER7, NULL },
	[SERVER_SEEN_BAD_STATUS] = { true, 1 << SERVER_OBSERVE_LAYER7, "Wrong http response" },
	[SERVER_SEEN_BAD_RESPONSE] = { true, 1 << SERVER_OBSERVE_LAYER7,
				       "Invalid http response (headers)" },
	[SERVER_SEEN_TIMEOUT] = { true, 1 << SERVER_OBSERVE_LAYER7, "Read timeout (http)" },
	[SERVER_SEEN_CLOSED] = { true, 1 << SERVER_OBSERVE_LAYER7, "Close from server (http)" },
};

static void observe_tell(struct loop *loop, struct loop_message *message)
{
	struct observation *observation = container_of(message, struct observation, message);
	struct health_check *check = &observation->server->check;

	if (observation->failures != 0)
		health_traffic_failed(check, observation->failures, observation->why);
	if (observation->hurry)
		health_check_now(check);
	else
		health_check_soon(check);
	free(observation);
}

static unsigned observe_worth(const struct server_conf *conf)
{
	switch (conf->on_error) {
	case SERVER_ON_ERROR_FASTINTER:
		return 0;
	case SERVER_ON_ERROR_FAIL_CHECK:
		return 1;
	case SERVER_ON_ERROR_SUDDEN_DEATH:
		return conf->fall > 1 ? (unsigned)conf->fall - 1 : 1;
	case SERVER_ON_ERROR_MARK_DOWN:
		return (unsigned)conf->fall;
	}
	return 1;
}

static void observe_post(struct server *server, enum server_sight sight, bool limit)
{
	struct observation *observation = calloc(1, sizeof(*observation));

	if (observation == NULL)
		return; /* the check itself will find out */
	observation->server = server;
	observation->hurry = sight == SERVER_SEEN_REFUSED;
	if (limit) {
		observation->failures = observe_worth(server->conf);
		snprintf(observation->why, sizeof(observation->why),
			 "Detected %u consecutive errors, last one was: %s",
			 (unsigned)server->conf->error_limit, sights[sight].text);
	}
	observation->message.deliver = observe_tell;
	loop_post(server->home->loop, &observation->message);
}

void server_observe(struct server *server, enum server_sight sight)
{
	const struct server_conf *conf = server->conf;
	bool limit;

	if (!(sights[sight].modes & 1U << conf->observe) || !server->checked ||
	    server->state != SERVER_UP)
		return;
	if (!sights[sight].is_error) {
		if (atomic_load_explicit(&server->errors_in_row, memory_order_relaxed) != 0)
			atomic_store(&server->errors_in_row, 0);
		return;
	}
	limit = atomic_fetch_add(&server->errors_in_row, 1) + 1 >= (uint32_t)conf->error_limit;
	if (limit)
		atomic_store(&server->errors_in_row, 0);
	if (limit || sight == SERVER_SEEN_REFUSED)
		observe_post(server, sight, limit);
}

/* Manual, "observe": 100 to 499, 501 and 505. */
void server_observe_status(struct server *server, unsigned status)
{
	bool good = status < 500 || status == 501 || status == 505;

	server_observe(server, good ? SERVER_SEEN_ANSWERED : SERVER_SEEN_BAD_STATUS);
}
