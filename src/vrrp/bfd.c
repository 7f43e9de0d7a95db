/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/bfd.c - see bfd.h.
 *
 * What is heard, by the neighbor's state (RFC 5880, 6.2):
 *
 *               Down                    Init, Up
 *     DOWN -------------> INIT   INIT ------------> UP
 *     DOWN --Init-------> UP
 *     UP   --Down, AdminDown------> DOWN
 *     INIT --AdminDown------------> DOWN
 *     INIT, UP --silence for the detection time--> DOWN
 *
 * Invariants
 *  - What differs from the last packet but for Poll and Final is told at once,
 *    so that a session comes up in three packets and not in three seconds.
 *  - While not Up at most one packet a second is sent on our own account.
 *  - A packet has never both Poll and Final.
 */
#include "vrrp/bfd.h"

#include "base/macros.h"

enum {
	BFD_SLOW_US = 1000000,	/* 6.8.3: no less while the session is not Up */
};

/* --- what is sent --- */

static uint32_t bfd_min_tx_us(const struct bfd *bfd)
{
	if (bfd->state == BFD_UP)
		return bfd->params.min_tx_us;
	return bfd->params.idle_tx_us > BFD_SLOW_US ? bfd->params.idle_tx_us : BFD_SLOW_US;
}

/* xorshift64*: jitter need not be secret. */
static uint64_t bfd_random(struct bfd *bfd)
{
	bfd->random ^= bfd->random >> 12;
	bfd->random ^= bfd->random << 25;
	bfd->random ^= bfd->random >> 27;
	return bfd->random * UINT64_C(0x2545f4914f6cdd1d);
}

/* 6.8.7: between 75 and 100 % of the interval, and at most 90 % when one loss is one too many. */
static uint64_t bfd_jittered(struct bfd *bfd, uint64_t interval_us)
{
	unsigned most = bfd->params.multiplier == 1 ? 90 : 100;
	uint64_t span_us = interval_us * (most - 75) / 100;

	return interval_us * 75 / 100 + bfd_random(bfd) % (span_us + 1);
}

static uint64_t bfd_interval_us(const struct bfd *bfd)
{
	uint32_t own_us = bfd_min_tx_us(bfd);

	return own_us > bfd->remote_min_rx_us ? own_us : bfd->remote_min_rx_us;
}

/* 6.8.7: whether packets are sent without being asked for. */
static bool bfd_is_talking(const struct bfd *bfd)
{
	if (bfd->state == BFD_ADMIN_DOWN || (bfd->params.passive && bfd->theirs == 0))
		return false;
	if (bfd->remote_min_rx_us == 0)
		return false;
	return bfd->polling || !bfd->remote_demand || bfd->state != BFD_UP ||
	       bfd->remote_state != BFD_UP;
}

/* The next packet; an interval that has become shorter holds from the last packet on. */
static void bfd_schedule(struct bfd *bfd, struct moment now)
{
	struct moment next;

	if (!bfd_is_talking(bfd)) {
		bfd->send_at = MOMENT_NEVER;
		return;
	}
	next = moment_after(bfd->sent_at, bfd_jittered(bfd, bfd_interval_us(bfd)));
	if (moment_before(next, now))
		next = now;
	if (moment_before(next, bfd->send_at) || !moment_before(now, bfd->send_at))
		bfd->send_at = next;
}

static void bfd_send(struct bfd *bfd, struct moment now, bool final, struct bfd_out *out)
{
	out->send = true;
	out->packet = (struct bfd_packet){
		.diagnostic = (uint8_t)bfd->diagnostic,
		.state = bfd->state,
		.poll = bfd->polling && !final,
		.final = final,
		.multiplier = bfd->params.multiplier,
		.mine = bfd->mine,
		.yours = bfd->theirs,
		.min_tx_us = bfd_min_tx_us(bfd),
		.min_rx_us = bfd->params.min_rx_us,
	};
	bfd->sent_at = now;
	bfd->send_at = MOMENT_NEVER;
	bfd_schedule(bfd, now);
}

/* --- states --- */

static void bfd_enter(struct bfd *bfd, enum bfd_state state, enum bfd_diagnostic diagnostic,
		      struct bfd_out *out)
{
	ASSERT(bfd->state != state);
	out->changed = true;
	out->before = bfd->state;
	/* 6.8.3: what we say of our interval changes with Up, so it has to be acknowledged. */
	bfd->polling = state == BFD_UP;
	bfd->state = state;
	/* 6.2: a reason is kept until the session is Up again. */
	if (state == BFD_UP || diagnostic != BFD_DIAG_NONE)
		bfd->diagnostic = diagnostic;
}

void bfd_init(struct bfd *bfd, const struct bfd_params *params, uint32_t discriminator,
	      uint64_t seed)
{
	ASSERT(discriminator != 0 && params->multiplier != 0);
	*bfd = (struct bfd){
		.params = *params,
		.state = BFD_ADMIN_DOWN,
		.mine = discriminator,
		.remote_state = BFD_DOWN,
		.remote_min_rx_us = 1,
		.random = seed | 1,
		.send_at = MOMENT_NEVER,
		.expire_at = MOMENT_NEVER,
	};
}

void bfd_start(struct bfd *bfd, struct moment now, struct bfd_out *ret_out)
{
	*ret_out = (struct bfd_out){ 0 };
	if (bfd->state != BFD_ADMIN_DOWN)
		return;
	bfd_enter(bfd, BFD_DOWN, BFD_DIAG_NONE, ret_out);
	bfd->diagnostic = BFD_DIAG_NONE;
	if (bfd_is_talking(bfd))
		bfd_send(bfd, now, false, ret_out);
}

void bfd_stop(struct bfd *bfd, struct moment now, struct bfd_out *ret_out)
{
	*ret_out = (struct bfd_out){ 0 };
	if (bfd->state == BFD_ADMIN_DOWN)
		return;
	bfd_enter(bfd, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN, ret_out);
	bfd_send(bfd, now, false, ret_out);
	bfd->expire_at = MOMENT_NEVER;
}

/* --- what is heard --- */

uint64_t bfd_detection_us(const struct bfd *bfd)
{
	uint32_t interval_us = bfd->remote_min_tx_us;

	if (bfd->remote_multiplier == 0)
		return 0;
	if (bfd->params.min_rx_us > interval_us)
		interval_us = bfd->params.min_rx_us;
	return (uint64_t)bfd->remote_multiplier * interval_us;
}

static void bfd_learn(struct bfd *bfd, struct moment now, const struct bfd_packet *packet)
{
	bfd->theirs = packet->mine;
	bfd->remote_state = packet->state;
	bfd->remote_diagnostic = packet->diagnostic;
	bfd->remote_demand = packet->demand;
	bfd->remote_multiplier = packet->multiplier;
	bfd->remote_min_tx_us = packet->min_tx_us;
	bfd->remote_min_rx_us = packet->min_rx_us;
	bfd->heard_at = now;
	bfd->expire_at = moment_after(now, bfd_detection_us(bfd));
	if (packet->final)
		bfd->polling = false;
}

/* RFC 5880, 6.8.6, the part with the states. */
static void bfd_follow(struct bfd *bfd, enum bfd_state theirs, struct bfd_out *out)
{
	if (theirs == BFD_ADMIN_DOWN) {
		if (bfd->state != BFD_DOWN)
			bfd_enter(bfd, BFD_DOWN, BFD_DIAG_NEIGHBOR, out);
		return;
	}
	switch (bfd->state) {
	case BFD_DOWN:
		if (theirs == BFD_DOWN)
			bfd_enter(bfd, BFD_INIT, BFD_DIAG_NONE, out);
		else if (theirs == BFD_INIT)
			bfd_enter(bfd, BFD_UP, BFD_DIAG_NONE, out);
		break;
	case BFD_INIT:
		if (theirs == BFD_INIT || theirs == BFD_UP)
			bfd_enter(bfd, BFD_UP, BFD_DIAG_NONE, out);
		break;
	case BFD_UP:
		if (theirs == BFD_DOWN)
			bfd_enter(bfd, BFD_DOWN, BFD_DIAG_NEIGHBOR, out);
		break;
	case BFD_ADMIN_DOWN: break;
	}
}

void bfd_receive(struct bfd *bfd, struct moment now, const struct bfd_packet *packet,
		 struct bfd_out *ret_out)
{
	bool known = bfd->theirs == packet->mine;

	*ret_out = (struct bfd_out){ 0 };
	if (bfd->state == BFD_ADMIN_DOWN)
		return;
	bfd_learn(bfd, now, packet);
	bfd_follow(bfd, packet->state, ret_out);
	/* 6.8.7: never so often that packets answer packets for ever. */
	bool news = ret_out->changed || !known;
	if (packet->poll || (news && bfd_is_talking(bfd)))
		bfd_send(bfd, now, packet->poll, ret_out);
	else
		bfd_schedule(bfd, now);
}

static void bfd_expire(struct bfd *bfd, struct bfd_out *out)
{
	bfd->expire_at = MOMENT_NEVER;
	bfd->theirs = 0;
	bfd->remote_state = BFD_DOWN;
	bfd->remote_demand = false;
	bfd->remote_min_rx_us = 1; /* as before the first packet, so that we talk again */
	if (bfd->state == BFD_INIT || bfd->state == BFD_UP)
		bfd_enter(bfd, BFD_DOWN, BFD_DIAG_EXPIRED, out);
}

void bfd_tick(struct bfd *bfd, struct moment now, struct bfd_out *ret_out)
{
	*ret_out = (struct bfd_out){ 0 };
	if (!moment_before(now, bfd->expire_at)) {
		bfd_expire(bfd, ret_out);
		if (ret_out->changed && bfd_is_talking(bfd)) {
			bfd_send(bfd, now, false, ret_out);
			return;
		}
		bfd_schedule(bfd, now);
	}
	if (!moment_before(now, bfd->send_at)) {
		if (bfd_is_talking(bfd))
			bfd_send(bfd, now, false, ret_out);
		else
			bfd->send_at = MOMENT_NEVER;
	}
}

struct moment bfd_next_due(const struct bfd *bfd)
{
	return moment_before(bfd->send_at, bfd->expire_at) ? bfd->send_at : bfd->expire_at;
}
