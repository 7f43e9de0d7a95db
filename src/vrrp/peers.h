/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/peers.h - the other nodes of relevo of one virtual router, as their
 * hellos tell.
 *
 * A hello is believed when its number is above all before it from the same
 * process, and it echoes a recent one of ours: what an attacker has recorded
 * echoes a process that is gone, or a number long past. One that fails only
 * the second may be the first of an honest node, and is answered, not believed.
 *
 * Pure: time is given in. Moments and durations as in base/clock.h.
 */
#pragma once

#include "base/clock.h"
#include "base/ip.h"
#include "base/page.h"
#include "vrrp/hello.h"

enum { PEERS = HELLO_ECHOES, PEERS_RECENT = 16, PEERS_FORGET_US = 30 * 1000 * 1000 };

struct peer {
	struct hello last;	/* the last one in order; stamp.boot 0: this place is free */
	struct ip source;	/* where that came from */
	unsigned path;		/* and by which of our ways (vrrp/peering.h) */
	struct moment heard;
	bool answers;		/* the last one was believed */
	struct hello_stamp told; /* drift: of which file it was told of, by agreement in .counter */
};

struct peers {
	struct hello_stamp own;	/* .counter: of the last hello we made */
	struct peer peer[PEERS];
};

enum peers_verdict {
	PEERS_IGNORED,		/* our own, a repetition, or no place for it */
	PEERS_UNKNOWN,		/* in order, but it does not answer us: answer it */
	PEERS_BELIEVED,
};

/* `boot` is random and not 0. */
void peers_init(struct peers *peers, uint64_t boot);

/* Gives `hello` the next number of ours and what it echoes. */
void peers_stamp(struct peers *peers, struct moment now, struct hello *hello);

/* Takes in a hello that hello_parse accepted. *ret_peer is whose it is, unless ignored. */
enum peers_verdict peers_hear(struct peers *peers, struct moment now, const struct hello *hello,
			      const struct ip *source, unsigned path, struct peer **ret_peer);

/* A peer whose believed hello within `us` says that it is MASTER; NULL: none. */
const struct peer *peers_master(const struct peers *peers, struct moment now, uint64_t us);

/*
 * The peer to hand over to: it serves, is BACKUP, its file agrees (`agreement`
 * is ours), it was believed within `us`, and has the highest priority. NULL: none.
 */
const struct peer *peers_successor(const struct peers *peers, struct moment now, uint64_t us,
				   uint64_t agreement);

/* Whether any was believed within `us`. */
bool peers_any(const struct peers *peers, struct moment now, uint64_t us);
