/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/standing.c - whether an instance may own its addresses, with which
 * priority, and when it starts: instance_reassess of vrrp/instance.h.
 */
#include <stdio.h>
#include <string.h>

#include "vrrp/advert.h"
#include "vrrp/group.h"
#include "vrrp/instance.h"
#include "vrrp/process.h"
#include "vrrp/socket.h"
#include "vrrp/tell.h"
#include "vrrp/track_page.h"

/* Every instance's addresses are ours: none of them is a source for advertisements. */
static bool standing_any_has(void *context, const struct ip *ip)
{
	const struct vrrp_process *process = context;

	for (unsigned i = 0; i < process->instance_count; i++)
		if (instance_has_address(&process->instances[i], ip))
			return true;
	return false;
}

/* Whatever the kernel would send by; the VRF's, if there is one. */
static bool standing_routed_source(struct vrrp_instance *instance, struct ip *ret)
{
	const struct vrrp_instance_conf *conf = instance->conf;

	if (vrrp_socket_route(&conf->unicast_peers[0].ip, conf->vrf, ret) < 0)
		return false;
	if (!standing_any_has(instance->process, ret))
		return true;
	*ret = instance->machine.source; /* an address of ours is none of this machine's */
	return ret->family != 0;
}

/* An instance without interface: unicast by any. */
static bool standing_route_fault(struct vrrp_instance *instance, char ret_cause[INSTANCE_CAUSE])
{
	struct vrrp_process *process = instance->process;
	const struct vrrp_instance_conf *conf = instance->conf;
	struct ip source = conf->source;
	char text[IP_TEXT];
	int error;

	if (conf->vrf[0] != '\0' && links_by_name(&process->links, conf->vrf) == NULL) {
		advert_close(instance);
		snprintf(ret_cause, INSTANCE_CAUSE, "there is no VRF %s", conf->vrf);
		return true;
	}
	if (conf->track_source && !links_have(&process->links, &source)) {
		snprintf(ret_cause, INSTANCE_CAUSE,
			 "this machine does not have the source address %s",
			 ip_text(&source, text));
		return true;
	}
	if (source.family == 0 && !standing_routed_source(instance, &source)) {
		snprintf(ret_cause, INSTANCE_CAUSE, "there is no route to %s",
			 ip_text(&conf->unicast_peers[0].ip, text));
		return true;
	}
	instance->machine.source = source;
	error = advert_open(instance, NULL, NULL);
	peering_join(instance);
	if (error < 0)
		snprintf(ret_cause, INSTANCE_CAUSE, "cannot open a VRRP socket: %s",
			 strerror(-error));
	return error < 0;
}

/* The interface, its address and the socket on it; true with a cause if one is missing. */
static bool standing_link_fault(struct vrrp_instance *instance, char ret_cause[INSTANCE_CAUSE])
{
	struct vrrp_process *process = instance->process;
	const struct vrrp_instance_conf *conf = instance->conf;
	const struct nl_link *link = links_by_name(&process->links, conf->interface);
	const struct nl_link *own = vmac_transmits_by(conf, &process->links);
	struct ip source = conf->source.family == 0 ? conf->ipvlan_ip : conf->source;
	int error = 0;

	if (conf->interface[0] == '\0')
		return standing_route_fault(instance, ret_cause);
	if (link == NULL) {
		advert_close(instance);
		snprintf(ret_cause, INSTANCE_CAUSE, "there is no interface %s", conf->interface);
		return true;
	}
	if (own == NULL) {
		advert_close(instance);
		snprintf(ret_cause, INSTANCE_CAUSE, "there is no interface %s", conf->link_name);
		return true;
	}
	if (!carriers_up(process, link) && !conf->dont_track_primary) {
		snprintf(ret_cause, INSTANCE_CAUSE, "interface %s is down", conf->interface);
		return true;
	}
	if (conf->unicast_fault_no_peer && conf->unicast_peer_count == 0) {
		snprintf(ret_cause, INSTANCE_CAUSE, "unicast_fault_no_peer: there is no peer");
		return true;
	}
	if (conf->track_source && !links_have(&process->links, &source)) {
		char text[IP_TEXT];

		snprintf(ret_cause, INSTANCE_CAUSE,
			 "this machine does not have the source address %s",
			 ip_text(&source, text));
		return true;
	}
	if (source.family == 0 && !links_source(&process->links, link->ifindex, conf->family,
						      standing_any_has, process, &source)) {
		snprintf(ret_cause, INSTANCE_CAUSE, "interface %s has no %s address",
			 conf->interface, conf->family == AF_INET6 ? "link-local" : "IPv4");
		return true;
	}
	instance->machine.source = source;
	error = advert_open(instance, own, own);
	peering_join(instance);
	if (error < 0)
		snprintf(ret_cause, INSTANCE_CAUSE, "cannot open a VRRP socket on %s: %s",
			 own->name, strerror(-error));
	return error < 0;
}

void instance_open(struct vrrp_instance *instance)
{
	char unused[INSTANCE_CAUSE];

	(void)!standing_link_fault(instance, unused);
}

static bool standing_link_is_up(void *context, const char *name)
{
	const struct vrrp_process *process = context;
	const struct nl_link *link = links_by_name(&process->links, name);

	return link != NULL && carriers_up(process, link);
}

/* True with a cause if this node must not own the addresses now. */
static bool standing_has_fault(struct vrrp_instance *instance, const struct tracking *tracking,
			       char ret_cause[INSTANCE_CAUSE])
{
	struct vrrp_process *process = instance->process;
	bool link = standing_link_fault(instance, ret_cause); /* opens the socket, too */

	if (atomic_load(&process->args->page->maintenance) != 0) {
		snprintf(ret_cause, INSTANCE_CAUSE,
			 "maintenance: the operator keeps this node from "
						    "claiming");
		return true;
	}
	if (instance->duplicate_until.us != 0) {
		snprintf(ret_cause, INSTANCE_CAUSE, "%s", instance->duplicate);
		return true;
	}
	if (instance->cut_off) {
		char text[WITNESS_TEXT];

		snprintf(ret_cause, INSTANCE_CAUSE, "neither another node nor the witness %s is "
			 "heard: this node may be cut off", witness_text(process, text));
		return true;
	}
	if (process->proxy == WATCH_FAULT) {
		snprintf(ret_cause, INSTANCE_CAUSE, "%s", process->proxy_cause);
		return true;
	}
	return link || kernel_fault(instance, ret_cause, INSTANCE_CAUSE) ||
	       tracking_fault(instance->conf, tracking, ret_cause);
}

static void standing_weigh(struct vrrp_instance *instance, const struct tracking *tracking,
			   const char *why)
{
	uint8_t before = instance->machine.priority;
	uint8_t now = tracking_priority(instance->conf, tracking);

	/* A restarted process keeps its priority until every script has told its result again. */
	if (instance->resumed && tracking_unknown(instance->conf, tracking))
		return;
	instance->resumed = false;
	bool was_held = instance->weight_held;
	instance->weight_held = tracking_holds(instance->conf, tracking);
	if (instance->weight_held || now == before)
		return;
	instance->machine.priority = now;
	atomic_store(&instance->page->priority, now);
	snprintf(instance->page->priority_cause, sizeof(instance->page->priority_cause), "%s",
		 why != NULL ? why : "");
	tell(instance, LOG_LEVEL_INFO, "Changing effective priority from %u to %u%s%s", before, now,
	     why != NULL ? ": " : "", why != NULL ? why : "");
	if (!was_held)
		tell_priority(instance);
}

/* `state MASTER` is ignored with AH, as Keepalived does. */
static enum machine_event standing_first_event(const struct vrrp_instance *instance)
{
	const struct vrrp_instance_conf *conf = instance->conf;

	if (conf->auth == VRRP_AUTH_AH || conf->nopreempt || conf->preempt_delay_us != 0 ||
	    instance->followed)
		return MACHINE_START;
	return conf->start_as_master || conf->priority == 255 ? MACHINE_START_AS_MASTER
							      : MACHINE_START;
}

static bool standing_waits(const struct vrrp_instance *instance, const struct tracking *tracking)
{
	const struct vrrp_process *process = instance->process;

	return process->proxy == WATCH_WAITING || tracking_waits(instance->conf, tracking) ||
	       moment_before(loop_now(process->loop), process->starts);
}

/* Acts on what was found of this instance and of the members of its group. */
static void standing_act(struct vrrp_instance *instance)
{
	char cause[INSTANCE_CAUSE];
	bool fault = instance->own_fault || group_fault(instance, cause);
	enum page_vrrp_state state = instance->machine.state;

	if (instance->own_fault)
		snprintf(cause, sizeof(cause), "%s", instance->own_cause);
	if (fault && state != PAGE_VRRP_FAULT) {
		snprintf(instance->fault, sizeof(instance->fault), "%s", cause);
		instance_event(instance, MACHINE_FAULT);
	} else if (fault && strcmp(cause, instance->fault) != 0) {
		snprintf(instance->fault, sizeof(instance->fault), "%s", cause);
		tell(instance, LOG_LEVEL_NOTICE, "Still in FAULT STATE: %s", cause);
	} else if (!fault && state == PAGE_VRRP_FAULT) {
		instance_event(instance, MACHINE_CLEAR);
	} else if (!fault && state == PAGE_VRRP_INIT && !instance->waits &&
		   group_may_start(instance)) {
		instance_event(instance, standing_first_event(instance));
	}
}

struct tracking standing_tracking(struct vrrp_process *process)
{
	return (struct tracking){ process->args->conf, &process->tracks, standing_link_is_up,
				  process };
}

void instance_reassess(struct vrrp_instance *instance, const char *why)
{
	struct vrrp_process *process = instance->process;
	struct tracking tracking = standing_tracking(process);

	if (process->stopping)
		return;
	instance->own_fault = standing_has_fault(instance, &tracking, instance->own_cause);
	instance->waits = standing_waits(instance, &tracking);
	standing_weigh(instance, &tracking, why);
	track_page_show(instance);
	if (instance->machine.state == PAGE_VRRP_INIT && instance->resumed_as_master) {
		instance->resumed_as_master = false;
		instance_event(instance, MACHINE_RESTART);
	}
	if (group_judge(instance))
		group_each(instance->group, standing_act);
	else
		standing_act(instance);
}
