/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/virtual_server.h - virtual_server blocks being read (man
 * keepalived.conf, "LVS CONFIGURATION"). relevo does not run them: the words
 * are checked as Keepalived checks them, and only what the checks need is kept.
 */
#pragma once

#include "vrrp/keyword.h"

/* What a row stores that no check needs. */
union virtual_unused {
	bool flag;
	int number;
	unsigned count;
	uint64_t us;
	const char *word;
};

struct virtual_method {
	enum { VIRTUAL_NO_METHOD, VIRTUAL_NAT, VIRTUAL_DR, VIRTUAL_TUN } kind;
};

struct virtual_server {
	union virtual_unused unused;	/* first */
	struct diag_span span;
	int family;			/* 0: of a fwmark or a group */
	bool is_fwmark;
	bool has_port;
	int protocol;			/* IPPROTO_*; 0: not given */
	const char *scheduler;		/* NULL: not given */
	struct virtual_method method;
	bool persistent;
	bool one_packet;
	bool has_sorry_server;
	unsigned quorum, hysteresis;	/* default 1, 0 */
	struct diag_span ops_span, quorum_span, hysteresis_span;
	unsigned server_count;
	uint64_t weight;		/* of all real servers */
};

struct virtual_real_server {
	union virtual_unused unused;	/* first */
	struct virtual_server *server;
	unsigned weight;		/* default 1 */
	struct virtual_method method;
};

struct virtual_check {
	union virtual_unused unused;	/* first */
	unsigned url_count;
	const char *path;		/* misc_path; NULL: none */
	const char *name;		/* of the bfd_instance or track_file; NULL: none */
	unsigned min_reply, max_reply;	/* default 0, 255 */
};

struct virtual_url {
	union virtual_unused unused;	/* first */
	const char *path;		/* NULL: none */
};

/* keywords_checkers.c: reads a block whose rows are `where`, into a check. */
void virtual_parse_check(struct vrrp_parse *parse, void *real_server, const struct vrrp_node *node);
/* virtual_method.c: `NAT`, `DR` or `TUN [type TYPE [port N] [csum]]` after the word. */
void virtual_parse_method(struct vrrp_parse *parse, struct virtual_method *method,
			  const struct vrrp_node *node);

/* virtual_group.c: the block, and whether there is one of that name. */
void virtual_parse_group(struct vrrp_parse *parse, void *object, const struct vrrp_node *node);
bool virtual_is_group(const struct vrrp_parse *parse, const char *name);
/* `fwmark NUMBER`, the number at words[at]. */
bool virtual_read_fwmark(struct vrrp_parse *parse, const struct conf_line *line, unsigned at);
