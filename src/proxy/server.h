/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server.h - a server's state: limits, memory of refusals, up and down.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "proxy/proxy.h"

/* lb_server.weight of a server in full swing is its configured weight times this. */
enum { SERVER_WEIGHT_SCALE = 16 };

/* It is written as a name that had no address at start. */
static inline bool server_begins_nowhere(const struct server_conf *conf)
{
	return conf->naming.name != NULL && conf->address.len == 0;
}

void server_init(struct server *server, struct backend *backend, const struct server_conf *conf,
		 unsigned index);

/*
 * Says anew which servers the algorithm may use: the active ones, or else the
 * first backup, or with `allbackups` all of them. The backend's lock is held,
 * or no thread runs yet.
 */
void backend_regroup(struct backend *backend);

/* Streams it may have at this moment (maxconn, minconn, fullconn, slowstart); 0: no limit. */
uint32_t server_limit(const struct server *server);

/* Takes one of maxconn's places, exactly; true without maxconn. Any thread. */
bool server_take_place(struct server *server);
void server_leave_place(struct server *server);

/* Where it begins, and what maintenance leads to. */
static inline bool server_begins_down(const struct server *server)
{
	return server->checked && server->conf->init_state >= SERVER_INIT_DOWN;
}

static inline uint32_t server_maxconn(const struct server *server)
{
	return atomic_load_explicit(&server->maxconn, memory_order_relaxed);
}

static inline bool server_has_place(const struct server *server)
{
	return server_maxconn(server) == 0 ||
	       atomic_load_explicit(&server->places, memory_order_relaxed) < server_limit(server);
}

/* `usesrc`, its own or its backend's; NULL: none. */
static inline const struct foreign_source *server_foreign(const struct server *server)
{
	return server->conf->foreign != NULL ? server->conf->foreign
					     : server->backend->section->back.foreign;
}

/* Its connections may carry requests of several clients. */
static inline bool server_shares(const struct server *server)
{
	return server->conf->send_proxy == 0 && server_foreign(server) == NULL;
}

/* Where it is now; valid until the end of the thread's turn. */
static inline const struct net_address *server_address_of(const struct server *server)
{
	return atomic_load_explicit(&server->address, memory_order_acquire);
}

/*
 * Memory of refusals. After a failed connection the server is passed over for
 * a second, then two, up to 32, while another can be had; then one stream at a
 * time finds out whether it is back (server_try: true for that one).
 */
static inline bool server_refuses(const struct server *server)
{
	return atomic_load_explicit(&server->refusals, memory_order_relaxed) != 0;
}
bool server_avoided(const struct server *server, struct moment now);
bool server_try(struct server *server, struct moment now);

/* What a connection attempt showed. Called by the thread that made it. */
void server_connected(struct server *server);
void server_failed(struct worker *worker, struct server *server);

/*
 * The moment its state changed is logged and published, its queue and streams taken
 * care of. `stopping`: up, without new load. why "": the log has told it already;
 * " via b/s": it follows that one.
 */
void server_mark(struct worker *worker, struct server *server, bool up, bool stopping,
		 const char *why);

/* What `status` says, for other threads to read. */
void server_copy_seen(struct server *server, const struct health_status *status,
		      struct server_seen *seen);
/* `option log-health-checks`: a result of its check, or of its agent. */
void server_log_check(const struct server *server, const struct health_check *check, bool ok);
/* In its home: as if its check had found that. `why` as of server_mark. */
void server_force_check(struct server *server, bool up, bool stopping, const char *why);
/* In its home: up or down as its check and its agent say; `check` is why. */
void server_follow(struct server *server, const struct health_check *check);
/* How it is checked, into `ret`; under the backend's lock, or before there are threads. */
void server_fill_check(struct server *server, struct health_conf *ret);

/* Before its home runs. */
void server_slowstart_init(struct server *server);
/* In its home: begins, goes on or ends as the state says. */
void server_slowstart_settle(struct server *server);

/* The backend went up or down, if it did; under its lock. */
void backend_note_change(struct backend *backend, bool was_up, uint64_t now_us);

/* The streams of this server end, in every thread. */
void server_end_streams(const struct server *server, char cause);

/* In its home: its checks run or not, with what is to be checked now; slowstart begins or ends. */
void server_check_settle(struct server *server, bool run);

/* In its home: neither checked nor asked nor timed any more, for good. */
void server_retire(struct server *server);

/* Starts the checks of the servers that are at home in this worker. 0 or negative errno. */
int server_start_checks(struct worker *worker) MUST_CHECK;
void server_stop_checks(struct worker *worker);
