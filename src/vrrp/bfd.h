/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/bfd.h - one BFD session (RFC 5880, 6.8), asynchronous mode, no
 * authentication, no echo.
 *
 * Pure: every call takes the moment and says what to send. The caller sends
 * it, and calls bfd_tick not before bfd_next_due. The diagram is in bfd.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "vrrp/bfd_packet.h"

/* What a file says of a session (man keepalived.conf, "BFD CONFIGURATION"). */
struct bfd_params {
	uint32_t min_tx_us, min_rx_us;	/* 1.. */
	uint32_t idle_tx_us;		/* between packets while not Up; 1 s at least */
	uint8_t multiplier;		/* 1..255 */
	bool passive;			/* is silent until it hears the neighbor */
};

struct bfd {
	struct bfd_params params;
	enum bfd_state state;
	enum bfd_diagnostic diagnostic;
	uint32_t mine, theirs;		/* discriminators; 0: theirs is not known */
	enum bfd_state remote_state;
	uint8_t remote_diagnostic, remote_multiplier;
	uint32_t remote_min_tx_us, remote_min_rx_us;
	bool remote_demand;
	bool polling;			/* the next packets ask for a Final */
	uint64_t random;		/* of the jitter */
	struct moment sent_at, send_at, expire_at; /* MOMENT_NEVER: not armed */
	struct moment heard_at;		/* us 0: never */
};

/* What a call wants done, in this order. */
struct bfd_out {
	bool send;
	struct bfd_packet packet;
	bool changed;			/* the state, which was: */
	enum bfd_state before;
};

/* `discriminator` is unique among ours and not 0; `seed` is any number. Starts AdminDown. */
void bfd_init(struct bfd *bfd, const struct bfd_params *params, uint32_t discriminator,
	      uint64_t seed);

void bfd_start(struct bfd *bfd, struct moment now, struct bfd_out *ret_out);

/* To AdminDown: the neighbor is told at once, and nothing is sent any more. */
void bfd_stop(struct bfd *bfd, struct moment now, struct bfd_out *ret_out);

/* A packet that bfd_packet_parse has accepted and that is for this session. */
void bfd_receive(struct bfd *bfd, struct moment now, const struct bfd_packet *packet,
		 struct bfd_out *ret_out);

void bfd_tick(struct bfd *bfd, struct moment now, struct bfd_out *ret_out);
struct moment bfd_next_due(const struct bfd *bfd);

/* Silence for so long is Down (6.8.4); 0 before anything was heard. */
uint64_t bfd_detection_us(const struct bfd *bfd);
