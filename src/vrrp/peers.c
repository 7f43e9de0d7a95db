/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/peers.c - see peers.h. */
#include "vrrp/peers.h"

void peers_init(struct peers *peers, uint64_t boot)
{
	ASSERT(boot != 0);
	*peers = (struct peers){ .own = { .boot = boot } };
}

static bool peer_is_free(const struct peer *peer, struct moment now)
{
	return peer->last.stamp.boot == 0 || moment_since(peer->heard, now) > PEERS_FORGET_US;
}

void peers_stamp(struct peers *peers, struct moment now, struct hello *hello)
{
	peers->own.counter++;
	hello->stamp = peers->own;
	hello->echo_count = 0;
	for (unsigned i = 0; i < PEERS; i++)
		if (!peer_is_free(&peers->peer[i], now))
			hello->echo[hello->echo_count++] = peers->peer[i].last.stamp;
}

/* The peer's place, or a free one; a restarted node gets the place of what it was before. */
static struct peer *peers_place(struct peers *peers, struct moment now, const struct hello *hello,
				const struct ip *source)
{
	struct peer *place = NULL;

	for (unsigned i = 0; i < PEERS; i++)
		if (peers->peer[i].last.stamp.boot == hello->stamp.boot)
			return &peers->peer[i];
	for (unsigned i = 0; i < PEERS; i++) {
		struct peer *peer = &peers->peer[i];

		if (peer_is_free(peer, now) || (place == NULL && ip_equal(&peer->source, source)))
			place = peer;
	}
	return place;
}

static bool peers_is_answer(const struct peers *peers, const struct hello *hello)
{
	for (unsigned i = 0; i < hello->echo_count; i++)
		if (hello->echo[i].boot == peers->own.boot &&
		    hello->echo[i].counter <= peers->own.counter &&
		    hello->echo[i].counter + PEERS_RECENT >= peers->own.counter)
			return true;
	return false;
}

enum peers_verdict peers_hear(struct peers *peers, struct moment now, const struct hello *hello,
			      const struct ip *source, unsigned path, struct peer **ret_peer)
{
	bool answer = peers_is_answer(peers, hello);
	struct peer *peer = peers_place(peers, now, hello, source);

	if (hello->stamp.boot == peers->own.boot || peer == NULL)
		return PEERS_IGNORED;
	if (peer->last.stamp.boot == hello->stamp.boot) {
		if (hello->stamp.counter <= peer->last.stamp.counter)
			return PEERS_IGNORED;
	} else if (!answer && peer->answers && !peer_is_free(peer, now)) {
		/* Only one that answers us takes the place of one that is believed. */
		*ret_peer = peer;
		return PEERS_UNKNOWN;
	} else {
		*peer = (struct peer){ .told = peer->told };
	}
	peer->last = *hello;
	peer->source = *source;
	peer->path = path;
	peer->heard = now;
	peer->answers = answer;
	*ret_peer = peer;
	return answer ? PEERS_BELIEVED : PEERS_UNKNOWN;
}

static bool peer_is_believed(const struct peer *peer, struct moment now, uint64_t us)
{
	return peer->answers && moment_since(peer->heard, now) <= us;
}

const struct peer *peers_master(const struct peers *peers, struct moment now, uint64_t us)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (peers->peer[i].last.state == PAGE_VRRP_MASTER &&
		    peer_is_believed(&peers->peer[i], now, us))
			return &peers->peer[i];
	return NULL;
}

const struct peer *peers_successor(const struct peers *peers, struct moment now, uint64_t us,
				   uint64_t agreement)
{
	const struct peer *best = NULL;

	for (unsigned i = 0; i < PEERS; i++) {
		const struct peer *peer = &peers->peer[i];

		if (peer->last.state == PAGE_VRRP_BACKUP &&
		    (peer->last.flags & HELLO_SERVES) != 0 &&
		    peer->last.agreement == agreement &&
		    peer_is_believed(peer, now, us) &&
		    (best == NULL || peer->last.priority > best->last.priority))
			best = peer;
	}
	return best;
}

bool peers_any(const struct peers *peers, struct moment now, uint64_t us)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (peer_is_believed(&peers->peer[i], now, us))
			return true;
	return false;
}
