/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/notify_fifo.h - a FIFO that changes are written to as lines, byte for
 * byte as Keepalived writes them, and the script that reads it (man
 * keepalived.conf, "vrrp_notify_fifo").
 *
 *	INSTANCE "VI_1" MASTER 100
 *	GROUP "G1" FAULT 0
 *	INSTANCE "VI_1" BACKUP_PRIORITY 90
 *	INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
 *
 * Nobody waits for a reader: it holds what fits into a pipe (64 kB), and lines
 * beyond that are lost and counted. Part of the scripts process.
 */
#pragma once

#include "diag/log.h"
#include "vrrp/script_child.h"

enum { FIFO_LINE = 256 };

struct notify_fifo {
	const struct vrrp_fifo_conf *conf;
	int fd;				/* -1: none */
	bool made;			/* by us: removed at the end */
	uint64_t lost;			/* lines */
	bool losing;			/* the last one; said once */
	struct list running;		/* the script, while it runs */
	struct script_child script;
	void (*say)(void *context, enum log_level level, const char *text);
	void *context;
};

/* Makes the FIFO if there is none, and starts its script. What fails is said. */
void notify_fifo_open(struct notify_fifo *fifo, struct loop *loop,
		      const struct vrrp_fifo_conf *conf,
		      void (*say)(void *context, enum log_level level, const char *text),
		      void *context);

/* The line of one change: kind "INSTANCE" or "GROUP". Returns its length. */
size_t notify_fifo_line(char line[FIFO_LINE], const char *kind, const char *name,
			const char *state, unsigned priority);
void notify_fifo_write(struct notify_fifo *fifo, const char *line, size_t len);

/* To be called at SIGCHLD. */
void notify_fifo_reap(struct notify_fifo *fifo);

/* The reader gets the end of the file, and its script a moment for it, then SIGTERM. */
void notify_fifo_close(struct notify_fifo *fifo);
