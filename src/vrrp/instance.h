/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/instance.h - one vrrp_instance at work: its socket, its addresses, its
 * timers around the pure machine.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/page.h"
#include "loop/loop.h"
#include "vrrp/announce.h"
#include "vrrp/conf.h"
#include "vrrp/lease.h"
#include "vrrp/machine.h"
#include "vrrp/packet.h"
#include "vrrp/packet_hmac.h"
#include "vrrp/peering.h"
#include "vrrp/tracking.h"

struct vrrp_process;
struct vrrp_group;

enum { INSTANCE_CAUSE = 200 };

/* The last refused packet that was logged: the same is not logged again at once. */
struct instance_complaint {
	struct ip source;
	int what;
	struct moment when;
};

/* Another machine that answers ARP for an address of ours. */
struct instance_rival {
	uint8_t mac[6];
	struct moment since, seen;	/* first and last; us 0: none, or it has gone */
};

enum { INSTANCE_RIVALS = 4 };

/* One that asks by a probe whether an address of ours is free. */
struct instance_asker {
	uint8_t mac[6];
	struct ip ip;
	struct moment when;		/* us 0: nobody */
	struct moment told;		/* when the last one was logged */
};

/* What vrrp/advert.c knows from one advertisement to the next. */
struct instance_wire {
	struct vrrp_form form;
	int send_fd;			/* -1: what is received by is sent by */
	unsigned send_ifindex;
	uint16_t ip_id;
	enum vrrp_sum sum;		/* of ours */
	uint64_t stamp;			/* of our last signed one */
	struct vrrp_replay replay;
	struct ip checked;		/* whose address list was compared last, */
	bool checked_same;		/* and how that went */
	struct ip heard_from;		/* the last one; family 0: none, or it gave up */
	struct moment heard;
};

struct vrrp_instance {
	struct vrrp_process *process;
	const struct vrrp_instance_conf *conf;
	struct page_instance *page;
	struct machine machine;
	struct instance_wire wire;
	struct loop_file file;		/* fd -1: no socket now */
	struct loop_file rival_file;	/* ARP of a rival; fd -1: not watched */
	struct instance_rival rivals[INSTANCE_RIVALS];
	struct instance_asker asker;
	bool rival_gone;		/* the machine is to hear of it after this step */
	unsigned ifindex;		/* of the socket */
	struct loop_timer timer;	/* the machine's */
	struct announce announce;
	struct lease lease;		/* what MASTER has in the kernel */
	struct moment renewed;		/* the lease; us 0: never */
	bool take_failed;		/* the last time; said once */
	bool followed;			/* a restarted process that was not
					 * MASTER: no first claim */
	bool resumed_as_master;		/* a restarted process that was MASTER, to be taken up */
	bool resumed;			/* and its priority is kept until
					 * scripts have told theirs */
	struct moment contested;	/* when another master was last logged */
	struct peering_instance peering;
	struct vrrp_group *group;	/* NULL: none */
	unsigned member;		/* its place there */
	uint32_t first_track, track_count; /* its rows of the page (vrrp/track_page.c) */
	bool own_fault, waits;		/* as last judged, and why: */
	char own_cause[INSTANCE_CAUSE];
	struct moment heard;		/* the last advertisement of another node */
	struct moment duplicate_until;	/* `duplicate_address fault`; us 0: not now */
	char duplicate[96];		/* and who it was */
	bool cut_off;			/* neither a peer nor the witness is heard */
	bool told;			/* of a change, by this process */
	bool weight_held;		/* tracking_holds: the priority stays what it was */
	bool held_told;			/* that it does not claim now, and why */
	bool handing;			/* vrrp/operator.c waits for the end of its hand-over */
	char successor[HELLO_NAME];	/* to that one */
	struct moment left;		/* when it last ceased to be MASTER */
	char fault[INSTANCE_CAUSE];	/* why FAULT, or was */
	struct machine_advert last;	/* heard */
	enum machine_event last_event;	/* what it was taken for */
	struct instance_complaint complaint;
};

/* `page` is the instance's place on the page. Nothing happens before instance_start. */
void instance_init(struct vrrp_instance *instance, struct vrrp_process *process,
		   const struct vrrp_instance_conf *conf, struct page_instance *page);

/* Opens its socket, if its interface allows. */
void instance_open(struct vrrp_instance *instance);

/* Takes up what a former process left: the addresses of a MASTER, or leftovers to remove. */
void instance_start(struct vrrp_instance *instance);

/*
 * Weighs every cause of FAULT and the priority anew, after anything that bears
 * on them; `why` says what that was, for a log line about the priority.
 */
void instance_reassess(struct vrrp_instance *instance, const char *why);

/* What tracked things say now. */
struct tracking standing_tracking(struct vrrp_process *process);

/* Reads what has arrived on the socket. */
void instance_receive(struct vrrp_instance *instance);

/* Hands an event to the machine and performs what it says. Not from within such a step. */
void instance_event(struct vrrp_instance *instance, enum machine_event event);

/* Each tick of the process: renews the lease, puts back what others removed. */
void instance_tick(struct vrrp_instance *instance, struct moment now);

/* Something was removed from the kernel: is it ours while we are MASTER? instance_restore acts. */
void instance_gone(struct vrrp_instance *instance, const struct nl_event *event);

/* Puts back at once what others removed, and says so. */
void instance_restore(struct vrrp_instance *instance);

/* Priority 0, addresses off, notify: `cause` is for people. */
void instance_stop(struct vrrp_instance *instance, const char *cause);
void instance_close(struct vrrp_instance *instance);

/* Whether `ip` is among the configured addresses. */
bool instance_has_address(const struct vrrp_instance *instance, const struct ip *ip);
