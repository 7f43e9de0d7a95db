/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/title.h - what `ps` shows of a process, and what `killall` finds.
 *
 * The title is the command line in /proc/PID/cmdline; the name is the 15
 * bytes of /proc/PID/comm by which killall and pgrep look.
 */
#pragma once

/* Once, first thing in main: notes where argv and the environment lie, and moves the latter. */
void title_init(int argc, char **argv);

/* Sets title and name of this process. `name` is cut to 15 bytes. */
void title_set(const char *title, const char *name);
