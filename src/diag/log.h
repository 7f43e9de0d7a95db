/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag/log.h - the run-time log: traffic lines and events to syslog servers
 * (UDP, Unix socket) and descriptors, as `log` lines of haproxy.cfg ask
 * (configuration manual, chapters 3.1 and 4.2 "log", RFC 3164, RFC 5424).
 *
 * A struct log belongs to one thread and is not shared. Sending never blocks
 * and never fails visibly: a line that cannot be sent is counted in
 * `dropped`. Lines are batched until log_flush, which each loop calls once
 * before it sleeps; what the other side does not take then waits for the next
 * one. SIGPIPE must be ignored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/doc.h"
#include "base/macros.h"
#include "base/slice.h"

struct arena;

enum log_level { /* syslog severities */
	LOG_LEVEL_EMERG,
	LOG_LEVEL_ALERT,
	LOG_LEVEL_CRIT,
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum log_format {
	LOG_FORMAT_LOCAL,	/* RFC 3164 without the host name */
	LOG_FORMAT_RFC3164,
	LOG_FORMAT_RFC5424,
	LOG_FORMAT_PRIORITY,	/* "<N>message" */
	LOG_FORMAT_SHORT,	/* "<N>message", level as systemd wants it */
	LOG_FORMAT_TIMED,
	LOG_FORMAT_ISO,
	LOG_FORMAT_RAW,
	LOG_FORMAT_DEFAULT,	/* no `format` on the line: local, or rfc3164 when log_conf.hostname
				 * is set (log-send-hostname) */
};

enum log_target_kind {
	LOG_TO_UDP,
	LOG_TO_UNIX,
	LOG_TO_FD,		/* stdout, stderr, fd@N: lines stay whole */
	LOG_TO_RING,		/* ring@NAME, tcp@ADDRESS: a queue before a TCP syslog server */
};

/* A `ring` section (configuration manual 3.9), or what `log tcp@...` stands for. */
struct log_ring {
	const char *name;		/* NULL: of `log tcp@...` */
	struct sockaddr_storage address; /* of its server; len 0: nobody reads it */
	socklen_t address_len;
	enum log_format format;
	uint16_t length;		/* as log_target.length */
	bool counted;			/* octet counting (RFC 6587, 3.4.1);
					 * else a newline ends a line */
	uint32_t size;			/* bytes that may wait for the server, a thread */
	uint32_t connect_ms, server_ms;	/* 0: no limit */
	const struct log_ring *also;	/* its next server, with a queue of
					 * its own; NULL: no more */
};

/* A further range of `sample 1,3-4:10`, numbered from 1, inclusive. */
struct log_range {
	uint32_t low, high;		/* 0, 0 ends an array of these */
};

/*
 * A `log-profile` section, as far as this room acts on it: the proxy has the
 * rest around it (proxy/log_profile.h).
 */
struct log_profile {
	const char *name;
	const char *tag;		/* NULL: log_conf.tag */
};

/* One `log` line, typed. */
struct log_target {
	enum log_target_kind kind;
	struct sockaddr_storage address;
	socklen_t address_len;
	int fd;				/* LOG_TO_FD */
	const struct log_ring *ring;	/* LOG_TO_RING: it has address, format and length */
	enum log_format format;
	uint8_t facility;		/* 0..23 */
	uint8_t max_level;		/* lines above it are not sent; default LOG_LEVEL_DEBUG */
	uint8_t min_level;		/* lines below it are sent as this;
					 * default LOG_LEVEL_EMERG */
	uint16_t length;		/* longest line in bytes, 80..65535; default 1024 */
	uint32_t sample_low, sample_high, sample_size; /* `sample 1:10`; size 0: all */
	const struct log_range *sample_more; /* ranges after the first, or NULL */
	const struct log_profile *profile; /* NULL: none */
};

/* The targets and names that apply in one place (global, or one proxy). */
struct log_conf {
	struct log_target *targets;
	unsigned count;
	const char *tag;		/* NULL: the program's name */
	const char *hostname;		/* NULL: no log-send-hostname */
	bool profiled;			/* some target has a profile */
};

/* Names of facilities and levels; -1 when unknown. */
int log_facility_find(const char *name);
int log_level_find(const char *name);
const char *log_level_name(enum log_level level);
const char *log_facility_name(unsigned facility);	/* NULL beyond 23 */
int log_format_find(const char *name);
extern const char *const log_facility_names[];		/* end in NULL, for suggestions */
extern const char *const log_level_names[];
extern const char *const log_format_names[];

struct log; /* one thread's sockets and batches */

/* `program` ("haproxy", "Keepalived_vrrp", "relevo") and `pid` go into each line. */
struct log *log_open(const char *program, int pid);
void log_close(struct log *log); /* flushes, waiting at most 100 ms for slow readers */

/*
 * Queues one line (without newline) for every target of `conf` that wants
 * `level`. Control bytes but tabs become '?', so that no line can look like two.
 */
void log_send(struct log *log, const struct log_conf *conf, enum log_level level,
	      const char *text, size_t len);
/*
 * The same, with structured data ("[id@1 a=\"b\"]"; len 0:
 * none) where the format has a place for it.
 */
void log_send_structured(struct log *log, const struct log_conf *conf, enum log_level level,
			 struct slice structured, struct slice text);
/* The same to one of `conf`'s targets; `profile` is whose tag counts, or NULL. */
void log_send_target(struct log *log, const struct log_conf *conf, const struct log_target *target,
		     const struct log_profile *profile, enum log_level level,
		     struct slice structured, struct slice text);
/* The same as log_send; text beyond 4 kB is cut. */
void log_printf(struct log *log, const struct log_conf *conf, enum log_level level,
		const char *format, ...) PRINTF_LIKE(4, 5);
/* Lines up to the next flush are of this moment, so that none of them reads a clock. */
void log_at(struct log *log, uint64_t wall_us);
void log_flush(struct log *log);
uint64_t log_dropped(const struct log *log);

/*
 * Opens what must be open before chroot and privileges go (Unix sockets are
 * connected, descriptors are kept). Call once for each log, after log_open.
 * Failures are not errors: the target is retried when a line is sent.
 */
void log_prepare(struct log *log, const struct log_conf *conf);
