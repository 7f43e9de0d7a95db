/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy/connect.h - the socket toward a server: address, source, options.
 */
#pragma once

#include <stdbool.h>

#include "base/macros.h"

struct server;
struct stream;

/* Whether connections to the server lead where each client wanted to go (0.0.0.0, no port). */
bool connect_follows_client(const struct server *server);

/*
 * Begins to connect, without waiting. Returns the descriptor or negative
 * errno; -ECONNREFUSED and the like when the kernel knows at once.
 */
int connect_server(const struct server *server, struct stream *stream) MUST_CHECK;
void connect_close(int fd);

/* A connection that was not made by connect_server gets the options that those have. */
void connect_adopt(const struct server *server, int fd);

/* `usesrc hdr_ip()`: keeps the address while the request's head is there. False: no memory. */
bool connect_note_source(struct stream *stream) MUST_CHECK;

/* Sends the PROXY protocol header on the stream's new connection. 0 or negative errno. */
int connect_introduce(struct stream *stream, unsigned version) MUST_CHECK;
