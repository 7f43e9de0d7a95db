/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/rules.h - what must hold at every moment of every seed, and for how long
 * the contrary may last at most. `interval` is the longest of any node, `delay`
 * the longest way of a packet, PROBE 150 ms and CHALLENGE 50 ms of vrrp/machine.c.
 *
 *  (a) Two nodes that both run, have the address, and hear each other: for at
 *      most interval + 2 delay. With AH each may be stale to the other: then
 *      CHALLENGE + 2 delay more for the answer to what is stale, and with a
 *      Keepalived that has lower_prio_no_advert four intervals more: as the
 *      winner it gives no answer that the loser would believe, and until its
 *      next advertisement others may have raised the counter again (one round
 *      in a hundred, each an interval).
 *      Not counted is the one interval in which a node that was asked to take
 *      over does so.
 *  (b) A node could serve (it runs, has no fault, its clock goes), and none
 *      that runs has the address: for at most the master-down interval, one
 *      interval more and delays.
 *  (c) After everything is healed, exactly one owner, and its gratuitous ARP
 *      is the last on the wire: sim/scenario.c. An end of which nobody could
 *      know is excepted (`silent`), for the client may have asked the other in
 *      its last moment: of a Keepalived, or a machine without power, that no
 *      ARP probe reached; of a process that told of it eight times in vain, or
 * ended before it was heard, or told one that ended soon after; of one that took for the answer
 * what was
 *      none: after a freeze or a jump of a clock, or twice on the wire, the next
 *      advertisement of a master looks like it, and has no number to tell.
 *  (d) From the command to hand over to its end some node has the address at
 *      every moment, as long as nothing is lost; and it ends, with success. Its
 *      master has been so for two intervals: the one before may concede with
 *      its own priority (higher_prio_send_advert), as a successor would speak.
 *  (e) A node in FAULT or maintenance never has the address.
 *  (f) One that was frozen for longer than others wait does not speak as
 *      MASTER before it has yielded.
 *  (g) A master that loses its power while nothing else is wrong is followed by
 *      the backup of the highest priority alone, if the difference of the skews
 *      is more than packets are late, and none was about to preempt it:
 *      sim/scenario.c.
 *  (h) Silence of VRRP is no reason to claim while hellos of the master arrive;
 *      and the last word of one that ceases to be MASTER, of whatever priority,
 *      comes after it has let the address go (node.c).
 */
#pragma once

#include "world.h"

void rules_init(struct world *world);
/* Something that bears on them is now different. */
void rules_changed(struct world *world);
/* What this node has waited for begins anew: it slept, or its clock jumped. */
void rules_excuse(struct world *world, unsigned node);
/* Nothing changes up to `until`. */
void rules_pass(struct world *world, uint64_t until);
/* That node has just been told to hand over, and nothing is lost. */
void rules_hand_over(struct world *world, unsigned node);
/* Something interferes with it. */
void rules_spoil(struct world *world);

uint64_t rules_pair_bound(const struct world *world);
uint64_t rules_gap_bound(const struct world *world);

/* (c): the last word on the wire is the owner's. */
void rules_check_garp(struct world *world, unsigned owner);

/* How many running nodes have the address; *ret_owner is one of them. */
unsigned rules_owners(const struct world *world, unsigned *ret_owner);
