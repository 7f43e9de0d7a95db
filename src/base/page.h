/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/page.h - the memory that the processes of one relevo share.
 *
 * The parent maps it before it forks, so that it outlives each child: a
 * restarted child finds here what it must not forget. Every field has one
 * writer, named at its group; readers take what is there and never wait.
 * Nothing in it is trusted by the parent or the vrrp process as an address,
 * an index or a length without a check: the proxy may be hostile.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum {
	PAGE_THREADS = 64,
	PAGE_INSTANCES = 64,
	PAGE_EVENTS = 128,	/* of which the newest are kept */
	PAGE_MAILS = 64,
	PAGE_PEERS = 4,		/* of an instance */
	PAGE_TRACKS = 256,	/* of all instances; those beyond are counted */
	PAGE_PEER_QUIET_US = 4000000,	/* without a hello for so long a node is quiet */
	PAGE_TURNS = 16,	/* of an instance, of which the newest are kept */
};

enum page_proxy_state {
	PAGE_PROXY_NONE,	/* no haproxy.cfg: the proxy has no say */
	PAGE_PROXY_STARTING,
	PAGE_PROXY_SERVING,
	PAGE_PROXY_STOPPING,	/* told to stop: give the addresses up now */
	PAGE_PROXY_DEAD,	/* its process has ended, a new one is on its way */
};

enum page_vrrp_state {
	PAGE_VRRP_INIT,
	PAGE_VRRP_BACKUP,
	PAGE_VRRP_MASTER,
	PAGE_VRRP_FAULT,
	PAGE_VRRP_STOPPED,
};

/* Written by one proxy thread, on each wake-up: a line of its own. */
struct page_thread {
	_Alignas(64) _Atomic uint64_t stamp_us; /* moment of the last progress; 0: not running */
};

/* Written by the parent (state, exit_status, generation) and the proxy (state, threads). */
struct page_proxy {
	_Atomic uint32_t state;		/* enum page_proxy_state */
	_Atomic uint32_t threads;	/* in use of thread[] */
	_Atomic uint32_t generation;	/* of the process that serves: counts those started */
	_Atomic uint32_t restarts;	/* of them, those after a death */
	_Atomic int32_t exit_status;	/* of the last that ended, as from waitpid */
	_Atomic uint64_t changed_us;	/* moment of the last change of state */
	struct page_thread thread[PAGE_THREADS];
};

/* Another node of relevo, by its hellos. Texts are NUL-ended, and may tear: for people. */
struct page_peer {
	_Atomic uint64_t heard_wall_us;	/* 0: this place is free */
	_Atomic uint32_t state;		/* enum page_vrrp_state */
	_Atomic uint32_t priority;
	_Atomic uint32_t agrees;	/* its file does, in what it must */
	_Atomic uint32_t maintenance;
	char name[32];
	char address[46];
};

enum page_counter { /* of an instance, since the start; as `keepalived.stats` has them */
	PAGE_BAD_LENGTH,
	PAGE_BAD_TTL,
	PAGE_BAD_TYPE,
	PAGE_BAD_INTERVAL,
	PAGE_BAD_ADDRESSES,
	PAGE_AUTH_UNKNOWN,
	PAGE_AUTH_OTHER,
	PAGE_AUTH_FAILED,
	PAGE_ZERO_RECEIVED,
	PAGE_ZERO_SENT,
	PAGE_BECAME_MASTER,
	PAGE_RELEASED_MASTER,
	PAGE_COUNTERS,
};

/* Written by the vrrp process; what a restarted one goes on from. */
struct page_instance {
	char name[64];			/* set once, before `used` */
	_Atomic uint32_t used;
	_Atomic uint32_t state;		/* enum page_vrrp_state */
	_Atomic uint32_t priority;	/* effective, 0..255 */
	_Atomic uint32_t ah_sequence;	/* last one sent or taken over */
	_Atomic uint64_t since_wall_us;	/* of the last transition */
	_Atomic uint64_t transitions;	/* to MASTER or away from it */
	_Atomic uint64_t adverts_sent, adverts_received;
	_Atomic uint64_t adverts_lost;	/* as far as gaps between those of one sender tell */
	_Atomic uint64_t counter[PAGE_COUNTERS];
	struct page_peer peer[PAGE_PEERS];
	/* For people; texts are NUL-ended, and may tear. */
	_Atomic uint32_t vrid, version, configured_priority, master_priority;
	char interface[16];
	char addresses[256];		/* as configured, with spaces between */
	char owner[46];			/* the master last heard; "": none */
	char cause[200];		/* of the last transition */
	char priority_cause[120];	/* of the last change of the priority */
	_Atomic uint64_t outage_us;	/* before the last takeover: no master
					 * was heard for so long */
};

enum page_track_kind {
	PAGE_TRACK_SCRIPT,
	PAGE_TRACK_INTERFACE,
	PAGE_TRACK_FILE,
	PAGE_TRACK_PROCESS,
	PAGE_TRACK_BFD,
};

enum page_track_state { PAGE_TRACK_UNKNOWN, PAGE_TRACK_UP, PAGE_TRACK_DOWN };

/*
 * Something that an instance tracks. Written by the vrrp process: what stands
 * before `state` once, before track_count. Rows of an instance follow each other.
 */
struct page_track {
	uint32_t kind;			/* enum page_track_kind */
	uint32_t of_group;		/* its sync group does */
	uint32_t reverse;
	int32_t weight;			/* 0: failure means FAULT */
	char instance[64], name[64];	/* NUL-ended, longer ones are cut */
	_Atomic uint32_t state;		/* enum page_track_state */
	_Atomic uint32_t fault;		/* it alone means FAULT now */
	_Atomic int32_t adds;		/* to the priority now */
	_Atomic int32_t value;		/* a file's number; how many processes run */
	_Atomic uint64_t since_wall_us;	/* of the last change of `state` */
};

enum page_witness { PAGE_WITNESS_NONE, PAGE_WITNESS_REACHED, PAGE_WITNESS_LOST };

enum page_command_kind { PAGE_HAND_OVER = 1, PAGE_MAINTENANCE_ON, PAGE_MAINTENANCE_OFF };

/*
 * What the operator asks of the vrrp process. The parent writes `kind` and
 * `instance`, then counts `asked` up, but only while both counts are equal;
 * the vrrp process writes `failed` and `answer`, then `answered`.
 */
struct page_command {
	_Atomic uint64_t asked, answered;
	uint32_t kind;			/* enum page_command_kind */
	char instance[64];		/* "": all */
	uint32_t failed;
	char answer[600];		/* lines, NUL-ended */
};

/* A change of an instance's state. What stands between two is the state of the first. */
struct page_turn {
	_Atomic uint64_t number;	/* 1.. when complete, 0 while being written */
	uint64_t wall_us;
	uint64_t outage_us;		/* MASTER: no master was heard for so long before; else 0 */
	uint32_t state;			/* enum page_vrrp_state */
	char owner[46];			/* the other node that was master until
					 * then; "": none is known */
	char cause[110];
};

/* Of the instance of the same index; written by the vrrp process. */
struct page_turns {
	_Atomic uint64_t count;		/* appended since its place was taken */
	struct page_turn turn[PAGE_TURNS];
};

/* Ring of transitions and notable events, for `relevo why` and the pages. */
struct page_event {
	_Atomic uint64_t number;	/* 1.. when complete, 0 while being written */
	uint64_t wall_us;
	char text[280];			/* NUL-ended, one line, no control bytes */
};

/*
 * Ring of mails: vrrp appends, scripts sends. Here and not in a process, so
 * that a mail outlives a crash of the sender.
 */
struct page_mail {
	char subject[200];
	char body[312];
};

struct page_mails {
	_Atomic uint64_t head;		/* written: mails appended since start */
	_Atomic uint64_t tail;		/* sent or given up; head - tail <= PAGE_MAILS */
	_Atomic uint64_t dropped;	/* not queued, since the ring was full */
	struct page_mail mail[PAGE_MAILS];
};

struct page {
	struct page_proxy proxy;
	_Atomic uint32_t vrrp_generation;	/* parent: counts vrrp processes started */
	_Atomic uint32_t stopping;		/* parent: all of relevo is to stop */
	_Atomic uint32_t maintenance;		/* vrrp: this node does not claim */
	_Atomic uint32_t witness;		/* vrrp: enum page_witness */
	/*
	 * proxy: counts hand-overs asked for on the console. A wish:
	 * the parent decides (daemon/parent_wish.c)
	 */
	_Atomic uint32_t handover_wishes;
	struct page_command command;
	struct page_instance instance[PAGE_INSTANCES];
	_Atomic uint32_t track_count;		/* vrrp: rows of track[] in use */
	_Atomic uint32_t tracks_left_out;
	struct page_track track[PAGE_TRACKS];
	struct page_turns turns[PAGE_INSTANCES];
	_Atomic uint64_t event_count;		/* appended since start; many writers */
	struct page_event event[PAGE_EVENTS];
	struct page_mails mails;
};

/* Maps a zeroed page that children inherit. NULL with errno set on failure. */
struct page *page_map(void);
void page_unmap(struct page *page);

/* Appends an event; control bytes become spaces and long text is cut. Any process. */
void page_event_add(struct page *page, const char *text);

/* Copies event `number` (1..event_count); false if it was overwritten or is being written. */
bool page_event_get(const struct page *page, uint64_t number, struct page_event *ret_event);

/* Appends a turn of instance `index`: all but its number is the caller's. vrrp process only. */
void page_turn_add(struct page *page, unsigned index, const struct page_turn *turn);

/* Copies turn `number` (1..count), with its texts ended; false as for events. */
bool page_turn_get(const struct page *page, unsigned index, uint64_t number,
		   struct page_turn *ret_turn);

/* Queues a mail, or counts it as dropped and returns false. vrrp process only. */
bool page_mail_add(struct page *page, const char *subject, const char *body);

/*
 * Copies instance `index`, with every text ended: what the page holds may
 * change, or be anything. False if that place is free.
 */
bool page_instance_get(const struct page *page, unsigned index, struct page_instance *ret_instance);

/* Copies row `index`, with its texts ended. False: there are no more rows. */
bool page_track_get(const struct page *page, unsigned index, struct page_track *ret_track);

/* Words for people: "script", "interface", ...; "up", "down", "unknown". */
const char *page_track_kind_name(uint32_t kind);
const char *page_track_state_name(uint32_t state);

/* Words for people: "MASTER", "BACKUP", ... */
const char *page_vrrp_state_name(uint32_t state);

/* Proxy side: sets the state and its moment. */
void page_proxy_set_state(struct page *page, enum page_proxy_state state);
