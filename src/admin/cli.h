/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin/cli.h - the runtime API on the stats sockets: commands of one line,
 * answers of text (management manual 9.3).
 *
 * Everything runs in the main thread's loop, one connection after the other
 * and none for long: answers are made in pieces as the client reads them, and
 * what another thread must do or say is asked by message (cli_ask.c).
 *
 *   cli_service.c   sockets, connections, limits
 *   cli_conn.c      bytes in, commands, bytes out
 *   cli_line.c      a line as commands of words
 *   cli_dispatch.c  words to the row of a command; help
 *   cli_*.c         the commands, in tables
 */
#pragma once

#include <stdio.h>

#include "proxy/service.h"

extern const struct proxy_cli_service admin_cli_service;

/* The commands for the manual, as Markdown; and for -dK, a line each. */
void admin_cli_print_reference(FILE *out);
void admin_cli_list(FILE *out);
