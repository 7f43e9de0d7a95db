/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analyse/terms.c - see terms.h. The first character says who ended it (upper
 * case: by an error or a close, lower case: by a timeout), the second where the
 * stream was: in the request, the queue, the connection to the server, the
 * response's head, the data, the last data, or a tarpit.
 */
#include "analyse/terms.h"

#include "base/macros.h"

struct term {
	char code[3]; /* one character: for every second one without a row */
	const char *meaning;
};

static const struct term terms[] = {
	{ "--", "Ended as it should: both sides were done." },
	{ "CC", "The client left before the server was connected." },
	{ "CD", "The client left in the middle of the data." },
	{ "CH", "The client left while the server was still working on the answer." },
	{ "CL", "The client left while the last data were on their way." },
	{ "CQ", "The client left while it waited in the queue." },
	{ "CR", "The client left before its request was whole, or sent no valid one." },
	{ "CT", "The client left while it was held in the tarpit." },
	{ "cC", "The client was silent too long while the server was being connected." },
	{ "cD", "The client was silent too long in the middle of the data (timeout client)." },
	{ "cH", "The client sent its request's body too slowly (timeout client)." },
	{ "cL", "The client did not take the last data in time (timeout client)." },
	{ "cR", "The client did not send its request in time (timeout http-request)." },
	{ "SC", "The server refused the connection, could not be reached, or none was up." },
	{ "SD", "The server broke the connection in the middle of the data." },
	{ "SH", "The server closed, or answered what is no valid response." },
	{ "SL", "The server broke the connection while the last data were on their way." },
	{ "sC", "The server did not accept the connection in time (timeout connect)." },
	{ "sD", "The server was silent too long in the middle of the data (timeout server)." },
	{ "sH", "The server did not begin its answer in time (timeout server)." },
	{ "sL", "The server did not finish the last data in time (timeout server)." },
	{ "sQ", "No server had a free place in time (timeout queue)." },
	{ "PC", "The proxy could open no connection: a limit or a lack of ports." },
	{ "PD", "The proxy stopped the data: a message was not valid, or a rule said so." },
	{ "PH", "The proxy blocked the server's answer: not valid, or refused by a rule." },
	{ "PL", "The proxy stopped while the last data were on their way." },
	{ "PR", "The proxy refused the request: not valid, or denied by a rule." },
	{ "PT", "The proxy held the client in the tarpit, then refused the request." },
	{ "LC", "The proxy answered by itself before it connected to a server." },
	{ "LH", "The proxy answered by itself in place of the server." },
	{ "LR", "The proxy answered the request by itself: a redirect, a page, an applet." },
	{ "RC", "The proxy ran out of a resource while it connected to the server." },
	{ "DC", "The server was marked down, and its connections were closed." },
	{ "DD", "The server was marked down in the middle of the data." },
	{ "C", "The client broke the connection." },
	{ "c", "The client was silent too long." },
	{ "S", "The server broke or refused the connection." },
	{ "s", "The server was silent too long." },
	{ "P", "The proxy ended it: a limit or a rule." },
	{ "L", "The proxy answered by itself." },
	{ "R", "The proxy ran out of a resource." },
	{ "I", "The proxy found a fault of its own." },
	{ "D", "The server was marked down, and its connections were closed." },
	{ "U", "A server came up again, and connections to its backups were closed." },
	{ "K", "An administrator closed it." },
};

const char *term_meaning(struct slice code)
{
	for (unsigned len = 2; len > 0; len--)
		for (size_t i = 0; i < ARRAY_LEN(terms) && code.len >= len; i++)
			if (strlen(terms[i].code) == len &&
			    memcmp(terms[i].code, code.at, len) == 0)
				return terms[i].meaning;
	return "A state that no manual describes.";
}
