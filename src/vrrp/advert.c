/* SPDX-License-Identifier: Apache-2.0 */
/* vrrp/advert.c - see advert.h. */
#include "vrrp/advert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrp/conflict.h"
#include "vrrp/process.h"
#include "vrrp/socket.h"
#include "vrrp/tell.h"

enum {
	ADVERT_BATCH = 64,			/* packets a turn: a flood must not hold the timers */
	ADVERT_COMPLAIN_US = 30 * 1000 * 1000,	/* the same refusal of the same sender */
	ADVERT_OTHER_ADDRESSES = VRRP_REFUSALS, /* a complaint beside the refusals */
};

static void advert_ready(struct loop *loop, struct loop_file *file, unsigned ready);

int advert_open(struct vrrp_instance *instance, unsigned ifindex)
{
	struct vrrp_process *process = instance->process;

	if (instance->file.fd >= 0 && instance->ifindex == ifindex)
		return 0;
	advert_close(instance);

	int fd = vrrp_socket_open(instance->conf, ip_v4(&process->args->conf->mcast_group4), ifindex);
	if (fd < 0)
		return fd;
	int error = loop_file_add(process->loop, &instance->file, fd, advert_ready);
	if (error < 0) {
		close(fd);
		instance->file.fd = -1;
		return error;
	}
	instance->ifindex = ifindex;
	conflict_open(instance);
	return 0;
}

void advert_close(struct vrrp_instance *instance)
{
	if (instance->file.fd >= 0)
		loop_file_close(instance->process->loop, &instance->file);
	instance->file.fd = -1;
	instance->ifindex = 0;
	conflict_close(instance);
}

static void advert_fill(struct vrrp_instance *instance, struct vrrp_advert *advert)
{
	const struct vrrp_instance_conf *conf = instance->conf;

	*advert = (struct vrrp_advert){
		.source = ip_v4(&instance->machine.source),
		.vrid = conf->vrid,
		.interval_s = instance->expect.interval_s,
		.auth = conf->auth,
	};
	for (const struct vrrp_address_conf *address = conf->addresses; address != NULL;
	     address = address->next)
		if (address->ip.family == AF_INET && advert->address_count < VRRP_ADDRESSES)
			advert->addresses[advert->address_count++] = ip_v4(&address->ip);
}

static void advert_send_to(struct vrrp_instance *instance, struct vrrp_advert *advert,
			   struct in_addr destination)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = destination };
	uint8_t packet[VRRP_PACKET_MAX];

	advert->destination = destination;
	if (++instance->ip_id == 0)
		instance->ip_id = 1;
	int len = vrrp_packet_build(advert, instance->conf->auth_key, instance->ip_id, packet);
	if (len < 0 || sendto(instance->file.fd, packet, (size_t)len, MSG_DONTWAIT,
			      (struct sockaddr *)&to, sizeof(to)) < 0)
		return;
	atomic_fetch_add(&instance->page->adverts_sent, 1);
}

void advert_send(struct vrrp_instance *instance, uint8_t priority, uint32_t sequence)
{
	const struct vrrp_instance_conf *conf = instance->conf;
	struct vrrp_advert advert;

	if (instance->file.fd < 0)
		return;
	advert_fill(instance, &advert);
	advert.priority = priority;
	advert.sequence = sequence;
	if (conf->unicast_peer_count == 0)
		advert_send_to(instance, &advert, 
			       ip_v4(&instance->process->args->conf->mcast_group4));
	for (unsigned i = 0; i < conf->unicast_peer_count; i++)
		advert_send_to(instance, &advert, ip_v4(&conf->unicast_peers[i].ip));
}

/* Whether a complaint is news: another one than the last, or long after it. */
static bool advert_complains(struct vrrp_instance *instance, struct in_addr from, int what)
{
	struct instance_complaint *last = &instance->complaint;
	struct moment now = loop_now(instance->process->loop);
	struct ip source = ip_from_v4(from);

	if (last->what == what && ip_equal(&last->source, &source) &&
	    moment_since(last->when, now) < ADVERT_COMPLAIN_US)
		return false;
	/* Nor do many kinds in turn make a flood of lines. */
	if (last->when.us != 0 && moment_since(last->when, now) < ADVERT_COMPLAIN_US / 30)
		return false;
	*last = (struct instance_complaint){ source, what, now };
	return true;
}

static void advert_refused(struct vrrp_instance *instance, const uint8_t *packet, size_t len,
			   enum vrrp_refusal refusal)
{
	struct in_addr source = { 0 };
	char text[INET_ADDRSTRLEN];

	if (refusal == VRRP_REFUSED_VRID || len < VRRP_IP_HEADER)
		return;
	memcpy(&source, packet + 12, sizeof(source));
	if (source.s_addr == ip_v4(&instance->machine.source).s_addr ||
	    !advert_complains(instance, source, (int)refusal))
		return;
	inet_ntop(AF_INET, &source, text, sizeof(text));
	tell(instance, LOG_LEVEL_WARNING, "advertisement from %s ignored: %s", text,
	     vrrp_refusal_text(refusal));
}

/* A list that differs is logged, and no reason to ignore the sender. */
static void advert_compare_addresses(struct vrrp_instance *instance,
				     const struct vrrp_advert *advert)
{
	char text[INET_ADDRSTRLEN];
	struct vrrp_advert ours;

	advert_fill(instance, &ours);
	if (ours.address_count == advert->address_count &&
	    memcmp(ours.addresses, advert->addresses, 4 * ours.address_count) == 0)
		return;
	if (!advert_complains(instance, advert->source, ADVERT_OTHER_ADDRESSES))
		return;
	inet_ntop(AF_INET, &advert->source, text, sizeof(text));
	tell(instance, LOG_LEVEL_WARNING, "the virtual addresses of %s are not the ones here", text);
}

static void advert_read(struct vrrp_instance *instance, const uint8_t *packet, size_t len,
			void (*on_advert)(struct vrrp_instance *instance,
					  const struct vrrp_advert *advert))
{
	struct vrrp_advert advert;
	enum vrrp_refusal refusal = vrrp_packet_parse(&instance->expect, packet, len, &advert);

	if (refusal != VRRP_ACCEPTED) {
		advert_refused(instance, packet, len, refusal);
		return;
	}
	if (advert.source.s_addr == ip_v4(&instance->machine.source).s_addr)
		return;
	atomic_fetch_add(&instance->page->adverts_received, 1);
	advert_compare_addresses(instance, &advert);
	on_advert(instance, &advert);
}

void advert_receive(struct vrrp_instance *instance,
		    void (*on_advert)(struct vrrp_instance *instance,
				      const struct vrrp_advert *advert))
{
	uint8_t packet[VRRP_PACKET_MAX + 1]; /* one more: too long is seen as such */

	for (unsigned i = 0; i < ADVERT_BATCH && instance->file.fd >= 0; i++) {
		ssize_t len = recv(instance->file.fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return;
		advert_read(instance, packet, (size_t)len, on_advert);
	}
	if (instance->file.fd >= 0)
		loop_file_again(instance->process->loop, &instance->file);
}

static void advert_ready(struct loop *loop, struct loop_file *file, unsigned ready)
{
	instance_receive(container_of(file, struct vrrp_instance, file));
}
