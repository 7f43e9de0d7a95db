/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrrp/peering.c - see peering.h.
 *
 * A hello goes to the VRRP group on the instance's interface (or to its
 * unicast peers), and to each heartbeat_path. A master says hello as often as
 * it advertises: a backup that misses advertisements then knows within one
 * interval whether the master lives. Others need no such hurry, and while
 * nobody answers one a second is enough.
 */
#include "vrrp/peering.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrp/agreement.h"
#include "vrrp/instance.h"
#include "vrrp/process.h"
#include "vrrp/tell.h"

enum {
	PEERING_BATCH = 64,
	PEERING_SLOW_US = 1000 * 1000,
	PEERING_BACKUP_US = 100 * 1000,
	PEERING_LEAST_US = 10 * 1000,
	PEERING_ASK_US = 20 * 1000, /* asks again: the datagram may have been lost */
	PEERING_MULTICAST_TTL = 1,
};

static struct moment peering_now(const struct vrrp_instance *instance)
{
	return loop_now(instance->process->loop);
}

/* ---- sockets ---- */

static void peering_ready(struct loop *loop, struct loop_file *file, unsigned ready);

static int peering_prepare(int fd, int family)
{
	int yes = 1, no = 0, ttl = PEERING_MULTICAST_TTL;
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(HELLO_PORT) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(HELLO_PORT) };
	bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0;

	if (family == AF_INET)
		ok = ok && setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof(yes)) == 0 &&
		     setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) == 0 &&
		     setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &no, sizeof(no)) == 0 &&
		     setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &no, sizeof(no)) == 0 &&
		     bind(fd, (struct sockaddr *)&v4, sizeof(v4)) == 0;
	else
		ok = ok && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) == 0 &&
		     setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes)) == 0 &&
		     setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl, sizeof(ttl)) == 0 &&
		     setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &no, sizeof(no)) == 0 &&
		     bind(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0;
	return ok ? 0 : -errno;
}

static void peering_open_file(struct vrrp_process *process, struct loop_file *file, int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = fd < 0 ? -errno : peering_prepare(fd, family);

	file->fd = -1;
	if (error == 0)
		error = loop_file_add(process->loop, file, fd, peering_ready);
	if (error == 0)
		return;
	file->fd = -1;
	if (fd >= 0)
		close(fd);
	if (error != -EAFNOSUPPORT)
		log_printf(process->log, process->args->log, LOG_LEVEL_INFO,
			   "no hellos to other nodes of relevo over %s: %s",
			   family == AF_INET ? "IPv4" : "IPv6", strerror(-error));
}

void peering_open(struct vrrp_process *process)
{
	struct peering *peering = &process->peering;

	peering->file4.fd = peering->file6.fd = -1;
	while (peering->boot == 0)
		if (getrandom(&peering->boot, sizeof(peering->boot), 0) < 0 && errno != EINTR)
			return;
	if (process->args->conf->peering.off)
		return;
	peering_open_file(process, &peering->file4, AF_INET);
	peering_open_file(process, &peering->file6, AF_INET6);
}

void peering_close(struct vrrp_process *process)
{
	struct peering *peering = &process->peering;

	if (peering->file4.fd >= 0)
		loop_file_close(process->loop, &peering->file4);
	if (peering->file6.fd >= 0)
		loop_file_close(process->loop, &peering->file6);
}

static const struct loop_file *peering_file(const struct vrrp_process *process, int family)
{
	return family == AF_INET6 ? &process->peering.file6 : &process->peering.file4;
}

/* Never by a VMAC: switches would look for the virtual MAC at a backup. */
static unsigned peering_by(const struct vrrp_instance *instance)
{
	const struct nl_link *below =
		instance->conf->link == VRRP_LINK_PLAIN ?
			NULL : links_by_name(&instance->process->links, instance->conf->interface);

	return below != NULL ? below->ifindex : instance->ifindex;
}

void peering_join(struct vrrp_instance *instance)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	const struct loop_file *file = peering_file(instance->process, conf->family);
	struct peering_instance *own = &instance->peering;
	struct ip_mreqn v4 = { .imr_multiaddr = ip_v4(&conf->group),
			       .imr_ifindex = (int)peering_by(instance) };
	struct ipv6_mreq v6 = { .ipv6mr_interface = peering_by(instance) };
	int r;

	if (file->fd < 0 || own->joined == peering_by(instance))
		return;
	own->joined = peering_by(instance);
	if (conf->unicast_peer_count == 0 && peering_by(instance) != 0) {
		memcpy(&v6.ipv6mr_multiaddr, conf->group.bytes, sizeof(v6.ipv6mr_multiaddr));
		r = conf->family == AF_INET6
			    ? setsockopt(file->fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &v6,
					 sizeof(v6))
			    : setsockopt(file->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &v4, sizeof(v4));
		if (r < 0 && errno != EADDRINUSE) /* another instance is in the group on it */
			tell(instance, LOG_LEVEL_INFO, "no hellos to other nodes of relevo: %s",
			     strerror(errno));
	}
	peering_say(instance);
}

/* ---- out ---- */

/* Through the instance's interface with its own source, or wherever the kernel sends it. */
static void peering_send(const struct vrrp_instance *instance, const struct ip *to, bool own_link,
			 const uint8_t *bytes, size_t len)
{
	const struct loop_file *file = peering_file(instance->process, to->family);
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(HELLO_PORT),
				  .sin_addr = ip_v4(to) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(HELLO_PORT) };
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };
	struct msghdr message = { .msg_name = &v4, .msg_namelen = sizeof(v4), .msg_iov = &iov,
				  .msg_iovlen = 1 };
	struct cmsghdr *head = (struct cmsghdr *)(void *)control;

	if (file->fd < 0)
		return;
	if (to->family == AF_INET6) {
		memcpy(&v6.sin6_addr, to->bytes, sizeof(v6.sin6_addr));
		v6.sin6_scope_id = own_link ? peering_by(instance) : 0;
		message.msg_name = &v6;
		message.msg_namelen = sizeof(v6);
	} else if (own_link) {
		struct in_pktinfo info = { .ipi_ifindex = (int)peering_by(instance),
					   .ipi_spec_dst = ip_v4(&instance->machine.source) };

		*head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(info)),
					  .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO };
		memcpy(CMSG_DATA(head), &info, sizeof(info));
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(info));
	}
	/* What cannot be sent is as if lost on the way. */
	(void)!sendmsg(file->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void peering_send_all(const struct vrrp_instance *instance, const uint8_t *bytes, size_t len)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	const struct vrrp_peering_conf *peering = &instance->process->args->conf->peering;

	if (peering_by(instance) != 0 && conf->unicast_peer_count == 0)
		peering_send(instance, &conf->group, true, bytes, len);
	for (unsigned i = 0; i < conf->unicast_peer_count; i++)
		peering_send(instance, &conf->unicast_peers[i].ip, false, bytes, len);
	for (unsigned i = 0; i < peering->path_count; i++)
		peering_send(instance, &peering->paths[i], false, bytes, len);
}

static void peering_make(struct vrrp_instance *instance, enum hello_kind kind)
{
	struct peering_instance *own = &instance->peering;
	const struct machine *machine = &instance->machine;
	uint8_t bytes[HELLO_MAX];
	struct hello hello = {
		.kind = kind,
		.vrid = instance->conf->vrid,
		.family = (uint8_t)instance->conf->family,
		.state = (uint8_t)machine->state,
		.priority = machine->priority,
		.interval_us = (uint32_t)instance->conf->advert_interval_us,
		.agreement = own->agreement,
		.target = kind == HELLO_ASK ? own->asked : 0,
	};

	if (machine->state == PAGE_VRRP_BACKUP || machine->state == PAGE_VRRP_MASTER)
		hello.flags |= HELLO_SERVES;
	if (machine->yielded)
		hello.flags |= HELLO_YIELDED;
	if (atomic_load(&instance->process->args->page->maintenance) != 0)
		hello.flags |= HELLO_MAINTENANCE;
	snprintf(hello.name, sizeof(hello.name), "%s", instance->process->args->conf->router_id);
	peers_stamp(&own->peers, peering_now(instance), &hello);
	int len = hello_build(&hello, own->key, bytes);
	if (len > 0)
		peering_send_all(instance, bytes, (size_t)len);
	own->said = peering_now(instance);
}

static uint64_t peering_interval(const struct vrrp_instance *instance)
{
	uint64_t us = instance->conf->advert_interval_us;

	if (!peers_any(&instance->peering.peers, peering_now(instance), PEERS_FORGET_US))
		return PEERING_SLOW_US;
	if (us > PEERING_SLOW_US)
		us = PEERING_SLOW_US;
	if (instance->machine.state != PAGE_VRRP_MASTER && us < PEERING_BACKUP_US)
		us = PEERING_BACKUP_US;
	return us < PEERING_LEAST_US ? PEERING_LEAST_US : us;
}

void peering_say(struct vrrp_instance *instance)
{
	struct peering_instance *own = &instance->peering;

	if (instance->process->args->conf->peering.off || instance->process->peering.boot == 0)
		return;
	peering_make(instance, own->asked != 0 ? HELLO_ASK : HELLO_SAY);
	process_arm(instance->process, &own->timer,
		    moment_after(own->said,
				 own->asked != 0 ? PEERING_ASK_US : peering_interval(instance)));
}

static void peering_due(struct loop *loop, struct loop_timer *timer)
{
	struct peering_instance *own = container_of(timer, struct peering_instance, timer);
	struct vrrp_instance *instance = container_of(own, struct vrrp_instance, peering);

	if (own->asked != 0 && !moment_before(peering_now(instance), instance->machine.yield_until))
		own->asked = 0;
	peering_say(instance);
}

void peering_ask(struct vrrp_instance *instance)
{
	struct peering_instance *own = &instance->peering;
	const struct peer *peer = peering_successor(instance);

	if (peer == NULL)
		return;
	own->asked = peer->last.stamp.boot;
	own->asked_at = peering_now(instance);
	peering_say(instance);
}

/* Three hellos of a peer, whatever its state. */
static uint64_t peering_patience(const struct vrrp_instance *instance)
{
	uint64_t us = instance->conf->advert_interval_us;

	return 3 * (us < PEERING_BACKUP_US ? PEERING_BACKUP_US : us);
}

const struct peer *peering_successor(const struct vrrp_instance *instance)
{
	return peers_successor(&instance->peering.peers, peering_now(instance),
			       peering_patience(instance), instance->peering.agreement);
}

bool peering_hears(const struct vrrp_instance *instance)
{
	return peers_any(&instance->peering.peers, peering_now(instance),
			 peering_patience(instance));
}

const struct peer *peering_master_lives(const struct vrrp_instance *instance)
{
	return peers_master(&instance->peering.peers, peering_now(instance),
			    instance->machine.interval_us * 3 / 2);
}

/* ---- in ---- */

/* The instance that a hello is for: on the interface it came by, or any of that number. */
static struct vrrp_instance *peering_instance(struct vrrp_process *process, const uint8_t *bytes,
					      size_t len, unsigned ifindex, struct hello *ret)
{
	struct vrrp_instance *found = NULL;
	uint8_t vrid, family;

	if (!hello_peek(bytes, len, &vrid, &family))
		return NULL;
	for (unsigned i = 0; i < process->instance_count; i++) {
		struct vrrp_instance *instance = &process->instances[i];
		struct hello hello;

		if (instance->conf->vrid != vrid || instance->conf->family != family ||
		    (found != NULL && peering_by(instance) != ifindex) ||
		    !hello_parse(bytes, len, instance->peering.key, &hello))
			continue;
		*ret = hello;
		found = instance;
	}
	return found;
}

/* Nodes whose files do not agree will not do what the operator thinks they will. */
static void peering_compare(struct vrrp_instance *instance, struct peer *peer)
{
	if (peer->last.agreement == instance->peering.agreement) {
		peer->told = (struct hello_stamp){ 0 };
		return;
	}
	if (peer->told.counter == peer->last.agreement && peer->told.boot != 0)
		return;
	peer->told = (struct hello_stamp){ 1, peer->last.agreement };
	tell(instance, LOG_LEVEL_WARNING,
	     "the configuration of %s differs in what both must agree on: compare with "
	     "`relevo -c --peer`", peer->last.name);
}

static void peering_believed(struct vrrp_instance *instance, struct peer *peer)
{
	struct peering_instance *own = &instance->peering;

	peering_compare(instance, peer);
	if (peer->last.kind == HELLO_ASK && peer->last.target == instance->process->peering.boot &&
	    instance->machine.state == PAGE_VRRP_BACKUP) {
		instance->last.source = peer->source;
		instance_event(instance, MACHINE_ASKED);
		return;
	}
	if (own->asked == 0 || peer->last.stamp.boot != own->asked ||
	    peer->last.state != PAGE_VRRP_MASTER)
		return;
	own->asked = 0;
	instance->last.source = instance->machine.heard_from = peer->source;
	if (instance->machine.state == PAGE_VRRP_MASTER)
		instance_event(instance, MACHINE_HANDED_OVER);
}

static void peering_heard(struct vrrp_process *process, const uint8_t *bytes, size_t len,
			  const struct ip *source, unsigned ifindex)
{
	struct hello hello;
	struct vrrp_instance *instance = peering_instance(process, bytes, len, ifindex, &hello);
	struct peer *peer;

	if (instance == NULL || process->stopping)
		return;
	switch (peers_hear(&instance->peering.peers, peering_now(instance), &hello, source, ifindex,
			   &peer)) {
	case PEERS_IGNORED: break;
	case PEERS_UNKNOWN:
		if (moment_since(instance->peering.said, peering_now(instance)) >= PEERING_LEAST_US)
			peering_say(instance);
		break;
	case PEERS_BELIEVED:
		peering_believed(instance, peer);
		/* The first that is believed shortens the interval. */
		if (moment_since(instance->peering.said, peering_now(instance)) >=
		    peering_interval(instance))
			peering_say(instance);
		break;
	}
}

static unsigned peering_ifindex(struct msghdr *message)
{
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
	     head = CMSG_NXTHDR(message, head)) {
		struct in_pktinfo v4;
		struct in6_pktinfo v6;

		if (head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_PKTINFO) {
			memcpy(&v4, CMSG_DATA(head), sizeof(v4));
			return (unsigned)v4.ipi_ifindex;
		}
		if (head->cmsg_level == IPPROTO_IPV6 && head->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(head), sizeof(v6));
			return v6.ipi6_ifindex;
		}
	}
	return 0;
}

static ssize_t peering_read(int fd, uint8_t *bytes, size_t size, struct ip *ret_source,
			    unsigned *ret_ifindex)
{
	struct sockaddr_storage from;
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct iovec iov = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
				  .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &message, MSG_DONTWAIT);

	if (len < 0)
		return len;
	*ret_source = from.ss_family == AF_INET6
			      ? ip_from_v6(&((struct sockaddr_in6 *)&from)->sin6_addr)
			      : ip_from_v4(((struct sockaddr_in *)&from)->sin_addr);
	*ret_ifindex = peering_ifindex(&message);
	return len;
}

static void peering_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	uint8_t bytes[HELLO_MAX + 1]; /* one more: too long is seen as such */
	struct ip source;
	unsigned ifindex;

	for (unsigned i = 0; i < PEERING_BATCH; i++) {
		ssize_t len = peering_read(file->fd, bytes, sizeof(bytes), &source, &ifindex);

		/* Others are told of a port that is not open (ICMP): the next read may do. */
		if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (len > 0)
			peering_heard(loop_context(loop), bytes, (size_t)len, &source, ifindex);
	}
	loop_file_again(loop, file);
}

/* ---- an instance ---- */

void peering_init(struct vrrp_instance *instance)
{
	struct peering_instance *own = &instance->peering;

	if (instance->process->peering.boot == 0)
		return;
	peers_init(&own->peers, instance->process->peering.boot);
	own->agreement = vrrp_conf_agreement(instance->conf);
	hello_key(instance->process->args->conf->peering.key, instance->conf, own->key);
	own->timer.on_expire = peering_due;
}

void peering_stop(struct vrrp_instance *instance)
{
	loop_timer_disarm(instance->process->loop, &instance->peering.timer);
}
