/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BFD sessions without the rest, for tests/net/test_bfd.py:
 *
 *   bfd_driver NEIGHBOR SOURCE MIN_TX_MS MIN_RX_MS MULTIPLIER MAX_HOPS TTL
 *
 * Each change is a line "MONOTONIC_SECONDS up|down WHY" on stdout. SIGTERM ends it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "vrrp/bfd_service.h"

static double now(void)
{
	return (double)moment_now().us / 1e6;
}

static void on_change(void *context, unsigned index, bool up, const char *why)
{
	printf("%.6f %s %s\n", now(), up ? "up" : "down", why);
	fflush(stdout);
}

static void say(void *context, enum log_level level, const char *text)
{
	printf("%.6f say %s\n", now(), text);
	fflush(stdout);
}

static void on_signal(struct loop *loop, int number)
{
	loop_stop(loop);
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGTERM, 0 };
	struct bfd_peer peer = { .name = "B1" };
	struct loop *loop = loop_new(NULL);
	struct bfd_service *service;

	if (argc != 8 || loop == NULL || loop_signals(loop, signals, on_signal) < 0 ||
	    !ip_parse(argv[1], &peer.neighbor) || !ip_parse(argv[2], &peer.source))
		return 2;
	peer.params = (struct bfd_params){
		.min_tx_us = (uint32_t)atoi(argv[3]) * 1000,
		.min_rx_us = (uint32_t)atoi(argv[4]) * 1000,
		.idle_tx_us = 1000000,
		.multiplier = (uint8_t)atoi(argv[5]),
	};
	peer.max_hops = (uint8_t)atoi(argv[6]);
	peer.ttl = (uint8_t)atoi(argv[7]);
	service = bfd_service_open(&(struct bfd_service_args){
		.loop = loop, .peers = &peer, .count = 1, .on_change = on_change, .say = say });
	if (service == NULL) {
		perror("bfd_driver");
		return 1;
	}
	loop_run(loop);
	bfd_service_close(service);
	loop_free(loop);
	return 0;
}
