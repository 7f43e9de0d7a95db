/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/server_external.h - checks by programs: the proxy may not start any, so it
 * asks the checker process (daemon/checker.c) over a SOCK_SEQPACKET pair, one
 * message a packet. The question names a server; what is run for it stands in
 * the configuration that both have read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct health_check;
struct worker;

struct external_message {
	uint32_t section, server;	/* indexes */
	uint32_t ticket;		/* of the question, and in its answer */
	uint32_t timeout_ms;		/* question */
	uint32_t sessions;		/* question: on the server now */
	int32_t status;			/* answer: as from waitpid */
};

/* The answers come to this worker, which passes them on. 0 or negative errno. */
int server_external_open(struct worker *worker, int fd);

/* health_check.ask_program */
bool server_external_ask(struct health_check *check, uint32_t ticket, uint32_t timeout_ms);
